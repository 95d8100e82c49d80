//! Promise: what an operator asks of settings is answered from the one table of keys: which hold and why, the schema, the reference.

use std::path::{Path, PathBuf};
use std::process::Command;

use openclaw_prometheus::config::{Config, Key};
use serde_json::{Value, json};

use crate::wrong_files::{Answer, ask, file};

/// What nothing may show.
const SECRET: &str = "s3cr3t-t0ken-that-is-long";

#[track_caller]
fn answer(arguments: &[&str], variables: &[(&str, &str)]) -> String {
    let Answer { code, out, err } = ask(arguments, variables);
    assert_eq!(code, Some(0), "{err}");
    out
}

#[test]
fn print_tells_each_value_and_where_it_comes_from_with_the_later_source_on_top() {
    let config = file("print.json5", "{ port: 1, path: '/file', maxSeries: 2, ui: false, formats: { gzip: false } }");
    let config = config.to_str().unwrap();
    let flags = ["config", "print", "--config", config, "--web.telemetry-path", "/flag", "--log.level", "warn"];
    let variables = [("OPENCLAW_PROMETHEUS_PATH", "/variable"), ("OPENCLAW_PROMETHEUS_PORT", "7")];
    let table = answer(&flags, &variables);
    let row = |name: &str| {
        let line = table.lines().find(|line| line.split_whitespace().next() == Some(name));
        line.unwrap_or_else(|| panic!("{name}: {table}")).split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
    };
    let from_file = |value: &str| format!("{value} file {config}");
    assert_eq!(row("path"), "/flag flag --web.telemetry-path");
    assert_eq!(row("port"), "7 variable OPENCLAW_PROMETHEUS_PORT");
    assert_eq!(row("maxSeries"), from_file("2"));
    assert_eq!(row("ui"), from_file("false"));
    assert_eq!(row("formats.gzip"), from_file("false"));
    assert_eq!(row("formats.created"), "false default");
    assert_eq!(row("instance"), "none default");
    assert_eq!(row("--log.level"), "warn flag --log.level");
    assert_eq!(row("--allow-unauthenticated"), "false default");
    assert!(Key::all().iter().all(|key| !row(key.name()).is_empty()));
    // What is to be served is no setting.
    assert!(!table.contains("--demo") && !table.contains("--replay"), "{table}");

    let flags = [&flags[..], &["--format", "json"]].concat();
    let list: Value = serde_json::from_str(&answer(&flags, &variables)).expect("JSON");
    let find = |name: &str| list.as_array().unwrap().iter().find(|row| row["name"] == name).expect(name).clone();
    let expected = json!({
        "name": "port", "value": 7, "is_secret": false, "origin": "variable", "place": "OPENCLAW_PROMETHEUS_PORT",
    });
    assert_eq!(find("port"), expected);
    assert_eq!(find("monitoredProviders")["value"], json!([]));
    assert_eq!(find("--allow-unauthenticated")["value"], json!(false));
}

#[test]
fn one_flag_that_is_two_keys_is_the_origin_of_both() {
    let table = answer(&["config", "print", "--web.listen-address", "127.0.0.2:9"], &[]);
    assert_eq!(table.matches("flag --web.listen-address").count(), 2, "{table}");
    let table = answer(&["config", "print", "--web.listen-address", "unix:/run/x"], &[]);
    assert_eq!(table.matches("flag --web.listen-address").count(), 1, "a socket has no port: {table}");
}

#[test]
fn print_shows_no_secret_and_says_that_there_is_one() {
    let text =
        format!("{{ scrapeAuth: {{ enabled: true, bearerToken: '{SECRET}' }}, gateway: {{ password: '{SECRET}' }} }}");
    let config = file("print-secret.json5", &text);
    let variables = [("OPENCLAW_GATEWAY_TOKEN", SECRET)];
    for form in ["table", "json"] {
        let text = answer(&["config", "print", "--config", config.to_str().unwrap(), "--format", form], &variables);
        assert!(!text.contains(SECRET), "{text}");
        // The variable by which it was set, though another one is its own.
        assert!(text.contains("OPENCLAW_GATEWAY_TOKEN"), "{text}");
        let told = if form == "table" { "(not shown)" } else { "\"is_secret\": true" };
        assert_eq!(text.matches(told).count(), 3, "{text}");
    }
}

#[test]
fn print_refuses_what_serve_refuses() {
    let Answer { code, out, err } = ask(&["config", "print", "--collect-interval-ms", "1"], &[]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(err.contains("flag --collect-interval-ms: \"1\" given; write 0 or a whole number from 10 to"), "{err}");
    // It says what holds, and then why that is not served.
    let Answer { code, out, err } = ask(&["config", "print", "--web.listen-address", "0.0.0.0:0"], &[]);
    assert_eq!(code, Some(2));
    assert!(out.contains("0.0.0.0") && err.contains("no token is asked for"), "{out}{err}");
}

#[test]
fn check_says_that_a_file_is_right_and_warns_of_what_is_not_meant() {
    let right = file("right.json5", "{ port: 1, formats: { gzip: false } }");
    let web = file("right.yml", "http_server_config:\n  http2: true\n");
    let (right, web) = (right.to_str().unwrap(), web.to_str().unwrap());
    let Answer { code, out, err } = ask(&["config", "check", right, "--web.config.file", web], &[]);
    let count = Key::all().len();
    assert_eq!(out, format!("{right}: right, 2 of {count} settings given\n{web}: right\n"));
    assert_eq!((code, err.as_str()), (Some(0), ""));
    let open = file("open.json5", format!("{{ listenAddress: '::', scrapeAuth: {{ bearerToken: '{SECRET}' }} }}"));
    let Answer { code, out, err } = ask(&["config", "check", open.to_str().unwrap()], &[]);
    assert_eq!((code, err.lines().count()), (Some(0), 3), "{out}{err}");
    assert!(err.lines().all(|line| line.starts_with(&format!("{}: warning: ", open.display()))), "{err}");
    assert!(!err.contains(SECRET));
}

/// A file of the repository that the program makes.
fn committed(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Whether the file is what it should be; it is written anew if that is asked for.
#[track_caller]
fn is_made(name: &str, made: &str) {
    if std::env::var_os("OCP_RENEW_CONFIG").is_some() {
        std::fs::write(committed(name), made).expect("the file");
    }
    let written = std::fs::read_to_string(committed(name)).unwrap_or_default();
    let renew = "OCP_RENEW_CONFIG=1 cargo test --profile quick -p openclaw-prometheus-cli --test it settings::";
    assert!(written == made, "{name} is old; renew it: {renew}");
}

#[test]
fn the_committed_schema_and_reference_are_what_the_program_makes() {
    is_made("docs/config.schema.json", &answer(&["config", "schema"], &[]));
    is_made("docs/configuration.md", &answer(&["config", "docs"], &[]));
    is_made("docs/configuration.zh-CN.md", &answer(&["config", "docs", "--language", "zh"], &[]));
}

#[test]
fn the_plugin_has_the_schema_of_the_program_without_what_refuses() {
    let made = answer(&["config", "schema", "--advisory"], &[]);
    let manifest = std::fs::read_to_string(committed("plugin/openclaw.plugin.json")).expect("the manifest");
    let (before, rest) = manifest.split_once("  \"configSchema\": ").expect("a schema");
    let (_, after) = rest.split_once("\n  },\n").expect("what is behind it");
    let schema = made.trim_end().replace('\n', "\n  ");
    is_made("plugin/openclaw.plugin.json", &format!("{before}  \"configSchema\": {schema},\n{after}"));

    // Key by key the same words and defaults.
    let (strict, advisory) = (Config::schema(), Config::advisory_schema());
    for key in Key::all() {
        let pointer = format!("/properties/{}", key.name().replace('.', "/properties/"));
        let [strict, advisory] =
            [&strict, &advisory].map(|schema| schema.pointer(&pointer).unwrap_or_else(|| panic!("{pointer}")).clone());
        for word in ["description", "default", "writeOnly"] {
            assert_eq!(strict.get(word), advisory.get(word), "{}: {word}", key.name());
        }
        assert!(strict.get("type").is_some(), "{}", key.name());
        // The Gateway does not start over a mistake: the plugin tells of it, and the Gateway runs on.
        for word in advisory.as_object().unwrap().keys() {
            assert!(["description", "default", "writeOnly"].contains(&word.as_str()), "{}: {word}", key.name());
        }
    }
    let forms: Value = serde_json::from_str(&manifest).expect("JSON");
    let hinted: Vec<&str> = forms["uiHints"].as_object().unwrap().keys().map(String::as_str).collect();
    let known = advisory["properties"].as_object().unwrap();
    assert!(hinted.iter().all(|name| known.contains_key(*name)), "{hinted:?}");
}

#[test]
fn each_key_is_told_in_two_languages_and_in_the_help_of_its_flag() {
    let help = answer(&["serve", "--help"], &[]);
    let folded = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let help = folded(&help);
    for key in Key::all() {
        let name = key.name();
        assert!(key.help().ends_with('.') && key.help().len() > 20, "{name}: {}", key.help());
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c));
        assert!(is_chinese(key.chinese_help()) && key.chinese_help().ends_with('。'), "{name}");
        let numbers = |text: &str| -> Vec<String> {
            let words = text.split(|char: char| !char.is_ascii_digit()).filter(|word| !word.is_empty());
            words.map(str::to_owned).collect()
        };
        assert_eq!(numbers(&key.allowed()), numbers(&key.chinese_allowed()), "{name}: the same numbers in both");
        // That of the address tells of two keys at once.
        if let Some(flag) = key.flag().filter(|flag| *flag != "--web.listen-address") {
            assert!(help.contains(&folded(key.help())), "{flag}");
            let variable = key.variable().expect(name);
            assert!(help.contains(&format!("[key: {name}] [env: {variable}]")), "{flag}");
        }
    }
}

/// What is right, and what is not, to us and to whoever goes by the schema.
const RIGHT: &[&str] = &[
    r#"{}"#,
    r#"{ "port": 0 }"#,
    r#"{ "port": 65535 }"#,
    r#"{ "port": 80.0 }"#,
    r#"{ "path": "/" }"#,
    r#"{ "path": "/a/b.c" }"#,
    r#"{ "listenAddress": "::1" }"#,
    r#"{ "listenAddress": "127.0.0.1" }"#,
    r#"{ "listenAddress": "localhost" }"#,
    r#"{ "listenAddress": "unix:/run/x" }"#,
    r#"{ "allowedHosts": ["a.example", "[::1]"] }"#,
    r#"{ "collectIntervalMs": 0 }"#,
    r#"{ "collectIntervalMs": 10 }"#,
    r#"{ "monitoredProviders": ["openai"] }"#,
    r#"{ "instance": "网关" }"#,
    r#"{ "ui": false }"#,
    r#"{ "formats": { "gzip": false } }"#,
    r#"{ "scrapeAuth": { "enabled": true, "bearerToken": "t" } }"#,
    r#"{ "gateway": { "url": "wss://a/b" } }"#,
    r#"{ "gateway": { "tokenFile": "/run/t" } }"#,
    r#"{ "budget": { "perDay": 0.5 } }"#,
    r#"{ "alsoListen": ["127.0.0.1:9", ":9", "unix:/run/x"] }"#,
    r#"{ "unixSocketMode": "0660" }"#,
    r#"{ "unixSocketMode": "600" }"#,
    r#"{ "routePrefix": "/" }"#,
    r#"{ "externalUrl": "https://a.example:9/b" }"#,
    r#"{ "maxRequests": 0 }"#,
    r#"{ "webConfigFile": "/etc/web.yml" }"#,
    r#"{ "collectors": { "disabled": ["runs"] } }"#,
];
const WRONG: &[&str] = &[
    r#"{ "port": 65536 }"#,
    r#"{ "port": -1 }"#,
    r#"{ "port": "80" }"#,
    r#"{ "port": null }"#,
    r#"{ "port": 1.5 }"#,
    r#"{ "path": "" }"#,
    r#"{ "path": "a" }"#,
    r#"{ "path": "/a/" }"#,
    r#"{ "path": "/a b" }"#,
    r#"{ "path": "//" }"#,
    r#"{ "listenAddress": "" }"#,
    r#"{ "listenAddress": "example.org" }"#,
    r#"{ "listenAddress": "unix:x" }"#,
    r#"{ "listenAddress": 1 }"#,
    r#"{ "allowedHosts": ["a:80"] }"#,
    r#"{ "allowedHosts": "a" }"#,
    r#"{ "allowedHosts": [1] }"#,
    r#"{ "allowedHosts": MANY }"#,
    r#"{ "collectIntervalMs": 9 }"#,
    r#"{ "collectIntervalMs": 3600001 }"#,
    r#"{ "snapshotIntervalMs": 4999 }"#,
    r#"{ "workloadWindowMs": 0 }"#,
    r#"{ "monitoredProviders": [""] }"#,
    r#"{ "monitoredProviders": {} }"#,
    r#"{ "instance": "" }"#,
    r#"{ "instance": "a\nb" }"#,
    r#"{ "maxSeries": 0 }"#,
    r#"{ "ui": "yes" }"#,
    r#"{ "includeRuntime": 1 }"#,
    r#"{ "formats": { "zip": true } }"#,
    r#"{ "formats": [] }"#,
    r#"{ "scrapeAuth": { "enabled": "yes" } }"#,
    r#"{ "scrapeAuth": { "bearerToken": "" } }"#,
    r#"{ "scrapeAuth": true }"#,
    r#"{ "gateway": { "url": "http://a" } }"#,
    r#"{ "gateway": { "url": "ws://a?token=b" } }"#,
    r#"{ "budget": { "perDay": 0 } }"#,
    r#"{ "budget": 1 }"#,
    r#"{ "prot": 1 }"#,
    r#"[]"#,
    r#"1"#,
    r#"{ "alsoListen": "127.0.0.1:9" }"#,
    r#"{ "alsoListen": ["x"] }"#,
    r#"{ "unixSocketMode": 660 }"#,
    r#"{ "unixSocketMode": "0400" }"#,
    r#"{ "unixSocketMode": "0888" }"#,
    r#"{ "routePrefix": "a" }"#,
    r#"{ "externalUrl": "a.example" }"#,
    r#"{ "maxRequests": 100001 }"#,
    r#"{ "webConfigFile": "" }"#,
    r#"{ "collectors": { "disabled": ["nope"] } }"#,
    r#"{ "collectors": { "disabled": "runs" } }"#,
];

/// The schema, what is right and what is not.
fn schema_and_cases() -> [Value; 3] {
    let many = format!("[{}]", vec!["\"a\""; 65].join(","));
    let read = |text: &&str| serde_json::from_str::<Value>(&text.replace("MANY", &many)).expect("JSON");
    let [right, wrong] = [RIGHT, WRONG].map(|texts| texts.iter().map(read).collect());
    [Config::schema(), right, wrong]
}

#[test]
fn what_the_schema_is_held_to_is_right_and_wrong_to_us() {
    let [_, right, wrong] = schema_and_cases();
    for value in right.as_array().unwrap() {
        assert!(Config::from_value(value).is_ok(), "{value}");
    }
    for value in wrong.as_array().unwrap() {
        assert!(Config::from_value(value).is_err(), "{value}");
    }
}

#[test]
#[ignore = "needs Python's jsonschema: tests/all"]
fn python_takes_by_the_schema_what_is_right_and_refuses_what_is_wrong() {
    let script = "import json, sys, jsonschema\n\
                  schema, right, wrong = json.load(sys.stdin)\n\
                  jsonschema.Draft7Validator.check_schema(schema)\nreader = jsonschema.Draft7Validator(schema)\n\
                  print([case for case in right if not reader.is_valid(case)], [case for case in wrong if reader.is_valid(case)])\n";
    let input = file("schema-cases.json", Value::from(schema_and_cases().to_vec()).to_string());
    let python = std::env::var_os("OCP_PYTHON").unwrap_or_else(|| "python3".into());
    let input = std::fs::File::open(input).expect("written");
    let output = Command::new(python).args(["-c", script]).stdin(input).output().expect("Python");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout).trim(), "[] []");
}

//! Promise: a configuration that exists is valid, and all that is wrong with one is told at once, without a secret.

#![cfg(feature = "config")]

use std::ffi::OsString;
use std::path::Path;
use std::time::Duration;

use openclaw_prometheus::config::{Config, Gateway, Key, Listen, RouteAuth, TokenSource};
use openclaw_prometheus::encode::{Format, FormatSet};
use proptest::prelude::*;
use serde_json::{Value, json};

/// What no error may show.
const SECRET: &str = "s3cr3t-t0ken";

/// An object that holds `value` under the dotted `key`.
fn object(key: &str, value: Value) -> Value {
    key.rsplit('.').fold(value, |inner, name| json!({ name: inner }))
}

/// What a text's configuration says.
fn refusal(text: &str) -> String {
    Config::from_json5(text).expect_err(text).to_string()
}

fn environment(variables: &[(&str, &str)]) -> Vec<(OsString, OsString)> {
    variables.iter().map(|(name, value)| (name.into(), value.into())).collect()
}

fn key(name: &str) -> &'static Key {
    Key::all().iter().find(|key| key.name() == name).expect(name)
}

#[test]
fn without_anything_the_defaults_hold() {
    for config in [Config::default(), Config::from_json5("{}").unwrap(), Config::from_value(&json!({})).unwrap()] {
        assert_eq!(config.path(), "/metrics");
        assert_eq!(config.port(), 19464);
        assert_eq!(config.listen().to_string(), "127.0.0.1:19464");
        assert_eq!(config.allowed_hosts(), &[] as &[String]);
        assert_eq!(config.collect_interval(), Duration::from_secs(1));
        assert_eq!(config.snapshot_interval(), Duration::from_secs(60));
        assert_eq!(config.workload_window(), Duration::from_secs(300));
        assert!(config.includes_runtime());
        assert_eq!(config.monitored_providers(), &[] as &[String]);
        assert_eq!(config.instance(), None);
        assert_eq!(config.max_series(), 8192);
        let formats = config.formats();
        assert_eq!((formats.offered, formats.created, formats.gzip), (FormatSet::ALL, false, true));
        assert!(!config.has_scrape_auth());
        assert_eq!(config.token_source(), None);
        assert_eq!((config.gateway(), config.budget_per_day()), (&Gateway::default(), None));
        assert_eq!(config.warnings(), &[] as &[String]);
    }
}

#[test]
fn every_key_takes_what_is_within_its_bounds_and_nothing_else() {
    let long = |bytes: usize| "x".repeat(bytes);
    let path = |bytes: usize| format!("/{}", "x".repeat(bytes - 1));
    let socket = |bytes: usize| format!("unix:{}", path(bytes));
    let names = |count: usize| vec!["openai"; count];
    let numbers = |least: u64, most: u64| {
        let taken = [json!(least), json!(most), json!(least as f64)].to_vec();
        let refused = [json!(least as i64 - 1), json!(most + 1), json!(least as f64 + 0.5), json!(-1), json!(1e300)];
        (taken, [refused.as_slice(), &[json!(u64::MAX), json!(most.to_string()), json!([]), json!(null)]].concat())
    };
    let bools = || (vec![json!(true), json!(false)], vec![json!("true"), json!(1), json!(0), json!(null), json!([])]);
    let or_zero = |(mut taken, mut refused): (Vec<Value>, Vec<Value>)| {
        taken.push(json!(0));
        refused.extend([json!(1), json!(9)]);
        (taken, refused)
    };
    let mut seen = 0;
    let mut check = |key: &str, (taken, refused): (Vec<Value>, Vec<Value>)| {
        seen += 1;
        for value in &taken {
            let config = Config::from_value(&object(key, value.clone())).unwrap_or_else(|error| panic!("{error}"));
            assert_eq!(Config::from_value(&config.to_value()).unwrap().to_value(), config.to_value(), "{key}: {value}");
        }
        for value in &refused {
            let error = Config::from_value(&object(key, value.clone())).expect_err(&format!("{key}: {value}"));
            let line = error.to_string();
            assert!(line.starts_with(&format!("config: {key}")) && line.contains(" given; write "), "{line}");
            assert_eq!(line.lines().count(), 1, "{line}");
        }
    };
    check(
        "path",
        (
            ["/", "/metrics", "/a/b.c/~d", "/@:;,", "/..a", &path(256)].map(Value::from).to_vec(),
            [
                "", "metrics", "//", "/a/", "/a//b", "/..", "/a/../b", "/./a", "/a?b", "/a#b", "/a%20", "/a b", "/ä",
                "/\n",
            ]
            .map(Value::from)
            .into_iter()
            .chain([json!(path(257)), json!(1), json!(null), json!({})])
            .collect(),
        ),
    );
    check("port", numbers(0, 65_535));
    check(
        "listenAddress",
        (
            ["127.0.0.1", "0.0.0.0", "::", "[::1]", "localhost", "unix:/a", &socket(107)].map(Value::from).to_vec(),
            ["", "9090", "127.0.0.1:9090", "example.org", "unix:a", "unix:/a/", "[127.0.0.1]", &socket(108)]
                .map(Value::from)
                .into_iter()
                .chain([json!(1), json!(["::1"])])
                .collect(),
        ),
    );
    check(
        "allowedHosts",
        (
            vec![
                json!([]),
                json!(["metrics.example.org", "a_1", "10.0.0.7", "[::1]"]),
                json!(vec!["x"; 64]),
                json!([long(253)]),
            ],
            vec![
                json!(vec!["x"; 65]),
                json!([long(254)]),
                json!([""]),
                json!(["x:80"]),
                json!(["http://x"]),
                json!(["*"]),
                json!(["a b"]),
                json!(["::1"]),
                json!([1]),
                json!("x"),
            ],
        ),
    );
    check("collectIntervalMs", or_zero(numbers(10, 3_600_000)));
    check("snapshotIntervalMs", numbers(5_000, 86_400_000));
    check("workloadWindowMs", numbers(10_000, 86_400_000));
    check("includeRuntime", bools());
    check("ui", bools());
    check(
        "monitoredProviders",
        (
            vec![json!([]), json!(["openai", "anthropic"]), json!(names(64)), json!([long(128)])],
            vec![
                json!(names(65)),
                json!([long(129)]),
                json!([""]),
                json!([1]),
                json!(["a\n"]),
                json!("openai"),
                json!({}),
            ],
        ),
    );
    check(
        "instance",
        (
            vec![json!("gateway 1"), json!("网关"), json!(long(256))],
            vec![json!(""), json!(long(257)), json!("a\u{7}"), json!(1), json!(null)],
        ),
    );
    check("maxSeries", numbers(1, 1_000_000));
    for name in ["formats.openMetrics", "formats.created", "formats.gzip", "scrapeAuth.enabled"] {
        check(name, bools());
    }
    for name in ["scrapeAuth.bearerTokenFile", "gateway.tokenFile", "gateway.caFile"] {
        let refused = vec![json!(""), json!("token"), json!(path(4097)), json!(1)];
        check(name, (vec![json!("/run/token"), json!(path(4096))], refused));
    }
    for name in ["scrapeAuth.bearerToken", "gateway.token"] {
        check(
            name,
            (
                vec![json!("t"), json!(long(4096)), json!("t\r\n"), json!("\u{feff}t")],
                vec![
                    json!(""),
                    json!(" \n"),
                    json!(long(4097)),
                    json!("a b"),
                    json!("a\nb"),
                    json!("ä"),
                    json!(12345),
                    json!(true),
                ],
            ),
        );
    }
    check(
        "gateway.password",
        (
            vec![json!("correct horse"), json!("pässwörd"), json!(long(4096))],
            vec![json!(""), json!(long(4097)), json!("a\nb"), json!(1), json!(null)],
        ),
    );
    let url = |bytes: usize| format!("ws://{}", long(bytes - 5));
    check(
        "gateway.url",
        (
            ["ws://127.0.0.1:18789", "wss://gateway.example.org/a/b", &url(1024)].map(Value::from).to_vec(),
            [
                "",
                "127.0.0.1:18789",
                "http://127.0.0.1",
                "ws://a@b",
                "ws://b?token=c",
                "ws://b#c",
                "ws://b\n",
                &url(1025),
            ]
            .map(Value::from)
            .into_iter()
            .chain([json!(1), json!({})])
            .collect(),
        ),
    );
    check(
        "budget.perDay",
        (vec![json!(0.5), json!(20), json!(1e6)], vec![json!(0), json!(-1), json!("20"), json!(null), json!([20])]),
    );
    assert_eq!(seen, Key::all().len(), "every key is checked");
}

#[test]
fn json5_is_json_with_less_ado() {
    let text = "\u{feff}// a comment\n{ port: 1e3, 'maxSeries': 0x10, \"collectIntervalMs\": +1000.0, /* one */\n\
                formats: { gzip: false, }, monitoredProviders: ['a', 'b',], }";
    let config = Config::from_json5(text).unwrap();
    assert_eq!((config.port(), config.max_series()), (1000, 16));
    assert_eq!(config.collect_interval(), Duration::from_secs(1));
    assert_eq!(config.monitored_providers(), ["a", "b"]);
    assert!(!config.formats().gzip);
}

#[test]
fn a_refusal_says_where_what_and_what_instead() {
    let deep = format!("{{a:{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    for (text, line) in [
        (r#"{scrapeAuth:{enabled:"yes"}}"#, r#"config: scrapeAuth.enabled: "yes" given; write true or false"#),
        ("{colectIntervalMs:1}", "config: colectIntervalMs: not a key; did you mean collectIntervalMs?"),
        (
            "{scrapeAuth:{bearertoken:1}}",
            "config: scrapeAuth.bearertoken: not a key; did you mean scrapeAuth.bearerToken?",
        ),
        ("{bearerTokenFile:1}", "config: bearerTokenFile: not a key; did you mean scrapeAuth.bearerTokenFile?"),
        (
            "{formats:{xml:true}}",
            "config: formats.xml: not a key; there are formats.openMetrics, formats.created, formats.gzip",
        ),
        (r#"{"formats.gzip":true}"#, r#"config: "formats.gzip": not a key; did you mean formats.gzip?"#),
        ("{port:1,port:2}", "config: port: given twice; write it once"),
        ("{formats:{},formats:{}}", "config: formats: given twice; write it once"),
        (
            "{formats:true}",
            "config: formats: true given; write an object with formats.openMetrics, formats.created, formats.gzip",
        ),
        ("{port:70000}", "config: port: 70000 given; write a whole number from 0 to 65535"),
        ("{port:-1}", "config: port: -1 given; write a whole number from 0 to 65535"),
        ("{port:0.5}", "config: port: 0.5 given; write a whole number from 0 to 65535"),
        ("{port:NaN}", "config: port: NaN given; write a whole number from 0 to 65535"),
        ("{port:-Infinity}", "config: port: -Infinity given; write a whole number from 0 to 65535"),
        ("{port:1e300}", "config: port: 1e300 given; write a whole number from 0 to 65535"),
        ("{collectIntervalMs:9}", "config: collectIntervalMs: 9 given; write 0 or a whole number from 10 to 3600000"),
        (
            "{monitoredProviders:['a','',3]}",
            "config: monitoredProviders[1]: \"\" given; write a name of 1 to 128 bytes without control characters\nconfig: monitoredProviders[2]: 3 given; write a name of 1 to 128 bytes without control characters",
        ),
        ("[]", r#"config: a list given; write an object of keys, such as { "port": 19464 }"#),
        ("", "config: line 1, column 1: EOF parsing value"),
        ("{\n  port: 1\n  path: '/'\n}", "config: line 3, column 3: expected comma"),
        ("{} {}", "config: line 1, column 4: trailing characters"),
        (&deep, "config: line 1, column 19: more than 16 levels"),
    ] {
        assert_eq!(refusal(text), line, "{}", &text[..text.len().min(100)]);
    }
}

#[test]
fn all_problems_are_told_at_once_from_every_place() {
    let errors = Config::builder()
        .json5("{ port: 'x', path: 'metrics', formats: { gzip: 1, zip: 2 } }")
        .environment(environment(&[
            ("OPENCLAW_PROMETHEUS_PORT", "x"),
            ("OPENCLAW_PROMETHEUS_PROT", "1"),
            ("OPENCLAW_PROMETHEUS_RETENTION", "1"),
            ("PATH", "/bin"),
        ]))
        .flag("--web.listen-address", "9090")
        .flag("--collect-interval-ms", "often")
        .build()
        .unwrap_err();
    assert_eq!(errors.iter().count(), 9);
    let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(lines.join("\n"), errors.to_string());
    let begins = [
        "config: port: \"x\" given; ",
        "config: path: \"metrics\" given; ",
        "config: formats.gzip: 1 given; ",
        "config: formats.zip: not a key; did you mean formats.gzip?",
        "environment: OPENCLAW_PROMETHEUS_PORT: \"x\" given; write a whole number from 0 to 65535",
        "environment: OPENCLAW_PROMETHEUS_PROT: not a variable that is read; did you mean OPENCLAW_PROMETHEUS_PORT?",
        "environment: OPENCLAW_PROMETHEUS_RETENTION: not a variable that is read; there are OPENCLAW_PROMETHEUS_PATH, ",
        "flag --web.listen-address: \"9090\" given; write 127.0.0.1:19464, ",
        "flag --collect-interval-ms: \"often\" given; write 0 or a whole number from 10 to 3600000",
    ];
    for (line, begin) in lines.iter().zip(begins) {
        assert!(line.starts_with(begin), "{line}\n{begin}");
    }
}

#[test]
fn a_later_source_wins_key_by_key() {
    let config = Config::builder()
        .value(&json!({ "port": 1, "maxSeries": 2, "instance": "file", "listenAddress": "0.0.0.0" }))
        .environment(environment(&[
            ("OPENCLAW_PROMETHEUS_PORT", "3"),
            ("OPENCLAW_PROMETHEUS_MAX_SERIES", ""),
            ("OPENCLAW_PROMETHEUS_INSTANCE", "environment"),
            ("OPENCLAW_PROMETHEUS_FORMATS_CREATED", "true"),
        ]))
        .flag("--web.listen-address", ":5")
        .build()
        .unwrap();
    assert_eq!(config.listen(), "[::]:5".parse::<Listen>().unwrap());
    assert_eq!((config.max_series(), config.instance()), (2, Some("environment")));
    assert!(config.formats().created && config.formats().gzip);
    let socket = Config::builder().json5("{port:7}").flag("--web.listen-address", "unix:/run/x").build().unwrap();
    assert_eq!((socket.listen().to_string().as_str(), socket.port()), ("unix:/run/x", 7));
}

#[test]
fn every_variable_and_flag_reaches_its_key() {
    let values = [
        ("path", "/other"),
        ("port", "7"),
        ("listenAddress", "::1"),
        ("allowedHosts", "a.example,10.0.0.7"),
        ("collectIntervalMs", "77"),
        ("snapshotIntervalMs", "7777"),
        ("workloadWindowMs", "77777"),
        ("includeRuntime", "false"),
        ("ui", "false"),
        ("instance", "seven"),
        ("maxSeries", "77"),
        ("formats.openMetrics", "false"),
        ("formats.created", "true"),
        ("formats.gzip", "false"),
        ("scrapeAuth.enabled", "true"),
        ("scrapeAuth.bearerTokenFile", "/run/seven"),
        ("gateway.url", "ws://seven:7"),
        ("gateway.tokenFile", "/run/seven"),
        ("gateway.caFile", "/run/seven"),
        ("budget.perDay", "7.5"),
    ];
    for (name, value) in values {
        let variable = key(name).variable().expect(name);
        let config = Config::builder().environment(environment(&[(variable, value)])).build().unwrap();
        let shown = key(name).value(&config).expect(name);
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let members = shown.as_array().map(|items| items.iter().map(text).collect::<Vec<_>>().join(","));
        assert_eq!(members.unwrap_or_else(|| text(&shown)), value, "{variable}");
        if let Some(flag) = key(name).flag().filter(|flag| *flag != "--web.listen-address") {
            let config = Config::builder().flag(flag, value).build().unwrap();
            assert_eq!(key(name).value(&config), Some(shown), "{flag}");
        }
    }
    let scalar = Key::all().iter().filter(|key| key.variable().is_some()).count();
    assert_eq!(values.len() + 3, scalar, "all but the tokens and the password");
}

#[test]
fn a_list_in_a_variable_is_split_at_commas_and_each_member_checked() {
    let read =
        |hosts| Config::builder().environment(environment(&[("OPENCLAW_PROMETHEUS_ALLOWED_HOSTS", hosts)])).build();
    assert_eq!(read(" a.example , [::1]").unwrap().allowed_hosts(), ["a.example", "[::1]"]);
    assert_eq!(
        read("a.example,,b:80").unwrap_err().to_string(),
        "environment: OPENCLAW_PROMETHEUS_ALLOWED_HOSTS[1]: \"\" given; write a name such as metrics.example.org or an \
         address, without a port\n\
         environment: OPENCLAW_PROMETHEUS_ALLOWED_HOSTS[2]: \"b:80\" given; write a name such as metrics.example.org or an \
         address, without a port"
    );
}

#[test]
fn the_token_comes_from_the_environment_then_the_file_then_the_key() {
    let token = |config: &Config| match config.token_source() {
        Some(TokenSource::Token(token)) => Some(token.as_str().to_owned()),
        Some(TokenSource::File(file)) => Some(file.display().to_string()),
        Some(TokenSource::Missing(sentence)) => Some(sentence),
        _ => None,
    };
    let auth = json!({ "scrapeAuth": { "enabled": true, "bearerTokenFile": "/run/token", "bearerToken": "config" } });
    let with = |variables: &[(&str, &str)]| {
        Config::builder().value(&auth).environment(environment(variables)).build().unwrap()
    };
    let (now, before) = ("OPENCLAW_PROMETHEUS_BEARER_TOKEN", "openclaw-prometheus_BEARER_TOKEN");
    assert_eq!(token(&with(&[(before, "before"), (now, "now")])).as_deref(), Some("now"));
    assert_eq!(token(&with(&[(before, "before"), (now, "")])).as_deref(), Some("before"));
    assert_eq!(token(&with(&[(now, ""), (before, "")])).as_deref(), Some("/run/token"));
    let key = Config::from_value(&json!({ "scrapeAuth": { "enabled": true, "bearerToken": "config" } })).unwrap();
    assert_eq!(token(&key).as_deref(), Some("config"));
    assert_eq!(key.warnings().len(), 1);
    assert!(key.warnings()[0].contains("development only"), "{:?}", key.warnings());
    let none = Config::from_json5("{scrapeAuth:{enabled:true}}").unwrap();
    assert_eq!(
        token(&none).as_deref(),
        Some(
            "config: scrapeAuth.enabled: true given, but no token; set OPENCLAW_PROMETHEUS_BEARER_TOKEN or scrapeAuth.bearerTokenFile"
        )
    );
    let idle = Config::builder().environment(environment(&[(now, "now")])).build().unwrap();
    assert_eq!(token(&idle), None);
    assert_eq!(
        idle.warnings(),
        ["config: scrapeAuth.enabled: not given, so nobody is asked for the token; write true"]
    );
    let off =
        Config::builder().environment(environment(&[(now, "now"), ("OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED", "no")]));
    assert!(off.build().unwrap_err().to_string().contains("write true or false"));
    let off = Config::builder()
        .environment(environment(&[(now, "now"), ("OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED", "false")]));
    assert_eq!(
        off.build().unwrap().warnings(),
        ["config: scrapeAuth.enabled: false, so nobody is asked for the token; write true"]
    );
}

#[test]
fn who_may_scrape_at_the_host_is_its_own_matter_unless_somebody_has_said() {
    let variable = |value| environment(&[("OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED", value)]);
    for (text, variables, auth) in [
        ("{}", vec![], RouteAuth::Gateway),
        ("{ scrapeAuth: {} }", vec![], RouteAuth::Gateway),
        ("{ scrapeAuth: { bearerToken: 'a-token-nobody-asks-for' } }", vec![], RouteAuth::Gateway),
        ("{ scrapeAuth: { enabled: true } }", vec![], RouteAuth::Token),
        ("{ scrapeAuth: { enabled: false } }", vec![], RouteAuth::Open),
        ("{}", variable("false"), RouteAuth::Open),
        ("{}", variable("true"), RouteAuth::Token),
        // An empty variable counts as not set.
        ("{}", variable(""), RouteAuth::Gateway),
        ("{ scrapeAuth: { enabled: true } }", variable("false"), RouteAuth::Open),
        ("{ scrapeAuth: { enabled: false } }", variable("true"), RouteAuth::Token),
    ] {
        let config = Config::builder().json5(text).environment(variables).build().unwrap();
        assert_eq!(config.route_auth(), auth, "{text}");
        assert_eq!(config.has_scrape_auth(), auth == RouteAuth::Token);
        // What is written out and read again says the same.
        assert_eq!(Config::from_value(&config.to_value()).unwrap().route_auth(), auth, "{text}");
    }
    assert_eq!(
        [RouteAuth::Gateway, RouteAuth::Token, RouteAuth::Open].map(RouteAuth::name),
        ["gateway", "token", "open"]
    );
}

#[test]
fn a_token_is_the_same_from_a_variable_and_from_a_key_whatever_editors_add() {
    let variable = |text: &str| {
        let auth = Config::builder().json5("{scrapeAuth:{enabled:true}}");
        auth.environment(environment(&[("OPENCLAW_PROMETHEUS_BEARER_TOKEN", text)])).build()
    };
    let key = |text: &str| Config::from_value(&json!({ "scrapeAuth": { "enabled": true, "bearerToken": text } }));
    for read in [variable as fn(&str) -> _, key] {
        for text in
            [SECRET.to_owned(), format!("{SECRET}\n"), format!("{SECRET}\r\n"), format!(" \u{feff}{SECRET}\r\n")]
        {
            let config = read(&text).unwrap();
            let Some(TokenSource::Token(token)) = config.token_source() else { panic!("{text:?}") };
            assert_eq!(token.as_str(), SECRET, "{text:?}");
        }
        for text in [" ", "\r\n", "\u{feff}", "a b", "a\nb", "clé"] {
            let error = read(text).unwrap_err().to_string();
            let allowed = "(not shown) given; write 1 to 4096 visible ASCII characters without spaces";
            assert!(error.ends_with(allowed), "{text:?}: {error}");
        }
        let wide: String = SECRET.chars().flat_map(|char| [char, '\0']).collect();
        let error = read(&wide).unwrap_err().to_string();
        assert!(error.contains(": UTF-16 (not shown) given; write "), "{error}");
    }
}

#[test]
fn a_secret_in_the_wrong_place_is_not_shown() {
    let quoted = format!(
        "{{bearerToken:'{SECRET}',token:'{SECRET}',scrapeAuth:{{token:'{SECRET}',bearerToken:'{SECRET} ',\
                          bearerTokenFile:'{SECRET}',enabled:['{SECRET}']}},port:{{x:'{SECRET}'}}}}"
    );
    for text in [quoted, format!("'{SECRET}'"), format!("{{scrapeAuth:'{SECRET}'}}"), format!("{{a:'{SECRET}")] {
        let line = refusal(&text);
        assert!(!line.contains(SECRET), "{line}");
    }
    let number = refusal("{scrapeAuth:{bearerToken:12345}}");
    assert_eq!(
        number,
        "config: scrapeAuth.bearerToken: (not shown) given; write 1 to 4096 visible ASCII characters without spaces"
    );
    let spaced = format!("{SECRET} {SECRET}");
    for name in [
        "OPENCLAW_PROMETHEUS_BEARER_TOKEN",
        "openclaw-prometheus_BEARER_TOKEN",
        "OPENCLAW_PROMETHEUS_TOKEN",
        "OPENCLAW_PROMETHEUS_BEARER_TOKEN_FILE",
    ] {
        let line = Config::builder().environment(environment(&[(name, &spaced)])).build().unwrap_err().to_string();
        assert!(line.starts_with(&format!("environment: {name}: ")) && !line.contains(SECRET), "{line}");
    }
    let config = Config::builder()
        .json5(&format!("{{scrapeAuth:{{bearerToken:'{SECRET}'}}}}"))
        .environment(environment(&[("OPENCLAW_PROMETHEUS_BEARER_TOKEN", SECRET)]));
    assert!(!format!("{config:?}").contains(SECRET));
    let config = config.build().unwrap();
    assert!(!format!("{config:?} {} {:?}", config.to_value(), config.warnings()).contains(SECRET));
}

#[test]
fn variables_that_kubernetes_sets_for_a_service_of_this_name_are_not_ours() {
    let links = [
        ("OPENCLAW_PROMETHEUS_SERVICE_HOST", "10.0.0.7"),
        ("OPENCLAW_PROMETHEUS_SERVICE_PORT", "19464"),
        ("OPENCLAW_PROMETHEUS_SERVICE_PORT_METRICS", "19464"),
        ("OPENCLAW_PROMETHEUS_PORT", "tcp://10.0.0.7:19464"),
        ("OPENCLAW_PROMETHEUS_PORT_19464_TCP", "tcp://10.0.0.7:19464"),
        ("OPENCLAW_PROMETHEUS_PORT_19464_TCP_PROTO", "tcp"),
        ("OPENCLAW_PROMETHEUS_PORT_19464_TCP_PORT", "19464"),
        ("OPENCLAW_PROMETHEUS_PORT_19464_TCP_ADDR", "10.0.0.7"),
        ("OPENCLAW_PROMETHEUS_WEB_PORT", "tcp://10.0.0.8:80"),
    ];
    assert_eq!(Config::builder().environment(environment(&links)).build().unwrap(), Config::default());
}

#[test]
fn beyond_this_machine_it_listens_only_with_a_token_or_when_told_to() {
    for (address, is_local) in [
        ("127.0.0.1", true),
        ("127.0.0.2", true),
        ("::1", true),
        ("::ffff:127.0.0.1", true),
        ("localhost", true),
        ("unix:/run/x.sock", true),
        ("0.0.0.0", false),
        ("::", false),
        ("192.168.1.7", false),
        ("::ffff:192.168.1.7", false),
        ("fe80::1", false),
    ] {
        let config = Config::from_value(&json!({ "listenAddress": address })).unwrap();
        assert_eq!(config.check_exposure(false).is_ok(), is_local, "{address}");
        assert!(config.check_exposure(true).is_ok());
        let auth = json!({ "listenAddress": address, "scrapeAuth": { "enabled": true } });
        assert!(Config::from_value(&auth).unwrap().check_exposure(false).is_ok());
    }
    let open = Config::builder().flag("--web.listen-address", ":19464").build().unwrap();
    assert_eq!(
        open.check_exposure(false).unwrap_err().to_string(),
        "config: listenAddress: other machines can reach [::]:19464, and no token is asked for; set scrapeAuth.enabled \
         and a token, listen on 127.0.0.1, or add --allow-unauthenticated"
    );
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let missing = directory.join("no-such-file.json5");
    let line = Config::load(&missing).unwrap_err().to_string();
    assert!(line.starts_with(&format!("config: {}: cannot be read: ", missing.display())), "{line}");
    assert!(Config::load(Path::new("/")).unwrap_err().to_string().starts_with("config: /: cannot be read: "));
    let file = directory.join(format!("config-{}.json5", std::process::id()));
    std::fs::write(&file, "{ port: 1,, }").unwrap();
    let line = Config::load(&file).unwrap_err().to_string();
    assert_eq!(line, format!("config: {}: line 1, column 11: expected identifier", file.display()));
    std::fs::write(&file, " ".repeat((1 << 20) + 1)).unwrap();
    let line = Config::load(&file).unwrap_err().to_string();
    assert_eq!(line, format!("config: {}: longer than 1048576 bytes; write less", file.display()));
    std::fs::write(&file, "{ port: 1 }").unwrap();
    assert_eq!(Config::load(&file).unwrap().port(), 1);
    std::fs::remove_file(&file).unwrap();
}

/// The table in the module's documentation is the list in the code.
#[test]
fn the_documented_table_is_the_list_of_keys() {
    let code = |text: &str| format!("`{text}`");
    let row = |key: &Key| {
        let default = key.value(&Config::default());
        let default = default.map(|value| code(&value.as_str().map_or_else(|| value.to_string(), str::to_owned)));
        format!(
            "//! | `{}` | {} | {} | {} | {} | {} |",
            key.name(),
            key.type_name(),
            default.unwrap_or("none".into()),
            key.allowed(),
            key.variable().map(code).unwrap_or_default(),
            key.flag().map(code).unwrap_or_default(),
        )
    };
    let expected: Vec<String> = Key::all().iter().map(row).collect();
    let source = include_str!("../../src/config/mod.rs");
    let written: Vec<&str> = source.lines().filter(|line| line.starts_with("//! | `")).collect();
    assert_eq!(written, expected, "\n{}\n", expected.join("\n"));
}

/// Any JSON, with known names more often than chance, and each text a secret.
fn any_json() -> impl Strategy<Value = Value> {
    let block = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[a-z /\n]{0,3}".prop_map(|text| Value::from(format!("{text}{SECRET}{text}"))),
    ];
    let names: Vec<&'static str> = Key::all().iter().flat_map(|key| key.name().split('.')).collect();
    let name = prop_oneof![3 => proptest::sample::select(names).prop_map(str::to_owned), 1 => "[a-zA-Z.]{0,20}"];
    block.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// Whether a text under this key of the top level is a setting that an error shows.
fn is_shown(name: &str) -> bool {
    ["formats", "budget"].contains(&name) || key_names().any(|key| key == name)
}

fn key_names() -> impl Iterator<Item = &'static str> {
    Key::all().iter().map(Key::name).filter(|name| !name.contains('.'))
}

/// Without the texts that an error may show: those in the place of a setting that is no secret.
fn only_secrets(value: Value) -> Value {
    let Value::Object(fields) = value else { return value };
    let harmless = |value: Value| if value.is_string() { json!("harmless") } else { value };
    let fields = fields.into_iter().map(|(name, value)| match (name.as_str(), value) {
        ("scrapeAuth", Value::Object(mut fields)) => {
            if let Some(enabled) = fields.remove("enabled") {
                fields.insert("enabled".into(), harmless(enabled));
            }
            (name, Value::Object(fields))
        }
        ("budget", Value::Object(mut fields)) => {
            if let Some(dollars) = fields.remove("perDay") {
                fields.insert("perDay".into(), harmless(dollars));
            }
            (name, Value::Object(fields))
        }
        ("formats", Value::Object(fields)) => {
            let known = ["openMetrics", "created", "gzip"];
            let fields = fields.into_iter().map(|(name, value)| match known.contains(&name.as_str()) {
                true => (name, harmless(value)),
                false => (name, value),
            });
            ("formats".into(), fields.collect())
        }
        ("monitoredProviders" | "allowedHosts", Value::Array(items)) => {
            (name, items.into_iter().map(harmless).collect())
        }
        (_, value) if is_shown(&name) => (name.clone(), harmless(value)),
        (_, value) => (name, value),
    });
    Value::Object(fields.collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_json_is_a_configuration_or_an_error_without_secrets(value in any_json()) {
        let value = only_secrets(value);
        let text = value.to_string();
        let outcomes = [Config::from_value(&value), Config::from_json5(&text)];
        for outcome in &outcomes {
            match outcome {
                Ok(config) => {
                    let shown = format!("{config:?}{:?}", config.warnings());
                    prop_assert!(!shown.contains(SECRET));
                    let again = Config::from_value(&config.to_value()).unwrap();
                    prop_assert_eq!(again.to_value(), config.to_value());
                }
                Err(errors) => {
                    prop_assert!(!errors.to_string().contains(SECRET), "{}", errors);
                    let shown = format!("{errors:?}");
                    prop_assert!(!shown.contains(SECRET));
                    prop_assert_eq!(errors.to_string().lines().count(), errors.iter().count());
                }
            }
        }
        let [by_value, by_text] = outcomes.map(|outcome| outcome.map_err(|errors| errors.to_string()));
        prop_assert_eq!(by_value, by_text);
    }
}

#[test]
fn a_switch_turns_its_format_off_and_no_other() {
    for format in Format::ALL {
        // What everybody can read is always given.
        let Some((key, variable)) = format.info().switch else {
            assert_eq!(format, Format::FALLBACK);
            continue;
        };
        let known = Key::all().iter().find(|known| known.name() == key).unwrap_or_else(|| panic!("no key {key}"));
        assert_eq!(known.variable(), Some(variable));
        let config = Config::from_value(&object(key, json!(false))).unwrap();
        assert_eq!(config.formats().offered, FormatSet::ALL.without(format));
    }
}

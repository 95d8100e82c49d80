//! All that is wrong is told at once, and no secret is.

use openclaw_prometheus::config::{Config, Key};
use openclaw_prometheus::openclaw::catalogue::Section;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::{SECRET, environment, refusal};

#[test]
fn a_refusal_says_where_what_and_what_instead() {
    let collectors = Section::NAMES.join(", ");
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
        ("{collectors:{disabled:['crom']}}", r#"config: collectors.disabled[0]: "crom" given; write cron"#),
        (
            "{collectors:{disabled:['cron','gateway-rpc',7]}}",
            &format!(
                "config: collectors.disabled[1]: \"gateway-rpc\" given; write gateway_rpc\n\
                 config: collectors.disabled[2]: 7 given; write one of {collectors}"
            ),
        ),
        ("{collectors:{enabled:[]}}", "config: collectors.enabled: not a key; did you mean scrapeAuth.enabled?"),
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
    ["formats", "budget", "collectors"].contains(&name) || key_names().any(|key| key == name)
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
        ("collectors", Value::Object(mut fields)) => {
            match fields.remove("disabled") {
                Some(Value::Array(items)) => {
                    fields.insert("disabled".into(), items.into_iter().map(harmless).collect());
                }
                Some(other) => _ = fields.insert("disabled".into(), harmless(other)),
                None => {}
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
        ("monitoredProviders" | "allowedHosts" | "alsoListen", Value::Array(items)) => {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn whatever_is_wrong_in_a_file_has_a_place_within_it(value in any_json()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("placed-{}.json", std::process::id()));
        std::fs::write(&file, &text).unwrap();
        if let Err(errors) = Config::load(&file) {
            for (line, error) in errors.placed().zip(&errors) {
                let rest = line.strip_prefix(&format!("{}:", file.display()));
                let rest = rest.ok_or_else(|| TestCaseError::fail(line.clone()))?;
                let mut parts = rest.splitn(3, ':');
                let mut number = || parts.next().and_then(|part| part.parse::<usize>().ok()).unwrap_or(0);
                let (row, column) = (number(), number());
                let written = text.lines().nth(row - 1).unwrap();
                prop_assert!(column >= 1 && column <= written.chars().count(), "{}", line);
                // The name is there where a name is wrong.
                let sentence = error.to_string();
                if let Some((key, _)) = sentence.strip_prefix("config: ").and_then(|rest| rest.split_once(": not a key")) {
                    let name = key.rsplit('.').next().unwrap().trim_matches(['"', '…']);
                    let there: String = written.chars().skip(column - 1).collect();
                    prop_assert!(key.contains('"') || there.trim_start_matches('"').starts_with(name), "{} {}", line, there);
                }
            }
        }
        std::fs::remove_file(&file).unwrap();
    }
}

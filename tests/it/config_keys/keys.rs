//! What each key takes, and what it is without one.

use std::time::Duration;

use openclaw_prometheus::config::{Config, Gateway, Key};
use openclaw_prometheus::encode::{Format, FormatSet};
use openclaw_prometheus::openclaw::catalogue::Section;
use serde_json::{Value, json};

/// An object that holds `value` under the dotted `key`.
fn object(key: &str, value: Value) -> Value {
    key.rsplit('.').fold(value, |inner, name| json!({ name: inner }))
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
        assert_eq!((config.max_series(), config.disabled_collectors().count()), (8192, 0));
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
    let texts = |texts: &[&str]| -> Vec<Value> { texts.iter().map(|text| json!(text)).collect() };
    check(
        "alsoListen",
        (
            vec![json!([]), json!(["127.0.0.1:1", "unix:/run/x", ":0"])],
            vec![json!(["127.0.0.1"]), json!("127.0.0.1:1"), json!([1]), json!(vec![":0"; 17])],
        ),
    );
    check(
        "unixSocketMode",
        (
            texts(&["0660", "600", "0777"]),
            [texts(&["", "0860", "0060", "1777", "66", "00660"]), vec![json!(660)]].concat(),
        ),
    );
    check(
        "routePrefix",
        (texts(&["/", "/exporter", "/a/b"]), [texts(&["", "a", "/a/", "/a b"]), vec![json!(1)]].concat()),
    );
    check(
        "externalUrl",
        (
            texts(&["http://a", "https://a.example:1/x/y", "https://[::1]:9/", "http://a/b/"]),
            [
                texts(&["", "a.example", "ftp://a", "https://", "https://a b", "https://a@b", "https://a/?b"]),
                vec![json!(1)],
            ]
            .concat(),
        ),
    );
    check("maxRequests", numbers(0, 100_000));
    check(
        "collectors.disabled",
        (
            vec![json!([]), json!(["cron"]), json!(["skills", "cron", "skills"]), json!(Section::NAMES)],
            vec![json!(["Cron"]), json!([""]), json!([1]), json!("cron"), json!({}), json!(null)],
        ),
    );
    for name in ["formats.openMetrics", "formats.created", "formats.gzip", "scrapeAuth.enabled"] {
        check(name, bools());
    }
    for name in ["scrapeAuth.bearerTokenFile", "gateway.tokenFile", "gateway.caFile", "webConfigFile"] {
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
    let source = include_str!("../../../src/config/mod.rs");
    let written: Vec<&str> = source.lines().filter(|line| line.starts_with("//! | `")).collect();
    assert_eq!(written, expected, "\n{}\n", expected.join("\n"));
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

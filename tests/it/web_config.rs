//! Promise: an exporter's web configuration is taken as exporter-toolkit takes it, and what TLS is not spoken with here is refused
//! by name.

#![cfg(feature = "web-config")]

use std::path::Path;

use openclaw_prometheus::config::WebConfig;
use proptest::prelude::*;

#[track_caller]
fn refusal(text: &str) -> String {
    WebConfig::from_yaml(text).expect_err(text).to_string()
}

#[test]
fn an_empty_file_asks_for_nothing() {
    for text in [
        "",
        "# a comment\n",
        "---\n",
        "{}",
        "~",
        "tls_server_config:\nbasic_auth_users: {}\nrate_limit: null\n",
        "http_server_config:\n",
        "http_server_config:\n  http2: true\n",
        "http_server_config:\n  headers:\n    X-Frame-Options:\n    X-XSS-Protection: ''\n",
        "rate_limit:\n  interval: 0\n  burst: 3\n",
        "rate_limit:\n  interval: 0s\n",
        "tls_server_config:\n  cert_file: ''\n  client_auth_type: ''\n",
    ] {
        assert_eq!(WebConfig::from_yaml(text).unwrap(), WebConfig::default(), "{text}");
    }
}

#[test]
fn headers_are_taken() {
    let text = "http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-Content-Type-Options: \"nosniff\"\n    \
                Strict-Transport-Security: max-age=31536000; includeSubDomains\n    Content-Security-Policy: |-\n      \
                default-src 'none'\n    X-XSS-Protection: 1\n";
    assert_eq!(
        WebConfig::from_yaml(text).unwrap().headers(),
        [
            ("Content-Security-Policy", "default-src 'none'".to_owned()),
            ("Strict-Transport-Security", "max-age=31536000; includeSubDomains".to_owned()),
            ("X-Content-Type-Options", "nosniff".to_owned()),
            ("X-Frame-Options", "deny".to_owned()),
            ("X-XSS-Protection", "1".to_owned()),
        ]
    );
}

#[test]
fn what_is_wrong_is_named_with_what_is_allowed() {
    let headers = |header: &str| format!("http_server_config:\n  headers:\n    {header}\n");
    let long = headers(&format!("Content-Security-Policy: {}", "x".repeat(4097)));
    for (text, line) in [
        ("tls_server_confg: {}", "web config: tls_server_confg: not a key; did you mean tls_server_config?"),
        (
            "http_server_config:\n  header: {}",
            "web config: http_server_config.header: not a key; did you mean http_server_config.headers?",
        ),
        (
            "ip_socket: 1",
            "web config: ip_socket: not a key; there are tls_server_config, http_server_config, basic_auth_users, rate_limit",
        ),
        ("http_server_config: {http2: 1}", "web config: http_server_config.http2: \"1\" given; write true or false"),
        ("http_server_config: []", "web config: http_server_config: a list given; write keys of http2, headers"),
        (
            "text",
            "web config: \"text\" given; write keys of tls_server_config, http_server_config, basic_auth_users, rate_limit",
        ),
        (
            "http_server_config: {http2: true, http2: true}",
            "web config: http_server_config.http2: given twice; write it once",
        ),
        (
            headers("X-Frame-Option: deny").as_str(),
            "web config: http_server_config.headers.X-Frame-Option: not a key; did you mean http_server_config.headers.X-Frame-Options?",
        ),
        (
            headers("X-Frame-Options: allow").as_str(),
            "web config: http_server_config.headers.X-Frame-Options: \"allow\" given; write deny or sameorigin",
        ),
        (
            headers("X-Content-Type-Options: [nosniff]").as_str(),
            "web config: http_server_config.headers.X-Content-Type-Options: a list given; write nosniff",
        ),
        (
            headers("X-XSS-Protection: \"1\\r\\nSet-Cookie: a=b\"").as_str(),
            "web config: http_server_config.headers.X-XSS-Protection: \"1\\r\\nSet-Cookie: a=b\" given; write visible ASCII characters and spaces, at most 4096 bytes",
        ),
        (
            long.as_str(),
            &format!(
                "web config: http_server_config.headers.Content-Security-Policy: \"{}…\" given; write visible ASCII characters and spaces, at most 4096 bytes",
                "x".repeat(48)
            ),
        ),
        ("a: &x 1\nb: *x\n", "web config: line 2, column 4: an alias; write the value itself"),
        ("--- {}\n--- {}\n", "web config: line 2, column 1: a second document"),
        (
            ": 1",
            "web config: \"\": not a key; there are tls_server_config, http_server_config, basic_auth_users, rate_limit",
        ),
        ("[a]: 1", "web config: line 1, column 1: a key that is no text"),
    ] {
        assert_eq!(refusal(text), line, "{}", &text[..text.len().min(100)]);
    }
    let all = refusal("tls_server_config: {a: b}\nrate_limit: {a: b}\nhttp_server_config: {x: 1, http2: 2}");
    assert_eq!(all.lines().count(), 4, "{all}");
}

#[test]
fn users_and_rates_are_taken_and_no_hash_is_shown() {
    let hash = "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG";
    let web = WebConfig::from_yaml(&format!("basic_auth_users:\n  alice: {hash}\n  bob: '{hash}'\n")).unwrap();
    assert_eq!(web.users().iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["alice", "bob"]);
    assert!(!format!("{web:?}").contains("X0h1g"), "{web:?}");
    for (interval, seconds) in
        [("1s", 1.0), ("500ms", 0.5), ("1m30s", 90.0), ("1.5h", 5400.0), ("2us", 2e-6), ("1h1ns", 3600.0)]
    {
        let web = WebConfig::from_yaml(&format!("rate_limit: {{interval: {interval}, burst: 7}}")).unwrap();
        let (found, burst) = web.rate().unwrap();
        assert!((found.as_secs_f64() - seconds).abs() < 1e-6 && burst == 7, "{interval}: {found:?}");
    }
    let hashes = [
        "secret",
        "$2y$10$short",
        "$2x$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG",
        "$1$abc",
        "5",
        "[a]",
    ];
    for wrong in hashes {
        let line = refusal(&format!("basic_auth_users: {{alice: {wrong}}}"));
        assert!(line.starts_with("web config: basic_auth_users.alice: ") && line.contains("bcrypt"), "{line}");
        assert!(!line.contains("secret") && !line.contains("X0h1g") && !line.contains("short"), "{line}");
    }
    let costly = refusal(&format!("basic_auth_users: {{alice: {}}}", hash.replacen("$10$", "$30$", 1)));
    assert_eq!(
        costly,
        "web config: basic_auth_users.alice: a cost of 30 keeps a scraper waiting for too long; at most 17 is taken"
    );
    for (text, line) in [
        (
            "basic_auth_users: {'a:b': x}",
            "basic_auth_users.\"a:b\": a name with a colon or a control character cannot be sent; write one without",
        ),
        ("basic_auth_users: [a]", "basic_auth_users: a list given; write names, each with a value"),
        (
            "rate_limit: {interval: 1}",
            "rate_limit.interval: \"1\" given; write a length of time such as 500ms, 1s or 1m30s",
        ),
        (
            "rate_limit: {interval: -1s}",
            "rate_limit.interval: \"-1s\" given; write a length of time such as 500ms, 1s or 1m30s",
        ),
        (
            "rate_limit: {interval: 1s, burst: -1}",
            "rate_limit.burst: \"-1\" given; write a whole number from 0 to 4294967295",
        ),
    ] {
        assert_eq!(refusal(text), format!("web config: {line}"));
    }
}

#[test]
fn a_hostile_file_is_an_error() {
    for text in [
        "[".repeat(60_000),
        "- ".repeat(30_000),
        "{a: ".repeat(15_000),
        "? ".repeat(30_000),
        format!("a: {}{}", "[".repeat(17), "]".repeat(17)),
        "a: b: c".into(),
        "%YAML 9".into(),
        "\0".into(),
    ] {
        let line = refusal(&text);
        assert!(line.starts_with("web config: line 1, column ") && line.lines().count() == 1, "{line}");
    }
}

#[test]
fn a_file_that_cannot_be_read_is_named() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("web-{}.yml", std::process::id()));
    let line = WebConfig::load(&file).unwrap_err().to_string();
    assert!(line.starts_with(&format!("web config: {}: cannot be read: ", file.display())), "{line}");
    std::fs::write(&file, "a: [").unwrap();
    let line = WebConfig::load(&file).unwrap_err().to_string();
    assert!(line.starts_with(&format!("web config: {}: line ", file.display())), "{line}");
    std::fs::write(&file, " ".repeat(65_537)).unwrap();
    let line = WebConfig::load(&file).unwrap_err().to_string();
    assert_eq!(line, format!("web config: {}: longer than 65536 bytes; write less", file.display()));
    std::fs::remove_file(&file).unwrap();
}

proptest! {
    #[test]
    fn any_text_is_a_web_configuration_or_names_a_key_or_line(
        text in prop_oneof![
            any::<String>(),
            "((http_server_config|http2|headers|rate_limit|X-Frame-Options|deny|[a-z\\[\\]{}&*!'\"#|>-]{0,3})(: |\n|\n  |, )){0,12}",
        ],
    ) {
        match WebConfig::from_yaml(&text) {
            Ok(web) => prop_assert!(web.headers().iter().all(|(_, value)| !value.contains(['\r', '\n']))),
            Err(errors) => {
                prop_assert!(errors.to_string().lines().all(|line| line.starts_with("web config: ")), "{}", errors);
            }
        }
    }
}

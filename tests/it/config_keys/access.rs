//! Who may scrape: the token, and where there may be none.

use openclaw_prometheus::config::{Config, RouteAuth, TokenSource};
use serde_json::json;

use super::{SECRET, environment};

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

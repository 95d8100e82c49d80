//! Where a key may come from: files, variables, flags.

use std::path::Path;

use openclaw_prometheus::config::{Config, Key, Listen};
use serde_json::{Value, json};

use super::environment;

fn key(name: &str) -> &'static Key {
    Key::all().iter().find(|key| key.name() == name).expect(name)
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
    let several = Config::builder().json5("{alsoListen:[':1']}");
    let several = several.flag("--web.listen-address", ":2").flag("--web.listen-address", "[::1]:3").build().unwrap();
    let places: Vec<_> =
        std::iter::once(several.listen()).chain(several.also_listen()).map(|place| place.to_string()).collect();
    assert_eq!(places, ["[::]:2", "[::1]:3"], "a flag is not added to what the file says");
}

#[test]
fn paths_begin_with_the_prefix_or_with_that_of_the_external_url() {
    for (text, prefix, external) in [
        ("{}", "", ""),
        ("{externalUrl:'https://a.example'}", "", ""),
        ("{externalUrl:'https://a.example/x/'}", "/x", "/x"),
        ("{externalUrl:'https://a.example/x',routePrefix:'/'}", "", "/x"),
        ("{routePrefix:'/y'}", "/y", "/y"),
    ] {
        let config = Config::from_json5(text).unwrap();
        assert_eq!((config.route_prefix(), config.external_path()), (prefix, external), "{text}");
    }
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
        ("collectors.disabled", "usage,cron"),
        ("formats.openMetrics", "false"),
        ("formats.created", "true"),
        ("formats.gzip", "false"),
        ("scrapeAuth.enabled", "true"),
        ("scrapeAuth.bearerTokenFile", "/run/seven"),
        ("gateway.url", "ws://seven:7"),
        ("gateway.tokenFile", "/run/seven"),
        ("gateway.caFile", "/run/seven"),
        ("budget.perDay", "7.5"),
        ("alsoListen", "127.0.0.1:1,unix:/run/x"),
        ("unixSocketMode", "0600"),
        ("routePrefix", "/seven"),
        ("externalUrl", "https://seven.example/7"),
        ("maxRequests", "77"),
        ("webConfigFile", "/run/seven.yml"),
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

//! Promise: a Gateway that comes, goes, refuses or hangs is asked again when it can be, what it said grows no older than is
//! told, and whoever stops waits for nobody.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openclaw_prometheus::SystemClock;
use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::{self, Sidecar};
use openclaw_prometheus::openclaw::rpc::{Client, Method};
use openclaw_prometheus::publish::Ticker;
use openclaw_prometheus::serve::Site;
use openclaw_prometheus::testing;
use serde_json::Value;
use support::deadline::until;
use support::gateway::{Act, MockGateway, Opening, Script, denial};
use support::this_process::{descriptors, threads_named};

const TOKEN: &str = "s3cret-token-of-the-gateway";

/// A sidecar that asks.
struct Running {
    sidecar: Shared,
    client: Option<Client>,
    _ticker: Ticker,
}

struct Shared {
    registry: openclaw_prometheus::Registry,
    site: Arc<Site>,
}

impl Running {
    /// One that asks at this port, as often as it may.
    fn at(port: u16) -> Self {
        let text = format!(
            "{{ collectIntervalMs: 20, snapshotIntervalMs: 5000, includeRuntime: false,
                gateway: {{ url: 'ws://127.0.0.1:{port}', token: '{TOKEN}' }} }}"
        );
        let config = Config::from_json5(&text).unwrap();
        let Sidecar { registry, rpc, publisher, site, .. } = Sidecar::new(&config, SystemClock::new()).unwrap();
        let ticker = publisher.start().unwrap();
        rpc.begin(config.snapshot_interval());
        let client = exporter::ask(config.gateway().url().unwrap(), config.gateway(), &rpc).unwrap();
        Self { sidecar: Shared { registry, site: Arc::new(site) }, client: Some(client), _ticker: ticker }
    }

    fn value(&self, family: &str, labels: &[(&str, &str)]) -> Option<f64> {
        testing::value(&self.sidecar.registry, family, labels)
    }

    fn is_up(&self) -> Option<bool> {
        self.value("openclaw_rpc_up", &[("way", "websocket")]).map(|up| up == 1.0)
    }

    fn health(&self) -> (bool, Value) {
        let (is_healthy, document) = self.sidecar.site.health();
        (is_healthy, serde_json::from_slice(&document).unwrap())
    }

    fn remark(&self) -> String {
        self.health().1["remarks"]["rpc over a WebSocket"].as_str().unwrap_or_default().to_owned()
    }

    /// How often each method was asked, by its collector.
    fn tries(&self, method: Method) -> (u64, u64) {
        let (_, document) = self.health();
        let all = document["collectors"].as_array().unwrap();
        let of = all.iter().find(|collector| collector["name"] == method.name());
        of.map_or((0, 0), |of| (of["tries"].as_u64().unwrap(), of["failures"].as_u64().unwrap()))
    }

    /// Stops asking; how long that took.
    fn stop(&mut self) -> Duration {
        let began_at = Instant::now();
        drop(self.client.take());
        began_at.elapsed()
    }
}

/// One that answers all that is asked, with what a real one might.
fn good() -> Script {
    Method::ALL
        .into_iter()
        .fold(Script::default().token(TOKEN), |script, method| script.on(method.name(), Act::Json(recorded(method))))
}

fn recorded(method: Method) -> String {
    let name = format!("{}/tests/data/rpc/{}.json", env!("CARGO_MANIFEST_DIR"), method.name());
    std::fs::read_to_string(&name).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn it_starts_before_the_gateway_and_outlives_its_restarts() {
    let port = free_port();
    let running = Running::at(port);
    until("that it is told", || running.is_up() == Some(false));
    assert!(running.remark().contains("nobody listens"), "{}", running.remark());
    let (is_healthy, document) = running.health();
    assert!(is_healthy, "the exporter is not to blame: {document}");
    assert!(
        document["warnings"][0].as_str().unwrap().starts_with("rpc over a WebSocket: nobody listens"),
        "{document}"
    );
    for _ in 0..2 {
        let gateway = MockGateway::start_at(port, good());
        until("a connection", || running.is_up() == Some(true));
        until("all methods", || Method::ALL.iter().all(|method| running.tries(*method).0 > 0));
        assert_eq!(running.remark(), "the Gateway answers");
        drop(gateway);
        until("that it has gone", || running.is_up() == Some(false));
    }
    assert!(running.health().0);
}

#[test]
fn what_is_refused_is_told_in_a_sentence_and_never_the_token() {
    let gateway = MockGateway::start(good().token("another-token-entirely"));
    let running = Running::at(gateway.port());
    until("a refusal", || running.is_up() == Some(false));
    assert!(running.remark().contains("token"), "{}", running.remark());
    assert!(!running.health().1.to_string().contains(TOKEN));
    // As soon as it is let in, all is asked.
    gateway.set(good());
    until("a connection", || running.is_up() == Some(true));
    until("all methods", || Method::ALL.iter().all(|method| running.tries(*method).0 > 0));
}

#[test]
fn a_method_that_fails_or_has_another_shape_costs_itself() {
    let refused = Act::Error(denial("UNAVAILABLE", "not now", ""));
    let script = good().on("models.list", refused).on("cron.list", Act::Json("[7]".to_owned()));
    let gateway = MockGateway::start(script);
    let running = Running::at(gateway.port());
    until("all methods", || Method::ALL.iter().all(|method| running.tries(*method).0 > 0));
    assert_eq!(running.is_up(), Some(true));
    for method in Method::ALL {
        let is_broken = ["models.list", "cron.list"].contains(&method.name());
        let (tries, failures) = running.tries(method);
        assert_eq!(failures > 0, is_broken, "{} of {tries} of {}", failures, method.name());
    }
    let (is_healthy, document) = running.health();
    let warnings = document["warnings"].to_string();
    assert!(is_healthy && warnings.contains("collector models.list: ") && warnings.contains("not now"), "{document}");
}

#[test]
fn whatever_it_waits_for_it_stops_at_once_and_leaves_nothing_behind() {
    // The first of each kind brings up what stays.
    let phases: [fn() -> Script; 4] = [
        || Script::opening(Opening::Silent),
        || good().on("last-heartbeat", Act::Silence),
        || good().on("last-heartbeat", Act::HalfFrame),
        good,
    ];
    let (mut before, mut waited) = (None, Duration::ZERO);
    for round in 0..5 {
        for phase in phases {
            let gateway = MockGateway::start(phase());
            let mut running = Running::at(gateway.port());
            until("that it has begun", || gateway.connects() > 0);
            std::thread::sleep(Duration::from_millis(20));
            waited = waited.max(running.stop());
        }
        // What asks nobody at all.
        waited = waited.max(Running::at(free_port()).stop());
        if round == 0 {
            before = Some((descriptors(), threads_named("ocp-websocket")));
        }
    }
    assert!(waited < Duration::from_secs(1), "{waited:?}");
    until("that nothing is left", || Some((descriptors(), threads_named("ocp-websocket"))) <= before);
}

#[test]
fn a_gateway_that_is_killed_at_any_moment_is_asked_again() {
    let gateway = MockGateway::start(good());
    let running = Running::at(gateway.port());
    until("a connection", || running.is_up() == Some(true));
    for act in [Act::HalfFrame, Act::Cut, Act::Bytes(vec![0xff; 40]), Act::Text("{".into())] {
        gateway.set(good().on("health", act));
        gateway.cut();
        until("that it is lost", || running.is_up() == Some(false));
        gateway.set(good());
        until("that it is back", || running.is_up() == Some(true));
    }
}

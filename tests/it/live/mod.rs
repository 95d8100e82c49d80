//! Promise: the live page's data tell what the metrics tell, over time, within a fixed memory; and what is wrong is said, with its
//! time, by one sentence for the page and for `status`.

mod documents;
mod figures;
mod history;
mod verdict;

use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::Exporter;
use openclaw_prometheus::openclaw::rpc::{Method, Way};
use openclaw_prometheus::openclaw::{Heartbeat, ModelCall, OpenClaw};
use openclaw_prometheus::publish::Publisher;
use openclaw_prometheus::serve::{RequestHead, Site, respond};
use openclaw_prometheus::{Clock, ManualClock};
use serde_json::Value;

const SECOND: Duration = Duration::from_secs(1);

/// An exporter whose seconds a test makes.
struct Case {
    exporter: Exporter,
    clock: Arc<ManualClock>,
    /// The first exporter's, by which the Gateway is asked over all reloads.
    first_clock: Arc<ManualClock>,
}

impl Case {
    fn new() -> Self {
        Self::with("{}")
    }

    fn with(config: &str) -> Self {
        let clock = Arc::new(ManualClock::at(SECOND * 1_000_000));
        let exporter = Exporter::new(&Config::from_json5(config).unwrap(), clock.clone()).unwrap();
        Self { exporter, first_clock: clock.clone(), clock }.begun()
    }

    /// A Gateway of which nothing else is to be said.
    fn well() -> Self {
        let mut case = Self::new();
        case.answered(Method::Health, r#"{"ok":true}"#);
        case.openclaw().heartbeat(&Heartbeat::default());
        case.pass(1);
        assert_eq!(case.findings(), []);
        case
    }

    fn begun(mut self) -> Self {
        self.exporter.rpc.begin(Duration::from_secs(60));
        self.exporter.publisher.tick();
        self
    }

    /// The exporter ends, and goes on with this configuration at a time of day that is so much later; `meanwhile` nobody looks.
    fn reload_at(self, config: &str, unix: Duration, meanwhile: impl FnOnce(&OpenClaw)) -> Self {
        let Self { exporter, first_clock, .. } = self;
        let Exporter { registry, openclaw, rpc, history, publisher, site, .. } = exporter;
        rpc.end();
        drop((publisher, site));
        meanwhile(&openclaw);
        // Its clock begins at 0, as the plugin's does.
        let clock = Arc::new(ManualClock::at(unix));
        let config = Config::from_json5(config).unwrap();
        let exporter = Exporter::again(registry, openclaw, rpc, history, &config, clock.clone()).unwrap();
        first_clock.advance(unix.saturating_sub(first_clock.unix()));
        Self { exporter, clock, first_clock }.begun()
    }

    /// The same after so many seconds, in which nothing happens.
    fn reload(self, config: &str, seconds: u64) -> Self {
        let unix = self.clock.unix() + SECOND * seconds as u32;
        self.reload_at(config, unix, |_| ())
    }

    fn openclaw(&self) -> OpenClaw {
        self.exporter.openclaw.clone()
    }

    fn advance(&self, by: Duration) {
        self.clock.advance(by);
        if !Arc::ptr_eq(&self.clock, &self.first_clock) {
            self.first_clock.advance(by);
        }
    }

    fn pass(&mut self, seconds: u64) {
        for _ in 0..seconds {
            self.advance(SECOND);
            self.exporter.publisher.tick();
        }
    }

    /// One step of so many seconds.
    fn leap(&mut self, seconds: u64) {
        self.advance(SECOND * seconds as u32);
        self.exporter.publisher.tick();
    }

    fn get(&mut self, path: &str) -> Vec<u8> {
        fetch(&self.exporter.site, &mut self.exporter.publisher, path, "")
    }

    fn data(&mut self, query: &str) -> Value {
        let body = self.get(&format!("/ui/data{query}"));
        serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&body)))
    }

    /// Kinds of findings with their subjects, the worst first.
    fn findings(&mut self) -> Vec<(String, String)> {
        let data = self.data("");
        let findings = data["verdict"]["findings"].as_array().unwrap();
        let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
        findings.iter().map(|finding| (text(finding, "kind"), text(finding, "level"))).collect()
    }

    /// The Gateway answers this when it is asked.
    fn answered(&mut self, method: Method, answer: &str) {
        let rpc = self.exporter.rpc.clone();
        rpc.reached(Way::InProcess, Ok(()));
        for _ in 0..100 {
            match rpc.next() {
                Some(next) if next == method => return rpc.answered(method, answer, Duration::ZERO),
                Some(next) => rpc.failed(next, "not asked in this test"),
                None => self.advance(SECOND),
            }
        }
        panic!("{method:?} is not asked for");
    }
}

fn fetch(site: &Site, publisher: &mut Publisher, target: &str, encoding: &'static str) -> Vec<u8> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut head = RequestHead::new("GET", path);
    (head.query, head.accept_encoding) = (query, encoding);
    let reply = respond(site, &head);
    if !reply.is_ready() {
        // Documents are made by the publisher where it has no threads of its own.
        publisher.tick();
    }
    let reply = reply.wait();
    assert_eq!(reply.status(), 200, "{target}");
    reply.pieces().flatten().copied().collect()
}

fn call(provider: &'static str, model: &'static str) -> ModelCall<'static> {
    ModelCall { provider: provider.into(), model: model.into(), duration_ms: 900.0.into(), ..ModelCall::default() }
}

/// What all series of a family come to that have these labels among theirs.
fn page_sum(page: &str, family: &str, labels: &[&str]) -> f64 {
    let is_one = |line: &&str| {
        let name = line.split(['{', ' ']).next();
        name == Some(family) && labels.iter().all(|label| line.contains(label))
    };
    page.lines().filter(is_one).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

/// The values of a column by one of the spans.
fn column(data: &Value, span: &str, id: &str, of: &str) -> Vec<Option<f64>> {
    let columns = data["columns"].as_array().unwrap();
    let number = columns.iter().position(|column| column["id"] == id && column["of"] == of);
    let number = number.unwrap_or_else(|| panic!("no column {id} {of}"));
    data[span]["values"][number].as_array().unwrap().iter().map(Value::as_f64).collect()
}

fn sum(values: &[Option<f64>]) -> f64 {
    values.iter().flatten().sum()
}

fn rows<'d>(data: &'d Value, range: &str, table: &str) -> &'d Vec<Value> {
    data["tables"][range][table].as_array().unwrap()
}

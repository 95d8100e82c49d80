//! Promise: how long the oldest run, model call, tool and entry of a lane has gone on is shown while nothing is told, and what is
//! not in flight has no age.
#![cfg(feature = "openclaw")]

use std::time::Duration;

use openclaw_prometheus::openclaw::{Line, OpenClaw};
use openclaw_prometheus::{Registry, testing};
use support::allocator;

/// The time of day when the monotonic clock is at 0, in seconds.
const START: u64 = 1_795_000_000;
const SAMPLE: &str = include_str!("../../cli/data/sample.jsonl");

struct Exporter {
    registry: Registry,
    openclaw: OpenClaw,
}

impl Exporter {
    fn new() -> Self {
        let registry = Registry::builder().series(8192).build().expect("capacities");
        let openclaw = OpenClaw::new(&registry).expect("the catalogue");
        Self { registry, openclaw }
    }

    /// An event of so many seconds after the start.
    fn tell(&self, at: u64, event: &str) {
        let ts = (START + at) * 1000;
        let line = format!(r#"{{"event":{{{event},"ts":{ts}}},"metadata":{{"trusted":true}}}}"#);
        let line = Line::parse(&line).expect("a line");
        self.openclaw.observe(&line.event, line.metadata);
    }

    fn look(&self, at: u64) {
        self.openclaw.refresh(Duration::from_secs(at), Duration::from_secs(START + at));
    }

    fn age(&self, kind: &str) -> Option<f64> {
        testing::value(&self.registry, "openclaw_inflight_oldest_age_seconds", &[("kind", kind)])
    }

    fn wait(&self, lane: &str) -> Option<f64> {
        testing::value(&self.registry, "openclaw_queue_lane_oldest_wait_seconds", &[("lane", lane)])
    }
}

#[test]
fn what_hangs_grows_old_without_a_word_of_the_host() {
    let exporter = Exporter::new();
    exporter.look(1);
    assert_eq!((exporter.age("run"), exporter.wait("main")), (None, None), "nothing has ever begun");
    exporter.tell(2, r#""type":"queue.lane.enqueue","lane":"session:agent:main:a","queueSize":1"#);
    exporter.tell(2, r#""type":"queue.lane.dequeue","lane":"session:agent:main:a","queueSize":0,"waitMs":0"#);
    exporter.tell(5, r#""type":"queue.lane.enqueue","lane":"session:agent:main:a","queueSize":2"#);
    exporter.tell(10, r#""type":"run.started","runId":"r","sessionKey":"agent:main:a""#);
    exporter.tell(20, r#""type":"model.call.started","runId":"r","callId":"r:model:1","provider":"p","model":"m""#);
    exporter.tell(30, r#""type":"tool.execution.started","runId":"r","toolCallId":"call_1","toolName":"exec""#);
    for hours in [1, 5] {
        exporter.look(3600 * hours);
        let past = |at: u64| Some((3600 * hours - at) as f64);
        let ages = ["run", "model_call", "tool"].map(|kind| exporter.age(kind));
        assert_eq!(ages, [past(10), past(20), past(30)]);
        assert_eq!(exporter.wait("session"), past(5));
    }
    exporter.tell(
        20_000,
        r#""type":"tool.execution.error","runId":"r","toolCallId":"call_1","toolName":"exec","durationMs":1"#,
    );
    exporter.tell(20_000, r#""type":"model.call.error","runId":"r","callId":"r:model:1","durationMs":1"#);
    exporter.tell(20_000, r#""type":"run.completed","runId":"r","durationMs":1,"outcome":"error""#);
    exporter
        .tell(20_000, r#""type":"queue.lane.dequeue","lane":"session:agent:main:a","queueSize":0,"waitMs":19995000"#);
    exporter.look(20_001);
    assert_eq!(["run", "model_call", "tool"].map(|kind| exporter.age(kind)), [Some(0.0); 3]);
    assert_eq!(exporter.wait("session"), Some(0.0));
}

#[test]
fn what_there_is_no_room_for_is_counted_and_what_is_lost_is_forgotten() {
    let exporter = Exporter::new();
    let count = |family: &str| {
        let name = format!("openclaw_inflight_{family}_total");
        testing::value(&exporter.registry, &name, &[("kind", "run")])
    };
    for run in 0..300 {
        exporter.tell(run, &format!(r#""type":"run.started","runId":"run-{run}""#));
    }
    exporter.look(1000);
    assert_eq!((exporter.age("run"), count("untracked"), count("forgotten")), (Some(1000.0), Some(44.0), Some(0.0)));
    exporter.look(48 * 3600 + 100);
    assert_eq!((exporter.age("run"), count("forgotten")), (Some(48.0 * 3600.0), Some(100.0)));
}

#[test]
fn a_recording_shows_the_ages_that_its_events_tell() {
    let exporter = Exporter::new();
    let mut latest = 0;
    // Of each kind what has begun and not ended: when, by its id.
    let mut begun = std::collections::BTreeMap::<(&str, String), u64>::new();
    for line in SAMPLE.lines() {
        let parsed = Line::parse(line).expect("a line");
        exporter.openclaw.observe(&parsed.event, parsed.metadata);
        let event = &serde_json::from_str::<serde_json::Value>(line).expect("JSON")["event"];
        let at = event["ts"].as_u64().expect("a time");
        latest = latest.max(at);
        let text = |key: &str| event[key].as_str().unwrap_or_default();
        let id = |key: &str| format!("{} {}", text("runId"), text(key));
        match text("type") {
            "run.started" => _ = begun.insert(("run", id("")), at),
            "run.completed" => _ = begun.remove(&("run", id(""))),
            "model.call.started" => _ = begun.insert(("model_call", id("callId")), at),
            "model.call.completed" | "model.call.error" => _ = begun.remove(&("model_call", id("callId"))),
            "tool.execution.started" => _ = begun.insert(("tool", id("toolCallId")), at),
            "tool.execution.completed" | "tool.execution.error" => _ = begun.remove(&("tool", id("toolCallId"))),
            _ => {}
        }
    }
    exporter.openclaw.refresh(Duration::ZERO, Duration::from_millis(latest + 60_000));
    for kind in ["run", "model_call", "tool"] {
        let oldest = begun.iter().filter(|((of, _), _)| *of == kind).map(|(_, at)| *at).min();
        let expected = oldest.map_or(0.0, |at| (latest + 60_000 - at) as f64 / 1000.0);
        let shown = exporter.age(kind).expect("there were some");
        assert!((shown - expected).abs() < 0.01, "{kind}: {shown}, expected {expected}");
    }
    assert!(begun.len() > 3, "the sample is of rows, not of whole runs");
}

#[test]
fn beginning_and_ending_allocate_nothing_even_when_the_table_is_full() {
    let exporter = Exporter::new();
    let lines: Vec<String> = (0..600)
        .flat_map(|n| {
            let event = |name: &str| {
                format!(
                    r#"{{"event":{{"type":"{name}","ts":1795000000000,"runId":"run-{n}","callId":"{n}","toolCallId":"{n}",
                    "lane":"lane-{n}","queueSize":1,"waitMs":1}},"metadata":{{"trusted":true}}}}"#
                )
            };
            ["run.started", "model.call.started", "tool.execution.started", "queue.lane.enqueue"].map(event)
        })
        .collect();
    exporter.registry.warm_thread();
    for line in &lines {
        let line = Line::parse(line).expect("a line");
        assert_eq!(allocator::calls(|| exporter.openclaw.observe(&line.event, line.metadata)), 0);
    }
    let untracked = |kind: &str| {
        testing::value(&exporter.registry, "openclaw_inflight_untracked_total", &[("kind", kind)]).unwrap()
    };
    assert_eq!(["run", "model_call", "tool", "lane_entry"].map(untracked), [344.0, 344.0, 344.0, 568.0]);
}

#[test]
fn what_left_a_lane_without_a_word_is_gone_once_the_gateway_is_asked() {
    use std::sync::Arc;

    use openclaw_prometheus::config::Config;
    use openclaw_prometheus::openclaw::rpc::Method;
    use openclaw_prometheus::{Clock, ManualClock};

    let clock = Arc::new(ManualClock::at(Duration::from_secs(START)));
    let mut exporter =
        openclaw_prometheus::exporter::Exporter::new(&Config::default(), clock.clone()).expect("an exporter");
    let (registry, openclaw, rpc) = (exporter.registry.clone(), exporter.openclaw.clone(), exporter.rpc.clone());
    let wait = |lane: &str| {
        let age = testing::value(&registry, "openclaw_queue_lane_oldest_wait_seconds", &[("lane", lane)]);
        age.map(f64::round)
    };
    let enqueue = |lane: &str, at: u64| {
        let ts = (START + at) * 1000;
        let line = format!(
            r#"{{"event":{{"type":"queue.lane.enqueue","lane":"{lane}","queueSize":9,"ts":{ts}}},"metadata":{{"trusted":true}}}}"#
        );
        let line = Line::parse(&line).expect("a line");
        openclaw.observe(&line.event, line.metadata);
    };
    for (lane, at) in [("main", 0), ("main", 10), ("session:agent:main:a", 5), ("cron", 2)] {
        enqueue(lane, at);
    }
    clock.advance(Duration::from_secs(100));
    enqueue("main", 95);
    exporter.publisher.tick();
    assert_eq!((wait("main"), wait("session"), wait("cron")), (Some(100.0), Some(95.0), Some(98.0)));
    // Of main one waits still, of sessions none, and of cron nothing is said.
    rpc.begin(Duration::from_secs(60));
    loop {
        match rpc.next() {
            Some(Method::Lanes) => break,
            Some(other) => rpc.failed(other, "not asked in this test"),
            None => clock.advance(Duration::from_secs(1)),
        }
    }
    rpc.answered(Method::Lanes, r#"{"lanes":[{"lane":"main","queuedCount":1}],"dynamic":null}"#, Duration::ZERO);
    clock.advance(Duration::from_secs(1));
    exporter.publisher.tick();
    let now = clock.unix().as_secs_f64() - START as f64;
    let expected = (Some(now - 10.0), Some(0.0), Some(now - 2.0));
    assert_eq!((wait("main"), wait("session"), wait("cron")), expected);
}

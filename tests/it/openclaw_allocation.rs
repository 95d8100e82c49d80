//! Events are read and recorded without allocation.
#![cfg(feature = "openclaw")]

use openclaw_prometheus::Registry;
use openclaw_prometheus::openclaw::{DiagnosticEvent, Line, OpenClaw};

use support::allocator;

const SAMPLE: &str = include_str!("../../cli/data/sample.jsonl");

/// What Gateways newer than that of the sample tell.
const NEWER: &[&str] = &[
    r#"{"event":{"type":"gateway.rpc","method":"m","phase":"response","outcome":"ok","durationMs":1,"responseBytes":9,
        "firstResponse":true},"metadata":{"trusted":true}}"#,
    r#"{"event":{"type":"gateway.rpc","method":"m","phase":"handler","outcome":"returned","durationMs":1,"admissionMs":1,
        "heapDeltaBytes":-9},"metadata":{"trusted":true}}"#,
    r#"{"event":{"type":"diagnostic.phase.completed","name":"sessions.catalog.list.planning","durationMs":1,
        "details":{"threadCpuMs":1}},"metadata":{"trusted":true}}"#,
    r#"{"event":{"type":"diagnostic.phase.completed","name":"chat.send.persist","durationMs":1,
        "details":{"stage":"request"}},"metadata":{"trusted":true}}"#,
    r#"{"event":{"type":"diagnostic.phase.completed","name":"worktree.preparation","durationMs":1,"details":{"kind":"managed",
        "template":"cold","outcome":"threw","allocate":1,"checkout":1}},"metadata":{"trusted":true}}"#,
    r#"{"event":{"type":"diagnostic.child_process.spawn","family":"git","operation":"status","count":1},
        "metadata":{"trusted":true}}"#,
];

/// The lines of the sample, without memory samples: those list the workers, and their family is replaced as a whole.
fn usual_lines() -> impl Iterator<Item = &'static str> {
    SAMPLE.lines().filter(|line| !line.contains(r#""type":"diagnostic.memory.sample""#))
}

#[test]
fn reading_a_usual_line_does_not_allocate() {
    for line in usual_lines() {
        assert_eq!(allocator::calls(|| drop(Line::parse(line))), 0, "{line}");
    }
}

#[test]
fn recording_an_event_does_not_allocate_even_when_its_series_are_new() {
    let registry = Registry::builder().series(8192).build().expect("capacities");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    registry.warm_thread();
    for line in usual_lines().chain(NEWER.iter().copied()) {
        let Line { event, metadata, .. } = Line::parse(line).expect("a line");
        assert_eq!(allocator::calls(|| openclaw.observe(&event, metadata)), 0, "{line}");
    }
}

#[test]
fn recording_a_broken_event_does_not_allocate() {
    let registry = Registry::builder().build().expect("capacities");
    let openclaw = OpenClaw::new(&registry).expect("the catalogue");
    registry.warm_thread();
    for event in DiagnosticEvent::TYPES.iter().filter(|event| **event != "diagnostic.memory.sample") {
        for fields in [r#""channel":5,"durationMs":"x","lane":[],"reasons":7,"usage":[]"#, r#""reasons":["cpu",5]"#] {
            let line = format!(r#"{{"event":{{"type":"{event}",{fields}}},"metadata":{{"trusted":true}}}}"#);
            let Line { event, metadata, .. } = Line::parse(&line).expect("a line");
            assert_eq!(allocator::calls(|| openclaw.observe(&event, metadata)), 0, "{line}");
        }
    }
}

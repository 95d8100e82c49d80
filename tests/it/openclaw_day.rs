//! Promise: a day of hostile traffic takes no more room than was given, and says what it rejected.
//!
//! Ten million events with 5,000 distinct texts each for model, lane and session key, which is a day of a busy Gateway in
//! some seconds. Without optimisation a fiftieth of it.
#![cfg(feature = "openclaw")]

use openclaw_prometheus::openclaw::{
    ModelCall, OpenClaw, QueueLane, RunCompleted, RunStarted, SessionState, seeded_series,
};
use openclaw_prometheus::{Registry, encode, testing};
use support::allocator;

const EVENTS: usize = if cfg!(debug_assertions) { 200_000 } else { 10_000_000 };
const DISTINCT: usize = 5_000;
const MAX_SERIES: u32 = 8192;

/// Texts that are made before they are recorded.
fn texts(make: impl Fn(usize) -> String) -> Vec<String> {
    (0..DISTINCT).map(make).collect()
}

#[test]
fn ten_million_hostile_events_take_no_memory_and_good_series_go_on() {
    let registry = Registry::builder().series(MAX_SERIES).reserved_series(seeded_series()).build().unwrap();
    let openclaw = OpenClaw::new(&registry).unwrap();
    registry.warm_thread();
    let models = texts(|number| format!("model-{number}"));
    let lanes = texts(|number| format!("lane-{number}"));
    let keys = texts(|number| format!("agent:agent-{number}:telegram:{number}"));

    let good = || openclaw.session_state(&SessionState { state: "idle".into(), ..SessionState::default() });
    good();
    let record = |number: usize| {
        // A walk through all texts that repeats after millions of events.
        let [model, lane, key] = [7, 11, 13].map(|step| number * step % DISTINCT);
        match number % 4 {
            0 => openclaw.model_call_completed(&ModelCall {
                model: models[model].as_str().into(),
                duration_ms: 5.0.into(),
                first_byte_ms: 1.0.into(),
                ..ModelCall::default()
            }),
            1 => openclaw.queue_lane_dequeue(&QueueLane {
                lane: lanes[lane].as_str().into(),
                queue_size: 1.0.into(),
                wait_ms: 1.0.into(),
                ..QueueLane::default()
            }),
            2 => openclaw.run_started(&RunStarted { session_key: keys[key].as_str().into(), ..RunStarted::default() }),
            _ => openclaw.run_completed(&RunCompleted {
                session_key: keys[key].as_str().into(),
                model: models[model].as_str().into(),
                outcome: "completed".into(),
                duration_ms: 1.0.into(),
                ..RunCompleted::default()
            }),
        }
    };
    let before = allocator::live_bytes();
    let calls = allocator::calls(|| (0..EVENTS).for_each(record));
    assert_eq!((calls, allocator::live_bytes() - before), (0, 0), "calls of the allocator, and bytes");

    good();
    let idle = [("reason", "none"), ("state", "idle")];
    assert_eq!(testing::value(&registry, "openclaw_session_state_total", &idle), Some(2.0));
    let memory = registry.memory();
    assert!(memory.series <= MAX_SERIES && memory.series_bound == MAX_SERIES);
    assert!(memory.label_bytes <= memory.label_bytes_bound && memory.cells <= memory.cells_bound, "{memory:?}");

    // What was recorded and what was rejected add up, family by family.
    let text = encode::text(&registry);
    let sum = |family: &str| -> u64 {
        let values = text
            .lines()
            .filter(|line| line.starts_with(&format!("{family}{{")) || line.starts_with(&format!("{family} ")));
        values.map(|line| line.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
    };
    let rejected = |family: &str| -> u64 {
        registry.rejected().iter().filter(|(name, _, _)| **name == *family).map(|(_, _, count)| count).sum()
    };
    let each = EVENTS as u64 / 4;
    for (family, shown) in [
        ("openclaw_model_call_total", "openclaw_model_call_total"),
        ("openclaw_model_call_duration_seconds", "openclaw_model_call_duration_seconds_count"),
        ("openclaw_model_call_time_to_first_byte_seconds", "openclaw_model_call_time_to_first_byte_seconds_count"),
        ("openclaw_queue_lane_wait_seconds", "openclaw_queue_lane_wait_seconds_count"),
        ("openclaw_agent_runs_started_total", "openclaw_agent_runs_started_total"),
        ("openclaw_agent_runs_total", "openclaw_agent_runs_total"),
        ("openclaw_run_completed_total", "openclaw_run_completed_total"),
    ] {
        assert_eq!(sum(shown) + rejected(family), each, "{family}");
        assert!(rejected(family) > 0, "{family}");
    }
    let all: u64 = registry.rejected().iter().map(|(_, _, count)| count).sum();
    assert_eq!(sum("openclaw_prometheus_series_dropped_total"), all);
    assert_eq!(sum("openclaw_exporter_events_total"), EVENTS as u64 + 2);
}

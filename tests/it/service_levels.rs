//! Promise: ratios and quantiles of the last minutes are those of what happened then, agree with the counters that tell the
//! same, and are absent when nothing happened.

use std::sync::Arc;
use std::time::Duration;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::exporter::{Exporter, History, Sidecar};
use openclaw_prometheus::openclaw::{ModelCall, OpenClaw, QueueLane, Replay, RunCompleted, ToolExecution};
use openclaw_prometheus::serve::{RequestHead, respond};
use openclaw_prometheus::{Clock, ManualClock, Registry, testing};
use support::deadline::until;

const SECOND: Duration = Duration::from_secs(1);
const SAMPLE: &str = include_str!("../../cli/data/sample.jsonl");

fn exporter(config: &str) -> (Exporter, Arc<ManualClock>) {
    let clock = Arc::new(ManualClock::at(SECOND * 1_000));
    (Exporter::new(&Config::from_json5(config).unwrap(), clock.clone()).unwrap(), clock)
}

fn call(provider: &'static str, ms: f64) -> ModelCall<'static> {
    ModelCall { provider: provider.into(), model: "m".into(), duration_ms: ms.into(), ..ModelCall::default() }
}

fn ratio(registry: &Registry, sli: &str) -> Option<f64> {
    testing::value(registry, "openclaw_sli_success_ratio", &[("sli", sli)])
}

fn percentile(registry: &Registry, sli: &str, percentile: &str) -> Option<f64> {
    testing::value(registry, "openclaw_sli_duration_seconds", &[("sli", sli), ("percentile", percentile)])
}

/// What all series of a family come to that have these labels among theirs.
fn sum(page: &str, family: &str, labels: &[&str]) -> f64 {
    let is_one = |line: &&str| {
        let name = line.split(['{', ' ']).next();
        name == Some(family) && labels.iter().all(|label| line.contains(label))
    };
    page.lines().filter(is_one).map(|line| line.rsplit(' ').next().unwrap().parse::<f64>().unwrap()).sum()
}

fn page(exporter: &Exporter) -> String {
    openclaw_prometheus::encode::text(&exporter.registry)
}

#[test]
fn what_happened_within_the_window_is_told_and_nothing_else() {
    let (mut exporter, clock) = exporter("{ workloadWindowMs: 80000 }");
    let registry = exporter.registry.clone();
    assert_eq!((ratio(&registry, "model_call"), percentile(&registry, "model_call", "50")), (None, None));
    let total = |family| testing::value(&registry, family, &[("sli", "model_call")]);
    assert_eq!(total("openclaw_sli_events_total"), Some(0.0), "a rate sees the first one");
    for _ in 0..3 {
        exporter.openclaw.model_call_completed(&call("local", 2000.0));
    }
    exporter.openclaw.model_call_error(&call("remote", 30_000.0));
    exporter.publisher.tick();
    assert_eq!(ratio(&registry, "model_call"), Some(0.75));
    let near = |found: Option<f64>, value: f64| (found.unwrap() / value - 1.0).abs() < 0.01;
    assert!(
        near(percentile(&registry, "model_call", "50"), 2.0) && near(percentile(&registry, "model_call", "99"), 30.0)
    );
    let of = |target| {
        testing::value(&registry, "openclaw_sli_target_success_ratio", &[("sli", "model_call"), ("target", target)])
    };
    assert_eq!((of("local"), of("remote")), (Some(1.0), Some(0.0)));
    clock.advance(SECOND * 40);
    exporter.openclaw.model_call_completed(&call("local", 1000.0));
    exporter.publisher.tick();
    assert_eq!(ratio(&registry, "model_call"), Some(0.8));
    clock.advance(SECOND * 41);
    exporter.publisher.tick();
    assert_eq!((ratio(&registry, "model_call"), of("remote")), (Some(1.0), None));
    clock.advance(SECOND * 100);
    exporter.publisher.tick();
    assert_eq!((ratio(&registry, "model_call"), percentile(&registry, "model_call", "95")), (None, None));
    assert_eq!((total("openclaw_sli_events_total"), total("openclaw_sli_good_events_total")), (Some(5.0), Some(4.0)));
}

#[test]
fn what_has_no_way_to_fail_has_no_ratio() {
    let (mut exporter, _) = exporter("{}");
    exporter.openclaw.queue_lane_dequeue(&QueueLane {
        lane: "main".into(),
        wait_ms: 250.0.into(),
        ..QueueLane::default()
    });
    exporter.publisher.tick();
    assert!((percentile(&exporter.registry, "queue_wait", "50").unwrap() - 0.25).abs() < 0.0025);
    assert_eq!(ratio(&exporter.registry, "queue_wait"), None);
    assert!(!page(&exporter).contains(r#"openclaw_sli_good_events_total{sli="queue_wait"}"#));
}

#[test]
fn levels_agree_with_the_families_that_tell_the_same() {
    let (mut exporter, clock) = exporter("{}");
    Replay::new(SAMPLE.as_bytes()).run(&exporter.openclaw, |bad| panic!("{bad}")).unwrap();
    clock.advance(SECOND);
    exporter.publisher.tick();
    let page = page(&exporter);
    for (sli, family, labels) in [
        ("run", "openclaw_run_completed_total", &[] as &[&str]),
        ("model_call", "openclaw_model_call_total", &[]),
        ("first_byte", "openclaw_model_call_time_to_first_byte_seconds_count", &[]),
        ("tool", "openclaw_tool_execution_total", &[]),
        ("message", "openclaw_message_processed_total", &[]),
        ("queue_wait", "openclaw_queue_lane_wait_seconds_count", &[]),
    ] {
        let told = sum(&page, family, labels);
        let of_level = format!("sli=\"{sli}\"");
        assert!(told > 0.0, "{family} is fed by the recording");
        assert_eq!(sum(&page, "openclaw_sli_events_total", &[&of_level]), told, "{sli}");
        assert_eq!(sum(&page, "openclaw_sli_target_events_total", &[&of_level]), told, "{sli} by target");
        if ["first_byte", "queue_wait"].contains(&sli) {
            continue;
        }
        let failed = sum(&page, family, &["outcome=\"error\""]);
        assert_eq!(sum(&page, "openclaw_sli_good_events_total", &[&of_level]), told - failed, "{sli}");
        assert_eq!(ratio(&exporter.registry, sli), Some((told - failed) / told), "{sli}");
    }
}

#[test]
fn an_exporter_that_nobody_scrapes_for_long_does_not_take_old_for_new() {
    let (exporter, clock) = exporter("{ collectIntervalMs: 0, workloadWindowMs: 80000 }");
    let (registry, levels) = (exporter.registry.clone(), exporter.openclaw.service_levels().clone());
    let ticker = exporter.publisher.start().unwrap();
    exporter.openclaw.model_call_error(&call("local", 100.0));
    for _ in 0..12 {
        let next = levels.next_refresh().unwrap();
        clock.advance(next - clock.now());
        until("the turn of the window", || levels.next_refresh() > Some(next));
    }
    let reply = respond(&exporter.site, &RequestHead::new("GET", "/metrics"));
    assert_eq!(reply.status(), 200);
    drop(reply);
    assert_eq!(ratio(&registry, "model_call"), None);
    assert_eq!(testing::value(&registry, "openclaw_sli_events_total", &[("sli", "model_call")]), Some(1.0));
    ticker.stop();
}

#[test]
fn a_window_goes_on_over_a_restart_of_the_exporter() {
    let config = Config::from_json5("{}").unwrap();
    let clock = Arc::new(ManualClock::at(SECOND * 1_000));
    let first = Exporter::new(&config, clock.clone()).unwrap();
    first.openclaw.run_completed(&RunCompleted {
        outcome: "error".into(),
        duration_ms: 1.0.into(),
        ..RunCompleted::default()
    });
    let (registry, openclaw, rpc) = (first.registry.clone(), first.openclaw.clone(), first.rpc.clone());
    drop(first);
    clock.advance(SECOND);
    let second = Exporter::again(registry, openclaw, rpc, History::default(), &config, clock.clone()).unwrap();
    assert_eq!(ratio(&second.registry, "run"), Some(0.0));
    let (registry, openclaw, rpc) = (second.registry.clone(), second.openclaw.clone(), second.rpc.clone());
    drop(second);
    let shorter = Config::from_json5("{ workloadWindowMs: 10000 }").unwrap();
    let third = Exporter::again(registry, openclaw, rpc, History::default(), &shorter, clock).unwrap();
    assert_eq!(ratio(&third.registry, "run"), None, "of another length it begins anew");
    assert_eq!(testing::value(&third.registry, "openclaw_sli_window_seconds", &[]), Some(10.0));
    assert_eq!(testing::value(&third.registry, "openclaw_sli_events_total", &[("sli", "run")]), Some(1.0));
}

#[test]
fn scrapes_have_a_level_and_a_sidecar_has_no_other() {
    let clock = Arc::new(ManualClock::at(SECOND * 1_000));
    let mut sidecar = Sidecar::new(&Config::default(), clock.clone()).unwrap();
    drop(respond(&sidecar.site, &RequestHead::new("GET", "/metrics")));
    drop(respond(&sidecar.site, &RequestHead::new("GET", "/metrics/health")));
    clock.advance(SECOND);
    sidecar.publisher.tick();
    let page = openclaw_prometheus::encode::text(&sidecar.registry);
    let events: Vec<&str> = page.lines().filter(|line| line.starts_with("openclaw_sli_events_total{")).collect();
    assert_eq!(
        events,
        [r#"openclaw_sli_events_total{sli="http_request"} 2"#, r#"openclaw_sli_events_total{sli="scrape"} 1"#]
    );
    assert_eq!(ratio(&sidecar.registry, "scrape"), Some(1.0));
    assert!(!page.contains("openclaw_sli_target_events_total{"), "nothing is split");
}

#[test]
fn a_flood_of_targets_takes_no_more_than_is_told() {
    let registry = Registry::builder().build().unwrap();
    let openclaw = OpenClaw::new(&registry).unwrap();
    let levels = openclaw.service_levels();
    levels.set_window(SECOND * 80);
    levels.refresh(SECOND);
    for second in 0..100_u32 {
        for number in 0..100 {
            let tool = format!("tool-{number}");
            let event = ToolExecution {
                tool: tool.as_str().into(),
                duration_ms: f64::from(number).into(),
                ..ToolExecution::default()
            };
            openclaw.tool_execution_completed(&event);
        }
        levels.refresh(SECOND * second);
        let [used, bound] = levels.memory();
        assert!(used <= bound && bound <= 8 << 20, "{used} of {bound}");
    }
    let targets =
        testing::value(&registry, "openclaw_sli_target_events_total", &[("sli", "tool"), ("target", "other")]);
    assert!(targets.is_some_and(|others| others > 9000.0), "{targets:?}");
    assert_eq!(testing::value(&registry, "openclaw_sli_events_total", &[("sli", "tool")]), Some(10_000.0));
}

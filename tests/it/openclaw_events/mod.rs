//! What each event type records, with the expected samples spelled out, and what becomes of broken events.
#![cfg(feature = "openclaw")]

mod broken;
mod newer;
mod samples;

use openclaw_prometheus::config::Config;
use openclaw_prometheus::openclaw::{DiagnosticEvent, Families, Host, Line, OpenClaw, catalogue};
use openclaw_prometheus::{Registry, SystemClock, encode, exporter};

struct Exporter {
    registry: Registry,
    openclaw: OpenClaw,
}

impl Exporter {
    fn new() -> Self {
        Self::inside(Host::any())
    }

    fn inside(host: Host) -> Self {
        let registry = Registry::builder().series(1024).build().expect("capacities");
        let openclaw = OpenClaw::inside(&registry, host).expect("the catalogue");
        Exporter { registry, openclaw }
    }

    /// The families that have a sample.
    fn shown(&self) -> Vec<String> {
        let text = encode::text(&self.registry);
        let mut shown = Vec::new();
        let mut family = "";
        for line in text.lines() {
            match line.strip_prefix("# TYPE ") {
                Some(rest) => family = rest.split(' ').next().unwrap_or_default(),
                None if line.starts_with('#') => {}
                None => shown.push(family.to_owned()),
            }
        }
        shown.dedup();
        shown
    }

    /// Records the events, which the host vouches for.
    fn observe(&self, events: &[&str]) -> &Self {
        for event in events {
            self.observe_line(&format!(r#"{{"event":{event},"metadata":{{"trusted":true}}}}"#));
        }
        self
    }

    fn observe_line(&self, line: &str) {
        let parsed = Line::parse(line).unwrap_or_else(|error| panic!("{line}: {error}"));
        self.openclaw.observe(&parsed.event, parsed.metadata);
    }

    /// The samples that are not 0, in order, without the buckets, and without what counts every event.
    fn samples(&self) -> Vec<String> {
        let text = encode::text(&self.registry);
        let is_told = |line: &&str| {
            let is_sample = !line.starts_with('#') && !line.starts_with("openclaw_exporter_events_total");
            is_sample && !line.contains("_bucket") && !line.ends_with(" 0")
        };
        text.lines().filter(is_told).map(str::to_owned).collect()
    }

    /// The bounds of the buckets of a family.
    fn bounds(&self, family: &str) -> Vec<String> {
        let text = encode::text(&self.registry);
        let buckets = text.lines().filter(|line| line.starts_with(&format!("{family}_bucket{{")));
        let bound = |line: &str| Some(line.split_once("le=\"")?.1.split_once('"')?.0.to_owned());
        buckets.filter_map(bound).collect()
    }
}

#[test]
fn an_operation_is_going_on_between_its_events() {
    let exporter = Exporter::new();
    let started = r#"{"type":"run.started","runId":"r"}"#;
    let ended = r#"{"type":"run.completed","runId":"r","durationMs":1,"outcome":"completed"}"#;
    exporter.observe(&[started, started, ended]);
    assert!(exporter.samples().contains(&r#"openclaw_inflight_operations{kind="run"} 1"#.to_owned()));
    exporter.observe(&[ended, ended]);
    assert!(!exporter.samples().iter().any(|line| line.starts_with("openclaw_inflight_operations")), "never below 0");
}

#[test]
fn a_full_registry_goes_on_with_what_it_has_and_counts_each_rejected_observation() {
    let registry =
        Registry::builder().series(2).reserved_series(openclaw_prometheus::openclaw::seeded_series()).build().unwrap();
    let exporter =
        Exporter { openclaw: OpenClaw::new(&registry).expect("room for what is there from the start"), registry };
    let dropped = || {
        let samples = exporter.samples();
        let dropped = samples.iter().find_map(|line| line.strip_prefix("openclaw_prometheus_series_dropped_total "));
        dropped.map_or(0, |dropped| dropped.parse::<u64>().unwrap())
    };
    let turn = |agent: &str| format!(r#"{{"type":"session.turn.created","agentId":"{agent}","trigger":"user"}}"#);
    exporter.observe(&[&turn("a"), &turn("b")]);
    assert_eq!(dropped(), 0);
    exporter.observe(&[&turn("c"), &turn("c"), &turn("a"), r#"{"type":"session.stuck","state":"idle","ageMs":1}"#]);
    // The stuck session is a count and an age.
    assert_eq!(dropped(), 4);
    let samples = exporter.samples();
    assert!(
        samples
            .contains(&r#"openclaw_session_turn_created_total{agent="a",channel="unknown",trigger="user"} 2"#.into())
    );
    assert!(!samples.iter().any(|line| line.contains(r#"agent="c""#)));
    let rejected = r#"metrics_refused_total{family="openclaw_session_turn_created_total",reason="table_full"} 2"#;
    assert!(samples.contains(&rejected.into()), "{samples:?}");
}

#[test]
fn a_gauge_keeps_the_last_value() {
    let exporter = Exporter::new();
    exporter.observe(&[
        r#"{"type":"queue.lane.enqueue","lane":"main","queueSize":3}"#,
        r#"{"type":"queue.lane.enqueue","lane":"main","queueSize":7}"#,
        r#"{"type":"queue.lane.enqueue","lane":"main","queueSize":-1}"#,
    ]);
    assert!(exporter.samples().contains(&r#"openclaw_queue_lane_size{lane="main"} 7"#.to_owned()));
}

#[test]
fn a_worker_that_is_no_longer_reported_disappears() {
    let exporter = Exporter::new();
    let sample = |rest: &str| {
        format!(
            r#"{{"type":"diagnostic.memory.sample","memory":{{"rssBytes":1,"heapTotalBytes":1,"heapUsedBytes":1,
            "externalBytes":1,"arrayBuffersBytes":1{rest}}}}}"#
        )
    };
    exporter.observe(&[&sample(
        r#","workerCount":2,"workerHeaps":[{"script":"a.js","heapUsed":1},{"script":"b.js","heapUsed":2}]"#,
    )]);
    exporter.observe(&[&sample(r#","workerHeaps":[{"script":"b.js","heapUsed":3}]"#)]);
    let samples = exporter.samples();
    let workers: Vec<&String> = samples.iter().filter(|line| line.starts_with("openclaw_worker_")).collect();
    // The count, which the second sample blocks out, keeps its last value.
    assert_eq!(workers, ["openclaw_worker_count 2", r#"openclaw_worker_heap_used_bytes{script="b.js"} 3"#]);
    exporter.observe(&[&sample("")]);
    assert!(!exporter.samples().iter().any(|line| line.starts_with("openclaw_worker_heap_used_bytes")));
}

#[test]
fn an_idle_gateway_shows_every_family_and_what_can_be_at_0() {
    let text = encode::text(&Exporter::new().registry);
    let newer: Vec<&str> = catalogue::entries().filter(|entry| entry.after.is_some()).map(|entry| entry.name).collect();
    for family in Families::NAMES.iter().filter(|family| !newer.contains(family)) {
        assert!(text.contains(&format!("# HELP {family} ")) && text.contains(&format!("# TYPE {family} ")), "{family}");
    }
    let at_0 = [
        "openclaw_gc_duration_seconds_count",
        "openclaw_gateway_event_loop_observed_seconds_total",
        r#"openclaw_gateway_rpc_outcomes_total{outcome="returned",phase="handler"}"#,
        r#"openclaw_memory_pressure_total{level="critical",reason="rss_growth"}"#,
        r#"openclaw_liveness_warning_total{reason="event_loop_delay:event_loop_utilization:cpu"}"#,
        r#"openclaw_liveness_cpu_core_ratio_bucket{reason="cpu",le="+Inf"}"#,
        r#"openclaw_diagnostic_async_queue_dropped_total{drop_class="priority"}"#,
        r#"openclaw_exec_processes_total{failure_kind="signal",mode="pty",outcome="failed",target="host"}"#,
        r#"openclaw_security_events_total{category="auth",outcome="denied"}"#,
        r#"openclaw_inflight_operations{kind="run"}"#,
        r#"openclaw_exporter_events_total{event="talk.event"}"#,
        r#"openclaw_exporter_events_rejected_total{reason="unknown_type"}"#,
        "openclaw_prometheus_series_dropped_total",
    ];
    for sample in at_0 {
        assert!(text.lines().any(|line| line == format!("{sample} 0")), "{sample}");
    }
    // What cannot be is not there.
    for sample in [
        r#"openclaw_gateway_rpc_outcomes_total{outcome="ok",phase="handler"}"#,
        r#"openclaw_exec_processes_total{failure_kind="none",mode="pty",outcome="failed",target="host"}"#,
    ] {
        assert!(!text.contains(sample), "{sample}");
    }
    assert!(text.lines().all(|line| line.starts_with('#') || line.ends_with(" 0")), "nothing has happened");
}

#[test]
fn what_no_event_of_the_gateway_feeds_is_not_shown_as_0() {
    let oldest = Exporter::inside(Host::gateway("2026.6.6")).shown();
    let newest = Exporter::inside(Host::gateway("2026.9.6")).shown();
    let any = Exporter::new().shown();
    let only = |of: &[String], not: &[String]| -> Vec<String> {
        of.iter().filter(|family| !not.contains(family)).cloned().collect()
    };
    assert_eq!(only(&any, &newest), ["openclaw_log_records_total", "openclaw_run_attempts_total"]);
    assert_eq!(
        only(&newest, &oldest),
        [
            "openclaw_exec_approval_followups_suppressed_total",
            "openclaw_gateway_event_loop_delay_max_seconds",
            "openclaw_gateway_event_loop_observed_seconds_total",
            "openclaw_gateway_rpc_outcomes_total",
            "openclaw_gc_duration_seconds",
            "openclaw_run_execution_phases_total",
            "openclaw_security_events_by_severity_total",
            "openclaw_security_events_total",
        ]
    );
    assert!(only(&oldest, &newest).is_empty() && only(&newest, &any).is_empty());
}

#[test]
fn health_says_what_the_gateway_does_not_tell() {
    let health = |host| {
        let config = Config::from_json5("{ port: 0 }").expect("a configuration");
        let exporter = exporter::Exporter::inside(host, &config, SystemClock::new()).expect("an exporter");
        let (is_healthy, document) = exporter.site.health();
        assert!(is_healthy);
        String::from_utf8(document).expect("text")
    };
    let (old, older) = (health(Host::gateway("2026.6.6")), health(Host::gateway("2026.5.5")));
    assert!(old.contains(r#""events":"Gateway 2026.6.6 does not tell diagnostic.gc, "#), "{old}");
    assert!(old.contains(r#""warnings":[]"#), "{old}");
    assert!(older.contains(r#""warnings":["events: Gateway 2026.5.5 does not tell "#), "{older}");
    assert!(!health(Host::gateway("2026.9.6")).contains("does not tell"));
}

#[test]
fn what_comes_all_the_same_is_recorded_on_any_gateway() {
    let (all, few) = (Exporter::new(), Exporter::inside(Host::gateway("2026.6.6")));
    for event in samples::events() {
        all.observe(&[event]);
        few.observe(&[event]);
    }
    let (all, few) = (all.samples(), few.samples());
    assert_eq!(all, few);
    assert!(few.contains(&"openclaw_gc_duration_seconds_count 1".to_owned()));
}

#[test]
fn a_family_that_is_there_from_the_start_names_the_events_that_feed_it() {
    let mut feeds: Vec<(String, &str)> = Vec::new();
    for event in samples::events() {
        let name = DiagnosticEvent::TYPES.iter().find(|name| event.contains(&format!(r#""type":"{name}""#)));
        let exporter = Exporter::new();
        exporter.observe(&[event]);
        let samples = exporter.samples();
        let is_of = |line: &String, family: &str| {
            line.strip_prefix(family).is_some_and(|rest| rest.starts_with(['{', ' ', '_']))
        };
        for entry in catalogue::entries().filter(|entry| samples.iter().any(|line| is_of(line, entry.name))) {
            feeds.push((entry.name.to_owned(), name.copied().unwrap_or_default()));
        }
    }
    let mut named = 0;
    for entry in catalogue::entries().filter(|entry| entry.source == catalogue::Source::Event) {
        let told: Vec<&str> = entry.events.iter().map(|event| event.as_str()).collect();
        assert_eq!(!told.is_empty(), entry.is_there_from_the_start(), "{}", entry.name);
        for event in &told {
            assert!(feeds.contains(&(entry.name.to_owned(), event)), "{event} does not feed {}", entry.name);
        }
        for (_, event) in feeds.iter().filter(|(family, _)| !told.is_empty() && family == entry.name) {
            assert!(told.contains(event), "{} does not name {event}", entry.name);
        }
        named += told.len();
    }
    assert!(named > 20, "{named}");
}

#[test]
fn a_gauge_is_not_shown_before_it_is_known() {
    let text = encode::text(&Exporter::new().registry);
    let gauges: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" gauge")).collect();
    assert!(gauges.len() > 10, "{gauges:?}");
    // What is going on right now is known from the start: nothing.
    for gauge in gauges.into_iter().filter(|gauge| *gauge != "openclaw_inflight_operations") {
        let is_sample = |line: &str| line.strip_prefix(gauge).is_some_and(|rest| rest.starts_with(['{', ' ']));
        assert!(!text.lines().any(is_sample), "{gauge}");
    }
}

#[test]
fn a_gateway_without_a_build_id_has_no_such_label() {
    let exporter = Exporter::new();
    exporter.openclaw.identify("p1", None);
    assert_eq!(exporter.samples(), [r#"openclaw_gateway_build_info{process_instance_id="p1"} 1"#]);
    let exporter = Exporter::new();
    exporter.openclaw.identify("agent:main", Some("b1"));
    assert_eq!(exporter.samples(), [r#"openclaw_gateway_build_info{build_id="b1",process_instance_id="unknown"} 1"#]);
}

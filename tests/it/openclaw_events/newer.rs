//! What Gateways after 2026.9.6 tell: only they, and only what they vouch for.

use openclaw_prometheus::encode::{self, Format};
use openclaw_prometheus::openclaw::{Host, OpenClaw, Replay, catalogue};

use super::{Exporter, samples};

/// The families that are on the page once they were told.
fn newer() -> Vec<&'static str> {
    catalogue::entries().filter(|entry| entry.after.is_some()).map(|entry| entry.name).collect()
}

/// The newer families that are anywhere on a page, in either format.
fn on_the_page(exporter: &Exporter) -> Vec<&'static str> {
    let mut pages = encode::text(&exporter.registry);
    pages.push_str(&encode::open_metrics(&exporter.registry));
    let is_there = |family: &&str| pages.contains(family.trim_end_matches("_total"));
    newer().into_iter().filter(is_there).collect()
}

#[test]
fn a_gateway_that_does_not_tell_them_has_no_word_of_them_on_its_page() {
    assert_eq!(newer().len(), 10, "{:?}", newer());
    for host in [Host::any(), Host::gateway("2026.9.6"), Host::gateway("2026.9.9")] {
        let exporter = Exporter::inside(host);
        assert_eq!(on_the_page(&exporter), [""; 0]);
        let recorded = &include_bytes!("../../../cli/data/sample.jsonl")[..];
        Replay::new(recorded).run(&exporter.openclaw, |bad| panic!("{bad}")).expect("a recording of 2026.9.6");
        assert_eq!(on_the_page(&exporter), [""; 0]);
    }
}

#[test]
fn a_gateway_that_tells_them_has_them_whatever_its_version_says() {
    for host in [Host::any(), Host::gateway("2026.9.6"), Host::gateway("2026.9.9")] {
        let exporter = Exporter::inside(host);
        samples::events().for_each(|event| _ = exporter.observe(&[event]));
        assert_eq!(on_the_page(&exporter), newer());
    }
}

#[test]
fn what_child_processes_were_started_for_is_told_by_gateways_that_know() {
    let git = r#"{"type":"diagnostic.child_process.spawn","family":"git","count":2}"#;
    let named = r#"{"type":"diagnostic.child_process.spawn","family":"git","operation":"status","count":3}"#;
    let hostile = r#"{"type":"diagnostic.child_process.spawn","family":"git","operation":"agent:main:x","count":7}"#;
    let node = r#"{"type":"diagnostic.child_process.spawn","family":"node","count":5}"#;
    let spawned = |host| {
        let exporter = Exporter::inside(host);
        exporter.observe(&[git, named, hostile, node]);
        let samples = exporter.samples().into_iter();
        let ours = samples.filter_map(|line| Some(line.strip_prefix("openclaw_child_process_spawn_total")?.to_owned()));
        ours.collect::<Vec<_>>()
    };
    let old = [r#"{family="git"} 12"#, r#"{family="node"} 5"#];
    for version in ["2026.6.6", "2026.9.6"] {
        assert_eq!(spawned(Host::gateway(version)), old, "{version}");
    }
    let new = [
        r#"{family="git",operation="status"} 3"#,
        r#"{family="git",operation="unknown"} 9"#,
        r#"{family="node",operation="none"} 5"#,
    ];
    for version in ["2026.9.7", "2026.10.1", "main"] {
        assert_eq!(spawned(Host::gateway(version)), new, "{version}");
    }
    // A recording of any: its events say.
    let any = [
        r#"{family="git"} 2"#,
        r#"{family="git",operation="status"} 3"#,
        r#"{family="git",operation="unknown"} 7"#,
        r#"{family="node"} 5"#,
    ];
    assert_eq!(spawned(Host::any()), any);
}

#[test]
fn an_answer_counts_once_however_many_frames_it_has() {
    let exporter = Exporter::new();
    let frame = |rest: &str| {
        format!(r#"{{"type":"gateway.rpc","method":"m","phase":"response","outcome":"ok","durationMs":1000{rest}}}"#)
    };
    // A Gateway that does not tell sends the first alone.
    exporter.observe(&[&frame(""), &frame(r#","responseBytes":1,"firstResponse":true"#)]);
    (0..5).for_each(|_| _ = exporter.observe(&[&frame(r#","responseBytes":2,"firstResponse":false"#)]));
    let expected = [
        r#"openclaw_gateway_rpc_first_response_seconds_sum{method="m"} 2"#,
        r#"openclaw_gateway_rpc_first_response_seconds_count{method="m"} 2"#,
        r#"openclaw_gateway_rpc_outcomes_total{outcome="ok",phase="response"} 2"#,
        r#"openclaw_gateway_rpc_response_bytes_sum{method="m"} 11"#,
        r#"openclaw_gateway_rpc_response_bytes_count{method="m"} 6"#,
    ];
    assert_eq!(exporter.samples(), expected);
}

#[test]
fn a_heap_that_shrinks_is_measured_and_openmetrics_is_told_no_sum_of_it() {
    let exporter = Exporter::new();
    let handler = |bytes: &str| {
        format!(
            r#"{{"type":"gateway.rpc","method":"m","phase":"handler","outcome":"returned","durationMs":0,"admissionMs":0,
            "heapDeltaBytes":{bytes}}}"#
        )
    };
    for bytes in ["-2048", "-2047", "0", "-0.0", "1024", "1e12", "-1e12"] {
        exporter.observe(&[&handler(bytes)]);
    }
    let text = encode::text(&exporter.registry);
    let sample = |rest: &str| format!("openclaw_gateway_rpc_handler_heap_delta_bytes{rest}");
    for (le, count) in [("-67108864", 1), ("-4096", 1), ("-2048", 2), ("-1024", 3), ("0", 5), ("1024", 6), ("+Inf", 7)]
    {
        let bucket = sample(&format!("_bucket{{method=\"m\",le=\"{le}\"}} {count}\n"));
        assert!(text.contains(&bucket), "{bucket}{text}");
    }
    assert!(text.contains(&sample("_sum{method=\"m\"} -3071\n")), "{text}");
    assert!(text.contains(&sample("_count{method=\"m\"} 7\n")));
    let text = encode::open_metrics(&exporter.registry);
    assert!(text.contains(&sample("_bucket{method=\"m\",le=\"-1024.0\"} 3\n")), "{text}");
    assert!(!text.contains(&sample("_sum")) && !text.contains(&sample("_count")));
    // What is no change is counted as broken, and as no sample of its own.
    exporter.observe(&[&handler("1e17"), &handler("-1e17"), &handler(r#""1""#), &handler("null")]);
    let samples = exporter.samples();
    assert!(samples.contains(&sample("_count{method=\"m\"} 7")), "{samples:?}");
    let exclusive = r#"openclaw_gateway_rpc_handler_heap_delta_exclusive_total{method="m"} 7"#;
    assert!(samples.contains(&exclusive.to_owned()), "{samples:?}");
    let rejected =
        |reason: &str, count| format!(r#"openclaw_exporter_events_rejected_total{{reason="{reason}"}} {count}"#);
    assert!(samples.contains(&rejected("out_of_range", 2)) && samples.contains(&rejected("wrong_type", 1)));
}

#[test]
fn only_phases_that_the_host_vouches_for_feed_what_is_the_hosts_own() {
    let phases = [
        r#"{"type":"diagnostic.phase.completed","name":"sessions.catalog.list.provider","durationMs":10}"#,
        r#"{"type":"diagnostic.phase.completed","name":"chat.send.effects","durationMs":10,"details":{"stage":"request"}}"#,
        r#"{"type":"diagnostic.phase.completed","name":"worktree.preparation","durationMs":10,
            "details":{"kind":"managed","template":"cold","outcome":"threw"}}"#,
    ];
    for metadata in ["{}", r#"{"internal":true}"#] {
        let exporter = Exporter::new();
        for event in phases {
            exporter.observe_line(&format!(r#"{{"event":{event},"metadata":{metadata}}}"#));
        }
        assert_eq!(on_the_page(&exporter), [""; 0], "{metadata}");
        // What anybody may tell is told.
        assert_eq!(exporter.samples().len(), 6, "{:?}", exporter.samples());
    }
    let exporter = Exporter::new();
    exporter.observe(&phases);
    assert_eq!(on_the_page(&exporter).len(), 3);
}

#[test]
fn what_is_not_listed_of_a_phase_makes_no_series() {
    let exporter = Exporter::new();
    let phase = |name: &str, rest: &str| {
        format!(r#"{{"type":"diagnostic.phase.completed","name":"{name}","durationMs":10{rest}}}"#)
    };
    exporter.observe(&[
        &phase("sessions.catalog.list.private", ""),
        &phase("sessions.catalog.listplanning", ""),
        &phase("other.delivery", ""),
        &phase("chat.send.private", r#","details":{"stage":"request"}"#),
        &phase("chat.send.persist", r#","details":{"stage":"private"}"#),
        &phase("chat.send.persist", r#","details":{}"#),
        &phase("chat.send.persist", ""),
        &phase("worktree.preparation", ""),
        &phase("worktree.preparation", r#","details":{"kind":"managed","template":"private","outcome":"threw"}"#),
        &phase("worktree.preparation", r#","details":{"kind":"managed","template":"cold"}"#),
    ]);
    for broken in ["null", "-1", "1e400", "\"10\""] {
        exporter.observe(&[&format!(
            r#"{{"type":"diagnostic.phase.completed","name":"chat.send.persist","durationMs":{broken},"details":{{"stage":"request"}}}}"#
        )]);
    }
    assert_eq!(on_the_page(&exporter), [""; 0]);
    // A part that is broken costs only itself, and processor time is that of stages that do not wait.
    exporter.observe(&[
        &phase("sessions.catalog.list.delivery", r#","details":{"threadCpuMs":"2.5"}"#),
        &phase("sessions.catalog.list.provider", r#","details":{"threadCpuMs":2.5}"#),
    ]);
    assert_eq!(on_the_page(&exporter), ["openclaw_gateway_rpc_stage_seconds"]);
}

/// A memory sample with these lists in it.
fn memory_sample(lists: &str) -> String {
    format!(
        r#"{{"type":"diagnostic.memory.sample","memory":{{"rssBytes":1,"heapTotalBytes":1,"heapUsedBytes":1,"externalBytes":1,
        "arrayBuffersBytes":1{lists}}}}}"#
    )
}

#[test]
fn totals_of_workers_stay_while_a_sample_says_nothing_of_them_and_spaces_do_not() {
    let exporter = Exporter::new();
    let space = r#""heapSpaces":[{"space_name":"old_space","space_size":1,"space_used_size":1,"space_available_size":1,
        "physical_space_size":1}]"#;
    let workers = r#""workerLifecycle":[{"script":"a.js","started":7,"retired":[{"reason":"idle","count":4}]}]"#;
    exporter.observe(&[&memory_sample(&format!(",{space},{workers}"))]);
    exporter.observe(&[&memory_sample("")]);
    let told = |exporter: &Exporter| -> Vec<String> {
        let is_told = |line: &String| line.starts_with("openclaw_worker_") || line.starts_with("openclaw_heap_");
        exporter.samples().into_iter().filter(is_told).collect()
    };
    assert_eq!(
        told(&exporter),
        [
            r#"openclaw_worker_retired_total{reason="idle",script="a.js"} 4"#,
            r#"openclaw_worker_started_total{script="a.js"} 7"#,
        ]
    );
    assert!(encode::open_metrics(&exporter.registry).contains("openclaw_worker_started_total{script=\"a.js\"} 7"));
}

#[test]
fn names_of_scripts_and_spaces_that_may_not_be_shown_are_added_up_as_unknown() {
    let exporter = Exporter::new();
    let hostile = ["agent:main:main", "sk-fa1efa1efa1e", "<script>", "a\\\"b"];
    let workers: Vec<String> = hostile
        .iter()
        .map(|name| format!(r#"{{"script":"{name}","started":2,"retired":[{{"reason":"{name}","count":1}}]}}"#))
        .collect();
    let spaces: Vec<String> =
        hostile.iter().map(|name| format!(r#"{{"space_name":"{name}","space_used_size":5}}"#)).collect();
    let lists = format!(r#","workerLifecycle":[{}],"heapSpaces":[{}]"#, workers.join(","), spaces.join(","));
    exporter.observe(&[&memory_sample(&lists)]);
    let samples = exporter.samples();
    for expected in [
        r#"openclaw_worker_started_total{script="unknown"} 8"#,
        r#"openclaw_worker_retired_total{reason="unknown",script="unknown"} 4"#,
        r#"openclaw_heap_space_bytes{space="unknown",stat="used"} 20"#,
        // Of each space three figures are missing.
        r#"openclaw_exporter_events_rejected_total{reason="missing"} 12"#,
    ] {
        assert!(samples.contains(&expected.to_owned()), "{expected} in {samples:?}");
    }
    let pages = encode::text(&exporter.registry);
    assert!(!hostile.iter().any(|name| pages.contains(name)));
}

#[test]
fn lists_of_an_absurd_length_are_cut_at_the_bound_of_their_families() {
    let registry =
        openclaw_prometheus::Registry::builder().series(1024).family_series(100).build().expect("capacities");
    let exporter = Exporter { openclaw: OpenClaw::new(&registry).expect("the catalogue"), registry };
    let workers: Vec<String> =
        (0..5000).map(|n| format!(r#"{{"script":"s{n}.js","started":1,"retired":[]}}"#)).collect();
    let spaces: Vec<String> = (0..5000)
        .map(|n| {
            format!(
                r#"{{"space_name":"s{n}","space_used_size":1,"space_size":1,"space_available_size":1,"physical_space_size":1}}"#
            )
        })
        .collect();
    let lists = format!(r#","workerLifecycle":[{}],"heapSpaces":[{}]"#, workers.join(","), spaces.join(","));
    exporter.observe(&[&memory_sample(&lists)]);
    let samples = exporter.samples();
    for family in ["openclaw_worker_started_total{", "openclaw_heap_space_bytes{"] {
        assert_eq!(samples.iter().filter(|line| line.starts_with(family)).count(), 100, "{family}");
    }
}

#[test]
fn broken_lists_cost_only_themselves() {
    for lists in [
        r#","workerLifecycle":{},"heapSpaces":7"#,
        r#","workerLifecycle":[7,{"script":"a.js","started":1,"retired":{}}],"heapSpaces":[[]]"#,
    ] {
        let exporter = Exporter::new();
        exporter.observe(&[&memory_sample(lists)]);
        let samples = exporter.samples();
        assert!(samples.contains(&"openclaw_memory_rss_bytes_sum 1".to_owned()), "{samples:?}");
        assert!(samples.iter().any(|line| line.contains(r#"reason="wrong_type""#)), "{samples:?}");
    }
}

#[test]
fn both_formats_are_read_by_our_own_reader() {
    let exporter = Exporter::new();
    samples::events().for_each(|event| _ = exporter.observe(&[event]));
    for format in Format::ALL {
        let page = encode::exposition(&exporter.registry, format);
        let page = String::from_utf8(page).expect("text");
        let families = support::exposition::read(&page, format).expect("a valid page");
        assert!(families.iter().any(|family| family.name.contains("rpc_handler_heap_delta_bytes")));
    }
}

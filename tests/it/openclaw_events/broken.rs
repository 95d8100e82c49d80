//! What becomes of broken events, and of those that nobody vouches for.

use super::Exporter;

/// Events with something broken in them, and what is left of them: sound parts, and the count of the others.
const BROKEN: &[(&str, &[&str])] = &[
    // A required label of the wrong type, or missing, is unknown; the event counts.
    (
        r#"{"type":"message.processed","channel":"webchat","outcome":5}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#,
            r#"openclaw_message_processed_total{channel="webchat",outcome="unknown",reason="none"} 1"#,
        ],
    ),
    (
        r#"{"type":"session.state","state":null}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="missing"} 1"#,
            r#"openclaw_session_state_total{reason="none",state="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"gateway.rpc","method":"agent:main:secret","outcome":"ok"}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="missing"} 1"#,
            r#"openclaw_gateway_rpc_outcomes_total{outcome="ok",phase="unknown"} 1"#,
        ],
    ),
    // An optional label of the wrong type gives its fall-back and is counted; a missing one is just not there.
    (
        r#"{"type":"webhook.error","channel":["telegram"],"updateType":null}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#,
            r#"openclaw_webhook_error_total{channel="unknown",webhook="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"run.completed","outcome":"completed","durationMs":1000,"blockedBy":7}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#,
            r#"openclaw_run_completed_total{blocked_by="unknown",channel="unknown",model="unknown",outcome="completed",provider="unknown",trigger="unknown"} 1"#,
            r#"openclaw_run_duration_seconds_sum{blocked_by="unknown",channel="unknown",model="unknown",outcome="completed",provider="unknown",trigger="unknown"} 1"#,
            r#"openclaw_run_duration_seconds_count{blocked_by="unknown",channel="unknown",model="unknown",outcome="completed",provider="unknown",trigger="unknown"} 1"#,
        ],
    ),
    // Only JSON numbers are numbers, and only finite ones that are not negative.
    (
        r#"{"type":"webhook.processed","channel":"lab","durationMs":"20"}"#,
        &[r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#],
    ),
    (
        r#"{"type":"diagnostic.gc","durationMs":true}"#,
        &[r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#],
    ),
    (
        r#"{"type":"diagnostic.gc","durationMs":1e400}"#,
        &[r#"openclaw_exporter_events_rejected_total{reason="out_of_range"} 1"#],
    ),
    (
        r#"{"type":"diagnostic.gc","durationMs":-1}"#,
        &[r#"openclaw_exporter_events_rejected_total{reason="out_of_range"} 1"#],
    ),
    (r#"{"type":"diagnostic.gc"}"#, &[r#"openclaw_exporter_events_rejected_total{reason="missing"} 1"#]),
    (
        r#"{"type":"diagnostic.async_queue.dropped","droppedEvents":-3,"droppedTrustedEvents":2,"queueLength":4}"#,
        &[
            r#"openclaw_diagnostic_async_queue_dropped_total{drop_class="trusted"} 2"#,
            "openclaw_diagnostic_async_queue_length 4",
            r#"openclaw_exporter_events_rejected_total{reason="out_of_range"} 1"#,
        ],
    ),
    // Text that is no Unicode.
    (
        r#"{"type":"webhook.error","channel":"\ud800","updateType":"a\u0062"}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="bad_text"} 1"#,
            r#"openclaw_webhook_error_total{channel="unknown",webhook="ab"} 1"#,
        ],
    ),
    // Broken parts inside of an event.
    (
        r#"{"type":"model.usage","provider":"p","model":"m","usage":null,"costUsd":0.5}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="missing"} 1"#,
            r#"openclaw_model_cost_usd_total{agent="unknown",channel="unknown",model="m",provider="p"} 0.5"#,
        ],
    ),
    (
        r#"{"type":"model.usage","provider":"p","model":"m","usage":{"input":"5","output":[5],"total":7}}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 2"#,
            r#"openclaw_model_tokens_total{agent="unknown",channel="unknown",model="m",provider="p",token_type="total"} 7"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.liveness.warning","reasons":"cpu","active":1,"waiting":0,"queued":0}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#,
            r#"openclaw_liveness_sessions{state="active"} 1"#,
            r#"openclaw_liveness_warning_total{reason="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.liveness.warning","reasons":["cpu",5,"event_loop_delay"],"active":1,"waiting":0,"queued":0}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#,
            r#"openclaw_liveness_sessions{state="active"} 1"#,
            r#"openclaw_liveness_warning_total{reason="cpu:event_loop_delay"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.memory.sample","memory":{"rssBytes":4000,"heapTotalBytes":0,"heapUsedBytes":0,
            "externalBytes":0,"arrayBuffersBytes":0,"workerHeaps":[7,{"script":"a.js","heapUsed":"x"},
            {"script":"agent:main","heapUsed":3},{"heapUsed":4},{"script":"b.js","heapUsed":5}]}}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="missing"} 1"#,
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 2"#,
            r#"openclaw_memory_bytes{kind="rss"} 4000"#,
            "openclaw_memory_rss_bytes_sum 4000",
            "openclaw_memory_rss_bytes_count 1",
            r#"openclaw_worker_heap_used_bytes{script="b.js"} 5"#,
            r#"openclaw_worker_heap_used_bytes{script="unknown"} 7"#,
        ],
    ),
    (
        r#"{"type":"tool.execution.blocked","toolName":"exec","paramsSummary":"object"}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#,
            r#"openclaw_tool_execution_blocked_total{denied_reason="other",params_kind="unknown",tool="exec",tool_owner="none",tool_source="core"} 1"#,
        ],
    ),
    (
        r#"{"type":"model.failover","reason":"x y","suspended":"true","lane":{}}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 2"#,
            r#"openclaw_model_failover_total{from_model="unknown",from_provider="unknown",lane="unknown",reason="other",suspended="unknown",to_model="unknown",to_provider="unknown"} 1"#,
        ],
    ),
    // A broken field is counted once, however often it is used.
    (
        r#"{"type":"queue.lane.dequeue","lane":5,"queueSize":1,"waitMs":1000}"#,
        &[
            r#"openclaw_exporter_events_rejected_total{reason="wrong_type"} 1"#,
            r#"openclaw_queue_lane_size{lane="unknown"} 1"#,
            r#"openclaw_queue_lane_wait_seconds_sum{lane="unknown"} 1"#,
            r#"openclaw_queue_lane_wait_seconds_count{lane="unknown"} 1"#,
        ],
    ),
    // The last of equal keys wins, also when an earlier one is broken, and wherever the type stands.
    (
        r#"{"channel":5,"channel":"lab","updateType":"a","type":"log.record","updateType":"b","type":"webhook.received"}"#,
        &[r#"openclaw_webhook_received_total{channel="lab",webhook="b"} 1"#],
    ),
    // Broken values of fields that nobody reads do no harm.
    (
        r#"{"type":"webhook.received","channel":"lab","x":1e400,"y":"\ud800","\ud800":[[[{}]]],"z":{"a":{"b":{"c":1e400}}}}"#,
        &[r#"openclaw_webhook_received_total{channel="lab",webhook="unknown"} 1"#],
    ),
];

#[test]
fn a_broken_part_costs_an_event_nothing_else() {
    for (event, samples) in BROKEN {
        let exporter = Exporter::new();
        // Families of our own take the same fields.
        let is_ours = |sample: &String| sample.starts_with("openclaw_agent_");
        let recorded: Vec<String> = exporter.observe(&[event]).samples().into_iter().filter(|s| !is_ours(s)).collect();
        assert_eq!(recorded, *samples, "{event}");
    }
}

#[test]
fn an_event_that_nobody_vouches_for_is_not_recorded() {
    let exporter = Exporter::new();
    for metadata in
        [r#"{"trusted":false}"#, r#"{"trusted":"true"}"#, r#"{"trusted":1,"internal":"true"}"#, "null", "[]", "{}"]
    {
        exporter.observe_line(&format!(r#"{{"event":{{"type":"webhook.error"}},"metadata":{metadata}}}"#));
    }
    exporter.observe_line(r#"{"event":{"type":"webhook.error","channel":5}}"#);
    assert_eq!(exporter.samples(), [""; 0]);
}

#[test]
fn an_internal_event_is_recorded() {
    let exporter = Exporter::new();
    exporter.observe_line(r#"{"metadata":{"internal":true,"trusted":false},"event":{"type":"webhook.error"}}"#);
    assert_eq!(exporter.samples(), [r#"openclaw_webhook_error_total{channel="unknown",webhook="unknown"} 1"#]);
}

#[test]
fn a_type_that_nobody_knows_is_counted_and_no_more() {
    let exporter = Exporter::new();
    exporter.observe(&[r#"{"type":"not.yet.known","durationMs":"x"}"#]);
    assert_eq!(exporter.samples(), [r#"openclaw_exporter_events_rejected_total{reason="unknown_type"} 1"#]);
}

#[test]
fn what_the_host_never_vouches_for_is_recorded_all_the_same() {
    let exporter = Exporter::new();
    for event in [
        r#"{"type":"run.execution_phase","phase":"auth"}"#,
        r#"{"type":"diagnostic.phase.completed","name":"a","durationMs":1000}"#,
        r#"{"type":"exec.process.completed","target":"host","mode":"child","outcome":"completed","durationMs":0}"#,
        r#"{"type":"exec.approval.followup_suppressed","reason":"session_rebound","phase":"direct_delivery"}"#,
        r#"{"type":"log.record","level":"error"}"#,
    ] {
        exporter.observe_line(&format!(r#"{{"event":{event},"metadata":{{"trusted":false}}}}"#));
    }
    assert_eq!(exporter.samples().len(), 7, "{:?}", exporter.samples());
}

#[test]
fn what_anybody_may_emit_is_bounded() {
    let exporter = Exporter::new();
    for number in 0..1000 {
        exporter.observe_line(&format!(
            r#"{{"event":{{"type":"diagnostic.phase.completed","name":"p{number}","durationMs":1000}},"metadata":{{}}}}"#
        ));
        exporter.observe_line(&format!(r#"{{"event":{{"type":"log.record","level":"l{number}"}},"metadata":{{}}}}"#));
    }
    let samples = exporter.samples();
    let phases = samples.iter().filter(|line| line.starts_with("openclaw_gateway_phase_duration_seconds_sum"));
    assert_eq!(phases.count(), 65);
    assert!(samples.contains(&r#"openclaw_gateway_phase_duration_seconds_sum{phase="overflow"} 936"#.to_owned()));
    assert!(samples.contains(&r#"openclaw_log_records_total{level="other"} 1000"#.to_owned()));
}

#[test]
fn no_label_shows_a_secret_or_a_session_key() {
    let exporter = Exporter::new();
    for hostile in ["agent:main:main", "sk-fa1efa1efa1e", "token:fakefake", "a\\\"b\\n", "<script>"] {
        exporter.observe(&[
            &format!(r#"{{"type":"gateway.rpc","method":"{hostile}","phase":"{hostile}","outcome":"{hostile}"}}"#),
            &format!(r#"{{"type":"session.turn.created","agentId":"{hostile}","trigger":"{hostile}"}}"#),
            &format!(r#"{{"type":"session.recovery.completed","state":"{hostile}","status":"{hostile}","action":"{hostile}"}}"#),
            &format!(r#"{{"type":"payload.large","action":"{hostile}","surface":"{hostile}"}}"#),
            &format!(r#"{{"type":"telemetry.exporter","signal":"{hostile}","status":"{hostile}"}}"#),
            &format!(r#"{{"type":"diagnostic.memory.pressure","level":"{hostile}","reason":"{hostile}"}}"#),
        ]);
    }
    for sample in exporter.samples() {
        let values = sample.split('"').skip(1).step_by(2);
        let plain = ["unknown", "none", "missing"];
        assert!(values.into_iter().all(|value| plain.contains(&value)), "{sample}");
    }
}

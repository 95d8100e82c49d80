//! Promise: what a plugin inside the Gateway reports is shown as it was told: hooks, runtime, channels, providers, Node. No
//! sequence of numbers does harm, and what grows old by itself does so without a report.
#![cfg(feature = "openclaw")]

use std::time::Duration;

use openclaw_prometheus::openclaw::numbers::{Member, Shape};
use openclaw_prometheus::openclaw::*;
use openclaw_prometheus::{Registry, encode, testing};
use proptest::prelude::*;

struct Shown {
    registry: Registry,
    openclaw: OpenClaw,
}

impl Shown {
    fn new() -> Self {
        let registry = Registry::builder().build().expect("capacities");
        let openclaw = OpenClaw::new(&registry).expect("the catalogue");
        Self { registry, openclaw }
    }

    /// The value of a sample as it is written.
    fn sample(&self, sample: &str) -> Option<f64> {
        let text = encode::text(&self.registry);
        text.lines().find_map(|line| line.strip_prefix(sample)?.strip_prefix(' ')?.parse().ok())
    }

    fn says(&self, samples: &[(&str, f64)]) {
        for (sample, value) in samples {
            assert_eq!(self.sample(sample), Some(*value), "{sample}");
        }
    }

    fn hooks(&self, hook: &str) -> Option<f64> {
        testing::value(&self.registry, "openclaw_plugin_hook_invocations_total", &[("hook", hook)])
    }
}

#[test]
fn hooks_are_counted_and_tell_what_events_do_not() {
    let shown = Shown::new();
    let openclaw = &shown.openclaw;
    assert_eq!(shown.sample("openclaw_ready"), None, "nobody has told yet");
    assert_eq!(shown.hooks("session_start"), Some(0.0));
    openclaw.gateway_started(&GatewayStarted::default());
    assert_eq!(shown.sample("openclaw_ready"), Some(1.0));
    openclaw.gateway_stopping(&GatewayStopping::default());
    openclaw.session_started(&SessionStarted::default());
    openclaw.session_ended(&SessionEnded { reason: "idle".into(), duration_ms: 90_000.0.into(), messages: 6.0.into() });
    openclaw.session_ended(&SessionEnded { reason: "new words".into(), ..SessionEnded::default() });
    openclaw.session_ended(&SessionEnded::default());
    openclaw.session_reset(&SessionReset { reason: "reset".into() });
    openclaw.compaction_started(&CompactionStarted { tokens: 90_000.0.into() });
    openclaw.compaction_ended(&CompactionEnded { tokens: 20_000.0.into(), compacted: 41.0.into() });
    openclaw.subagent_spawned(&SubagentSpawned { mode: "run".into() });
    openclaw.subagent_ended(&SubagentEnded { outcome: "timeout".into() });
    openclaw.pairing_requested(&PairingRequested { channel: "telegram".into() });
    openclaw.cron_reconciled(&CronReconciled { is_enabled: true.into() });
    openclaw.cron_changed(&CronChanged { action: "added".into(), ..CronChanged::default() });
    let finished = CronChanged { action: "finished".into(), status: "ok".into(), duration_ms: 1500.0.into() };
    openclaw.cron_changed(&finished);
    shown.says(&[
        ("openclaw_ready", 0.0),
        (r#"openclaw_sessions_ended_total{reason="idle"}"#, 1.0),
        (r#"openclaw_sessions_ended_total{reason="other"}"#, 1.0),
        (r#"openclaw_sessions_ended_total{reason="unknown"}"#, 1.0),
        (r#"openclaw_session_duration_seconds_sum{reason="idle"}"#, 90.0),
        ("openclaw_session_messages_sum", 6.0),
        (r#"openclaw_session_reset_requests_total{reason="reset"}"#, 1.0),
        (r#"openclaw_session_compaction_events_total{phase="before"}"#, 1.0),
        (r#"openclaw_session_compaction_events_total{phase="after"}"#, 1.0),
        ("openclaw_session_compaction_messages_compacted_total", 41.0),
        ("openclaw_session_compaction_last_tokens_before", 90_000.0),
        ("openclaw_session_compaction_last_tokens_after", 20_000.0),
        (r#"openclaw_agent_subagent_spawned_total{mode="run"}"#, 1.0),
        (r#"openclaw_agent_subagent_ended_total{outcome="timeout"}"#, 1.0),
        (r#"openclaw_channel_pairing_requests_total{channel="telegram"}"#, 1.0),
        ("openclaw_cron_scheduler_enabled", 1.0),
        (r#"openclaw_cron_changes_total{action="added"}"#, 1.0),
        (r#"openclaw_cron_changes_total{action="finished"}"#, 1.0),
        (r#"openclaw_cron_run_duration_seconds_count{status="ok"}"#, 1.0),
        (r#"openclaw_cron_run_duration_seconds_sum{status="ok"}"#, 1.5),
    ]);
    for hook in Hook::ALL {
        let expected = match hook {
            Hook::SessionEnded => 3.0,
            Hook::CronChanged => 2.0,
            Hook::ChannelMessageReceived | Hook::ChannelMessageSent => 0.0,
            _ => 1.0,
        };
        assert_eq!(shown.hooks(hook.as_str()), Some(expected), "{hook:?}");
    }
}

#[test]
fn ages_grow_without_a_report() {
    let shown = Shown::new();
    let openclaw = &shown.openclaw;
    let age = |direction: &str, account: &str| {
        let labels = [("account", account), ("channel", "telegram")];
        testing::value(&shown.registry, &format!("openclaw_channel_last_{direction}_age_seconds"), &labels)
    };
    openclaw.plugin_loaded(&PluginLoaded { at_ms: 1_000_000.0.into(), ..PluginLoaded::default() });
    let activity = ChannelActivity {
        channel: "telegram".into(),
        inbound_at_ms: 1_004_000.0.into(),
        outbound_at_ms: Field::Missing,
        ..ChannelActivity::default()
    };
    openclaw.channel_activity(&activity);
    openclaw.channel_activity(&ChannelActivity {
        account: "bot2".into(),
        channel: "telegram".into(),
        ..ChannelActivity::default()
    });
    openclaw.refresh(Duration::from_secs(1010), Duration::from_secs(1010));
    assert_eq!((age("inbound", "default"), age("outbound", "default")), (Some(6.0), None));
    assert_eq!(age("inbound", "bot2"), None, "never used");
    shown.says(&[("openclaw_plugin_uptime_seconds", 10.0)]);
    openclaw.channel_activity(&ChannelActivity {
        outbound_at_ms: 1_011_000.0.into(),
        inbound_at_ms: Field::Missing,
        ..activity
    });
    openclaw.refresh(Duration::from_secs(1021), Duration::from_secs(1021));
    assert_eq!((age("inbound", "default"), age("outbound", "default")), (Some(17.0), Some(10.0)));
    // A clock that was set back makes nothing younger than it can be.
    openclaw.refresh(Duration::from_secs(1), Duration::from_secs(1));
    assert_eq!(age("inbound", "default"), Some(0.0));
    let received =
        ChannelMessageReceived { channel: "telegram".into(), account: "bot2".into(), at_ms: 1_012_500.0.into() };
    openclaw.channel_message_received(&received);
    shown.says(&[(r#"openclaw_channel_last_event_timestamp_seconds{account="bot2",channel="telegram"}"#, 1012.5)]);
}

#[test]
fn accounts_are_bounded() {
    let shown = Shown::new();
    for number in 0..2000 {
        let account = format!("account{number}");
        let report = ChannelActivity {
            channel: "telegram".into(),
            account: account.as_str().into(),
            inbound_at_ms: 1000.0.into(),
            ..ChannelActivity::default()
        };
        shown.openclaw.channel_activity(&report);
        let report =
            ChannelMessageReceived { channel: "telegram".into(), account: account.as_str().into(), at_ms: 1.0.into() };
        shown.openclaw.channel_message_received(&report);
    }
    shown.openclaw.refresh(Duration::from_secs(9), Duration::from_secs(9));
    let text = encode::text(&shown.registry);
    let count = |name: &str| text.lines().filter(|line| line.starts_with(&format!("{name}{{"))).count();
    assert_eq!(count("openclaw_channel_last_inbound_age_seconds"), 256);
    // Those that did not fit are one series.
    assert_eq!(count("openclaw_channel_last_event_timestamp_seconds"), 257);
}

fn auth(provider: &'static str, status: &'static str, source: &'static str) -> Field<ProviderAuth<'static>> {
    let mode = if status == "ok" { "api-key".into() } else { Field::Missing };
    Field::Value(ProviderAuth { provider: provider.into(), status: status.into(), source: source.into(), mode })
}

#[test]
fn providers_are_what_the_last_probe_found() {
    let shown = Shown::new();
    let probe = |providers: Vec<Field<ProviderAuth<'static>>>| {
        shown.openclaw.providers_probed(&ProvidersProbed { providers: providers.into(), at_ms: 5000.0.into() });
    };
    probe(vec![auth("openai", "ok", "env"), auth("anthropic", "error", ""), auth("groq", "missing", "")]);
    shown.openclaw.refresh(Duration::from_secs(8), Duration::from_secs(8));
    shown.says(&[
        (r#"openclaw_model_auth_provider_info{mode="api-key",provider="openai",source="env"}"#, 1.0),
        (r#"openclaw_model_auth_provider_status{provider="openai",status="ok"}"#, 1.0),
        (r#"openclaw_model_auth_provider_status{provider="openai",status="missing"}"#, 0.0),
        (r#"openclaw_model_auth_provider_status{provider="groq",status="missing"}"#, 1.0),
        (r#"openclaw_model_auth_provider_status{provider="anthropic",status="error"}"#, 1.0),
        (r#"openclaw_model_auth_provider_probe_errors_total{provider="anthropic"}"#, 1.0),
        ("openclaw_runtime_snapshot_refresh_timestamp_seconds", 5.0),
        ("openclaw_runtime_snapshot_age_seconds", 3.0),
    ]);
    assert_eq!(
        shown.sample(r#"openclaw_model_auth_provider_info{mode="unknown",provider="groq",source="other"}"#),
        None
    );
    // What is no longer watched is no longer shown.
    probe(vec![auth("groq", "ok", "profile")]);
    assert_eq!(shown.sample(r#"openclaw_model_auth_provider_status{provider="openai",status="ok"}"#), None);
    shown.says(&[(r#"openclaw_model_auth_provider_info{mode="api-key",provider="groq",source="profile"}"#, 1.0)]);
}

#[test]
fn what_replaces_a_snapshot_passes_the_checks_of_every_label() {
    let shown = Shown::new();
    for text in ["agent:main:lab-1-0", "sk-fa1efa1efa1efa1e", "password:fakefake", "two words", "someone@example.org"] {
        let providers = vec![auth(text, "ok", text), auth("openai", text, "env")];
        shown.openclaw.providers_probed(&ProvidersProbed { providers: providers.into(), at_ms: 5000.0.into() });
        let namespaces = vec![Field::Value(Namespace { name: text.into(), is_available: true.into() })];
        shown.openclaw.plugin_loaded(&PluginLoaded { namespaces: namespaces.into(), ..PluginLoaded::default() });
        let resources = vec![Field::Value(Resource { kind: text.into(), count: 1.0.into() })];
        shown.openclaw.node_sample(&NodeSample { resources: resources.into(), ..NodeSample::default() });
        let heaps = vec![Field::Value(WorkerHeap { script: text.into(), heap_used: 2.0.into() })];
        let memory = MemoryUsage { worker_heaps: heaps.into(), ..MemoryUsage::default() };
        shown.openclaw.memory_sample(&MemorySample { memory: memory.into(), ..MemorySample::default() });
        assert!(!encode::text(&shown.registry).contains(text), "{text}");
        shown.says(&[
            (r#"openclaw_model_auth_provider_info{mode="api-key",provider="unknown",source="other"}"#, 1.0),
            (r#"openclaw_runtime_namespace_available{namespace="unknown"}"#, 1.0),
            (r#"nodejs_active_resources{type="unknown"}"#, 1.0),
            (r#"openclaw_worker_heap_used_bytes{script="unknown"}"#, 2.0),
        ]);
    }
}

#[test]
fn runs_and_transcripts_tell_how_they_go_on() {
    let shown = Shown::new();
    let event = |stream: &'static str| AgentEvent { stream: stream.into(), ..AgentEvent::default() };
    shown.openclaw.agent_event(&event("assistant"));
    shown.openclaw.agent_event(&event("of another kind"));
    let item = AgentEvent { kind: "tool".into(), phase: "end".into(), status: "completed".into(), ..event("item") };
    shown.openclaw.agent_event(&item);
    shown.openclaw.transcript_updated(&TranscriptUpdated { at_ms: 7500.0.into() });
    shown.openclaw.callback_failed(&CallbackFailed { callback: "hook".into() });
    let namespaces = vec![Field::Value(Namespace { name: "events".into(), is_available: true.into() })];
    let loaded = PluginLoaded {
        at_ms: 1.0.into(),
        version: "2026.9.6".into(),
        has_state_dir: true.into(),
        namespaces: namespaces.into(),
    };
    shown.openclaw.plugin_loaded(&loaded);
    shown.says(&[
        (r#"openclaw_agent_events_total{stream="assistant"}"#, 1.0),
        (r#"openclaw_agent_events_total{stream="other"}"#, 1.0),
        (r#"openclaw_agent_events_total{stream="item"}"#, 1.0),
        (r#"openclaw_agent_item_events_total{kind="tool",phase="end",status="completed"}"#, 1.0),
        ("openclaw_session_transcript_updates_total", 1.0),
        ("openclaw_session_transcript_last_update_timestamp_seconds", 7.5),
        (r#"openclaw_plugin_callback_errors_total{callback="hook"}"#, 1.0),
        (r#"openclaw_runtime_namespace_available{namespace="events"}"#, 1.0),
        ("openclaw_runtime_state_dir_configured", 1.0),
        ("openclaw_plugin_loaded", 1.0),
        (r#"openclaw_gateway_version_info{version="2026.9.6"}"#, 1.0),
        ("openclaw_up", 1.0),
    ]);
}

#[test]
fn node_is_shown_under_both_names_and_its_counters_never_fall() {
    let shown = Shown::new();
    let sample = |user: f64, resources: Vec<Field<Resource<'static>>>| NodeSample {
        rss: 9e8.into(),
        heap_total: 4e8.into(),
        heap_used: 3e8.into(),
        external: 5e6.into(),
        array_buffers: 2e6.into(),
        uptime: 60.5.into(),
        cpu_user: user.into(),
        cpu_system: 0.5.into(),
        utilization: 0.25.into(),
        lag: LoopLag { p99: 0.012.into(), ..LoopLag::default() }.into(),
        spaces: vec![Field::Value(HeapSpace {
            space: "old_space".into(),
            total: 2e8.into(),
            used: 1e8.into(),
            available: 3e7.into(),
        })]
        .into(),
        resources: resources.into(),
    };
    let timers = |count: f64| vec![Field::Value(Resource { kind: "Timeout".into(), count: count.into() })];
    shown.openclaw.node_sample(&sample(2.0, timers(3.0)));
    shown.openclaw.node_sample(&sample(5.0, timers(4.0)));
    shown.openclaw.node_sample(&sample(1.0, Vec::new()));
    shown.openclaw.node_gc(&NodeGc { kind: "minor".into(), duration_ms: 2.0.into() });
    let version = NodeVersion { version: "v24.1.2".into(), major: "24".into(), minor: "1".into(), patch: "2".into() };
    shown.openclaw.node_version(&version);
    shown.says(&[
        ("openclaw_nodejs_heap_used_bytes", 3e8),
        ("nodejs_heap_size_used_bytes", 3e8),
        ("nodejs_external_memory_bytes", 5e6),
        ("openclaw_nodejs_process_cpu_user_seconds_total", 5.0),
        ("openclaw_nodejs_process_cpu_system_seconds_total", 0.5),
        ("nodejs_eventloop_lag_p99_seconds", 0.012),
        ("nodejs_eventloop_utilization_ratio", 0.25),
        (r#"nodejs_heap_space_size_used_bytes{space="old_space"}"#, 1e8),
        (r#"nodejs_gc_duration_seconds_count{kind="minor"}"#, 1.0),
        (r#"nodejs_version_info{major="24",minor="1",patch="2",version="v24.1.2"}"#, 1.0),
    ]);
    assert_eq!(shown.sample("nodejs_eventloop_lag_p50_seconds"), None, "not told");
    assert_eq!(shown.sample(r#"nodejs_active_resources{type="Timeout"}"#), None, "no longer there");
}

#[test]
fn shapes_and_names_go_together() {
    assert_eq!(report_shapes().len(), REPORTS.len());
    let of = |name: &str| report_shapes().swap_remove(REPORTS.iter().position(|known| *known == name).unwrap());
    assert_eq!(of("hook.gateway_start"), Shape::Object(Vec::new()));
    let Shape::Object(members) = of("providers.probed") else { panic!() };
    assert!(matches!(
        &members[..],
        [Member { key: "providers", shape: Shape::List(_), .. }, Member { key: "atMs", .. }]
    ));
}

proptest! {
    #[test]
    fn no_numbers_do_harm(
        report in 0..REPORTS.len() + 9,
        numbers in proptest::collection::vec(prop_oneof![
            any::<f64>(), Just(f64::NAN), Just(f64::INFINITY), Just(f64::NEG_INFINITY), (0u32..9).prop_map(f64::from),
        ], 0..60),
    ) {
        let shown = Shown::new();
        let texts = ["agent:main:x", "telegram", "a b", "sk-fa1efa1efa1efa1e"];
        let is_report = shown.openclaw.report_numbers(report, &numbers, &|number| texts.get(number as usize).copied());
        prop_assert_eq!(is_report, report < REPORTS.len());
        shown.openclaw.refresh(Duration::from_secs(100), Duration::from_secs(100));
        let text = encode::text(&shown.registry);
        prop_assert!(!text.contains("agent:main") && !text.contains("sk-fa1e") && !text.contains("NaN"));
    }
}

//! Which families the live page follows, and what of it their series are parts of.
//!
//! Each entry is called when a series is new, not when it is read. A family that this Gateway does not have is not missed.

use super::labels::Labels;
use super::layout::{Count, Figure, Gauge, Group, Table, Tally, Word};
use super::places::{Fold, Follow, Parts};

/// What is followed of a family; none of most.
pub(super) fn followed(family: &str) -> Option<Follow> {
    FOLLOWED.iter().find(|(name, _)| *name == family).map(|(_, follow)| *follow)
}

fn target_of<'r>(labels: &Labels<'r>, percentile: &str) -> Option<(&'r str, &'r str)> {
    (labels.get("percentile") == percentile).then(|| (labels.get("sli"), labels.get("target")))
}

/// By family.
pub(super) const FOLLOWED: &[(&str, Follow)] = &[
    ("openclaw_run_completed_total", |labels, parts| {
        let outcome = match labels.get("outcome") {
            "completed" => "completed",
            "error" => "error",
            _ => "stopped",
        };
        for each in ["completed", "stopped", "error"] {
            parts.expect(Group::Runs, each);
        }
        parts.growth(Group::Runs, outcome);
    }),
    ("openclaw_agent_runs_total", |labels, parts| {
        let agent = [labels.get("agent_id"), ""];
        parts.count(Table::Agents, agent, Count::Runs);
        if labels.get("outcome") == "error" {
            parts.count(Table::Agents, agent, Count::Failed);
        }
    }),
    ("openclaw_agent_model_calls_total", |labels, parts| {
        parts.count(Table::Agents, [labels.get("agent"), ""], Count::Calls);
    }),
    ("openclaw_model_call_tokens_total", |labels, parts| {
        if labels.get("token_type") != "reasoning" {
            parts.count(Table::Agents, [labels.get("agent"), ""], Count::Tokens);
        }
    }),
    ("openclaw_model_call_cost_usd_total", |labels, parts| {
        parts.count(Table::Agents, [labels.get("agent"), ""], Count::Usd);
    }),
    ("openclaw_model_call_total", |labels, parts| {
        let (model, provider) = (labels.get("model"), labels.get("provider"));
        let is_failed = labels.get("outcome") == "error";
        parts.expect(Group::Calls, provider);
        parts.expect(Group::FailedCalls, provider);
        parts.growth(Group::Calls, provider);
        parts.count(Table::Models, [model, provider], Count::Calls);
        parts.count(Table::Providers, [provider, ""], Count::Calls);
        if is_failed {
            parts.growth(Group::FailedCalls, provider);
            parts.count(Table::Models, [model, provider], Count::Failed);
            parts.count(Table::Providers, [provider, ""], Count::Failed);
        }
    }),
    ("openclaw_model_call_duration_seconds", |labels, parts| {
        parts.spread(Table::Models, [labels.get("model"), labels.get("provider")], labels.bounds());
    }),
    ("openclaw_model_failover_total", |labels, parts| {
        parts.count(Table::Providers, [labels.get("from_provider"), ""], Count::Failovers);
    }),
    ("openclaw_model_tokens_total", |labels, parts| {
        let kind = labels.get("token_type");
        if !["input", "output", "cache_read", "cache_write"].contains(&kind) {
            return;
        }
        parts.growth(Group::Tokens, kind);
        parts.count(Table::Models, [labels.get("model"), labels.get("provider")], Count::Tokens);
    }),
    ("openclaw_model_cost_usd_total", |labels, parts| {
        parts.growth(Group::Cost, labels.get("model"));
        parts.count(Table::Models, [labels.get("model"), labels.get("provider")], Count::Usd);
    }),
    ("openclaw_message_received_total", |labels, parts| {
        parts.growth(Group::Messages, "received");
        parts.count(Table::Channels, [labels.get("channel"), ""], Count::Received);
    }),
    ("openclaw_message_processed_total", |labels, parts| {
        parts.expect(Group::Messages, "answered");
        parts.expect(Group::Messages, "failed");
        match labels.get("outcome") {
            "completed" => parts.growth(Group::Messages, "answered"),
            "error" => parts.growth(Group::Messages, "failed"),
            _ => {}
        }
    }),
    ("openclaw_message_delivery_total", |labels, parts| {
        parts.expect(Group::Deliveries, "sent");
        parts.expect(Group::Deliveries, "failed");
        let channel = [labels.get("channel"), ""];
        if labels.get("outcome") == "error" {
            parts.growth(Group::Deliveries, "failed");
            parts.count(Table::Channels, channel, Count::Failed);
        } else {
            parts.growth(Group::Deliveries, "sent");
            parts.count(Table::Channels, channel, Count::Sent);
        }
    }),
    ("openclaw_tool_execution_total", |labels, parts| {
        parts.expect(Group::Tools, "ended");
        parts.expect(Group::Tools, "failed");
        let tool = [labels.get("tool"), ""];
        parts.growth(Group::Tools, "ended");
        parts.count(Table::Tools, tool, Count::Ended);
        if labels.get("outcome") == "error" {
            parts.growth(Group::Tools, "failed");
            parts.count(Table::Tools, tool, Count::Failed);
        }
    }),
    ("openclaw_tool_execution_blocked_total", |labels, parts| {
        parts.count(Table::Tools, [labels.get("tool"), ""], Count::Blocked);
    }),
    ("openclaw_tool_loops_total", |labels, parts| {
        parts.growth(Group::Trouble, "loops");
        parts.count(Table::Tools, [labels.get("tool"), ""], Count::Loops);
    }),
    ("openclaw_session_stuck_total", |_, parts| parts.growth(Group::Trouble, "stuck")),
    ("openclaw_session_stalled_total", |_, parts| parts.growth(Group::Trouble, "stalled")),
    ("openclaw_sli_window_seconds", |_, parts| parts.figure(Figure::Window, Fold::Max)),
    ("openclaw_sli_duration_seconds", |labels, parts| match (labels.get("sli"), labels.get("percentile")) {
        ("run", "50") => {
            parts.value(Group::RunSeconds, "p50", Fold::Max);
            parts.figure(Figure::RunP50, Fold::Max);
        }
        ("run", "95") => {
            parts.value(Group::RunSeconds, "p95", Fold::Max);
            parts.figure(Figure::RunP95, Fold::Max);
        }
        ("first_byte", "95") => {
            parts.value(Group::FirstByteSeconds, "p95", Fold::Max);
            parts.figure(Figure::FirstByteP95, Fold::Max);
        }
        ("message", "50") => parts.figure(Figure::MessageP50, Fold::Max),
        ("message", "95") => parts.figure(Figure::MessageP95, Fold::Max),
        _ => {}
    }),
    ("openclaw_sli_target_duration_seconds", |labels, parts| match target_of(labels, "95") {
        Some(("model_call", provider)) => parts.gauge(Table::Providers, [provider, ""], Gauge::P95),
        Some(("first_byte", provider)) => parts.gauge(Table::Providers, [provider, ""], Gauge::FirstByteP95),
        Some(("tool", tool)) => parts.gauge(Table::Tools, [tool, ""], Gauge::P95),
        Some(("queue_wait", lane)) => parts.gauge(Table::Lanes, [lane, ""], Gauge::P95),
        _ => {}
    }),
    ("openclaw_queue_lane_size", |labels, parts| {
        parts.value(Group::Lane, labels.get("lane"), Fold::Add);
        parts.gauge(Table::Lanes, [labels.get("lane"), ""], Gauge::Entries);
    }),
    ("openclaw_queue_lane_oldest_wait_seconds", |labels, parts| {
        parts.gauge(Table::Lanes, [labels.get("lane"), ""], Gauge::Oldest);
    }),
    ("openclaw_command_lane_limit", |labels, parts| {
        parts.gauge(Table::Lanes, [labels.get("lane"), ""], Gauge::Limit);
    }),
    ("openclaw_inflight_oldest_age_seconds", |labels, parts| match labels.get("kind") {
        "run" => parts.figure(Figure::OldestRun, Fold::Max),
        "model_call" => parts.figure(Figure::OldestCall, Fold::Max),
        "tool" => parts.figure(Figure::OldestTool, Fold::Max),
        _ => {}
    }),
    ("openclaw_sessions", |labels, parts| {
        parts.value(Group::Sessions, labels.get("state"), Fold::Add);
        parts.gauge(Table::Sessions, [labels.get("state"), ""], Gauge::Number);
    }),
    ("openclaw_sessions_stored", |_, parts| parts.gauge(Table::Sessions, ["stored", ""], Gauge::Number)),
    ("openclaw_model_quota_remaining_ratio", |labels, parts| {
        parts.value(Group::Quota, "left", Fold::Min);
        parts.gauge(Table::Quotas, [labels.get("provider"), labels.get("window")], Gauge::Left);
    }),
    ("openclaw_model_quota_reset_timestamp_seconds", |labels, parts| {
        parts.gauge(Table::Quotas, [labels.get("provider"), labels.get("window")], Gauge::Resets);
    }),
    ("openclaw_model_auth_state", |labels, parts| {
        parts.word(Table::Auth, [labels.get("provider"), ""], Word::Status, labels.get("status"));
    }),
    ("openclaw_model_auth_provider_expiry_timestamp_seconds", |labels, parts| {
        parts.gauge(Table::Auth, [labels.get("provider"), ""], Gauge::Expires);
    }),
    ("openclaw_channel_linked", |labels, parts| {
        parts.gauge(Table::Channels, [labels.get("channel"), ""], Gauge::Linked);
    }),
    ("openclaw_channel_enabled", |labels, parts| parts.gauge(Table::Channels, channel(labels), Gauge::Enabled)),
    ("openclaw_channel_running", |labels, parts| parts.gauge(Table::Channels, channel(labels), Gauge::Running)),
    ("openclaw_channel_connected", |labels, parts| parts.gauge(Table::Channels, channel(labels), Gauge::Connected)),
    ("openclaw_channel_health", |labels, parts| {
        parts.word(Table::Channels, channel(labels), Word::Health, labels.get("state"));
    }),
    ("openclaw_channel_last_inbound_timestamp_seconds", |labels, parts| {
        parts.gauge(Table::Channels, channel(labels), Gauge::LastIn);
    }),
    ("openclaw_channel_last_outbound_timestamp_seconds", |labels, parts| {
        parts.gauge(Table::Channels, channel(labels), Gauge::LastOut);
    }),
    ("openclaw_cron_job_enabled", |labels, parts| parts.gauge(Table::Cron, job(labels), Gauge::Enabled)),
    ("openclaw_cron_job_running", |labels, parts| parts.gauge(Table::Cron, job(labels), Gauge::Running)),
    ("openclaw_cron_last_end_timestamp_seconds", |labels, parts| parts.gauge(Table::Cron, job(labels), Gauge::Last)),
    ("openclaw_cron_last_duration_seconds", |labels, parts| parts.gauge(Table::Cron, job(labels), Gauge::Took)),
    ("openclaw_cron_last_status", |labels, parts| {
        parts.word(Table::Cron, job(labels), Word::Ended, labels.get("status"));
    }),
    ("openclaw_cron_last_error", |labels, parts| {
        parts.word(Table::Cron, job(labels), Word::Why, labels.get("reason"));
    }),
    ("openclaw_cron_auto_disabled", |labels, parts| {
        parts.word(Table::Cron, job(labels), Word::Stopped, labels.get("reason"));
    }),
    ("openclaw_cron_consecutive_failures", |labels, parts| parts.gauge(Table::Cron, job(labels), Gauge::Failures)),
    ("openclaw_cron_next_run_timestamp_seconds", |labels, parts| parts.gauge(Table::Cron, job(labels), Gauge::Next)),
    ("openclaw_cron_overdue_seconds", |labels, parts| parts.gauge(Table::Cron, job(labels), Gauge::Overdue)),
    ("nodejs_eventloop_lag_max_seconds", |_, parts| parts.value(Group::LoopSeconds, "max", Fold::Max)),
    ("openclaw_gateway_event_loop_delay_max_seconds", |_, parts| parts.mean(Group::LoopSeconds, "max")),
    ("openclaw_memory_bytes", |labels, parts| memory(labels, parts)),
    ("openclaw_gateway_process_memory_bytes", |labels, parts| memory(labels, parts)),
    ("openclaw_memory_pressure_total", |labels, parts| match labels.get("level") {
        "critical" => parts.tally(Tally::PressureCritical),
        _ => parts.tally(Tally::PressureWarning),
    }),
    ("openclaw_gc_duration_seconds", |_, parts| parts.total(Group::GcSeconds, "")),
    ("openclaw_gateway_rpc_requests_total", |_, parts| parts.growth(Group::Rpc, "requests")),
    ("openclaw_gateway_uptime_seconds", |_, parts| parts.figure(Figure::GatewayUp, Fold::Max)),
    ("openclaw_gateway_process_uptime_seconds", |_, parts| parts.figure(Figure::GatewayUp, Fold::Max)),
    ("openclaw_rpc_up", |_, parts| parts.figure(Figure::Answers, Fold::Max)),
    ("openclaw_ready", |_, parts| parts.figure(Figure::Ready, Fold::Max)),
    ("openclaw_gateway_version_info", |labels, parts| parts.version(labels.get("version"))),
    ("openclaw_rpc_gateway_info", |labels, parts| parts.version(labels.get("version"))),
    ("openclaw_budget_usd", |_, parts| parts.figure(Figure::Budget, Fold::Max)),
    ("openclaw_usage_daily_cost_usd", |labels, parts| {
        if labels.get("day") == "today" {
            parts.figure(Figure::Today, Fold::Max);
            parts.day(labels.get("date"));
        }
    }),
    ("openclaw_rpc_interval_seconds", |labels, parts| {
        if labels.get("method") == "usage.cost" {
            parts.figure(Figure::TodayInterval, Fold::Max);
        }
    }),
    ("openclaw_demo", |_, parts| parts.figure(Figure::Demo, Fold::Max)),
    ("openclaw_exporter_events_total", |labels, parts| {
        parts.tally(Tally::Events);
        if labels.get("event") == "gateway.event_loop.sample" {
            parts.tally(Tally::LoopSamples);
        }
    }),
    ("openclaw_metrics_listener_up", |_, parts| parts.figure(Figure::Listening, Fold::Max)),
    ("openclaw_metrics_series", |_, parts| parts.figure(Figure::Series, Fold::Max)),
    ("openclaw_metrics_series_capacity", |_, parts| parts.figure(Figure::SeriesLimit, Fold::Max)),
    ("openclaw_metrics_label_bytes", |_, parts| parts.figure(Figure::LabelBytes, Fold::Max)),
    ("openclaw_metrics_label_capacity_bytes", |_, parts| parts.figure(Figure::LabelLimit, Fold::Max)),
    ("openclaw_metrics_page_bytes", |labels, parts| {
        if labels.get("format") == "text" && labels.get("coding") == "identity" {
            parts.figure(Figure::PageBytes, Fold::Max);
        }
    }),
    ("openclaw_metrics_last_scrape_duration_seconds", |_, parts| parts.figure(Figure::RenderSeconds, Fold::Max)),
    ("openclaw_metrics_refused_total", |_, parts| parts.tally(Tally::Refused)),
    ("openclaw_metrics_http_requests_total", |labels, parts| {
        if labels.get("route") == "metrics" && labels.get("status") == "200" {
            parts.growth(Group::Scrapes, "");
        }
    }),
    ("openclaw_metrics_collector_success", |labels, parts| {
        parts.gauge(Table::Collectors, [labels.get("collector"), ""], Gauge::Well);
    }),
    ("openclaw_metrics_collector_hanging", |labels, parts| {
        parts.gauge(Table::Collectors, [labels.get("collector"), ""], Gauge::Hanging);
    }),
];

fn channel<'r>(labels: &Labels<'r>) -> [&'r str; 2] {
    [labels.get("channel"), labels.get("account")]
}

fn job<'r>(labels: &Labels<'r>) -> [&'r str; 2] {
    [labels.get("cron_job"), ""]
}

fn memory(labels: &Labels<'_>, parts: &mut Parts<'_>) {
    let kind = labels.get("kind");
    if ["rss", "heap_used"].contains(&kind) {
        parts.value(Group::MemoryBytes, kind, Fold::Max);
    }
}

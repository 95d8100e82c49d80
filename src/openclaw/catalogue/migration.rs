//! Coming from the PartMe plugin, whose place this exporter takes: each of its families, and how to have it from ours.
//!
//! Complete, and each name once. An expression gives the old family with its old labels, beside those of the target, which
//! every series has; a family that kept its name is its own expression unless its labels differ. From the rest rules are
//! made that record the old names ([`recording_rules`]). What an expression cannot bring back are the bounds of buckets, and
//! values of labels that meant less.

use crate::MetricKind;

/// One family of the plugin before this one.
///
/// ```
/// use openclaw_prometheus::openclaw::catalogue::{Successor, migrations};
/// let calls = migrations().iter().find(|old| old.name == "openclaw_tool_calls_total").expect("it is in the table");
/// let Successor::Expression(expression) = calls.successor else { panic!("it is told") };
/// assert!(expression.contains("openclaw_tool_execution_total"));
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Migration {
    /// What it was called.
    pub name: &'static str,
    /// What kind it was, or said that it was.
    pub kind: MetricKind,
    /// Its labels.
    pub labels: &'static [&'static str],
    /// What tells the same here.
    pub successor: Successor,
}

/// What tells the same as an old family.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Successor {
    /// An expression of Prometheus over families of the catalogue. Of a histogram it stands for each of its three kinds of
    /// series, whose endings its only family takes.
    Expression(&'static str),
    /// Nothing does.
    Gone {
        /// Why, in one sentence.
        reason: &'static str,
        /// Why, in Chinese.
        chinese_reason: &'static str,
    },
}

impl Migration {
    /// Whether the old name is also a name here, so that nothing has to be recorded under it.
    pub fn keeps_its_name(&self) -> bool {
        super::entries().any(|entry| entry.name == self.name)
    }

    /// The series that have to be recorded to bring the old name back: the name of each, and its expression.
    fn records(&self) -> Vec<(String, String)> {
        let Successor::Expression(expression) = self.successor else { return Vec::new() };
        if self.keeps_its_name() {
            return Vec::new();
        }
        if self.kind != MetricKind::Histogram {
            return vec![(self.name.into(), expression.into())];
        }
        let histogram =
            super::entries().find(|entry| entry.replaces.contains(&self.name)).map_or("", |entry| entry.name);
        ["_bucket", "_sum", "_count"]
            .map(|end| (format!("{}{end}", self.name), expression.replace(histogram, &format!("{histogram}{end}"))))
            .into()
    }
}

/// Every family of the plugin before this one, in the order of their names.
pub fn migrations() -> &'static [Migration] {
    MIGRATIONS
}

/// Rules for Prometheus that record the old names, as a YAML file.
pub fn recording_rules() -> String {
    let mut text = String::from(RULES_HEAD);
    for (record, expression) in MIGRATIONS.iter().flat_map(Migration::records) {
        // Single quotes: an expression has double ones, and no other.
        text.push_str(&format!("      - record: {record}\n        expr: '{expression}'\n"));
    }
    text
}

const RULES_HEAD: &str = "\
# Names of the PartMe plugin, recorded from the families of openclaw-prometheus, for dashboards and alerts that still ask for
# them. Written by `openclaw-prometheus catalogue --format rules`; do not edit.
groups:
  - name: partme-names
    rules:
";

const fn told(
    name: &'static str,
    kind: MetricKind,
    labels: &'static [&'static str],
    expression: &'static str,
) -> Migration {
    Migration { name, kind, labels, successor: Successor::Expression(expression) }
}

const fn gone(
    name: &'static str,
    kind: MetricKind,
    labels: &'static [&'static str],
    reason: &'static str,
    chinese_reason: &'static str,
) -> Migration {
    Migration { name, kind, labels, successor: Successor::Gone { reason, chinese_reason } }
}

#[rustfmt::skip]
const MIGRATIONS: &[Migration] = &[
    told("openclaw_agent_events_total", MetricKind::Counter, &["stream"], "openclaw_agent_events_total"),
    told("openclaw_agent_item_events_total", MetricKind::Counter, &["kind", "phase", "status"], "openclaw_agent_item_events_total"),
    told("openclaw_agent_run_duration_seconds", MetricKind::Histogram, &["agent_id"], "openclaw_agent_run_duration_seconds"),
    told("openclaw_agent_runs_failed_total", MetricKind::Counter, &["agent_id"], r#"sum without (error_category, outcome) (openclaw_agent_runs_total{outcome="error"})"#),
    told("openclaw_agent_runs_started_total", MetricKind::Counter, &["agent_id", "channel"], "openclaw_agent_runs_started_total"),
    told("openclaw_agent_runs_total", MetricKind::Counter, &["agent_id", "result"], r#"sum without (error_category, outcome) (label_replace(label_replace(openclaw_agent_runs_total, "result", "error", "", ""), "result", "ok", "outcome", "completed"))"#),
    told("openclaw_agent_subagent_ended_total", MetricKind::Counter, &["outcome"], "openclaw_agent_subagent_ended_total"),
    gone("openclaw_alertmanager_rules_total", MetricKind::Gauge, &[], "A number of rules in a file, which never changes; Prometheus tells prometheus_rule_group_rules of those that it runs.", "文件中规则的数量,从不变化;Prometheus 用 prometheus_rule_group_rules 给出它运行的规则数。"),
    told("openclaw_channel_accounts", MetricKind::Gauge, &["channel_id"], r#"sum without (channel) (label_replace(openclaw_channel_accounts, "channel_id", "$1", "channel", "(.*)"))"#),
    told("openclaw_channel_failures_total", MetricKind::Counter, &["channel", "reason"], r#"sum without (delivery_kind, error_category, outcome) (label_replace(openclaw_message_delivery_total{outcome="error"}, "reason", "$1", "error_category", "(.*)"))"#),
    told("openclaw_channel_last_event_timestamp_seconds", MetricKind::Gauge, &["channel", "account"], "openclaw_channel_last_event_timestamp_seconds"),
    told("openclaw_channel_last_inbound_age_seconds", MetricKind::Gauge, &["channel", "account"], "openclaw_channel_last_inbound_age_seconds"),
    told("openclaw_channel_last_outbound_age_seconds", MetricKind::Gauge, &["channel", "account"], "openclaw_channel_last_outbound_age_seconds"),
    told("openclaw_channel_linked", MetricKind::Gauge, &["channel_id", "channel_type", "channel_label"], r#"sum without (channel, name) (label_replace(label_replace(label_replace(openclaw_channel_info * ignoring (name) group_left () (openclaw_channel_linked or sum without (name) (0 * openclaw_channel_info)), "channel_id", "$1", "channel", "(.*)"), "channel_label", "$1", "name", "(.*)"), "channel_type", "unknown", "", ""))"#),
    told("openclaw_channel_linked_total", MetricKind::Gauge, &[], r#"sum without (linked) (openclaw_channels{linked="true"})"#),
    told("openclaw_channel_total", MetricKind::Gauge, &["channel_id", "channel_type", "channel_label"], r#"sum without (channel, name) (label_replace(label_replace(label_replace(openclaw_channel_info, "channel_id", "$1", "channel", "(.*)"), "channel_type", "$1", "channel", "(.*)"), "channel_label", "$1", "name", "(.*)"))"#),
    told("openclaw_channel_unlinked_total", MetricKind::Gauge, &[], r#"sum without (linked) (openclaw_channels{linked!="true"})"#),
    told("openclaw_cron_consecutive_failures_total", MetricKind::Gauge, &["job"], r#"sum without (cron_job) (label_replace(openclaw_cron_consecutive_failures, "exported_job", "$1", "cron_job", "(.*)"))"#),
    told("openclaw_cron_last_duration_seconds", MetricKind::Gauge, &["job"], r#"sum without (cron_job) (label_replace(openclaw_cron_last_duration_seconds, "exported_job", "$1", "cron_job", "(.*)"))"#),
    told("openclaw_cron_last_end_timestamp_seconds", MetricKind::Gauge, &["job"], r#"sum without (cron_job) (label_replace(openclaw_cron_last_end_timestamp_seconds, "exported_job", "$1", "cron_job", "(.*)"))"#),
    told("openclaw_cron_last_result", MetricKind::Gauge, &["job"], r#"sum without (cron_job) (label_replace(openclaw_cron_last_result, "exported_job", "$1", "cron_job", "(.*)"))"#),
    told("openclaw_cron_last_start_timestamp_seconds", MetricKind::Gauge, &["job"], r#"sum without (cron_job) (label_replace(openclaw_cron_last_start_timestamp_seconds, "exported_job", "$1", "cron_job", "(.*)"))"#),
    told("openclaw_cron_overdue_seconds", MetricKind::Gauge, &["job"], r#"sum without (cron_job) (label_replace(openclaw_cron_overdue_seconds, "exported_job", "$1", "cron_job", "(.*)"))"#),
    told("openclaw_cron_running", MetricKind::Gauge, &[], "openclaw_cron_running"),
    told("openclaw_cron_scheduler_enabled", MetricKind::Gauge, &[], "openclaw_cron_scheduler_enabled or openclaw_cron_enabled"),
    told("openclaw_cron_total", MetricKind::Gauge, &[], "sum without (enabled) (openclaw_cron_jobs)"),
    told("openclaw_exporter_build_info", MetricKind::Gauge, &["plugin", "version"], "openclaw_exporter_build_info"),
    told("openclaw_gateway_healthz_healthy", MetricKind::Gauge, &["overall"], r#"label_replace(openclaw_health_ok, "overall", "yes", "", "")"#),
    gone("openclaw_gateway_operator_rpc_requests_total", MetricKind::Counter, &["method"], "It counted calls of the plugin's own method openclaw.prometheus.status; the Gateway tells of the methods of all plugins together, as method other of openclaw_gateway_rpc_requests_total.", "它统计插件自身方法 openclaw.prometheus.status 的调用;Gateway 将所有插件的方法合并计为 openclaw_gateway_rpc_requests_total 的 method other。"),
    gone("openclaw_http_latency_samples_usage_ratio", MetricKind::Gauge, &[], "Quantiles come from counts by bucket, which hold every request of the window: there is no buffer of samples that could run out.", "分位数由各桶的计数得出,窗口内的每个请求都在其中:没有会用尽的样本缓冲区。"),
    gone("openclaw_http_latency_samples_used", MetricKind::Gauge, &[], "Quantiles come from counts by bucket, which hold every request of the window: there is no buffer of samples that could run out.", "分位数由各桶的计数得出,窗口内的每个请求都在其中:没有会用尽的样本缓冲区。"),
    told("openclaw_inflight_operations", MetricKind::Gauge, &["kind"], "openclaw_inflight_operations"),
    told("openclaw_metrics_collect_errors_total", MetricKind::Counter, &["collector"], "openclaw_metrics_collect_errors_total"),
    told("openclaw_metrics_collector_success", MetricKind::Gauge, &["collector"], "openclaw_metrics_collector_success"),
    told("openclaw_metrics_http_request_duration_seconds", MetricKind::Histogram, &["route", "method"], "openclaw_metrics_http_request_duration_seconds"),
    told("openclaw_metrics_http_requests_total", MetricKind::Counter, &["route", "method", "status"], "sum without (format) (openclaw_metrics_http_requests_total)"),
    told("openclaw_metrics_last_scrape_duration_seconds", MetricKind::Gauge, &[], "openclaw_metrics_last_scrape_duration_seconds"),
    told("openclaw_metrics_series_total", MetricKind::Gauge, &[], "openclaw_metrics_series"),
    told("openclaw_model_auth_provider_expiry_timestamp_seconds", MetricKind::Gauge, &["provider"], "openclaw_model_auth_provider_expiry_timestamp_seconds"),
    told("openclaw_model_auth_provider_info", MetricKind::Gauge, &["provider", "source", "mode"], "openclaw_model_auth_provider_info"),
    told("openclaw_model_auth_provider_probe_errors_total", MetricKind::Counter, &["provider"], "openclaw_model_auth_provider_probe_errors_total"),
    told("openclaw_model_auth_provider_profiles_total", MetricKind::Gauge, &["provider"], "openclaw_model_auth_provider_profiles"),
    told("openclaw_model_auth_provider_remaining_seconds", MetricKind::Gauge, &["provider"], "openclaw_model_auth_provider_remaining_seconds"),
    told("openclaw_model_auth_provider_status", MetricKind::Gauge, &["provider", "status"], "openclaw_model_auth_provider_status or openclaw_model_auth_state"),
    told("openclaw_model_auth_provider_usage_remaining_ratio", MetricKind::Gauge, &["provider", "window"], "openclaw_model_auth_provider_usage_remaining_ratio"),
    told("openclaw_model_auth_provider_usage_reset_timestamp_seconds", MetricKind::Gauge, &["provider", "window"], "openclaw_model_auth_provider_usage_reset_timestamp_seconds"),
    told("openclaw_model_auth_provider_usage_used_ratio", MetricKind::Gauge, &["provider", "window"], "openclaw_model_auth_provider_usage_used_ratio"),
    told("openclaw_model_auth_providers_expired_total", MetricKind::Gauge, &[], r#"sum without (status) (openclaw_model_auth_providers{status=~"expired|missing"})"#),
    told("openclaw_model_auth_providers_expiring_total", MetricKind::Gauge, &[], r#"sum without (status) (openclaw_model_auth_providers{status="expiring"})"#),
    told("openclaw_model_auth_providers_total", MetricKind::Gauge, &[], "sum without (status) (openclaw_model_auth_providers)"),
    told("openclaw_model_by_provider", MetricKind::Gauge, &["provider"], "openclaw_model_by_provider"),
    told("openclaw_model_llm_input_images_total", MetricKind::Counter, &["provider", "model"], "openclaw_model_llm_input_images_total"),
    told("openclaw_model_total", MetricKind::Gauge, &[], "sum without (available) (openclaw_models)"),
    told("openclaw_node_by_platform", MetricKind::Gauge, &["platform"], "openclaw_node_by_platform"),
    told("openclaw_node_connected", MetricKind::Gauge, &["platform"], "openclaw_node_connected"),
    told("openclaw_node_total", MetricKind::Gauge, &[], "sum without (connected) (openclaw_nodes)"),
    told("openclaw_nodejs_array_buffers_bytes", MetricKind::Gauge, &[], "openclaw_nodejs_array_buffers_bytes"),
    told("openclaw_nodejs_event_loop_lag_ms", MetricKind::Gauge, &[], "nodejs_eventloop_lag_seconds * 1000"),
    told("openclaw_nodejs_external_bytes", MetricKind::Gauge, &[], "openclaw_nodejs_external_bytes"),
    told("openclaw_nodejs_heap_total_bytes", MetricKind::Gauge, &[], "openclaw_nodejs_heap_total_bytes"),
    told("openclaw_nodejs_heap_used_bytes", MetricKind::Gauge, &[], "openclaw_nodejs_heap_used_bytes"),
    told("openclaw_nodejs_process_cpu_system_seconds_total", MetricKind::Counter, &[], "openclaw_nodejs_process_cpu_system_seconds_total"),
    told("openclaw_nodejs_process_cpu_user_seconds_total", MetricKind::Counter, &[], "openclaw_nodejs_process_cpu_user_seconds_total"),
    told("openclaw_nodejs_rss_bytes", MetricKind::Gauge, &[], "openclaw_nodejs_rss_bytes"),
    told("openclaw_nodejs_uptime_seconds", MetricKind::Gauge, &[], "openclaw_nodejs_uptime_seconds"),
    told("openclaw_plugin_hook_invocations_total", MetricKind::Counter, &["hook"], "openclaw_plugin_hook_invocations_total"),
    told("openclaw_plugin_loaded", MetricKind::Gauge, &["instance"], "openclaw_plugin_loaded"),
    told("openclaw_plugin_uptime_seconds", MetricKind::Gauge, &[], "openclaw_plugin_uptime_seconds"),
    told("openclaw_presence_by_channel", MetricKind::Gauge, &["channel"], r#"sum without (mode, platform, state) (label_replace(openclaw_presence, "channel", "$1", "mode", "(.*)"))"#),
    told("openclaw_presence_total", MetricKind::Gauge, &["channel"], "sum without (mode, platform, state) (openclaw_presence)"),
    told("openclaw_ready", MetricKind::Gauge, &["instance"], "openclaw_ready"),
    told("openclaw_runtime_namespace_available", MetricKind::Gauge, &["namespace"], "openclaw_runtime_namespace_available"),
    told("openclaw_runtime_snapshot_age_seconds", MetricKind::Gauge, &[], "openclaw_runtime_snapshot_age_seconds"),
    told("openclaw_runtime_snapshot_refresh_timestamp_seconds", MetricKind::Gauge, &[], "openclaw_runtime_snapshot_refresh_timestamp_seconds"),
    told("openclaw_runtime_state_dir_configured", MetricKind::Gauge, &[], "openclaw_runtime_state_dir_configured"),
    told("openclaw_session_active_recent", MetricKind::Gauge, &[], "openclaw_session_active_recent"),
    told("openclaw_session_by_channel", MetricKind::Gauge, &["channel"], "sum without (kind, state) (openclaw_sessions_listed)"),
    told("openclaw_session_compaction_events_total", MetricKind::Counter, &["phase"], "openclaw_session_compaction_events_total"),
    told("openclaw_session_compaction_last_tokens_after", MetricKind::Gauge, &[], "openclaw_session_compaction_last_tokens_after"),
    told("openclaw_session_compaction_last_tokens_before", MetricKind::Gauge, &[], "openclaw_session_compaction_last_tokens_before"),
    told("openclaw_session_compaction_messages_compacted_total", MetricKind::Counter, &[], "openclaw_session_compaction_messages_compacted_total"),
    told("openclaw_session_estimated_cost_usd_total", MetricKind::Gauge, &[], "openclaw_session_last_run_cost_usd"),
    told("openclaw_session_messages_received_total", MetricKind::Counter, &["channel"], "sum without (source) (openclaw_message_received_total)"),
    told("openclaw_session_messages_sent_total", MetricKind::Counter, &["channel", "result"], r#"sum without (delivery_kind, error_category, outcome) (label_replace(label_replace(openclaw_message_delivery_total, "result", "error", "", ""), "result", "ok", "outcome", "completed"))"#),
    told("openclaw_session_reset_requests_total", MetricKind::Counter, &["reason"], "openclaw_session_reset_requests_total"),
    told("openclaw_session_tokens_avg_per_session", MetricKind::Gauge, &[], r#"sum without (stat) (openclaw_session_context_tokens{stat="mean"})"#),
    told("openclaw_session_tokens_context_total", MetricKind::Gauge, &[], "openclaw_session_context_window_tokens"),
    told("openclaw_session_tokens_input_total", MetricKind::Gauge, &[], r#"sum without (kind) (openclaw_session_last_run_tokens{kind="input"})"#),
    told("openclaw_session_tokens_max_per_session", MetricKind::Gauge, &[], r#"sum without (stat) (openclaw_session_context_tokens{stat="max"})"#),
    told("openclaw_session_tokens_output_total", MetricKind::Gauge, &[], r#"sum without (kind) (openclaw_session_last_run_tokens{kind="output"})"#),
    told("openclaw_session_tokens_total", MetricKind::Gauge, &[], r#"sum without (stat) (openclaw_session_context_tokens{stat="sum"})"#),
    told("openclaw_session_total", MetricKind::Gauge, &[], "openclaw_sessions_stored"),
    told("openclaw_session_transcript_last_seen_timestamp_seconds", MetricKind::Gauge, &["scope"], r#"label_replace(openclaw_session_transcript_last_update_timestamp_seconds, "scope", "aggregate", "", "")"#),
    told("openclaw_session_transcript_last_update_timestamp_seconds", MetricKind::Gauge, &[], "openclaw_session_transcript_last_update_timestamp_seconds"),
    told("openclaw_session_transcript_updates_total", MetricKind::Counter, &[], "openclaw_session_transcript_updates_total"),
    told("openclaw_sessions_active_estimated", MetricKind::Gauge, &[], r#"sum without (state) (openclaw_sessions{state=~"active|waiting"})"#),
    told("openclaw_sessions_ended_total", MetricKind::Counter, &["reason"], "openclaw_sessions_ended_total"),
    told("openclaw_sessions_started_total", MetricKind::Counter, &[], "openclaw_sessions_started_total"),
    told("openclaw_skill_active_total", MetricKind::Gauge, &["category"], r#"sum without (state) (openclaw_skills{state="eligible"})"#),
    told("openclaw_skill_by_category", MetricKind::Gauge, &["category"], "openclaw_skill_by_category"),
    told("openclaw_skill_total", MetricKind::Gauge, &[], "sum without (category, state) (openclaw_skills)"),
    told("openclaw_sli_agent_error_ratio", MetricKind::Gauge, &[], r#"1 - sum without (sli) (openclaw_sli_success_ratio{sli="run"})"#),
    told("openclaw_sli_channel_health_ratio", MetricKind::Gauge, &[], r#"sum without (linked) (openclaw_channels{linked="true"}) / sum without (linked) (openclaw_channels)"#),
    told("openclaw_sli_http_request_p95_seconds", MetricKind::Gauge, &[], r#"sum without (sli, percentile) (openclaw_sli_duration_seconds{sli="http_request",percentile="95"})"#),
    told("openclaw_sli_http_request_p99_seconds", MetricKind::Gauge, &[], r#"sum without (sli, percentile) (openclaw_sli_duration_seconds{sli="http_request",percentile="99"})"#),
    told("openclaw_sli_message_success_ratio", MetricKind::Gauge, &[], r#"sum without (sli) (openclaw_sli_success_ratio{sli="message"})"#),
    told("openclaw_sli_tool_error_ratio", MetricKind::Gauge, &[], r#"1 - sum without (sli) (openclaw_sli_success_ratio{sli="tool"})"#),
    told("openclaw_tool_call_duration_seconds", MetricKind::Histogram, &["tool"], "sum without (error_category, outcome, params_kind, tool_owner, tool_source) (openclaw_tool_execution_duration_seconds)"),
    told("openclaw_tool_call_failures_total", MetricKind::Counter, &["tool"], r#"sum without (error_category, outcome, params_kind, tool_owner, tool_source) (openclaw_tool_execution_total{outcome="error"})"#),
    told("openclaw_tool_calls_total", MetricKind::Counter, &["tool"], "sum without (error_category, outcome, params_kind, tool_owner, tool_source) (openclaw_tool_execution_total)"),
    told("openclaw_tool_result_persist_total", MetricKind::Counter, &["tool"], "sum without (error_category, outcome, params_kind, tool_owner, tool_source) (openclaw_tool_execution_total)"),
    told("openclaw_up", MetricKind::Gauge, &["instance"], "openclaw_up"),
    told("openclaw_usage_agent_cost_usd_total", MetricKind::Gauge, &["agent_id"], "openclaw_usage_agent_cost_usd"),
    told("openclaw_usage_agent_tokens_total", MetricKind::Gauge, &["agent_id"], "openclaw_usage_agent_total_tokens"),
    told("openclaw_usage_channel_cost_usd_total", MetricKind::Gauge, &["channel"], "openclaw_usage_channel_cost_usd"),
    told("openclaw_usage_channel_tokens_total", MetricKind::Gauge, &["channel"], "openclaw_usage_channel_total_tokens"),
    told("openclaw_usage_cost_usd_total", MetricKind::Gauge, &[], "openclaw_usage_cost_usd"),
    told("openclaw_usage_daily_cost_usd_total", MetricKind::Gauge, &["date"], "sum without (day) (openclaw_usage_daily_cost_usd)"),
    told("openclaw_usage_daily_errors_total", MetricKind::Gauge, &["date"], "sum without (day) (openclaw_usage_daily_errors)"),
    told("openclaw_usage_daily_latency_avg_seconds", MetricKind::Gauge, &["date"], r#"sum without (day, stat) (openclaw_usage_daily_latency_seconds{stat="mean"})"#),
    told("openclaw_usage_daily_latency_count", MetricKind::Gauge, &["date"], "sum without (day) (openclaw_usage_daily_latency_samples)"),
    told("openclaw_usage_daily_latency_max_seconds", MetricKind::Gauge, &["date"], r#"sum without (day, stat) (openclaw_usage_daily_latency_seconds{stat="max"})"#),
    told("openclaw_usage_daily_latency_min_seconds", MetricKind::Gauge, &["date"], r#"sum without (day, stat) (openclaw_usage_daily_latency_seconds{stat="min"})"#),
    told("openclaw_usage_daily_latency_p95_seconds", MetricKind::Gauge, &["date"], r#"sum without (day, stat) (openclaw_usage_daily_latency_seconds{stat="p95"})"#),
    told("openclaw_usage_daily_messages_total", MetricKind::Gauge, &["date"], "sum without (day) (openclaw_usage_daily_messages)"),
    told("openclaw_usage_daily_tokens_total", MetricKind::Gauge, &["date"], "sum without (day) (openclaw_usage_daily_total_tokens)"),
    told("openclaw_usage_daily_tool_calls_total", MetricKind::Gauge, &["date"], "sum without (day) (openclaw_usage_daily_tool_calls)"),
    told("openclaw_usage_latency_avg_seconds", MetricKind::Gauge, &[], r#"sum without (stat) (openclaw_usage_latency_seconds{stat="mean"})"#),
    told("openclaw_usage_latency_count", MetricKind::Gauge, &[], "openclaw_usage_latency_samples"),
    told("openclaw_usage_latency_max_seconds", MetricKind::Gauge, &[], r#"sum without (stat) (openclaw_usage_latency_seconds{stat="max"})"#),
    told("openclaw_usage_latency_min_seconds", MetricKind::Gauge, &[], r#"sum without (stat) (openclaw_usage_latency_seconds{stat="min"})"#),
    told("openclaw_usage_latency_p95_seconds", MetricKind::Gauge, &[], r#"sum without (stat) (openclaw_usage_latency_seconds{stat="p95"})"#),
    told("openclaw_usage_messages_assistant_total", MetricKind::Gauge, &[], r#"sum without (role) (openclaw_usage_messages{role="assistant"})"#),
    told("openclaw_usage_messages_errors_total", MetricKind::Gauge, &[], "openclaw_usage_errors"),
    told("openclaw_usage_messages_tool_calls_total", MetricKind::Gauge, &[], "sum without (tool) (openclaw_usage_tool_calls)"),
    told("openclaw_usage_messages_tool_results_total", MetricKind::Gauge, &[], "openclaw_usage_tool_results"),
    told("openclaw_usage_messages_total", MetricKind::Gauge, &[], "sum without (role) (openclaw_usage_messages)"),
    told("openclaw_usage_messages_user_total", MetricKind::Gauge, &[], r#"sum without (role) (openclaw_usage_messages{role="user"})"#),
    told("openclaw_usage_missing_cost_entries_total", MetricKind::Gauge, &[], "openclaw_usage_missing_cost_entries"),
    told("openclaw_usage_model_cost_usd_total", MetricKind::Gauge, &["provider", "model"], "openclaw_usage_model_cost_usd"),
    told("openclaw_usage_model_daily_cost_usd_total", MetricKind::Gauge, &["date", "provider", "model"], "sum without (day) (openclaw_usage_model_daily_cost_usd)"),
    told("openclaw_usage_model_daily_requests_total", MetricKind::Gauge, &["date", "provider", "model"], "sum without (day) (openclaw_usage_model_daily_requests)"),
    told("openclaw_usage_model_daily_tokens_total", MetricKind::Gauge, &["date", "provider", "model"], "sum without (day) (openclaw_usage_model_daily_total_tokens)"),
    told("openclaw_usage_model_missing_cost_entries_total", MetricKind::Gauge, &["provider", "model"], "openclaw_usage_model_missing_cost_entries"),
    told("openclaw_usage_model_requests_total", MetricKind::Gauge, &["provider", "model"], "openclaw_usage_model_requests"),
    told("openclaw_usage_model_tokens_cache_read_total", MetricKind::Gauge, &["provider", "model"], r#"sum without (kind) (openclaw_usage_model_tokens{kind="cache_read"})"#),
    told("openclaw_usage_model_tokens_cache_write_total", MetricKind::Gauge, &["provider", "model"], r#"sum without (kind) (openclaw_usage_model_tokens{kind="cache_write"})"#),
    told("openclaw_usage_model_tokens_input_total", MetricKind::Gauge, &["provider", "model"], r#"sum without (kind) (openclaw_usage_model_tokens{kind="input"})"#),
    told("openclaw_usage_model_tokens_output_total", MetricKind::Gauge, &["provider", "model"], r#"sum without (kind) (openclaw_usage_model_tokens{kind="output"})"#),
    told("openclaw_usage_model_tokens_total", MetricKind::Gauge, &["provider", "model"], "openclaw_usage_model_total_tokens"),
    told("openclaw_usage_provider_cost_usd_total", MetricKind::Gauge, &["provider"], "sum without (model) (openclaw_usage_model_cost_usd)"),
    told("openclaw_usage_provider_missing_cost_entries_total", MetricKind::Gauge, &["provider"], "sum without (model) (openclaw_usage_model_missing_cost_entries)"),
    told("openclaw_usage_provider_requests_total", MetricKind::Gauge, &["provider"], "sum without (model) (openclaw_usage_model_requests)"),
    told("openclaw_usage_provider_tokens_cache_read_total", MetricKind::Gauge, &["provider"], r#"sum without (kind, model) (openclaw_usage_model_tokens{kind="cache_read"})"#),
    told("openclaw_usage_provider_tokens_cache_write_total", MetricKind::Gauge, &["provider"], r#"sum without (kind, model) (openclaw_usage_model_tokens{kind="cache_write"})"#),
    told("openclaw_usage_provider_tokens_input_total", MetricKind::Gauge, &["provider"], r#"sum without (kind, model) (openclaw_usage_model_tokens{kind="input"})"#),
    told("openclaw_usage_provider_tokens_output_total", MetricKind::Gauge, &["provider"], r#"sum without (kind, model) (openclaw_usage_model_tokens{kind="output"})"#),
    told("openclaw_usage_provider_tokens_total", MetricKind::Gauge, &["provider"], "sum without (model) (openclaw_usage_model_total_tokens)"),
    told("openclaw_usage_requests_total", MetricKind::Gauge, &[], "sum without (model, provider) (openclaw_usage_model_requests)"),
    told("openclaw_usage_tokens_cache_read_total", MetricKind::Gauge, &[], r#"sum without (kind) (openclaw_usage_tokens{kind="cache_read"})"#),
    told("openclaw_usage_tokens_cache_write_total", MetricKind::Gauge, &[], r#"sum without (kind) (openclaw_usage_tokens{kind="cache_write"})"#),
    told("openclaw_usage_tokens_input_total", MetricKind::Gauge, &[], r#"sum without (kind) (openclaw_usage_tokens{kind="input"})"#),
    told("openclaw_usage_tokens_output_total", MetricKind::Gauge, &[], r#"sum without (kind) (openclaw_usage_tokens{kind="output"})"#),
    told("openclaw_usage_tokens_total", MetricKind::Gauge, &[], "openclaw_usage_total_tokens"),
    told("openclaw_usage_tool_calls_total", MetricKind::Gauge, &["tool"], "openclaw_usage_tool_calls"),
    told("openclaw_usage_tools_total_calls", MetricKind::Gauge, &["tool"], "sum without (tool) (openclaw_usage_tool_calls)"),
    told("openclaw_usage_tools_unique_total", MetricKind::Gauge, &["tool"], "openclaw_usage_tools"),
];

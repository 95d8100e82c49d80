//! The values of labels that have a fixed list of them, as the host's own types name them.
//!
//! A family of the official exporter shows whatever the host sends, so a newer host may add to its lists. In families of
//! our own what is not listed is shown as `other`.

/// The values of one label.
pub(in crate::openclaw) type Set = &'static [&'static str];

pub(in crate::openclaw) const OTHER: &str = "other";

pub(super) const ENDED: Set = &["completed", "error"];
pub(super) const MESSAGE_OUTCOME: Set = &["completed", "skipped", "error"];
pub(super) const RUN_OUTCOME: Set = &["completed", "aborted", "blocked", "error"];
pub(super) const HARNESS_OUTCOME: Set = &["completed", "aborted", "timed_out", "error"];
pub(super) const HARNESS_PHASE: Set = &["none", "prepare", "start", "send", "resolve", "cleanup"];
pub(super) const OBSERVATION_UNIT: Set = &["request", "turn"];
pub(super) const SUSPENDED: Set = &["true", "false", "unknown"];
pub(super) const TOKEN_TYPE: Set = &["input", "output", "cache_read", "cache_write", "prompt", "total"];
pub(super) const CLIENT_TOKEN: Set = &["input", "output"];
pub(super) const CALL_TOKEN: Set = &["input", "output", "cache_read", "cache_write", "reasoning"];
pub(super) const SKILL_ACTIVATION: Set = &["command", "read"];
pub(super) const SKILL_SOURCE: Set = &["bundled", "unknown", "workspace"];
pub(super) const PARAMS_KIND: Set =
    &["object", "array", "string", "number", "boolean", "null", "undefined", "other", "unknown"];
pub(super) const TOOL_SOURCE: Set = &["core", "channel", "mcp", "plugin"];
pub(super) const DELIVERY_KIND: Set = &["text", "media", "edit", "reaction", "other"];
pub(super) const TALK_BRAIN: Set = &["agent-consult", "direct-tools", "none"];
pub(super) const TALK_MODE: Set = &["realtime", "stt-tts", "transcription"];
pub(super) const TALK_TRANSPORT: Set = &["webrtc", "provider-websocket", "gateway-relay", "managed-room"];
pub(super) const RPC_PHASE: Set = &["response", "handler", "dispatch"];
pub(super) const RPC_OUTCOME: Set =
    &["ok", "error", "unavailable", "suppressed", "returned", "threw", "rejected", "cancelled"];
pub(super) const SESSION_STATE: Set = &["idle", "processing", "waiting"];
pub(super) const TURN_TRIGGER: Set = &["user", "heartbeat"];
pub(super) const WORK_KIND: Set = &["none", "embedded_run", "model_call", "tool_call"];
pub(super) const RECOVERY_STATUS: Set = &["requested", "aborted", "released", "skipped", "noop", "failed"];
/// The reasons of a liveness warning in the order in which the host joins them.
pub(super) const LIVENESS_REASON: Set = &[
    "event_loop_delay",
    "event_loop_utilization",
    "cpu",
    "event_loop_delay:event_loop_utilization",
    "event_loop_delay:cpu",
    "event_loop_utilization:cpu",
    "event_loop_delay:event_loop_utilization:cpu",
];
pub(super) const SESSIONS: Set = &["active", "waiting", "queued"];
pub(super) const LARGE_ACTION: Set = &["rejected", "truncated", "chunked"];
pub(super) const MEMORY_KIND: Set =
    &["rss", "heap_total", "heap_used", "external", "array_buffers", "worker_heap_total", "worker_heap_used"];
pub(super) const PRESSURE_LEVEL: Set = &["warning", "critical"];
pub(super) const PRESSURE_REASON: Set = &["rss_threshold", "heap_threshold", "rss_growth"];
pub(super) const SIGNAL: Set = &["traces", "metrics", "logs"];
pub(super) const EXPORTER_STATUS: Set = &["started", "failure", "dropped"];
pub(super) const DROP_CLASS: Set = &["total", "trusted", "untrusted", "priority"];

pub(in crate::openclaw) const RPC_STAGE: Set =
    &["projection_initial", "planning", "provider", "coalesced", "projection_final", "delivery"];
pub(in crate::openclaw) const RPC_STAGE_CPU: Set = &["planning", "delivery"];
pub(in crate::openclaw) const SEND_PHASE: Set = &[
    "authority",
    "admission",
    "preparation",
    "attachments",
    "replyContext",
    "authoring",
    "persist",
    "runAdmission",
    "replyInitialization",
    "snapshot",
    "worktree",
    "effects",
    "response",
    "dispatch",
];
pub(in crate::openclaw) const SEND_STAGE: Set = &["request", "startup"];
pub(in crate::openclaw) const WORKTREE_KIND: Set = &["managed", "sandbox"];
pub(in crate::openclaw) const WORKTREE_TEMPLATE: Set = &["warm", "cold", "unavailable", "reused"];
pub(in crate::openclaw) const WORKTREE_OUTCOME: Set = &["returned", "threw"];
pub(super) const WORKTREE_PHASE: Set = &[
    "total",
    "allocate",
    "checkout",
    "setup",
    "templatePrepare",
    "templateApply",
    "snapshot",
    "synchronizeCanonical",
    "synchronizeProjection",
    "containerStart",
    "workspaceLayout",
];
pub(super) const SPACE_STAT: Set = &["used", "size", "available", "physical"];

// --- labels of families of our own

pub(in crate::openclaw) const ATTEMPT: Set = &["first", "retry"];
pub(in crate::openclaw) const EXECUTION_PHASE: Set = &[
    "runner_entered",
    "workspace",
    "runtime_plugins",
    "before_agent_reply",
    "model_resolution",
    "auth",
    "context_engine",
    "attempt_dispatch",
    "context_assembled",
    "turn_accepted",
    "process_spawned",
    "tool_execution_started",
    "assistant_output_started",
    "model_call_started",
    OTHER,
];
pub(in crate::openclaw) const CONTEXT_PART: Set = &["history", "prompt", "system_prompt"];
pub(super) const TOOL_OUTCOME: Set = &["completed", "error", "failed", "cancelled", "timed_out", "blocked"];
pub(in crate::openclaw) const LOOP_ACTION: Set = &["warn", "block", OTHER];
pub(in crate::openclaw) const LOOP_DETECTOR: Set = &[
    "generic_repeat",
    "argument_churn",
    "unknown_tool_repeat",
    "known_poll_no_progress",
    "global_circuit_breaker",
    "ping_pong",
    OTHER,
];
pub(in crate::openclaw) const EXEC_TARGET: Set = &["host", "sandbox"];
pub(in crate::openclaw) const EXEC_MODE: Set = &["child", "pty"];
pub(in crate::openclaw) const EXEC_OUTCOME: Set = &["completed", "failed"];
pub(in crate::openclaw) const EXEC_FAILURE: Set = &[
    "none",
    "shell-command-not-found",
    "shell-not-executable",
    "overall-timeout",
    "no-output-timeout",
    "signal",
    "aborted",
    "runtime-error",
];
pub(in crate::openclaw) const FOLLOWUP_PHASE: Set = &["direct_delivery", "gateway_preflight", OTHER];
pub(in crate::openclaw) const FOLLOWUP_REASON: Set = &["session_rebound", OTHER];
pub(in crate::openclaw) const STALL: Set = &["blocked_tool_call", "stalled_agent_run", OTHER];
pub(in crate::openclaw) const OUR_STATE: Set = &["idle", "processing", "waiting", OTHER];
pub(in crate::openclaw) const OUR_WORK_KIND: Set = &["none", "embedded_run", "model_call", "tool_call", OTHER];
pub(in crate::openclaw) const LOG_LEVEL: Set = &["trace", "debug", "info", "warn", "error", "fatal", OTHER];
pub(in crate::openclaw) const SECURITY_CATEGORY: Set =
    &["auth", "approval", "tool", "plugin", "secret", "channel", "config", "audit", "telemetry", OTHER];
pub(in crate::openclaw) const SECURITY_OUTCOME: Set = &["success", "failure", "denied", "error", OTHER];
pub(in crate::openclaw) const SECURITY_SEVERITY: Set = &["info", "low", "medium", "high", "critical", OTHER];
pub(in crate::openclaw) const WEBHOOKS: Set = &["received", "processed", "errors"];

// --- labels of what the plugin reports

pub(in crate::openclaw) const CALLBACK: Set = &[
    "event",
    "hook",
    "agent_event",
    "transcript",
    "sample",
    "gc",
    "activity",
    "providers",
    "route",
    "method",
    "rpc",
    OTHER,
];
pub(in crate::openclaw) const SESSION_END: Set =
    &["new", "reset", "idle", "daily", "compaction", "deleted", "shutdown", "restart", "unknown", OTHER];
pub(in crate::openclaw) const SESSION_RESET: Set =
    &["new", "reset", "idle", "daily", "compaction", "deleted", "unknown", OTHER];
pub(in crate::openclaw) const COMPACTION_PHASE: Set = &["before", "after"];
pub(in crate::openclaw) const AGENT_STREAM: Set = &[
    "lifecycle",
    "tool",
    "assistant",
    "usage",
    "error",
    "item",
    "plan",
    "approval",
    "command_output",
    "patch",
    "compaction",
    "thinking",
    "run_status",
    OTHER,
];
pub(in crate::openclaw) const ITEM_PHASE: Set = &["start", "update", "end", "unknown", OTHER];
pub(in crate::openclaw) const ITEM_STATUS: Set = &["running", "completed", "failed", "blocked", "unknown", OTHER];
pub(in crate::openclaw) const SUBAGENT_MODE: Set = &["run", "session", "unknown", OTHER];
pub(in crate::openclaw) const SUBAGENT_OUTCOME: Set =
    &["ok", "error", "timeout", "killed", "reset", "deleted", "unknown", OTHER];
pub(in crate::openclaw) const CRON_ACTION: Set =
    &["added", "updated", "removed", "started", "finished", "scheduled", OTHER];
pub(in crate::openclaw) const CRON_STATUS: Set = &["ok", "error", "skipped", "unknown", OTHER];
pub(in crate::openclaw) const AUTH_STATUS: Set = &["ok", "missing", "error"];
pub(in crate::openclaw) const AUTH_MODE: Set = &["api-key", "oauth", "token", "aws-sdk", "unknown", OTHER];
pub(in crate::openclaw) const AUTH_SOURCE: Set = &["env", "profile", "config", "aws-sdk", "unknown", OTHER];
pub(in crate::openclaw) const GC_KIND: Set = &["minor", "major", "incremental", "weakcb", OTHER];

// --- labels of what the Gateway answers

pub(in crate::openclaw) const YES_NO_UNKNOWN: Set = &["true", "false", "unknown"];
pub(in crate::openclaw) const CHANNEL_ISSUE: Set = &["intent", "permissions", "config", "auth", "runtime", OTHER];
pub(in crate::openclaw) const CHANNEL_HEALTH: Set = &[
    "healthy",
    "busy",
    "startup-connect-grace",
    "reconnect-grace",
    "unmanaged",
    "not-running",
    "disconnected",
    "terminal-disconnect",
    "stale-socket",
    "ingress-unavailable",
    "blocked",
    "stuck",
    OTHER,
];
pub(super) const CHANNEL_ERROR: Set = &["timeout", "rate_limit", "conflict", "auth", "network", "config", OTHER];
pub(in crate::openclaw) const PLATFORM: Set =
    &["linux", "macos", "windows", "ios", "ipados", "watchos", "android", "web", "unknown", OTHER];
pub(in crate::openclaw) const CLIENT_MODE: Set =
    &["gateway", "webchat", "cli", "ui", "backend", "node", "worker", "probe", "test", "unknown", OTHER];
pub(in crate::openclaw) const PRESENCE: Set = &["present", "gone"];
pub(in crate::openclaw) const NODE_APPROVAL: Set =
    &["approved", "pending-approval", "pending-reapproval", "unapproved", OTHER];
pub(in crate::openclaw) const CRON_RESULT: Set = &["ok", "error", "skipped", OTHER];
pub(in crate::openclaw) const CRON_ERROR: Set = &[
    "auth",
    "auth_permanent",
    "format",
    "rate_limit",
    "overloaded",
    "billing",
    "server_error",
    "timeout",
    "tls_certificate",
    "context_overflow",
    "model_not_found",
    "session_expired",
    "empty_response",
    "no_error_details",
    "unclassified",
    "unknown",
    OTHER,
];
pub(in crate::openclaw) const CRON_DELIVERY: Set = &["delivered", "not-delivered", "not-requested", "unknown", OTHER];
pub(in crate::openclaw) const CRON_DISABLED: Set = &["consecutive-failures", "schedule-errors", OTHER];
pub(in crate::openclaw) const AUTH_STATE: Set = &["ok", "static", "expiring", "expired", "missing", OTHER];
pub(in crate::openclaw) const PROFILE_TYPE: Set = &["oauth", "token", "api_key", OTHER];
pub(in crate::openclaw) const BILLING: Set = &["balance", "spend", "budget_used", "budget"];
pub(in crate::openclaw) const HEARTBEAT: Set = &["ok-empty", "ok-token", "sent", "failed", "skipped", OTHER];
pub(in crate::openclaw) const PLUGIN_STATE: Set = &["loaded", "error", "unavailable"];
pub(super) const PLUGIN_PROBLEM: Set = &["error", "unavailable"];
pub(in crate::openclaw) const CONFIG_RELOAD: Set = &["active", "disabled", OTHER];
pub(in crate::openclaw) const INGRESS: Set = &["pending", "claimed", "blocked"];
pub(in crate::openclaw) const LOAD_MINUTES: Set = &["1", "5", "15"];
pub(in crate::openclaw) const PROCESS_MEMORY: Set = &["rss", "heap_used", "heap_total", "external", "array_buffers"];
pub(in crate::openclaw) const SKILL_STATE: Set =
    &["eligible", "disabled", "blocked", "incompatible", "missing_requirements", OTHER];
pub(in crate::openclaw) const SKILL_NEED: Set = &["bins", "any_bins", "env", "config", "os"];

crate::label_enum! {
    /// What is going on right now, of what the host tells both start and end of without ever losing one.
    pub enum Operation("kind") {
        Run = "run",
        Message = "message",
    }
}

crate::label_enum! {
    /// What has an age while it is in flight or waits.
    pub enum Flight("kind") {
        Run = "run",
        ModelCall = "model_call",
        Tool = "tool",
        LaneEntry = "lane_entry",
    }
}
pub(super) const FLIGHT: Set = &["run", "model_call", "tool"];

/// Outcomes that a phase of an RPC request cannot have.
pub(super) fn no_rpc_outcome(labels: &[&str]) -> bool {
    let [outcome, phase] = *labels else { return false };
    let outcomes: &[&str] = match phase {
        "response" => &["ok", "error", "unavailable", "suppressed"],
        "handler" => &["returned", "threw"],
        _ => &["returned", "threw", "rejected", "cancelled"],
    };
    !outcomes.contains(&outcome)
}

/// A failure has a kind, and what is not one has none.
pub(super) fn no_exec(labels: &[&str]) -> bool {
    let [failure, _, outcome, _] = *labels else { return false };
    (failure == "none") != (outcome == "completed")
}

/// What has a service level.
pub(in crate::openclaw) const SLI: [&str; 8] =
    ["run", "model_call", "first_byte", "tool", "message", "queue_wait", "http_request", "scrape"];
/// The percentiles of service levels.
pub(in crate::openclaw) const PERCENTILE: [&str; 4] = ["50", "90", "95", "99"];
/// Ways to the Gateway's RPC.
pub(in crate::openclaw) const WAY: Set = &["in_process", "websocket"];
/// What a budget is for.
pub(in crate::openclaw) const BUDGET_WINDOW: Set = &["day"];

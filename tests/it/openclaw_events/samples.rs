//! One event of each type, and every sample it makes.

use openclaw_prometheus::encode;
use openclaw_prometheus::openclaw::{DiagnosticEvent, Families};

use super::Exporter;

/// The events.
pub(super) fn events() -> impl Iterator<Item = &'static str> {
    EVENTS.iter().map(|(event, _)| *event)
}

/// One event of each type, and every sample it makes.
const EVENTS: &[(&str, &[&str])] = &[
    (
        r#"{"type":"diagnostic.gc","durationMs":2.5}"#,
        &["openclaw_gc_duration_seconds_sum 0.0025", "openclaw_gc_duration_seconds_count 1"],
    ),
    (
        r#"{"type":"gateway.event_loop.sample","intervalMs":1250,"delayMaxMs":30}"#,
        &[
            "openclaw_gateway_event_loop_delay_max_seconds_sum 0.03",
            "openclaw_gateway_event_loop_delay_max_seconds_count 1",
            "openclaw_gateway_event_loop_observed_seconds_total 1.25",
        ],
    ),
    (
        r#"{"type":"diagnostic.memory.sample","memory":{"rssBytes":7000,"heapTotalBytes":600,"heapUsedBytes":500,
            "externalBytes":40,"arrayBuffersBytes":30,"workerCount":3,"workerHeapSampledCount":2,
            "workerHeapTotalBytes":900,"workerHeapUsedBytes":800,"workerHeaps":[
            {"script":"a.js","heapUsed":100,"heapTotal":1},{"script":"b.js","heapUsed":7},{"script":"a.js","heapUsed":11}]}}"#,
        &[
            r#"openclaw_memory_bytes{kind="array_buffers"} 30"#,
            r#"openclaw_memory_bytes{kind="external"} 40"#,
            r#"openclaw_memory_bytes{kind="heap_total"} 600"#,
            r#"openclaw_memory_bytes{kind="heap_used"} 500"#,
            r#"openclaw_memory_bytes{kind="rss"} 7000"#,
            r#"openclaw_memory_bytes{kind="worker_heap_total"} 900"#,
            r#"openclaw_memory_bytes{kind="worker_heap_used"} 800"#,
            "openclaw_memory_rss_bytes_sum 7000",
            "openclaw_memory_rss_bytes_count 1",
            "openclaw_worker_count 3",
            "openclaw_worker_heap_sampled_count 2",
            r#"openclaw_worker_heap_used_bytes{script="a.js"} 111"#,
            r#"openclaw_worker_heap_used_bytes{script="b.js"} 7"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.memory.pressure","level":"critical","reason":"rss_growth","memory":{"rssBytes":1}}"#,
        &[r#"openclaw_memory_pressure_total{level="critical",reason="rss_growth"} 1"#],
    ),
    (
        r#"{"type":"diagnostic.child_process.spawn","family":"git","count":4,"intervalMs":60000}"#,
        &[r#"openclaw_child_process_spawn_total{family="git"} 4"#],
    ),
    (
        r#"{"type":"diagnostic.liveness.warning","reasons":["event_loop_delay","cpu"],"intervalMs":30000,"active":2,
            "waiting":1,"queued":5,"eventLoopDelayP99Ms":250,"eventLoopDelayMaxMs":4000,"eventLoopUtilization":0.75,
            "cpuCoreRatio":1.5}"#,
        &[
            r#"openclaw_liveness_cpu_core_ratio_sum{reason="event_loop_delay:cpu"} 1.5"#,
            r#"openclaw_liveness_cpu_core_ratio_count{reason="event_loop_delay:cpu"} 1"#,
            r#"openclaw_liveness_event_loop_delay_max_seconds_sum{reason="event_loop_delay:cpu"} 4"#,
            r#"openclaw_liveness_event_loop_delay_max_seconds_count{reason="event_loop_delay:cpu"} 1"#,
            r#"openclaw_liveness_event_loop_delay_p99_seconds_sum{reason="event_loop_delay:cpu"} 0.25"#,
            r#"openclaw_liveness_event_loop_delay_p99_seconds_count{reason="event_loop_delay:cpu"} 1"#,
            r#"openclaw_liveness_event_loop_utilization_ratio_sum{reason="event_loop_delay:cpu"} 0.75"#,
            r#"openclaw_liveness_event_loop_utilization_ratio_count{reason="event_loop_delay:cpu"} 1"#,
            r#"openclaw_liveness_sessions{state="active"} 2"#,
            r#"openclaw_liveness_sessions{state="queued"} 5"#,
            r#"openclaw_liveness_sessions{state="waiting"} 1"#,
            r#"openclaw_liveness_warning_total{reason="event_loop_delay:cpu"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.async_queue.dropped","droppedEvents":9,"droppedTrustedEvents":4,
            "droppedUntrustedEvents":5,"droppedPriorityEvents":0,"queueLength":10000,"maxQueueLength":10000}"#,
        &[
            r#"openclaw_diagnostic_async_queue_dropped_total{drop_class="total"} 9"#,
            r#"openclaw_diagnostic_async_queue_dropped_total{drop_class="trusted"} 4"#,
            r#"openclaw_diagnostic_async_queue_dropped_total{drop_class="untrusted"} 5"#,
            "openclaw_diagnostic_async_queue_length 10000",
        ],
    ),
    (
        r#"{"type":"gateway.rpc","method":"chat.send","phase":"received"}"#,
        &[r#"openclaw_gateway_rpc_requests_total{method="chat.send"} 1"#],
    ),
    (
        r#"{"type":"gateway.rpc","method":"chat.send","phase":"response","outcome":"error","durationMs":40}"#,
        &[
            r#"openclaw_gateway_rpc_first_response_seconds_sum{method="chat.send"} 0.04"#,
            r#"openclaw_gateway_rpc_first_response_seconds_count{method="chat.send"} 1"#,
            r#"openclaw_gateway_rpc_outcomes_total{outcome="error",phase="response"} 1"#,
        ],
    ),
    (
        r#"{"type":"gateway.rpc","method":"chat.send","phase":"response","outcome":"suppressed","durationMs":40}"#,
        &[r#"openclaw_gateway_rpc_outcomes_total{outcome="suppressed",phase="response"} 1"#],
    ),
    (
        r#"{"type":"gateway.rpc","method":"agent","phase":"handler","outcome":"threw","durationMs":500,"admissionMs":2}"#,
        &[
            r#"openclaw_gateway_rpc_admission_seconds_sum{method="agent"} 0.002"#,
            r#"openclaw_gateway_rpc_admission_seconds_count{method="agent"} 1"#,
            r#"openclaw_gateway_rpc_handler_seconds_sum{method="agent"} 0.5"#,
            r#"openclaw_gateway_rpc_handler_seconds_count{method="agent"} 1"#,
            r#"openclaw_gateway_rpc_outcomes_total{outcome="threw",phase="handler"} 1"#,
        ],
    ),
    (
        r#"{"type":"gateway.rpc","method":"agent","phase":"dispatch","outcome":"rejected","durationMs":9,"response":"none"}"#,
        &[r#"openclaw_gateway_rpc_outcomes_total{outcome="rejected",phase="dispatch"} 1"#],
    ),
    (
        r#"{"type":"gateway.rpc","method":"agent","phase":"dispatch","outcome":"returned","durationMs":9,"queueWaitMs":8}"#,
        &[
            r#"openclaw_gateway_rpc_outcomes_total{outcome="returned",phase="dispatch"} 1"#,
            r#"openclaw_gateway_rpc_queue_wait_seconds_sum{method="agent"} 0.008"#,
            r#"openclaw_gateway_rpc_queue_wait_seconds_count{method="agent"} 1"#,
        ],
    ),
    // What Gateways after 2026.9.6 tell.
    (
        r#"{"type":"gateway.rpc","method":"chat.send","phase":"response","outcome":"ok","durationMs":40,
            "responseBytes":3000,"firstResponse":true}"#,
        &[
            r#"openclaw_gateway_rpc_first_response_seconds_sum{method="chat.send"} 0.04"#,
            r#"openclaw_gateway_rpc_first_response_seconds_count{method="chat.send"} 1"#,
            r#"openclaw_gateway_rpc_outcomes_total{outcome="ok",phase="response"} 1"#,
            r#"openclaw_gateway_rpc_response_bytes_sum{method="chat.send"} 3000"#,
            r#"openclaw_gateway_rpc_response_bytes_count{method="chat.send"} 1"#,
        ],
    ),
    (
        r#"{"type":"gateway.rpc","method":"chat.send","phase":"response","outcome":"error","durationMs":40,
            "responseBytes":500,"firstResponse":false}"#,
        &[
            r#"openclaw_gateway_rpc_response_bytes_sum{method="chat.send"} 500"#,
            r#"openclaw_gateway_rpc_response_bytes_count{method="chat.send"} 1"#,
        ],
    ),
    (
        r#"{"type":"gateway.rpc","method":"chat.send","phase":"response","outcome":"unavailable","durationMs":40,
            "responseBytes":500,"firstResponse":false}"#,
        &[r#"openclaw_gateway_rpc_outcomes_total{outcome="unavailable",phase="response"} 1"#],
    ),
    (
        r#"{"type":"gateway.rpc","method":"agent","phase":"handler","outcome":"returned","durationMs":500,"admissionMs":2,
            "heapDeltaBytes":-70000}"#,
        &[
            r#"openclaw_gateway_rpc_admission_seconds_sum{method="agent"} 0.002"#,
            r#"openclaw_gateway_rpc_admission_seconds_count{method="agent"} 1"#,
            r#"openclaw_gateway_rpc_handler_heap_delta_bytes_sum{method="agent"} -70000"#,
            r#"openclaw_gateway_rpc_handler_heap_delta_bytes_count{method="agent"} 1"#,
            r#"openclaw_gateway_rpc_handler_heap_delta_exclusive_total{method="agent"} 1"#,
            r#"openclaw_gateway_rpc_handler_seconds_sum{method="agent"} 0.5"#,
            r#"openclaw_gateway_rpc_handler_seconds_count{method="agent"} 1"#,
            r#"openclaw_gateway_rpc_outcomes_total{outcome="returned",phase="handler"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.phase.completed","name":"sessions.catalog.list.planning","startedAt":1,"durationMs":10,
            "details":{"threadCpuMs":2.5,"privateText":"never shown"}}"#,
        &[
            r#"openclaw_gateway_phase_duration_seconds_sum{phase="sessions.catalog.list.planning"} 0.01"#,
            r#"openclaw_gateway_phase_duration_seconds_count{phase="sessions.catalog.list.planning"} 1"#,
            r#"openclaw_gateway_rpc_stage_seconds_sum{method="sessions.catalog.list",phase="planning"} 0.01"#,
            r#"openclaw_gateway_rpc_stage_seconds_count{method="sessions.catalog.list",phase="planning"} 1"#,
            r#"openclaw_gateway_rpc_stage_thread_cpu_seconds_sum{method="sessions.catalog.list",phase="planning"} 0.0025"#,
            r#"openclaw_gateway_rpc_stage_thread_cpu_seconds_count{method="sessions.catalog.list",phase="planning"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.phase.completed","name":"chat.send.snapshot","durationMs":3000,"details":{"stage":"startup"}}"#,
        &[
            r#"openclaw_chat_send_phase_seconds_sum{phase="snapshot",stage="startup"} 3"#,
            r#"openclaw_chat_send_phase_seconds_count{phase="snapshot",stage="startup"} 1"#,
            r#"openclaw_gateway_phase_duration_seconds_sum{phase="chat.send.snapshot"} 3"#,
            r#"openclaw_gateway_phase_duration_seconds_count{phase="chat.send.snapshot"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.phase.completed","name":"worktree.preparation","durationMs":1200,"details":{"kind":"sandbox",
            "template":"warm","outcome":"returned","allocate":100,"templateApply":20,"setup":0,"sessionKey":"never shown"}}"#,
        &[
            r#"openclaw_gateway_phase_duration_seconds_sum{phase="worktree.preparation"} 1.2"#,
            r#"openclaw_gateway_phase_duration_seconds_count{phase="worktree.preparation"} 1"#,
            r#"openclaw_worktree_preparation_seconds_sum{kind="sandbox",outcome="returned",phase="allocate",template="warm"} 0.1"#,
            r#"openclaw_worktree_preparation_seconds_count{kind="sandbox",outcome="returned",phase="allocate",template="warm"} 1"#,
            r#"openclaw_worktree_preparation_seconds_count{kind="sandbox",outcome="returned",phase="setup",template="warm"} 1"#,
            r#"openclaw_worktree_preparation_seconds_sum{kind="sandbox",outcome="returned",phase="templateApply",template="warm"} 0.02"#,
            r#"openclaw_worktree_preparation_seconds_count{kind="sandbox",outcome="returned",phase="templateApply",template="warm"} 1"#,
            r#"openclaw_worktree_preparation_seconds_sum{kind="sandbox",outcome="returned",phase="total",template="warm"} 1.2"#,
            r#"openclaw_worktree_preparation_seconds_count{kind="sandbox",outcome="returned",phase="total",template="warm"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.memory.sample","memory":{"rssBytes":0,"heapTotalBytes":0,"heapUsedBytes":0,"externalBytes":0,
            "arrayBuffersBytes":0,"heapSpaces":[{"space_name":"new_space","space_size":40,"space_used_size":10,
            "space_available_size":30,"physical_space_size":20},{"space_name":"old_space","space_size":4,
            "space_used_size":3,"space_available_size":1,"physical_space_size":4}],"workerLifecycle":[{"script":"a.js",
            "started":3,"retired":[{"reason":"idle","count":1},{"reason":"exit","count":2}]},{"script":"b.js","started":1,
            "retired":[]}]}}"#,
        &[
            r#"openclaw_heap_space_bytes{space="new_space",stat="available"} 30"#,
            r#"openclaw_heap_space_bytes{space="new_space",stat="physical"} 20"#,
            r#"openclaw_heap_space_bytes{space="new_space",stat="size"} 40"#,
            r#"openclaw_heap_space_bytes{space="new_space",stat="used"} 10"#,
            r#"openclaw_heap_space_bytes{space="old_space",stat="available"} 1"#,
            r#"openclaw_heap_space_bytes{space="old_space",stat="physical"} 4"#,
            r#"openclaw_heap_space_bytes{space="old_space",stat="size"} 4"#,
            r#"openclaw_heap_space_bytes{space="old_space",stat="used"} 3"#,
            "openclaw_memory_rss_bytes_count 1",
            r#"openclaw_worker_retired_total{reason="exit",script="a.js"} 2"#,
            r#"openclaw_worker_retired_total{reason="idle",script="a.js"} 1"#,
            r#"openclaw_worker_started_total{script="a.js"} 3"#,
            r#"openclaw_worker_started_total{script="b.js"} 1"#,
        ],
    ),
    (
        r#"{"type":"run.completed","runId":"r","provider":"p","model":"m","trigger":"user","channel":"webchat",
            "durationMs":1500,"outcome":"blocked","blockedBy":"policy"}"#,
        &[
            r#"openclaw_agent_run_duration_seconds_sum{agent_id="unknown"} 1.5"#,
            r#"openclaw_agent_run_duration_seconds_count{agent_id="unknown"} 1"#,
            r#"openclaw_agent_runs_total{agent_id="unknown",error_category="none",outcome="blocked"} 1"#,
            r#"openclaw_run_completed_total{blocked_by="policy",channel="webchat",model="m",outcome="blocked",provider="p",trigger="user"} 1"#,
            r#"openclaw_run_duration_seconds_sum{blocked_by="policy",channel="webchat",model="m",outcome="blocked",provider="p",trigger="user"} 1.5"#,
            r#"openclaw_run_duration_seconds_count{blocked_by="policy",channel="webchat",model="m",outcome="blocked",provider="p",trigger="user"} 1"#,
        ],
    ),
    (
        r#"{"type":"harness.run.completed","harnessId":"openclaw","pluginId":"pi","durationMs":2000,"outcome":"timed_out",
            "phase":"send","errorCategory":"ignored"}"#,
        &[
            r#"openclaw_harness_run_duration_seconds_sum{channel="unknown",error_category="none",harness="openclaw",model="unknown",outcome="timed_out",phase="none",plugin="pi",provider="unknown"} 2"#,
            r#"openclaw_harness_run_duration_seconds_count{channel="unknown",error_category="none",harness="openclaw",model="unknown",outcome="timed_out",phase="none",plugin="pi",provider="unknown"} 1"#,
            r#"openclaw_harness_run_total{channel="unknown",error_category="none",harness="openclaw",model="unknown",outcome="timed_out",phase="none",plugin="pi",provider="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"harness.run.error","harnessId":"openclaw","channel":"telegram","durationMs":2000,"phase":"send",
            "errorCategory":"TypeError","outcome":"ignored"}"#,
        &[
            r#"openclaw_harness_run_duration_seconds_sum{channel="telegram",error_category="TypeError",harness="openclaw",model="unknown",outcome="error",phase="send",plugin="unknown",provider="unknown"} 2"#,
            r#"openclaw_harness_run_duration_seconds_count{channel="telegram",error_category="TypeError",harness="openclaw",model="unknown",outcome="error",phase="send",plugin="unknown",provider="unknown"} 1"#,
            r#"openclaw_harness_run_total{channel="telegram",error_category="TypeError",harness="openclaw",model="unknown",outcome="error",phase="send",plugin="unknown",provider="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"model.call.completed","provider":"p","model":"m","api":"a","transport":"sse","observationUnit":"turn",
            "durationMs":250,"sessionKey":"agent:ops:openai:9f4f8270-63d6-4f2a-9c34-dc9759cd40bc",
            "usage":{"input":1,"cost":{"total":1}}}"#,
        &[
            r#"openclaw_agent_model_call_duration_seconds_sum{agent="ops",model="m",provider="p"} 0.25"#,
            r#"openclaw_agent_model_call_duration_seconds_count{agent="ops",model="m",provider="p"} 1"#,
            r#"openclaw_agent_model_calls_total{agent="ops",model="m",outcome="completed",provider="p"} 1"#,
            r#"openclaw_model_call_cost_usd_total{agent="ops",model="m",provider="p"} 1"#,
            r#"openclaw_model_call_duration_seconds_sum{api="a",error_category="none",model="m",observation_unit="turn",outcome="completed",provider="p",transport="sse"} 0.25"#,
            r#"openclaw_model_call_duration_seconds_count{api="a",error_category="none",model="m",observation_unit="turn",outcome="completed",provider="p",transport="sse"} 1"#,
            r#"openclaw_model_call_tokens_total{agent="ops",model="m",provider="p",token_type="input"} 1"#,
            r#"openclaw_model_call_total{api="a",error_category="none",model="m",observation_unit="turn",outcome="completed",provider="p",transport="sse"} 1"#,
        ],
    ),
    (
        r#"{"type":"model.call.error","provider":"p","model":"m","durationMs":250,"errorCategory":""}"#,
        &[
            r#"openclaw_agent_model_call_duration_seconds_sum{agent="unknown",model="m",provider="p"} 0.25"#,
            r#"openclaw_agent_model_call_duration_seconds_count{agent="unknown",model="m",provider="p"} 1"#,
            r#"openclaw_agent_model_calls_total{agent="unknown",model="m",outcome="error",provider="p"} 1"#,
            r#"openclaw_model_call_duration_seconds_sum{api="unknown",error_category="other",model="m",observation_unit="request",outcome="error",provider="p",transport="unknown"} 0.25"#,
            r#"openclaw_model_call_duration_seconds_count{api="unknown",error_category="other",model="m",observation_unit="request",outcome="error",provider="p",transport="unknown"} 1"#,
            r#"openclaw_model_call_total{api="unknown",error_category="other",model="m",observation_unit="request",outcome="error",provider="p",transport="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"model.failover","lane":"session:agent:main:x","fromProvider":"p","fromModel":"m","toProvider":"q",
            "toModel":"n","reason":"rate_limit","cascadeDepth":1,"suspended":false}"#,
        &[
            r#"openclaw_model_failover_total{from_model="m",from_provider="p",lane="session",reason="rate_limit",suspended="false",to_model="n",to_provider="q"} 1"#,
        ],
    ),
    (
        r#"{"type":"model.usage","agentId":"main","channel":"http","provider":"p","model":"m","usage":{"input":100,
            "output":20,"cacheRead":3,"cacheWrite":0,"promptTokens":103,"total":123},"costUsd":0.25,"durationMs":500}"#,
        &[
            r#"openclaw_gen_ai_client_token_usage_sum{model="m",provider="p",token_type="input"} 100"#,
            r#"openclaw_gen_ai_client_token_usage_count{model="m",provider="p",token_type="input"} 1"#,
            r#"openclaw_gen_ai_client_token_usage_sum{model="m",provider="p",token_type="output"} 20"#,
            r#"openclaw_gen_ai_client_token_usage_count{model="m",provider="p",token_type="output"} 1"#,
            r#"openclaw_model_cost_usd_total{agent="main",channel="http",model="m",provider="p"} 0.25"#,
            r#"openclaw_model_tokens_total{agent="main",channel="http",model="m",provider="p",token_type="cache_read"} 3"#,
            r#"openclaw_model_tokens_total{agent="main",channel="http",model="m",provider="p",token_type="input"} 100"#,
            r#"openclaw_model_tokens_total{agent="main",channel="http",model="m",provider="p",token_type="output"} 20"#,
            r#"openclaw_model_tokens_total{agent="main",channel="http",model="m",provider="p",token_type="prompt"} 103"#,
            r#"openclaw_model_tokens_total{agent="main",channel="http",model="m",provider="p",token_type="total"} 123"#,
            r#"openclaw_model_usage_duration_seconds_sum{agent="main",channel="http",model="m",provider="p"} 0.5"#,
            r#"openclaw_model_usage_duration_seconds_count{agent="main",channel="http",model="m",provider="p"} 1"#,
        ],
    ),
    (
        r#"{"type":"skill.used","agentId":"main","skillName":"a b","skillSource":"bundled","activation":"command"}"#,
        &[r#"openclaw_skill_used_total{activation="command",agent="main",skill="skill",source="bundled"} 1"#],
    ),
    (
        r#"{"type":"tool.execution.completed","toolName":"read","toolSource":"mcp","toolOwner":"lab",
            "paramsSummary":{"kind":"array","length":2},"durationMs":10}"#,
        &[
            r#"openclaw_agent_tool_executions_total{agent="unknown",outcome="completed",tool="read"} 1"#,
            r#"openclaw_tool_execution_duration_seconds_sum{error_category="none",outcome="completed",params_kind="array",tool="read",tool_owner="lab",tool_source="mcp"} 0.01"#,
            r#"openclaw_tool_execution_duration_seconds_count{error_category="none",outcome="completed",params_kind="array",tool="read",tool_owner="lab",tool_source="mcp"} 1"#,
            r#"openclaw_tool_execution_total{error_category="none",outcome="completed",params_kind="array",tool="read",tool_owner="lab",tool_source="mcp"} 1"#,
        ],
    ),
    (
        r#"{"type":"tool.execution.error","toolName":"exec","durationMs":10,"errorCategory":"Error"}"#,
        &[
            r#"openclaw_agent_tool_executions_total{agent="unknown",outcome="error",tool="exec"} 1"#,
            r#"openclaw_tool_execution_duration_seconds_sum{error_category="Error",outcome="error",params_kind="unknown",tool="exec",tool_owner="none",tool_source="core"} 0.01"#,
            r#"openclaw_tool_execution_duration_seconds_count{error_category="Error",outcome="error",params_kind="unknown",tool="exec",tool_owner="none",tool_source="core"} 1"#,
            r#"openclaw_tool_execution_total{error_category="Error",outcome="error",params_kind="unknown",tool="exec",tool_owner="none",tool_source="core"} 1"#,
        ],
    ),
    (
        r#"{"type":"tool.execution.blocked","toolName":"exec","deniedReason":"sandbox","reason":"text",
            "paramsSummary":{"kind":"object"}}"#,
        &[
            r#"openclaw_agent_tool_executions_total{agent="unknown",outcome="blocked",tool="exec"} 1"#,
            r#"openclaw_tool_execution_blocked_total{denied_reason="sandbox",params_kind="object",tool="exec",tool_owner="none",tool_source="core"} 1"#,
        ],
    ),
    (
        r#"{"type":"webhook.received","channel":"telegram","updateType":"message","chatId":5}"#,
        &[r#"openclaw_webhook_received_total{channel="telegram",webhook="message"} 1"#],
    ),
    (
        r#"{"type":"webhook.processed","channel":"telegram","updateType":"message","durationMs":20}"#,
        &[
            r#"openclaw_webhook_duration_seconds_sum{channel="telegram",webhook="message"} 0.02"#,
            r#"openclaw_webhook_duration_seconds_count{channel="telegram",webhook="message"} 1"#,
        ],
    ),
    (
        r#"{"type":"webhook.error","channel":"telegram","error":"text"}"#,
        &[r#"openclaw_webhook_error_total{channel="telegram",webhook="unknown"} 1"#],
    ),
    (
        r#"{"type":"message.received","channel":"webchat","source":"dispatch"}"#,
        &[r#"openclaw_message_received_total{channel="webchat",source="dispatch"} 1"#],
    ),
    (
        r#"{"type":"message.dispatch.started","channel":"webchat","source":"replyResolver"}"#,
        &[
            r#"openclaw_inflight_operations{kind="message"} 1"#,
            r#"openclaw_message_dispatch_started_total{channel="webchat",source="replyResolver"} 1"#,
        ],
    ),
    (
        r#"{"type":"message.dispatch.completed","channel":"webchat","source":"replyResolver","durationMs":800,
            "outcome":"skipped","reason":"duplicate"}"#,
        &[
            r#"openclaw_message_dispatch_completed_total{channel="webchat",outcome="skipped",reason="duplicate",source="replyResolver"} 1"#,
            r#"openclaw_message_dispatch_duration_seconds_sum{channel="webchat",outcome="skipped",reason="duplicate",source="replyResolver"} 0.8"#,
            r#"openclaw_message_dispatch_duration_seconds_count{channel="webchat",outcome="skipped",reason="duplicate",source="replyResolver"} 1"#,
        ],
    ),
    (
        r#"{"type":"message.processed","channel":"webchat","messageId":7,"durationMs":1000,"outcome":"error"}"#,
        &[
            r#"openclaw_message_processed_duration_seconds_sum{channel="webchat",outcome="error",reason="none"} 1"#,
            r#"openclaw_message_processed_duration_seconds_count{channel="webchat",outcome="error",reason="none"} 1"#,
            r#"openclaw_message_processed_total{channel="webchat",outcome="error",reason="none"} 1"#,
        ],
    ),
    (
        r#"{"type":"message.delivery.started","channel":"slack","deliveryKind":"media"}"#,
        &[r#"openclaw_message_delivery_started_total{channel="slack",delivery_kind="media"} 1"#],
    ),
    (
        r#"{"type":"message.delivery.completed","channel":"slack","deliveryKind":"text","durationMs":60,"resultCount":1}"#,
        &[
            r#"openclaw_message_delivery_duration_seconds_sum{channel="slack",delivery_kind="text",error_category="none",outcome="completed"} 0.06"#,
            r#"openclaw_message_delivery_duration_seconds_count{channel="slack",delivery_kind="text",error_category="none",outcome="completed"} 1"#,
            r#"openclaw_message_delivery_total{channel="slack",delivery_kind="text",error_category="none",outcome="completed"} 1"#,
        ],
    ),
    (
        r#"{"type":"message.delivery.error","channel":"slack","durationMs":60,"errorCategory":"RateLimited"}"#,
        &[
            r#"openclaw_message_delivery_duration_seconds_sum{channel="slack",delivery_kind="other",error_category="RateLimited",outcome="error"} 0.06"#,
            r#"openclaw_message_delivery_duration_seconds_count{channel="slack",delivery_kind="other",error_category="RateLimited",outcome="error"} 1"#,
            r#"openclaw_message_delivery_total{channel="slack",delivery_kind="other",error_category="RateLimited",outcome="error"} 1"#,
        ],
    ),
    (
        r#"{"type":"talk.event","talkEventType":"output.audio.delta","mode":"realtime","transport":"webrtc","brain":"none",
            "provider":"p","durationMs":40,"byteLength":2048}"#,
        &[
            r#"openclaw_talk_audio_bytes_sum{brain="none",event_type="output.audio.delta",mode="realtime",provider="p",transport="webrtc"} 2048"#,
            r#"openclaw_talk_audio_bytes_count{brain="none",event_type="output.audio.delta",mode="realtime",provider="p",transport="webrtc"} 1"#,
            r#"openclaw_talk_event_duration_seconds_sum{brain="none",event_type="output.audio.delta",mode="realtime",provider="p",transport="webrtc"} 0.04"#,
            r#"openclaw_talk_event_duration_seconds_count{brain="none",event_type="output.audio.delta",mode="realtime",provider="p",transport="webrtc"} 1"#,
            r#"openclaw_talk_event_total{brain="none",event_type="output.audio.delta",mode="realtime",provider="p",transport="webrtc"} 1"#,
        ],
    ),
    (r#"{"type":"queue.lane.enqueue","lane":"main","queueSize":3}"#, &[r#"openclaw_queue_lane_size{lane="main"} 3"#]),
    (
        r#"{"type":"queue.lane.dequeue","lane":"session:agent:main:lab","queueSize":2,"waitMs":15}"#,
        &[
            r#"openclaw_queue_lane_size{lane="session"} 2"#,
            r#"openclaw_queue_lane_wait_seconds_sum{lane="session"} 0.015"#,
            r#"openclaw_queue_lane_wait_seconds_count{lane="session"} 1"#,
        ],
    ),
    (
        r#"{"type":"session.state","sessionId":"s","prevState":"idle","state":"processing","reason":"run_started","queueDepth":2}"#,
        &[
            r#"openclaw_session_queue_depth{state="processing"} 2"#,
            r#"openclaw_session_state_total{reason="run_started",state="processing"} 1"#,
        ],
    ),
    (
        r#"{"type":"session.turn.created","agentId":"main","trigger":"heartbeat"}"#,
        &[r#"openclaw_session_turn_created_total{agent="main",channel="unknown",trigger="heartbeat"} 1"#],
    ),
    (
        r#"{"type":"session.stuck","state":"processing","ageMs":120000,"classification":"stale_session_state"}"#,
        &[
            r#"openclaw_session_stuck_age_seconds_sum{reason="none",state="processing"} 120"#,
            r#"openclaw_session_stuck_age_seconds_count{reason="none",state="processing"} 1"#,
            r#"openclaw_session_stuck_total{reason="none",state="processing"} 1"#,
        ],
    ),
    (
        r#"{"type":"session.recovery.requested","state":"waiting","ageMs":60000,"allowActiveAbort":true,"activeWorkKind":"tool_call"}"#,
        &[
            r#"openclaw_session_recovery_age_seconds_sum{action="abort",active_work_kind="tool_call",state="waiting",status="requested"} 60"#,
            r#"openclaw_session_recovery_age_seconds_count{action="abort",active_work_kind="tool_call",state="waiting",status="requested"} 1"#,
            r#"openclaw_session_recovery_total{action="abort",active_work_kind="tool_call",state="waiting",status="requested"} 1"#,
        ],
    ),
    (
        r#"{"type":"session.recovery.completed","state":"waiting","ageMs":60000,"status":"released","action":"release_lane"}"#,
        &[
            r#"openclaw_session_recovery_age_seconds_sum{action="release_lane",active_work_kind="none",state="waiting",status="released"} 60"#,
            r#"openclaw_session_recovery_age_seconds_count{action="release_lane",active_work_kind="none",state="waiting",status="released"} 1"#,
            r#"openclaw_session_recovery_total{action="release_lane",active_work_kind="none",state="waiting",status="released"} 1"#,
        ],
    ),
    (
        r#"{"type":"payload.large","surface":"gateway.ws","action":"rejected","bytes":5000,"limitBytes":4096,"pluginId":"lab"}"#,
        &[
            r#"openclaw_payload_large_bytes_sum{action="rejected",channel="none",plugin="lab",reason="none",surface="gateway.ws"} 5000"#,
            r#"openclaw_payload_large_bytes_count{action="rejected",channel="none",plugin="lab",reason="none",surface="gateway.ws"} 1"#,
            r#"openclaw_payload_large_total{action="rejected",channel="none",plugin="lab",reason="none",surface="gateway.ws"} 1"#,
        ],
    ),
    (
        r#"{"type":"telemetry.exporter","exporter":"diagnostics-prometheus","signal":"metrics","status":"started","reason":"configured"}"#,
        &[
            r#"openclaw_telemetry_exporter_total{exporter="diagnostics-prometheus",reason="configured",signal="metrics",status="started"} 1"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.heartbeat","webhooks":{"received":9,"processed":8,"errors":1},"active":2,"waiting":0,"queued":3}"#,
        &[
            "openclaw_diagnostic_heartbeats_total 1",
            r#"openclaw_heartbeat_webhooks{state="errors"} 1"#,
            r#"openclaw_heartbeat_webhooks{state="processed"} 8"#,
            r#"openclaw_heartbeat_webhooks{state="received"} 9"#,
            r#"openclaw_sessions{state="active"} 2"#,
            r#"openclaw_sessions{state="queued"} 3"#,
        ],
    ),
    (
        r#"{"type":"diagnostic.phase.completed","name":"plugins.load","startedAt":1,"durationMs":250,"cpuTotalMs":125}"#,
        &[
            r#"openclaw_gateway_phase_cpu_seconds_total{phase="plugins.load"} 0.125"#,
            r#"openclaw_gateway_phase_duration_seconds_sum{phase="plugins.load"} 0.25"#,
            r#"openclaw_gateway_phase_duration_seconds_count{phase="plugins.load"} 1"#,
        ],
    ),
    (
        r#"{"type":"log.record","level":"warn","message":"never shown"}"#,
        &[r#"openclaw_log_records_total{level="warn"} 1"#],
    ),
    (
        r#"{"type":"log.record","level":"silly","message":"never shown"}"#,
        &[r#"openclaw_log_records_total{level="other"} 1"#],
    ),
    (
        r#"{"type":"security.event","eventId":"e","category":"secret","action":"read","outcome":"denied","severity":"high"}"#,
        &[
            r#"openclaw_security_events_by_severity_total{severity="high"} 1"#,
            r#"openclaw_security_events_total{category="secret",outcome="denied"} 1"#,
        ],
    ),
    (
        r#"{"type":"run.started","runId":"r","sessionKey":"agent:main:lab-1","channel":"webchat","model":"m"}"#,
        &[
            r#"openclaw_agent_runs_started_total{agent_id="main",channel="webchat"} 1"#,
            r#"openclaw_inflight_operations{kind="run"} 1"#,
        ],
    ),
    (r#"{"type":"run.attempt","runId":"r","attempt":1}"#, &[r#"openclaw_run_attempts_total{attempt="first"} 1"#]),
    (r#"{"type":"run.attempt","runId":"r","attempt":3}"#, &[r#"openclaw_run_attempts_total{attempt="retry"} 1"#]),
    (
        r#"{"type":"run.progress","runId":"r","reason":"model_call:started"}"#,
        &[r#"openclaw_run_progress_total{reason="model_call:started"} 1"#],
    ),
    (
        r#"{"type":"run.execution_phase","sessionId":"s","runId":"r","phase":"model_call_started"}"#,
        &[r#"openclaw_run_execution_phases_total{phase="model_call_started"} 1"#],
    ),
    (
        r#"{"type":"run.execution_phase","sessionId":"s","runId":"r","phase":"of_a_newer_host"}"#,
        &[r#"openclaw_run_execution_phases_total{phase="other"} 1"#],
    ),
    (
        r#"{"type":"run.completed","runId":"r","sessionKey":"agent:ops:x","durationMs":500,"outcome":"error",
            "errorCategory":"TypeError"}"#,
        &[
            r#"openclaw_agent_run_duration_seconds_sum{agent_id="ops"} 0.5"#,
            r#"openclaw_agent_run_duration_seconds_count{agent_id="ops"} 1"#,
            r#"openclaw_agent_runs_total{agent_id="ops",error_category="TypeError",outcome="error"} 1"#,
            r#"openclaw_run_completed_total{channel="unknown",model="unknown",outcome="error",provider="unknown",trigger="unknown"} 1"#,
            r#"openclaw_run_duration_seconds_sum{channel="unknown",model="unknown",outcome="error",provider="unknown",trigger="unknown"} 0.5"#,
            r#"openclaw_run_duration_seconds_count{channel="unknown",model="unknown",outcome="error",provider="unknown",trigger="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"harness.run.started","runId":"r","harnessId":"openclaw","pluginId":"pi"}"#,
        &[r#"openclaw_harness_run_started_total{harness="openclaw",plugin="pi"} 1"#],
    ),
    (
        r#"{"type":"context.assembled","runId":"r","provider":"p","model":"m","messageCount":12,"historyTextChars":4000,
            "historyImageBlocks":0,"maxMessageTextChars":10,"systemPromptChars":2500,"promptChars":40,"promptImages":2}"#,
        &[
            r#"openclaw_context_assembled_total{model="m",provider="p"} 1"#,
            r#"openclaw_context_characters_sum{part="history"} 4000"#,
            r#"openclaw_context_characters_count{part="history"} 1"#,
            r#"openclaw_context_characters_sum{part="prompt"} 40"#,
            r#"openclaw_context_characters_count{part="prompt"} 1"#,
            r#"openclaw_context_characters_sum{part="system_prompt"} 2500"#,
            r#"openclaw_context_characters_count{part="system_prompt"} 1"#,
            "openclaw_context_messages_sum 12",
            "openclaw_context_messages_count 1",
            r#"openclaw_model_llm_input_images_total{model="m",provider="p"} 2"#,
        ],
    ),
    (
        r#"{"type":"context.assembled","runId":"r","sessionId":"s","provider":"p","model":"m","messageCount":0,
            "historyTextChars":0,"systemPromptChars":0,"promptChars":0}"#,
        &[
            r#"openclaw_context_assembled_total{model="m",provider="p"} 1"#,
            r#"openclaw_context_characters_count{part="history"} 1"#,
            r#"openclaw_context_characters_count{part="prompt"} 1"#,
            r#"openclaw_context_characters_count{part="system_prompt"} 1"#,
            "openclaw_context_messages_count 1",
            "openclaw_sessions_started_total 1",
        ],
    ),
    (
        r#"{"type":"model.usage","sessionKey":"agent:ops:openai:9f4f","provider":"p","model":"m","usage":{},
            "context":{"used":50}}"#,
        &[
            r#"openclaw_model_context_used_tokens_sum{agent="ops",model="m",provider="p"} 50"#,
            r#"openclaw_model_context_used_tokens_count{agent="ops",model="m",provider="p"} 1"#,
        ],
    ),
    (
        r#"{"type":"model.call.started","provider":"p","model":"m","api":"a"}"#,
        &[r#"openclaw_model_call_started_total{model="m",provider="p"} 1"#],
    ),
    (
        r#"{"type":"model.call.completed","provider":"p","model":"m","durationMs":1000,"timeToFirstByteMs":250,
            "requestPayloadBytes":5000,"responseStreamBytes":700,"usage":{"input":11,"output":7,"cacheRead":5,
            "cacheWrite":3,"reasoningTokens":2,"promptTokens":19,"total":26,"cost":{"input":1,"total":0.5}}}"#,
        &[
            r#"openclaw_agent_model_call_duration_seconds_sum{agent="unknown",model="m",provider="p"} 1"#,
            r#"openclaw_agent_model_call_duration_seconds_count{agent="unknown",model="m",provider="p"} 1"#,
            r#"openclaw_agent_model_calls_total{agent="unknown",model="m",outcome="completed",provider="p"} 1"#,
            r#"openclaw_model_call_cost_usd_total{agent="unknown",model="m",provider="p"} 0.5"#,
            r#"openclaw_model_call_duration_seconds_sum{api="unknown",error_category="none",model="m",observation_unit="request",outcome="completed",provider="p",transport="unknown"} 1"#,
            r#"openclaw_model_call_duration_seconds_count{api="unknown",error_category="none",model="m",observation_unit="request",outcome="completed",provider="p",transport="unknown"} 1"#,
            r#"openclaw_model_call_request_bytes_sum{model="m",provider="p"} 5000"#,
            r#"openclaw_model_call_request_bytes_count{model="m",provider="p"} 1"#,
            r#"openclaw_model_call_response_bytes_sum{model="m",provider="p"} 700"#,
            r#"openclaw_model_call_response_bytes_count{model="m",provider="p"} 1"#,
            r#"openclaw_model_call_time_to_first_byte_seconds_sum{model="m",provider="p"} 0.25"#,
            r#"openclaw_model_call_time_to_first_byte_seconds_count{model="m",provider="p"} 1"#,
            r#"openclaw_model_call_tokens_total{agent="unknown",model="m",provider="p",token_type="cache_read"} 5"#,
            r#"openclaw_model_call_tokens_total{agent="unknown",model="m",provider="p",token_type="cache_write"} 3"#,
            r#"openclaw_model_call_tokens_total{agent="unknown",model="m",provider="p",token_type="input"} 11"#,
            r#"openclaw_model_call_tokens_total{agent="unknown",model="m",provider="p",token_type="output"} 7"#,
            r#"openclaw_model_call_tokens_total{agent="unknown",model="m",provider="p",token_type="reasoning"} 2"#,
            r#"openclaw_model_call_total{api="unknown",error_category="none",model="m",observation_unit="request",outcome="completed",provider="p",transport="unknown"} 1"#,
        ],
    ),
    (
        r#"{"type":"model.usage","agentId":"main","provider":"p","model":"m","usage":{},"context":{"limit":200,"used":50}}"#,
        &[
            r#"openclaw_model_context_limit_tokens{model="m",provider="p"} 200"#,
            r#"openclaw_model_context_used_tokens_sum{agent="main",model="m",provider="p"} 50"#,
            r#"openclaw_model_context_used_tokens_count{agent="main",model="m",provider="p"} 1"#,
            r#"openclaw_model_context_utilization_ratio_sum{agent="main",model="m",provider="p"} 0.25"#,
            r#"openclaw_model_context_utilization_ratio_count{agent="main",model="m",provider="p"} 1"#,
        ],
    ),
    (
        r#"{"type":"tool.execution.started","toolName":"exec","toolSource":"mcp","agentId":"main"}"#,
        &[r#"openclaw_tool_execution_started_total{tool="exec",tool_source="mcp"} 1"#],
    ),
    (
        r#"{"type":"tool.execution.error","toolName":"exec","agentId":"main","durationMs":1,"errorCategory":"x",
            "terminalReason":"timed_out"}"#,
        &[
            r#"openclaw_agent_tool_executions_total{agent="main",outcome="timed_out",tool="exec"} 1"#,
            r#"openclaw_tool_execution_duration_seconds_sum{error_category="x",outcome="error",params_kind="unknown",tool="exec",tool_owner="none",tool_source="core"} 0.001"#,
            r#"openclaw_tool_execution_duration_seconds_count{error_category="x",outcome="error",params_kind="unknown",tool="exec",tool_owner="none",tool_source="core"} 1"#,
            r#"openclaw_tool_execution_total{error_category="x",outcome="error",params_kind="unknown",tool="exec",tool_owner="none",tool_source="core"} 1"#,
        ],
    ),
    (
        r#"{"type":"tool.loop","toolName":"exec","level":"critical","action":"block","detector":"ping_pong","count":9,
            "message":"never shown"}"#,
        &[r#"openclaw_tool_loops_total{action="block",detector="ping_pong",tool="exec"} 1"#],
    ),
    (
        r#"{"type":"exec.process.completed","target":"sandbox","mode":"pty","outcome":"failed","durationMs":3000,
            "commandLength":5,"failureKind":"overall-timeout","timedOut":true}"#,
        &[
            r#"openclaw_exec_process_duration_seconds_sum{mode="pty",outcome="failed",target="sandbox"} 3"#,
            r#"openclaw_exec_process_duration_seconds_count{mode="pty",outcome="failed",target="sandbox"} 1"#,
            r#"openclaw_exec_processes_total{failure_kind="overall-timeout",mode="pty",outcome="failed",target="sandbox"} 1"#,
        ],
    ),
    (
        r#"{"type":"exec.process.completed","target":"host","mode":"child","outcome":"completed","durationMs":30,
            "commandLength":5,"exitCode":0}"#,
        &[
            r#"openclaw_exec_process_duration_seconds_sum{mode="child",outcome="completed",target="host"} 0.03"#,
            r#"openclaw_exec_process_duration_seconds_count{mode="child",outcome="completed",target="host"} 1"#,
            r#"openclaw_exec_processes_total{failure_kind="none",mode="child",outcome="completed",target="host"} 1"#,
        ],
    ),
    (
        r#"{"type":"exec.approval.followup_suppressed","approvalId":"a","reason":"session_rebound","phase":"direct_delivery"}"#,
        &[r#"openclaw_exec_approval_followups_suppressed_total{phase="direct_delivery",reason="session_rebound"} 1"#],
    ),
    (
        r#"{"type":"message.queued","channel":"telegram","source":"inbound","queueDepth":4}"#,
        &[
            r#"openclaw_message_queue_depth{channel="telegram"} 4"#,
            r#"openclaw_message_queued_total{channel="telegram",source="inbound"} 1"#,
        ],
    ),
    (
        r#"{"type":"session.stalled","state":"processing","ageMs":90000,"classification":"blocked_tool_call",
            "activeWorkKind":"tool_call","reason":"x"}"#,
        &[
            r#"openclaw_session_stalled_age_seconds_sum{classification="blocked_tool_call"} 90"#,
            r#"openclaw_session_stalled_age_seconds_count{classification="blocked_tool_call"} 1"#,
            r#"openclaw_session_stalled_total{active_work_kind="tool_call",classification="blocked_tool_call",state="processing"} 1"#,
        ],
    ),
    (
        r#"{"type":"session.long_running","state":"processing","ageMs":90000,"classification":"long_running"}"#,
        &[
            "openclaw_session_long_running_age_seconds_sum 90",
            "openclaw_session_long_running_age_seconds_count 1",
            r#"openclaw_session_long_running_total{active_work_kind="none",state="processing"} 1"#,
        ],
    ),
];

#[test]
fn each_event_records_exactly_its_samples() {
    for (event, samples) in EVENTS {
        let exporter = Exporter::new();
        assert_eq!(exporter.observe(&[event]).samples(), *samples, "{event}");
    }
}

#[test]
fn every_fed_type_is_tried_here() {
    for fed in DiagnosticEvent::TYPES {
        let name = format!(r#""type":"{fed}""#);
        assert!(EVENTS.iter().any(|(event, _)| event.contains(&name)), "{fed}");
    }
}

#[test]
fn every_family_is_fed_by_some_event() {
    let exporter = Exporter::new();
    exporter.openclaw.identify("9f4f8270-63d6-4f2a-9c34-dc9759cd40bc", Some("2026.9.6"));
    let events: Vec<&str> = EVENTS.iter().map(|(event, _)| *event).collect();
    let text = encode::text(&exporter.observe(&events).registry);
    for family in Families::NAMES {
        assert!(text.contains(&format!("# TYPE {family} ")), "{family}");
    }
}

#[test]
fn buckets_are_the_official_ones() {
    let exporter = Exporter::new();
    let events: Vec<&str> = EVENTS.iter().map(|(event, _)| *event).collect();
    exporter.observe(&events);
    let powers = |first: u64, count: u32| (0..count).map(move |n| (first * 4_u64.pow(n)).to_string());
    let closed = |bounds: Vec<String>| bounds.into_iter().chain(["+Inf".to_owned()]).collect::<Vec<_>>();
    let listed = |bounds: &str| bounds.split(' ').map(str::to_owned).collect::<Vec<_>>();

    let seconds = listed("0.005 0.01 0.025 0.05 0.1 0.25 0.5 1 2.5 5 10 30 60 120 300 600");
    assert_eq!(exporter.bounds("openclaw_gc_duration_seconds"), closed(seconds));
    assert_eq!(exporter.bounds("openclaw_memory_rss_bytes"), closed(powers(1024, 13).collect()));
    let ratio = listed("0.01 0.05 0.1 0.25 0.5 0.75 1 2 4 8 16");
    // One for each reason that there can be, and one for each type of token.
    assert_eq!(exporter.bounds("openclaw_liveness_cpu_core_ratio"), vec![closed(ratio); 7].concat());
    let doubled: Vec<u64> = (0..17).map(|power| 1024 << power).collect();
    assert_eq!(
        exporter.bounds("openclaw_gateway_rpc_response_bytes"),
        closed(doubled.iter().map(u64::to_string).collect())
    );
    let less = doubled.iter().rev().map(|bytes| format!("-{bytes}"));
    let around_0 = less.chain(["0".to_owned()]).chain(doubled.iter().map(u64::to_string)).collect();
    assert_eq!(exporter.bounds("openclaw_gateway_rpc_handler_heap_delta_bytes"), closed(around_0));
    let tokens = exporter.bounds("openclaw_gen_ai_client_token_usage");
    assert_eq!(tokens, vec![closed(powers(1, 11).collect()); 2].concat());
}

//! The families that events and reports feed: what each tells, its name, its labels and their values, older names.
//!
//! Names, types, labels and buckets of the official exporter's families are its own, so that dashboards and alerts work
//! with either; families of our own follow behind them. The order of the labels here is the order in which the recorder
//! gives their values.

use super::super::event::EventType;
use super::super::field::FieldError;
use super::super::host::Host;
use super::super::report::Hook;
use super::declare::families;
use super::entry::{Entry, Label, Source, nothing, seed};
use super::sets::*;
use crate::{Bounds, ClosedCounter, MetricKind, RegisterError, Registry};
use crate::{Counter, CounterFamily, Gauge, GaugeFamily, Histogram, HistogramFamily, InFlight, SnapshotFamily};
use crate::{SignedBounds, SignedHistogramFamily};

families! {
    /// The running Gateway: always 1, labelled with its process and its build.
    #[zh = "正在运行的 Gateway:值恒为 1,标签为其进程与构建。"]
    build_info: gauge = "openclaw_gateway_build_info" [build_id, process_instance_id],

    /// Time each garbage collection of the main isolate took, in seconds.
    #[zh = "主隔离区每次垃圾回收的耗时(秒)。"]
    gc_duration: seconds = "openclaw_gc_duration_seconds" [] of [Gc],

    /// RPC requests received, counted when they arrive.
    #[zh = "收到的 RPC 请求数,在到达时计数。"]
    rpc_requests: counter = "openclaw_gateway_rpc_requests_total" [method],
    /// Time from the arrival of an RPC request to its first response, ok or error, in seconds.
    #[zh = "从 RPC 请求到达到首个响应(ok 或 error)的时间(秒)。"]
    rpc_first_response: seconds = "openclaw_gateway_rpc_first_response_seconds" [method],
    /// Time the handler of an RPC request ran, in seconds.
    #[zh = "RPC 请求处理函数的运行时间(秒)。"]
    rpc_handler: seconds = "openclaw_gateway_rpc_handler_seconds" [method],
    /// Time an RPC request waited for admission to its handler, in seconds.
    #[zh = "RPC 请求等待进入处理函数的时间(秒)。"]
    rpc_admission: seconds = "openclaw_gateway_rpc_admission_seconds" [method],
    /// Time an RPC request waited in the dispatch queue, in seconds; only requests that were queued.
    #[zh = "RPC 请求在调度队列中等待的时间(秒);仅统计排过队的请求。"]
    rpc_queue_wait: seconds = "openclaw_gateway_rpc_queue_wait_seconds" [method],
    /// Phases of RPC requests that ended after the arrival, by phase and outcome.
    #[zh = "RPC 请求到达之后结束的各阶段数,按阶段与结果。"]
    rpc_outcomes: counter = "openclaw_gateway_rpc_outcomes_total" [outcome: RPC_OUTCOME, phase: RPC_PHASE] except no_rpc_outcome of [GatewayRpc],

    /// Size of each frame that answers an RPC request, ok or error, in bytes, further frames of an answer included.
    /// Gateways after 2026.9.6 tell it.
    #[zh = "每个应答 RPC 请求(ok 或 error)的帧大小(字节),含同一应答的后续帧。仅 2026.9.6 之后的 Gateway 报告。"]
    rpc_response: message_bytes = "openclaw_gateway_rpc_response_bytes" [method] after "2026.9.6",
    /// Change of the heap while the handler of an RPC request ran alone, in bytes; negative where a collection freed more. Its
    /// sum may fall, and OpenMetrics is told neither sum nor count. Gateways after 2026.9.6 tell it.
    #[zh = "RPC 处理函数独占运行期间堆的变化(字节);回收释放更多时为负。其总和可能下降,OpenMetrics 格式不含总和与计数。仅 2026.9.6 之后的 Gateway 报告。"]
    rpc_handler_heap_delta: byte_changes = "openclaw_gateway_rpc_handler_heap_delta_bytes" [method] after "2026.9.6",
    /// Handlers of RPC requests that ran alone on the main thread, so that the change of the heap is theirs. Gateways after
    /// 2026.9.6 tell it.
    #[zh = "在主线程上独占运行、因而堆变化归属明确的 RPC 处理函数数。仅 2026.9.6 之后的 Gateway 报告。"]
    rpc_handler_heap_delta_exclusive: counter = "openclaw_gateway_rpc_handler_heap_delta_exclusive_total" [method] after "2026.9.6",
    /// Time each stage of an RPC method took, in seconds. Gateways after 2026.9.6 tell it.
    #[zh = "RPC 方法各阶段的耗时(秒)。仅 2026.9.6 之后的 Gateway 报告。"]
    rpc_stage: seconds = "openclaw_gateway_rpc_stage_seconds" [method, phase: RPC_STAGE] after "2026.9.6",
    /// Processor time of the main thread in each stage of an RPC method that does not wait, in seconds. Gateways after
    /// 2026.9.6 tell it.
    #[zh = "RPC 方法各同步阶段中主线程的处理器时间(秒)。仅 2026.9.6 之后的 Gateway 报告。"]
    rpc_stage_cpu: seconds = "openclaw_gateway_rpc_stage_thread_cpu_seconds" [method, phase: RPC_STAGE_CPU] after "2026.9.6",
    /// Time each phase of sending a chat message took, in seconds: until it was acknowledged, and at the start of its run.
    /// Gateways after 2026.9.6 tell it.
    #[zh = "发送聊天消息各阶段的耗时(秒):确认之前(request)与运行启动期间(startup)。仅 2026.9.6 之后的 Gateway 报告。"]
    chat_send_phase: seconds = "openclaw_chat_send_phase_seconds" [phase: SEND_PHASE, stage: SEND_STAGE] after "2026.9.6",
    /// Time the preparation of a worktree took, in seconds, in total and by phase; phases lie within one another. Gateways
    /// after 2026.9.6 tell it.
    #[zh = "准备工作树的耗时(秒),总计与各阶段;阶段可相互包含。仅 2026.9.6 之后的 Gateway 报告。"]
    worktree_preparation: seconds = "openclaw_worktree_preparation_seconds"
        [kind: WORKTREE_KIND, outcome: WORKTREE_OUTCOME, phase: WORKTREE_PHASE, template: WORKTREE_TEMPLATE] after "2026.9.6",

    /// Agent runs that ended, by outcome; blocked_by says what stopped a blocked run.
    #[zh = "已结束的代理运行数,按结果;blocked_by 说明被什么阻止。"]
    run_completed: counter = "openclaw_run_completed_total" [blocked_by, channel, model, outcome: RUN_OUTCOME, provider, trigger],
    /// Time each agent run took from start to end, in seconds.
    #[zh = "每次代理运行从开始到结束的时间(秒)。"]
    run_duration: seconds = "openclaw_run_duration_seconds" [blocked_by, channel, model, outcome: RUN_OUTCOME, provider, trigger],

    /// Runs of an agent harness that ended, well or with an error.
    #[zh = "已结束的代理框架(harness)运行数,无论成功或出错。"]
    harness_run: counter = "openclaw_harness_run_total"
        [channel, error_category, harness, model, outcome: HARNESS_OUTCOME, phase: HARNESS_PHASE, plugin, provider],
    /// Time each run of an agent harness took, in seconds.
    #[zh = "每次代理框架运行的时间(秒)。"]
    harness_run_duration: seconds = "openclaw_harness_run_duration_seconds"
        [channel, error_category, harness, model, outcome: HARNESS_OUTCOME, phase: HARNESS_PHASE, plugin, provider],

    /// Calls to model providers that ended, well or with an error; a call is one request or one whole turn.
    #[zh = "已结束的模型调用数,无论成功或出错;一次调用是一个请求或一整轮。"]
    model_call: counter = "openclaw_model_call_total"
        [api, error_category, model, observation_unit: OBSERVATION_UNIT, outcome: ENDED, provider, transport],
    /// Time each call to a model provider took, in seconds.
    #[zh = "每次模型调用的时间(秒)。"]
    model_call_duration: seconds = "openclaw_model_call_duration_seconds"
        [api, error_category, model, observation_unit: OBSERVATION_UNIT, outcome: ENDED, provider, transport],
    /// Times a run went on with another model or provider, by what it left and what it took.
    #[zh = "运行改用其他模型或提供方的次数,按来源与去向。"]
    model_failover: counter = "openclaw_model_failover_total"
        [from_model, from_provider, lane, reason, suspended: SUSPENDED, to_model, to_provider],
    /// Tokens that model providers reported, by kind; prompt and total overlap the other kinds.
    #[zh = "模型提供方报告的 token 数,按种类;prompt 与 total 和其他种类有重叠。"]
    model_tokens: amount = "openclaw_model_tokens_total" [agent, channel, model, provider, token_type: TOKEN_TYPE],
    /// Input or output tokens of each usage report, in tokens.
    #[zh = "每次用量报告的输入或输出 token 数。"]
    token_usage: tokens = "openclaw_gen_ai_client_token_usage" [model, provider, token_type: CLIENT_TOKEN],
    /// Estimated cost of model use, in US dollars, added when usage is reported.
    #[zh = "模型使用的估算费用(美元),在报告用量时累加。"]
    model_cost: amount = "openclaw_model_cost_usd_total" [agent, channel, model, provider],
    /// Time covered by each usage report, in seconds.
    #[zh = "每次用量报告所覆盖的时间(秒)。"]
    model_usage_duration: seconds = "openclaw_model_usage_duration_seconds" [agent, channel, model, provider],

    /// Skills used by agents, counted when a skill is read or its command is run.
    #[zh = "代理使用技能的次数,在读取技能或运行其命令时计数。"]
    skill_used: counter = "openclaw_skill_used_total" [activation: SKILL_ACTIVATION, agent, skill, source: SKILL_SOURCE],
    /// Tool executions that ended, well or with an error.
    #[zh = "已结束的工具执行数,无论成功或出错。"]
    tool_execution: counter = "openclaw_tool_execution_total"
        [error_category, outcome: ENDED, params_kind: PARAMS_KIND, tool, tool_owner, tool_source: TOOL_SOURCE]
        replaces ["openclaw_tool_calls_total", "openclaw_tool_call_failures_total", "openclaw_tool_result_persist_total"],
    /// Time each tool execution took, in seconds.
    #[zh = "每次工具执行的时间(秒)。"]
    tool_execution_duration: seconds = "openclaw_tool_execution_duration_seconds"
        [error_category, outcome: ENDED, params_kind: PARAMS_KIND, tool, tool_owner, tool_source: TOOL_SOURCE] replaces ["openclaw_tool_call_duration_seconds"],
    /// Tool executions that a policy or the sandbox did not allow.
    #[zh = "被策略或沙箱禁止的工具执行数。"]
    tool_execution_blocked: counter = "openclaw_tool_execution_blocked_total"
        [denied_reason, params_kind: PARAMS_KIND, tool, tool_owner, tool_source: TOOL_SOURCE],

    /// Webhook requests received.
    #[zh = "收到的 webhook 请求数。"]
    webhook_received: counter = "openclaw_webhook_received_total" [channel, webhook],
    /// Webhook requests whose processing failed.
    #[zh = "处理失败的 webhook 请求数。"]
    webhook_error: counter = "openclaw_webhook_error_total" [channel, webhook],
    /// Time each webhook request took to process, in seconds.
    #[zh = "处理每个 webhook 请求的时间(秒)。"]
    webhook_duration: seconds = "openclaw_webhook_duration_seconds" [channel, webhook],

    /// Inbound messages received.
    #[zh = "收到的入站消息数。"]
    message_received: counter = "openclaw_message_received_total" [channel, source] replaces ["openclaw_session_messages_received_total"],
    /// Inbound messages whose dispatch to an agent started.
    #[zh = "开始分派给代理的入站消息数。"]
    message_dispatch_started: counter = "openclaw_message_dispatch_started_total" [channel, source],
    /// Inbound messages whose dispatch to an agent ended, by outcome.
    #[zh = "结束分派的入站消息数,按结果。"]
    message_dispatch_completed: counter = "openclaw_message_dispatch_completed_total"
        [channel, outcome: MESSAGE_OUTCOME, reason, source],
    /// Time each dispatch of an inbound message took, in seconds.
    #[zh = "每次分派入站消息的时间(秒)。"]
    message_dispatch_duration: seconds = "openclaw_message_dispatch_duration_seconds"
        [channel, outcome: MESSAGE_OUTCOME, reason, source],
    /// Inbound messages processed to the end, by outcome.
    #[zh = "处理完毕的入站消息数,按结果。"]
    message_processed: counter = "openclaw_message_processed_total" [channel, outcome: MESSAGE_OUTCOME, reason],
    /// Time from the arrival of an inbound message to the end of its processing, in seconds.
    #[zh = "从入站消息到达到处理完毕的时间(秒)。"]
    message_processed_duration: seconds = "openclaw_message_processed_duration_seconds" [channel, outcome: MESSAGE_OUTCOME, reason],
    /// Outbound deliveries started.
    #[zh = "开始的出站投递数。"]
    message_delivery_started: counter = "openclaw_message_delivery_started_total" [channel, delivery_kind: DELIVERY_KIND],
    /// Outbound deliveries that ended, well or with an error.
    #[zh = "已结束的出站投递数,无论成功或出错。"]
    message_delivery: counter = "openclaw_message_delivery_total" [channel, delivery_kind: DELIVERY_KIND, error_category, outcome: ENDED] replaces ["openclaw_session_messages_sent_total", "openclaw_channel_failures_total"],
    /// Time each outbound delivery took, in seconds.
    #[zh = "每次出站投递的时间(秒)。"]
    message_delivery_duration: seconds = "openclaw_message_delivery_duration_seconds"
        [channel, delivery_kind: DELIVERY_KIND, error_category, outcome: ENDED],

    /// Events of voice sessions, by their kind.
    #[zh = "语音会话的事件数,按种类。"]
    talk_event: counter = "openclaw_talk_event_total" [brain: TALK_BRAIN, event_type, mode: TALK_MODE, provider, transport: TALK_TRANSPORT],
    /// Time that events of voice sessions report, in seconds; only events with a duration.
    #[zh = "语音会话事件报告的时间(秒);仅统计带时长的事件。"]
    talk_event_duration: seconds = "openclaw_talk_event_duration_seconds"
        [brain: TALK_BRAIN, event_type, mode: TALK_MODE, provider, transport: TALK_TRANSPORT],
    /// Size of each audio frame in voice sessions, in bytes.
    #[zh = "语音会话中每个音频帧的大小(字节)。"]
    talk_audio: bytes = "openclaw_talk_audio_bytes" [brain: TALK_BRAIN, event_type, mode: TALK_MODE, provider, transport: TALK_TRANSPORT],

    /// Entries in a queue lane after the last time one was added or taken.
    #[zh = "队列通道在最近一次加入或取出之后的条目数。"]
    queue_lane_size: gauge = "openclaw_queue_lane_size" [lane],
    /// Time each entry waited in its queue lane, in seconds.
    #[zh = "每个条目在队列通道中等待的时间(秒)。"]
    queue_lane_wait: seconds = "openclaw_queue_lane_wait_seconds" [lane],

    /// Time that the oldest entry of a queue lane has waited, in seconds. It grows by itself; 0 while none waits, and no value
    /// before the lane's first entry. What left a lane without an event is believed for 48 hours, or until its lane's next.
    #[zh = "队列通道中等待最久的条目已等待的时间(秒)。自行增长;无等待时为 0,该通道首个条目之前无值。未经事件离开通道的条目最多保留 48 小时,或到该通道的下一个事件为止。"]
    queue_lane_oldest: gauge = "openclaw_queue_lane_oldest_wait_seconds" [lane],

    /// Changes of a session's state, by the new state.
    #[zh = "会话状态变化的次数,按新状态。"]
    session_state: counter = "openclaw_session_state_total" [reason, state: SESSION_STATE],
    /// Queue depth that the last session to enter this state reported, whichever session it was.
    #[zh = "最近一个进入该状态的会话报告的队列深度,不区分会话。"]
    session_queue_depth: gauge = "openclaw_session_queue_depth" [state: SESSION_STATE],
    /// Agent turns created, by what triggered them.
    #[zh = "创建的代理轮次数,按触发者。"]
    session_turn_created: counter = "openclaw_session_turn_created_total" [agent, channel, trigger: TURN_TRIGGER],
    /// Sessions found in a state without work that would explain it, counted each time they are found.
    #[zh = "发现卡在某状态且没有相应工作的会话数,每次发现都计数。"]
    session_stuck: counter = "openclaw_session_stuck_total" [reason, state: SESSION_STATE],
    /// Age of the state of sessions found stuck, in seconds.
    #[zh = "被发现卡住的会话处于该状态的时间(秒)。"]
    session_stuck_age: seconds = "openclaw_session_stuck_age_seconds" [reason, state: SESSION_STATE],
    /// Recoveries of sessions asked for and ended, by status.
    #[zh = "请求与结束的会话恢复数,按状态。"]
    session_recovery: counter = "openclaw_session_recovery_total" [action, active_work_kind: WORK_KIND, state: SESSION_STATE, status: RECOVERY_STATUS],
    /// Age of the state of sessions under recovery, in seconds.
    #[zh = "恢复中的会话处于其状态的时间(秒)。"]
    session_recovery_age: seconds = "openclaw_session_recovery_age_seconds" [action, active_work_kind: WORK_KIND, state: SESSION_STATE, status: RECOVERY_STATUS],

    /// Longest delay of the main event loop in each sampling interval, in seconds.
    #[zh = "每个采样周期内主事件循环的最长延迟(秒)。"]
    event_loop_delay_max: seconds = "openclaw_gateway_event_loop_delay_max_seconds" [] of [EventLoopSample],
    /// Time for which the main event loop was watched, in seconds.
    #[zh = "观察主事件循环的总时间(秒)。"]
    event_loop_observed: amount = "openclaw_gateway_event_loop_observed_seconds_total" [] of [EventLoopSample],

    /// Warnings that the event loop or the CPU was too busy, by reason.
    #[zh = "事件循环或 CPU 过忙的警告数,按原因。"]
    liveness_warning: counter = "openclaw_liveness_warning_total" [reason: LIVENESS_REASON] of [LivenessWarning],
    /// Sessions at the time of the last liveness warning, by what they were doing.
    #[zh = "最近一次存活警告时的会话数,按其所处状态。"]
    liveness_sessions: gauge = "openclaw_liveness_sessions" [state: SESSIONS],
    /// 99th percentile of the event loop delay that each liveness warning reports, in seconds.
    #[zh = "每次存活警告报告的事件循环延迟第 99 百分位(秒)。"]
    liveness_delay_p99: seconds = "openclaw_liveness_event_loop_delay_p99_seconds" [reason: LIVENESS_REASON] of [LivenessWarning],
    /// Longest event loop delay that each liveness warning reports, in seconds.
    #[zh = "每次存活警告报告的事件循环最长延迟(秒)。"]
    liveness_delay_max: seconds = "openclaw_liveness_event_loop_delay_max_seconds" [reason: LIVENESS_REASON] of [LivenessWarning],
    /// Utilization of the event loop that each liveness warning reports, from 0 to 1.
    #[zh = "每次存活警告报告的事件循环利用率,0 到 1。"]
    liveness_utilization: ratio = "openclaw_liveness_event_loop_utilization_ratio" [reason: LIVENESS_REASON] of [LivenessWarning],
    /// CPU use that each liveness warning reports, in cores.
    #[zh = "每次存活警告报告的 CPU 使用(核数)。"]
    liveness_cpu_core: ratio = "openclaw_liveness_cpu_core_ratio" [reason: LIVENESS_REASON] of [LivenessWarning],

    /// Payloads over a size limit, by what was done with them.
    #[zh = "超过大小限制的载荷数,按处理方式。"]
    payload_large: counter = "openclaw_payload_large_total" [action: LARGE_ACTION, channel, plugin, reason, surface],
    /// Size of each payload over a limit, in bytes.
    #[zh = "每个超限载荷的大小(字节)。"]
    payload_large_size: bytes = "openclaw_payload_large_bytes" [action: LARGE_ACTION, channel, plugin, reason, surface],

    /// Memory of the Gateway process at the last sample, in bytes, by kind.
    #[zh = "最近一次采样时 Gateway 进程的内存(字节),按种类。"]
    memory: gauge = "openclaw_memory_bytes" [kind: MEMORY_KIND],
    /// Worker isolates at the last sample that counted them.
    #[zh = "最近一次统计时的 worker 隔离区数。"]
    worker_count: gauge = "openclaw_worker_count" [],
    /// Worker isolates whose heap the last sample measured.
    #[zh = "最近一次采样测得堆的 worker 隔离区数。"]
    worker_heap_sampled_count: gauge = "openclaw_worker_heap_sampled_count" [],
    /// Used heap of worker isolates at the last sample, in bytes, added up by script.
    #[zh = "最近一次采样时 worker 隔离区已用的堆(字节),按脚本相加。"]
    worker_heap_used: snapshot = "openclaw_worker_heap_used_bytes" [script],
    /// Spaces of the main isolate's heap at the last sample, in bytes. Gateways after 2026.9.6 tell it.
    #[zh = "最近一次采样时主隔离区堆的各空间(字节)。仅 2026.9.6 之后的 Gateway 报告。"]
    heap_space: snapshot = "openclaw_heap_space_bytes" [space, stat: SPACE_STAT] after "2026.9.6",
    /// Worker isolates started since the start of the Gateway, by script. Gateways after 2026.9.6 tell it.
    #[zh = "自 Gateway 启动以来启动的 worker 隔离区数,按脚本。仅 2026.9.6 之后的 Gateway 报告。"]
    worker_started: totals = "openclaw_worker_started_total" [script] after "2026.9.6",
    /// Worker isolates that ended since the start of the Gateway, by script and reason. Gateways after 2026.9.6 tell it.
    #[zh = "自 Gateway 启动以来结束的 worker 隔离区数,按脚本与原因。仅 2026.9.6 之后的 Gateway 报告。"]
    worker_retired: totals = "openclaw_worker_retired_total" [reason, script] after "2026.9.6",
    /// Child processes spawned, by family of command; by what git was started for inside Gateways after 2026.9.6, which tell
    /// it: other families have `none`.
    #[zh = "启动的子进程数,按命令类别;在 2026.9.6 之后的 Gateway 中另按 git 的用途,其他类别为 none。"]
    child_process_spawn: amount = "openclaw_child_process_spawn_total" [family, operation],
    /// Resident memory of the Gateway process, in bytes, one observation per sample.
    #[zh = "Gateway 进程的常驻内存(字节),每次采样一个观测值。"]
    memory_rss: bytes = "openclaw_memory_rss_bytes" [] of [MemorySample],
    /// Times memory use crossed a threshold, by level and reason.
    #[zh = "内存使用越过阈值的次数,按级别与原因。"]
    memory_pressure: counter = "openclaw_memory_pressure_total" [level: PRESSURE_LEVEL, reason: PRESSURE_REASON] of [MemoryPressure],

    /// Reports of telemetry exporters that they started, failed or dropped data.
    #[zh = "遥测导出器报告启动、失败或丢弃数据的次数。"]
    telemetry_exporter: counter = "openclaw_telemetry_exporter_total" [exporter, reason, signal: SIGNAL, status: EXPORTER_STATUS],
    /// Diagnostic events that the host's full queue lost; total includes the other classes.
    #[zh = "主机队列已满而丢失的诊断事件数;total 包含其他类别。"]
    async_queue_dropped: amount = "openclaw_diagnostic_async_queue_dropped_total" [drop_class: DROP_CLASS] of [AsyncQueueDropped],
    /// Diagnostic events waiting in the host's queue when it last reported losses.
    #[zh = "主机最近一次报告丢失时队列中等待的诊断事件数。"]
    async_queue_length: gauge = "openclaw_diagnostic_async_queue_length" [],

    // --- families of our own

    /// Agent runs that started, by agent.
    #[zh = "开始的代理运行数,按代理。"]
    agent_runs_started: counter = "openclaw_agent_runs_started_total" [agent_id, channel],
    /// Agent runs that ended, by agent; error_category is none unless the run ended with an error.
    #[zh = "已结束的代理运行数,按代理;未以错误结束时 error_category 为 none。"]
    agent_runs: counter = "openclaw_agent_runs_total" [agent_id, error_category, outcome: RUN_OUTCOME]
        replaces ["openclaw_agent_runs_failed_total"],
    /// Time each agent run took from start to end, in seconds, by agent.
    #[zh = "每次代理运行从开始到结束的时间(秒),按代理。"]
    agent_run_duration: seconds = "openclaw_agent_run_duration_seconds" [agent_id],
    /// Tools that agents ran or were not allowed to run, by how it ended.
    #[zh = "代理执行或被禁止执行的工具数,按结束方式。"]
    agent_tool_executions: counter = "openclaw_agent_tool_executions_total" [agent, outcome: TOOL_OUTCOME, tool],
    /// Age of the oldest agent run, model call or tool execution that is in flight, in seconds. It grows by itself; 0 while
    /// none is in flight, and no value before the first. A lost end is believed for 48 hours, and none longer than its run.
    #[zh = "正在进行的代理运行、模型调用或工具执行中最老者的时龄(秒)。自行增长;没有时为 0,首次出现之前无值。丢失的结束最多保留 48 小时,且不超过所属的运行。"]
    inflight_oldest: gauge = "openclaw_inflight_oldest_age_seconds" [kind: FLIGHT],
    /// Tries of agent runs, the first of each run and those after it. Gateways up to 2026.9.6 do not tell of tries.
    #[zh = "代理运行的尝试数:每次运行的首次与其后的重试。2026.9.6 及之前的 Gateway 不报告尝试。"]
    run_attempts: counter = "openclaw_run_attempts_total" [attempt: ATTEMPT] of [RunAttempt],
    /// Times that runs went on, by what went on.
    #[zh = "运行取得进展的次数,按进展内容。"]
    run_progress: counter = "openclaw_run_progress_total" [reason],
    /// Phases of execution that runs entered.
    #[zh = "运行进入的执行阶段数。"]
    run_execution_phases: counter = "openclaw_run_execution_phases_total" [phase: EXECUTION_PHASE] of [RunExecutionPhase],
    /// Runs of an agent harness that started.
    #[zh = "开始的代理框架运行数。"]
    harness_run_started: counter = "openclaw_harness_run_started_total" [harness, plugin],

    /// Calls to model providers that started.
    #[zh = "开始的模型调用数。"]
    model_call_started: counter = "openclaw_model_call_started_total" [model, provider],
    /// Time from the request of a model call to the first byte of its response, in seconds.
    #[zh = "从模型调用请求到响应首字节的时间(秒)。"]
    model_call_first_byte: seconds = "openclaw_model_call_time_to_first_byte_seconds" [model, provider],
    /// Size of the request of each model call, in bytes.
    #[zh = "每次模型调用请求的大小(字节)。"]
    model_call_request: bytes = "openclaw_model_call_request_bytes" [model, provider],
    /// Size of the response of each model call, in bytes.
    #[zh = "每次模型调用响应的大小(字节)。"]
    model_call_response: bytes = "openclaw_model_call_response_bytes" [model, provider],
    /// Tokens of model calls, by agent and kind; reasoning tokens are a part of the output. The agent is that of the session,
    /// over HTTP too, where openclaw_model_tokens_total knows none.
    #[zh = "模型调用的 token 数,按代理与种类;推理 token 属于输出的一部分。代理取自会话,经 HTTP 的调用亦然,而 openclaw_model_tokens_total 对其未知。"]
    model_call_tokens: amount = "openclaw_model_call_tokens_total" [agent, model, provider, token_type: CALL_TOKEN],
    /// Cost of model calls as they report it, in US dollars, by agent.
    #[zh = "模型调用自报的费用(美元),按代理。"]
    model_call_cost: amount = "openclaw_model_call_cost_usd_total" [agent, model, provider],
    /// Calls to model providers that ended, by the agent whose session they were for.
    #[zh = "已结束的模型调用数,按所属会话的代理。"]
    agent_model_calls: counter = "openclaw_agent_model_calls_total" [agent, model, outcome: ENDED, provider],
    /// Time each call to a model provider took, in seconds, by the agent whose session it was for.
    #[zh = "每次模型调用的时间(秒),按所属会话的代理。"]
    agent_model_call_duration: seconds = "openclaw_agent_model_call_duration_seconds" [agent, model, provider],
    /// Tokens of the context window in use after each run, in tokens.
    #[zh = "每次运行之后上下文窗口已用的 token 数。"]
    context_used: tokens = "openclaw_model_context_used_tokens" [agent, model, provider],
    /// Size of the context window of a model as last reported, in tokens.
    #[zh = "最近报告的模型上下文窗口大小(token)。"]
    context_limit: gauge = "openclaw_model_context_limit_tokens" [model, provider],
    /// Share of the context window in use after each run.
    #[zh = "每次运行之后上下文窗口的使用比例。"]
    context_utilization: ratio = "openclaw_model_context_utilization_ratio" [agent, model, provider],
    /// Contexts put together for model calls.
    #[zh = "为模型调用组装的上下文数。"]
    context_assembled: counter = "openclaw_context_assembled_total" [model, provider],
    /// Sessions that began: their first run, however it came, put its context together with nothing said before. Those in which
    /// no run came so far are not counted.
    #[zh = "开始的会话数:其首次运行(无论来自何处)在没有先前消息的情况下组装了上下文。没有运行到这一步的会话不计入。"]
    sessions_started: counter = "openclaw_sessions_started_total" [] of [ContextAssembled],
    /// Messages in each context put together for a model call.
    #[zh = "为模型调用组装的每个上下文中的消息数。"]
    context_messages: tokens = "openclaw_context_messages" [] of [ContextAssembled],
    /// Characters of each context put together for a model call, by part.
    #[zh = "为模型调用组装的每个上下文的字符数,按部分。"]
    context_characters: tokens = "openclaw_context_characters" [part: CONTEXT_PART] of [ContextAssembled],
    /// Images in the prompts of model calls.
    #[zh = "模型调用提示中的图片数。"]
    input_images: amount = "openclaw_model_llm_input_images_total" [model, provider],

    /// Tool executions that started.
    #[zh = "开始的工具执行数。"]
    tool_execution_started: counter = "openclaw_tool_execution_started_total" [tool, tool_source: TOOL_SOURCE],
    /// Loops of tool calls that were noticed, by what noticed them and what was done.
    #[zh = "发现的工具调用循环数,按检测方式与处理方式。"]
    tool_loops: counter = "openclaw_tool_loops_total" [action: LOOP_ACTION, detector: LOOP_DETECTOR, tool],
    /// Processes that agents started and that ended, by where and how.
    #[zh = "代理启动并已结束的进程数,按位置与结束方式。"]
    exec_processes: counter = "openclaw_exec_processes_total"
        [failure_kind: EXEC_FAILURE, mode: EXEC_MODE, outcome: EXEC_OUTCOME, target: EXEC_TARGET] except no_exec of [ExecProcessCompleted],
    /// Time each process that an agent started ran, in seconds.
    #[zh = "代理启动的每个进程的运行时间(秒)。"]
    exec_duration: seconds = "openclaw_exec_process_duration_seconds"
        [mode: EXEC_MODE, outcome: EXEC_OUTCOME, target: EXEC_TARGET] of [ExecProcessCompleted],
    /// Messages after the approval of a command that were not sent, as the session had gone on.
    #[zh = "命令获批后因会话已继续而未发送的消息数。"]
    exec_followups_suppressed: counter = "openclaw_exec_approval_followups_suppressed_total"
        [phase: FOLLOWUP_PHASE, reason: FOLLOWUP_REASON] of [ExecFollowupSuppressed],

    /// Messages put into the queue of a session.
    #[zh = "放入会话队列的消息数。"]
    message_queued: counter = "openclaw_message_queued_total" [channel, source],
    /// Length of the queue that the last message of a channel was put into.
    #[zh = "某频道最近一条消息所入队列的长度。"]
    message_queue_depth: gauge = "openclaw_message_queue_depth" [channel],

    /// Sessions at the host's last look, by what they were doing.
    #[zh = "主机最近一次查看时的会话数,按其所处状态。"]
    sessions: gauge = "openclaw_sessions" [state: SESSIONS] replaces ["openclaw_sessions_active_estimated"],
    /// Looks of the host at its sessions and webhooks.
    #[zh = "主机查看其会话与 webhook 的次数。"]
    heartbeats: counter = "openclaw_diagnostic_heartbeats_total" [] of [Heartbeat],
    /// Webhook requests since the start of the host, as its last look counted them.
    #[zh = "主机最近一次查看所统计的、自其启动以来的 webhook 请求数。"]
    heartbeat_webhooks: gauge = "openclaw_heartbeat_webhooks" [state: WEBHOOKS],
    /// Sessions whose work makes no progress, counted each time they are found.
    #[zh = "发现工作没有进展的会话数,每次发现都计数。"]
    session_stalled: counter = "openclaw_session_stalled_total"
        [active_work_kind: OUR_WORK_KIND, classification: STALL, state: OUR_STATE] of [SessionStalled],
    /// Age of the state of sessions found stalled, in seconds.
    #[zh = "被发现停滞的会话处于其状态的时间(秒)。"]
    session_stalled_age: seconds = "openclaw_session_stalled_age_seconds" [classification: STALL] of [SessionStalled],
    /// Sessions that have worked for long, counted each time they are found.
    #[zh = "发现工作时间很长的会话数,每次发现都计数。"]
    session_long_running: counter = "openclaw_session_long_running_total"
        [active_work_kind: OUR_WORK_KIND, state: OUR_STATE] of [SessionLongRunning],
    /// Age of the state of sessions that have worked for long, in seconds.
    #[zh = "工作时间很长的会话处于其状态的时间(秒)。"]
    session_long_running_age: seconds = "openclaw_session_long_running_age_seconds" [] of [SessionLongRunning],

    /// Time since the start of the Gateway process, in seconds.
    #[zh = "Gateway 进程启动以来的时间(秒)。"]
    uptime: gauge = "openclaw_gateway_uptime_seconds" [],
    /// Time each phase of the Gateway's own work took, in seconds.
    #[zh = "Gateway 自身工作各阶段的时间(秒)。"]
    phase_duration: seconds = "openclaw_gateway_phase_duration_seconds" [phase] series 64,
    /// Processor time of phases of the Gateway's own work, in seconds.
    #[zh = "Gateway 自身工作各阶段的处理器时间(秒)。"]
    phase_cpu: amount = "openclaw_gateway_phase_cpu_seconds_total" [phase] series 64,
    /// Lines logged, by level; only in a replay, as a running Gateway would copy each line for it.
    #[zh = "写入的日志行数,按级别;仅见于重放,因为运行中的 Gateway 须为此复制每一行。"]
    log_records: counter = "openclaw_log_records_total" [level: LOG_LEVEL] of [LogRecord],
    /// Security events, by what they are about and how they ended.
    #[zh = "安全事件数,按内容与结果。"]
    security_events: counter = "openclaw_security_events_total"
        [category: SECURITY_CATEGORY, outcome: SECURITY_OUTCOME] of [SecurityEvent],
    /// Security events, by how severe they are.
    #[zh = "安全事件数,按严重程度。"]
    security_severities: counter = "openclaw_security_events_by_severity_total" [severity: SECURITY_SEVERITY] of [SecurityEvent],

    // --- what a plugin inside the Gateway sees

    /// Which version the Gateway is: always 1.
    #[zh = "Gateway 的版本:值恒为 1。"]
    version: gauge = "openclaw_gateway_version_info" [version] from Plugin,
    /// Whether the Gateway has started and is not stopping.
    #[zh = "Gateway 已启动且未在停止:1 为是,0 为否。"]
    ready: gauge = "openclaw_ready" [] from Plugin,
    /// Always 1 while the plugin observes the Gateway.
    #[zh = "插件观察 Gateway 期间恒为 1。"]
    up: gauge = "openclaw_up" [] from Plugin,
    /// Always 1 once the plugin was loaded.
    #[zh = "插件加载后恒为 1。"]
    plugin_loaded: gauge = "openclaw_plugin_loaded" [] from Plugin,
    /// Time since the plugin began to observe the Gateway, in seconds.
    #[zh = "自插件开始观察 Gateway 起的时间(秒)。"]
    plugin_uptime: gauge = "openclaw_plugin_uptime_seconds" [] from Plugin,
    /// Things that the plugin does in the Gateway that failed, by what it was; the Gateway is not harmed.
    #[zh = "插件在 Gateway 中失败的动作数,按动作;Gateway 不受影响。"]
    callback_errors: counter = "openclaw_plugin_callback_errors_total" [callback: CALLBACK] from Plugin,
    /// Whether a part of the runtime is there for plugins.
    #[zh = "运行时的某个部分是否可供插件使用。"]
    namespace_available: snapshot = "openclaw_runtime_namespace_available" [namespace] from Plugin,
    /// Whether the Gateway has a folder for its state.
    #[zh = "Gateway 是否有状态目录。"]
    state_dir_configured: gauge = "openclaw_runtime_state_dir_configured" [] from Plugin,
    /// When the watched providers were last asked for, in seconds since 1970.
    #[zh = "最近一次查询受监视提供方的时刻(自 1970 年起的秒数)。"]
    snapshot_refreshed_at: gauge = "openclaw_runtime_snapshot_refresh_timestamp_seconds" [] from Plugin,
    /// Time since the watched providers were last asked for, in seconds.
    #[zh = "自最近一次查询受监视提供方起的时间(秒)。"]
    snapshot_age: gauge = "openclaw_runtime_snapshot_age_seconds" [] from Plugin,

    /// Sessions that ended, by reason.
    #[zh = "结束的会话数,按原因。"]
    sessions_ended: counter = "openclaw_sessions_ended_total" [reason: SESSION_END] from Plugin,
    /// Time from beginning to end of each session, in seconds; only sessions whose end tells it.
    #[zh = "每个会话从开始到结束的时间(秒);仅统计结束时给出时长的会话。"]
    session_duration: seconds = "openclaw_session_duration_seconds" [reason: SESSION_END] from Plugin,
    /// Messages in each session that ended.
    #[zh = "每个结束的会话中的消息数。"]
    session_messages: tokens = "openclaw_session_messages" [] from Plugin,
    /// Sessions about to begin anew, by reason.
    #[zh = "即将重新开始的会话数,按原因。"]
    session_resets: counter = "openclaw_session_reset_requests_total" [reason: SESSION_RESET] from Plugin,
    /// Compactions of sessions that began and that ended.
    #[zh = "会话压缩开始与结束的次数。"]
    compactions: counter = "openclaw_session_compaction_events_total" [phase: COMPACTION_PHASE] from Plugin,
    /// Messages that compactions took away.
    #[zh = "压缩所去除的消息数。"]
    messages_compacted: amount = "openclaw_session_compaction_messages_compacted_total" [] from Plugin,
    /// Tokens of the last session that was compacted, before.
    #[zh = "最近一次压缩之前该会话的 token 数。"]
    tokens_before_compaction: gauge = "openclaw_session_compaction_last_tokens_before" [] from Plugin,
    /// Tokens of the last session that was compacted, after.
    #[zh = "最近一次压缩之后该会话的 token 数。"]
    tokens_after_compaction: gauge = "openclaw_session_compaction_last_tokens_after" [] from Plugin,
    /// Times that the transcript of a session was written to.
    #[zh = "会话记录(transcript)被写入的次数。"]
    transcript_updates: counter = "openclaw_session_transcript_updates_total" [] from Plugin,
    /// When a transcript was last written to, in seconds since 1970.
    #[zh = "最近一次写入会话记录的时刻(自 1970 年起的秒数)。"]
    transcript_updated_at: gauge = "openclaw_session_transcript_last_update_timestamp_seconds" []
        replaces ["openclaw_session_transcript_last_seen_timestamp_seconds"] from Plugin,

    /// Reports of agent runs on how they go on, by kind.
    #[zh = "代理运行对其进展的报告数,按种类。"]
    agent_events: counter = "openclaw_agent_events_total" [stream: AGENT_STREAM] from Plugin,
    /// Reports of agent runs on one item of their work.
    #[zh = "代理运行对其某项工作的报告数。"]
    agent_items: counter = "openclaw_agent_item_events_total" [kind, phase: ITEM_PHASE, status: ITEM_STATUS] series 128 from Plugin,
    /// Agents that others started.
    #[zh = "由其他代理启动的代理数。"]
    subagents_spawned: counter = "openclaw_agent_subagent_spawned_total" [mode: SUBAGENT_MODE] from Plugin,
    /// Agents that others had started and that ended, by outcome.
    #[zh = "由其他代理启动、现已结束的代理数,按结果。"]
    subagents_ended: counter = "openclaw_agent_subagent_ended_total" [outcome: SUBAGENT_OUTCOME] from Plugin,

    /// When a message last came in or went out over an account of a channel, in seconds since 1970.
    #[zh = "某渠道账号最近一次收发消息的时刻(自 1970 年起的秒数)。"]
    channel_event_at: gauge = "openclaw_channel_last_event_timestamp_seconds" [account, channel] series 256 from Plugin,
    /// Time since something last came in over an account of a channel, in seconds.
    #[zh = "自某渠道账号最近一次入站起的时间(秒)。"]
    channel_inbound_age: gauge = "openclaw_channel_last_inbound_age_seconds" [account, channel] series 256 from Plugin,
    /// Time since something last went out over an account of a channel, in seconds.
    #[zh = "自某渠道账号最近一次出站起的时间(秒)。"]
    channel_outbound_age: gauge = "openclaw_channel_last_outbound_age_seconds" [account, channel] series 256 from Plugin,
    /// Requests to be paired with a channel.
    #[zh = "与渠道配对的请求数。"]
    pairing_requests: counter = "openclaw_channel_pairing_requests_total" [channel] from Plugin,

    /// Changes, starts and ends of scheduled jobs.
    #[zh = "定时任务的更改、开始与结束数。"]
    cron_changes: counter = "openclaw_cron_changes_total" [action: CRON_ACTION] from Plugin,
    /// Time each run of a scheduled job took, in seconds, by how it ended.
    #[zh = "定时任务每次运行的时间(秒),按结束方式。"]
    cron_run_duration: seconds = "openclaw_cron_run_duration_seconds" [status: CRON_STATUS] from Plugin,
    /// Whether scheduled jobs are run at all.
    #[zh = "是否运行定时任务。"]
    cron_scheduler_enabled: gauge = "openclaw_cron_scheduler_enabled" [] from Plugin,

    /// Always 1: how a watched provider is authenticated, and never with what.
    #[zh = "值恒为 1:受监视提供方的认证方式,绝不含凭据本身。"]
    auth_info: snapshot = "openclaw_model_auth_provider_info" [mode: AUTH_MODE, provider, source: AUTH_SOURCE] from Plugin,
    /// Whether a watched provider can be used: 1 for the status that it has, 0 for the others.
    #[zh = "受监视提供方是否可用:当前状态为 1,其他为 0。"]
    auth_status: snapshot = "openclaw_model_auth_provider_status" [provider, status: AUTH_STATUS] from Plugin,
    /// Questions for the authentication of a watched provider that failed.
    #[zh = "查询受监视提供方认证失败的次数。"]
    auth_probe_errors: counter = "openclaw_model_auth_provider_probe_errors_total" [provider] from Plugin,

    // --- Node, under the names that dashboards know

    /// Which Node it is: always 1.
    #[zh = "Node 的版本:值恒为 1。"]
    node_version: gauge = "nodejs_version_info" [major, minor, patch, version] from Node,
    /// Delay of the event loop when it was last sampled, in seconds.
    #[zh = "最近一次采样时事件循环的延迟(秒)。"]
    loop_lag: gauge = "nodejs_eventloop_lag_seconds" [] replaces ["openclaw_nodejs_event_loop_lag_ms"] from Node,
    /// Shortest delay of the event loop since the sample before, in seconds.
    #[zh = "自上次采样以来事件循环的最短延迟(秒)。"]
    loop_lag_min: gauge = "nodejs_eventloop_lag_min_seconds" [] from Node,
    /// Longest delay of the event loop since the sample before, in seconds.
    #[zh = "自上次采样以来事件循环的最长延迟(秒)。"]
    loop_lag_max: gauge = "nodejs_eventloop_lag_max_seconds" [] from Node,
    /// Mean delay of the event loop since the sample before, in seconds.
    #[zh = "自上次采样以来事件循环的平均延迟(秒)。"]
    loop_lag_mean: gauge = "nodejs_eventloop_lag_mean_seconds" [] from Node,
    /// Standard deviation of the event loop's delay since the sample before, in seconds.
    #[zh = "自上次采样以来事件循环延迟的标准差(秒)。"]
    loop_lag_stddev: gauge = "nodejs_eventloop_lag_stddev_seconds" [] from Node,
    /// Median delay of the event loop since the sample before, in seconds.
    #[zh = "自上次采样以来事件循环延迟的中位数(秒)。"]
    loop_lag_p50: gauge = "nodejs_eventloop_lag_p50_seconds" [] from Node,
    /// 90th percentile of the event loop's delay since the sample before, in seconds.
    #[zh = "自上次采样以来事件循环延迟的第 90 百分位(秒)。"]
    loop_lag_p90: gauge = "nodejs_eventloop_lag_p90_seconds" [] from Node,
    /// 99th percentile of the event loop's delay since the sample before, in seconds.
    #[zh = "自上次采样以来事件循环延迟的第 99 百分位(秒)。"]
    loop_lag_p99: gauge = "nodejs_eventloop_lag_p99_seconds" [] from Node,
    /// Share of the time since the sample before in which the event loop was busy, from 0 to 1.
    #[zh = "自上次采样以来事件循环忙碌的时间占比,从 0 到 1。"]
    node_utilization: gauge = "nodejs_eventloop_utilization_ratio" [] from Node,
    /// Time each garbage collection of the main isolate took, in seconds, by kind.
    #[zh = "主隔离区每次垃圾回收的耗时(秒),按种类。"]
    node_gc: seconds = "nodejs_gc_duration_seconds" [kind] from Node,
    /// Size of the heap, in bytes.
    #[zh = "堆的大小(字节)。"]
    nodejs_heap_total: gauge = "nodejs_heap_size_total_bytes" [] from Node,
    /// Used heap, in bytes.
    #[zh = "已使用的堆(字节)。"]
    nodejs_heap_used: gauge = "nodejs_heap_size_used_bytes" [] from Node,
    /// Memory of objects outside the heap, in bytes.
    #[zh = "堆外对象的内存(字节)。"]
    nodejs_external: gauge = "nodejs_external_memory_bytes" [] from Node,
    /// Size of each space of the heap, in bytes.
    #[zh = "堆各空间的大小(字节)。"]
    heap_space_total: gauge = "nodejs_heap_space_size_total_bytes" [space] from Node,
    /// Used part of each space of the heap, in bytes.
    #[zh = "堆各空间已使用的部分(字节)。"]
    heap_space_used: gauge = "nodejs_heap_space_size_used_bytes" [space] from Node,
    /// Free part of each space of the heap, in bytes.
    #[zh = "堆各空间空闲的部分(字节)。"]
    heap_space_available: gauge = "nodejs_heap_space_size_available_bytes" [space] from Node,
    /// What keeps the event loop alive: handles, requests and timers, by type.
    #[zh = "使事件循环保持运行的句柄、请求与定时器数,按类型。"]
    node_resources: snapshot = "nodejs_active_resources" [type] from Node,
    /// Resident memory as Node tells it, in bytes.
    #[zh = "Node 报告的常驻内存(字节)。"]
    node_rss: gauge = "openclaw_nodejs_rss_bytes" [] from Node,
    /// Size of the heap, in bytes; nodejs_heap_size_total_bytes is the same.
    #[zh = "堆的大小(字节);与 nodejs_heap_size_total_bytes 相同。"]
    node_heap_total: gauge = "openclaw_nodejs_heap_total_bytes" [] from Node,
    /// Used heap, in bytes; nodejs_heap_size_used_bytes is the same.
    #[zh = "已使用的堆(字节);与 nodejs_heap_size_used_bytes 相同。"]
    node_heap_used: gauge = "openclaw_nodejs_heap_used_bytes" [] from Node,
    /// Memory of objects outside the heap, in bytes; nodejs_external_memory_bytes is the same.
    #[zh = "堆外对象的内存(字节);与 nodejs_external_memory_bytes 相同。"]
    node_external: gauge = "openclaw_nodejs_external_bytes" [] from Node,
    /// Memory of array buffers, in bytes; a part of the memory outside the heap.
    #[zh = "ArrayBuffer 的内存(字节);堆外内存的一部分。"]
    node_array_buffers: gauge = "openclaw_nodejs_array_buffers_bytes" [] from Node,
    /// Time since the start of Node, in seconds.
    #[zh = "自 Node 启动起的时间(秒)。"]
    node_uptime: gauge = "openclaw_nodejs_uptime_seconds" [] from Node,
    /// Processor time of the process's own code, in seconds.
    #[zh = "进程自身代码的处理器时间(秒)。"]
    node_cpu_user: amount = "openclaw_nodejs_process_cpu_user_seconds_total" [] from Node,
    /// Processor time of the system on behalf of the process, in seconds.
    #[zh = "系统代表进程使用的处理器时间(秒)。"]
    node_cpu_system: amount = "openclaw_nodejs_process_cpu_system_seconds_total" [] from Node,

    closed:
    /// What began while too much was in flight to keep its beginning in mind: the oldest age may be too low.
    #[zh = "因正在进行者过多而未能记住开始时间的数量:最老时龄可能偏低。"]
    untracked: counter = "openclaw_inflight_untracked_total" [kind: Flight] source Own,
    /// What had begun 48 hours before without an end and is taken for lost.
    #[zh = "开始后 48 小时仍无结束、视为丢失的数量。"]
    forgotten: counter = "openclaw_inflight_forgotten_total" [kind: Flight] source Own,
    /// Hooks of the Gateway that the plugin was called by.
    #[zh = "插件被 Gateway 的钩子调用的次数。"]
    hooks: counter = "openclaw_plugin_hook_invocations_total" [hook: Hook] source Plugin,
    /// Operations that are going on right now; those that began before the exporter are not known.
    #[zh = "此刻正在进行的操作数;在导出器之前开始的不计入。"]
    operations: in_flight = "openclaw_inflight_operations" [kind: Operation] source Event,
    /// Diagnostic events that were recorded, by type.
    #[zh = "记录的诊断事件数,按类型。"]
    events: counter = "openclaw_exporter_events_total" [event: EventType] source Own,
    /// Diagnostic events and reports of the plugin, and parts of them, that could not be recorded as they were sent, by reason.
    #[zh = "未能按原样记录的诊断事件、插件报告或其部分的数量,按原因。"]
    rejected: counter = "openclaw_exporter_events_rejected_total" [reason: FieldError] source Own,
}

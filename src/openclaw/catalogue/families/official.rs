//! The families of the official exporter, under its names, types, labels and buckets, so that dashboards and alerts work with
//! either.

/// Hands its rows, behind those before, to the `next` macro.
macro_rules! official {
    ([$($before:tt)*] $next:ident $($rest:ident)*) => {
        $next! {
            [
                $($before)*
                /// The running Gateway: always 1, labelled with its process and its build.
                #[zh = "正在运行的 Gateway:值恒为 1,标签为其进程与构建。"]
                build_info: gauge = "openclaw_gateway_build_info" in Gateway [build_id, process_instance_id],

                /// Time each garbage collection of the main isolate took, in seconds.
                #[zh = "主隔离区每次垃圾回收的耗时(秒)。"]
                gc_duration: seconds = "openclaw_gc_duration_seconds" in Runtime [] of [Gc],

                /// RPC requests received, counted when they arrive.
                #[zh = "收到的 RPC 请求数,在到达时计数。"]
                rpc_requests: counter = "openclaw_gateway_rpc_requests_total" in GatewayRpc [method],
                /// Time from the arrival of an RPC request to its first response, ok or error, in seconds.
                #[zh = "从 RPC 请求到达到首个响应(ok 或 error)的时间(秒)。"]
                rpc_first_response: seconds = "openclaw_gateway_rpc_first_response_seconds" in GatewayRpc [method],
                /// Time the handler of an RPC request ran, in seconds.
                #[zh = "RPC 请求处理函数的运行时间(秒)。"]
                rpc_handler: seconds = "openclaw_gateway_rpc_handler_seconds" in GatewayRpc [method],
                /// Time an RPC request waited for admission to its handler, in seconds.
                #[zh = "RPC 请求等待进入处理函数的时间(秒)。"]
                rpc_admission: seconds = "openclaw_gateway_rpc_admission_seconds" in GatewayRpc [method],
                /// Time an RPC request waited in the dispatch queue, in seconds; only requests that were queued.
                #[zh = "RPC 请求在调度队列中等待的时间(秒);仅统计排过队的请求。"]
                rpc_queue_wait: seconds = "openclaw_gateway_rpc_queue_wait_seconds" in GatewayRpc [method],
                /// Phases of RPC requests that ended after the arrival, by phase and outcome.
                #[zh = "RPC 请求到达之后结束的各阶段数,按阶段与结果。"]
                rpc_outcomes: counter = "openclaw_gateway_rpc_outcomes_total" in GatewayRpc [outcome: RPC_OUTCOME, phase: RPC_PHASE] except no_rpc_outcome of [GatewayRpc],

                /// Size of each frame that answers an RPC request, ok or error, in bytes, further frames of an answer included.
                /// Gateways after 2026.9.6 tell it.
                #[zh = "每个应答 RPC 请求(ok 或 error)的帧大小(字节),含同一应答的后续帧。仅 2026.9.6 之后的 Gateway 报告。"]
                rpc_response: message_bytes = "openclaw_gateway_rpc_response_bytes" in GatewayRpc [method] after "2026.9.6",
                /// Change of the heap while the handler of an RPC request ran alone, in bytes; negative where a collection freed more. Its
                /// sum may fall, and OpenMetrics is told neither sum nor count. Gateways after 2026.9.6 tell it.
                #[zh = "RPC 处理函数独占运行期间堆的变化(字节);回收释放更多时为负。其总和可能下降,OpenMetrics 格式不含总和与计数。仅 2026.9.6 之后的 Gateway 报告。"]
                rpc_handler_heap_delta: byte_changes = "openclaw_gateway_rpc_handler_heap_delta_bytes" in GatewayRpc [method] after "2026.9.6",
                /// Handlers of RPC requests that ran alone on the main thread, so that the change of the heap is theirs. Gateways after
                /// 2026.9.6 tell it.
                #[zh = "在主线程上独占运行、因而堆变化归属明确的 RPC 处理函数数。仅 2026.9.6 之后的 Gateway 报告。"]
                rpc_handler_heap_delta_exclusive: counter = "openclaw_gateway_rpc_handler_heap_delta_exclusive_total" in GatewayRpc [method] after "2026.9.6",
                /// Time each stage of an RPC method took, in seconds. Gateways after 2026.9.6 tell it.
                #[zh = "RPC 方法各阶段的耗时(秒)。仅 2026.9.6 之后的 Gateway 报告。"]
                rpc_stage: seconds = "openclaw_gateway_rpc_stage_seconds" in GatewayRpc [method, phase: RPC_STAGE] after "2026.9.6",
                /// Processor time of the main thread in each stage of an RPC method that does not wait, in seconds. Gateways after
                /// 2026.9.6 tell it.
                #[zh = "RPC 方法各同步阶段中主线程的处理器时间(秒)。仅 2026.9.6 之后的 Gateway 报告。"]
                rpc_stage_cpu: seconds = "openclaw_gateway_rpc_stage_thread_cpu_seconds" in GatewayRpc [method, phase: RPC_STAGE_CPU] after "2026.9.6",
                /// Time each phase of sending a chat message took, in seconds: until it was acknowledged, and at the start of its run.
                /// Gateways after 2026.9.6 tell it.
                #[zh = "发送聊天消息各阶段的耗时(秒):确认之前(request)与运行启动期间(startup)。仅 2026.9.6 之后的 Gateway 报告。"]
                chat_send_phase: seconds = "openclaw_chat_send_phase_seconds" in Messages [phase: SEND_PHASE, stage: SEND_STAGE] after "2026.9.6",
                /// Time the preparation of a worktree took, in seconds, in total and by phase; phases lie within one another. Gateways
                /// after 2026.9.6 tell it.
                #[zh = "准备工作树的耗时(秒),总计与各阶段;阶段可相互包含。仅 2026.9.6 之后的 Gateway 报告。"]
                worktree_preparation: seconds = "openclaw_worktree_preparation_seconds" in Runs
                    [kind: WORKTREE_KIND, outcome: WORKTREE_OUTCOME, phase: WORKTREE_PHASE, template: WORKTREE_TEMPLATE] after "2026.9.6",

                /// Agent runs that ended, by outcome; blocked_by says what stopped a blocked run.
                #[zh = "已结束的代理运行数,按结果;blocked_by 说明被什么阻止。"]
                run_completed: counter = "openclaw_run_completed_total" in Runs [blocked_by, channel, model, outcome: RUN_OUTCOME, provider, trigger],
                /// Time each agent run took from start to end, in seconds.
                #[zh = "每次代理运行从开始到结束的时间(秒)。"]
                run_duration: seconds = "openclaw_run_duration_seconds" in Runs [blocked_by, channel, model, outcome: RUN_OUTCOME, provider, trigger],

                /// Runs of an agent harness that ended, well or with an error.
                #[zh = "已结束的代理框架(harness)运行数,无论成功或出错。"]
                harness_run: counter = "openclaw_harness_run_total" in Runs
                    [channel, error_category, harness, model, outcome: HARNESS_OUTCOME, phase: HARNESS_PHASE, plugin, provider],
                /// Time each run of an agent harness took, in seconds.
                #[zh = "每次代理框架运行的时间(秒)。"]
                harness_run_duration: seconds = "openclaw_harness_run_duration_seconds" in Runs
                    [channel, error_category, harness, model, outcome: HARNESS_OUTCOME, phase: HARNESS_PHASE, plugin, provider],

                /// Calls to model providers that ended, well or with an error; a call is one request or one whole turn.
                #[zh = "已结束的模型调用数,无论成功或出错;一次调用是一个请求或一整轮。"]
                model_call: counter = "openclaw_model_call_total" in Models
                    [api, error_category, model, observation_unit: OBSERVATION_UNIT, outcome: ENDED, provider, transport],
                /// Time each call to a model provider took, in seconds.
                #[zh = "每次模型调用的时间(秒)。"]
                model_call_duration: seconds = "openclaw_model_call_duration_seconds" in Models
                    [api, error_category, model, observation_unit: OBSERVATION_UNIT, outcome: ENDED, provider, transport],
                /// Times a run went on with another model or provider, by what it left and what it took.
                #[zh = "运行改用其他模型或提供方的次数,按来源与去向。"]
                model_failover: counter = "openclaw_model_failover_total" in Models
                    [from_model, from_provider, lane, reason, suspended: SUSPENDED, to_model, to_provider],
                /// Tokens that model providers reported, by kind; prompt and total overlap the other kinds.
                #[zh = "模型提供方报告的 token 数,按种类;prompt 与 total 和其他种类有重叠。"]
                model_tokens: amount = "openclaw_model_tokens_total" in Models [agent, channel, model, provider, token_type: TOKEN_TYPE],
                /// Input or output tokens of each usage report, in tokens.
                #[zh = "每次用量报告的输入或输出 token 数。"]
                token_usage: tokens = "openclaw_gen_ai_client_token_usage" in Models [model, provider, token_type: CLIENT_TOKEN],
                /// Estimated cost of model use, in US dollars, added when usage is reported.
                #[zh = "模型使用的估算费用(美元),在报告用量时累加。"]
                model_cost: amount = "openclaw_model_cost_usd_total" in Models [agent, channel, model, provider],
                /// Time covered by each usage report, in seconds.
                #[zh = "每次用量报告所覆盖的时间(秒)。"]
                model_usage_duration: seconds = "openclaw_model_usage_duration_seconds" in Models [agent, channel, model, provider],

                /// Skills used by agents, counted when a skill is read or its command is run.
                #[zh = "代理使用技能的次数,在读取技能或运行其命令时计数。"]
                skill_used: counter = "openclaw_skill_used_total" in Skills [activation: SKILL_ACTIVATION, agent, skill, source: SKILL_SOURCE],
                /// Tool executions that ended, well or with an error.
                #[zh = "已结束的工具执行数,无论成功或出错。"]
                tool_execution: counter = "openclaw_tool_execution_total" in Tools
                    [error_category, outcome: ENDED, params_kind: PARAMS_KIND, tool, tool_owner, tool_source: TOOL_SOURCE]
                    replaces ["openclaw_tool_calls_total", "openclaw_tool_call_failures_total", "openclaw_tool_result_persist_total"],
                /// Time each tool execution took, in seconds.
                #[zh = "每次工具执行的时间(秒)。"]
                tool_execution_duration: seconds = "openclaw_tool_execution_duration_seconds" in Tools
                    [error_category, outcome: ENDED, params_kind: PARAMS_KIND, tool, tool_owner, tool_source: TOOL_SOURCE] replaces ["openclaw_tool_call_duration_seconds"],
                /// Tool executions that a policy or the sandbox did not allow.
                #[zh = "被策略或沙箱禁止的工具执行数。"]
                tool_execution_blocked: counter = "openclaw_tool_execution_blocked_total" in Tools
                    [denied_reason, params_kind: PARAMS_KIND, tool, tool_owner, tool_source: TOOL_SOURCE],

                /// Webhook requests received.
                #[zh = "收到的 webhook 请求数。"]
                webhook_received: counter = "openclaw_webhook_received_total" in Messages [channel, webhook],
                /// Webhook requests whose processing failed.
                #[zh = "处理失败的 webhook 请求数。"]
                webhook_error: counter = "openclaw_webhook_error_total" in Messages [channel, webhook],
                /// Time each webhook request took to process, in seconds.
                #[zh = "处理每个 webhook 请求的时间(秒)。"]
                webhook_duration: seconds = "openclaw_webhook_duration_seconds" in Messages [channel, webhook],

                /// Inbound messages received.
                #[zh = "收到的入站消息数。"]
                message_received: counter = "openclaw_message_received_total" in Messages [channel, source] replaces ["openclaw_session_messages_received_total"],
                /// Inbound messages whose dispatch to an agent started.
                #[zh = "开始分派给代理的入站消息数。"]
                message_dispatch_started: counter = "openclaw_message_dispatch_started_total" in Messages [channel, source],
                /// Inbound messages whose dispatch to an agent ended, by outcome.
                #[zh = "结束分派的入站消息数,按结果。"]
                message_dispatch_completed: counter = "openclaw_message_dispatch_completed_total" in Messages
                    [channel, outcome: MESSAGE_OUTCOME, reason, source],
                /// Time each dispatch of an inbound message took, in seconds.
                #[zh = "每次分派入站消息的时间(秒)。"]
                message_dispatch_duration: seconds = "openclaw_message_dispatch_duration_seconds" in Messages
                    [channel, outcome: MESSAGE_OUTCOME, reason, source],
                /// Inbound messages processed to the end, by outcome.
                #[zh = "处理完毕的入站消息数,按结果。"]
                message_processed: counter = "openclaw_message_processed_total" in Messages [channel, outcome: MESSAGE_OUTCOME, reason],
                /// Time from the arrival of an inbound message to the end of its processing, in seconds.
                #[zh = "从入站消息到达到处理完毕的时间(秒)。"]
                message_processed_duration: seconds = "openclaw_message_processed_duration_seconds" in Messages [channel, outcome: MESSAGE_OUTCOME, reason],
                /// Outbound deliveries started.
                #[zh = "开始的出站投递数。"]
                message_delivery_started: counter = "openclaw_message_delivery_started_total" in Messages [channel, delivery_kind: DELIVERY_KIND],
                /// Outbound deliveries that ended, well or with an error.
                #[zh = "已结束的出站投递数,无论成功或出错。"]
                message_delivery: counter = "openclaw_message_delivery_total" in Messages [channel, delivery_kind: DELIVERY_KIND, error_category, outcome: ENDED] replaces ["openclaw_session_messages_sent_total", "openclaw_channel_failures_total"],
                /// Time each outbound delivery took, in seconds.
                #[zh = "每次出站投递的时间(秒)。"]
                message_delivery_duration: seconds = "openclaw_message_delivery_duration_seconds" in Messages
                    [channel, delivery_kind: DELIVERY_KIND, error_category, outcome: ENDED],

                /// Events of voice sessions, by their kind.
                #[zh = "语音会话的事件数,按种类。"]
                talk_event: counter = "openclaw_talk_event_total" in Messages [brain: TALK_BRAIN, event_type, mode: TALK_MODE, provider, transport: TALK_TRANSPORT],
                /// Time that events of voice sessions report, in seconds; only events with a duration.
                #[zh = "语音会话事件报告的时间(秒);仅统计带时长的事件。"]
                talk_event_duration: seconds = "openclaw_talk_event_duration_seconds" in Messages
                    [brain: TALK_BRAIN, event_type, mode: TALK_MODE, provider, transport: TALK_TRANSPORT],
                /// Size of each audio frame in voice sessions, in bytes.
                #[zh = "语音会话中每个音频帧的大小(字节)。"]
                talk_audio: bytes = "openclaw_talk_audio_bytes" in Messages [brain: TALK_BRAIN, event_type, mode: TALK_MODE, provider, transport: TALK_TRANSPORT],

                /// Entries in a queue lane after the last time one was added or taken.
                #[zh = "队列通道在最近一次加入或取出之后的条目数。"]
                queue_lane_size: gauge = "openclaw_queue_lane_size" in Queues [lane],
                /// Time each entry waited in its queue lane, in seconds.
                #[zh = "每个条目在队列通道中等待的时间(秒)。"]
                queue_lane_wait: seconds = "openclaw_queue_lane_wait_seconds" in Queues [lane],

                /// Time that the oldest entry of a queue lane has waited, in seconds. It grows by itself; 0 while none waits, and no value
                /// before the lane's first entry. What left a lane without an event is believed for 48 hours, or until its lane's next.
                #[zh = "队列通道中等待最久的条目已等待的时间(秒)。自行增长;无等待时为 0,该通道首个条目之前无值。未经事件离开通道的条目最多保留 48 小时,或到该通道的下一个事件为止。"]
                queue_lane_oldest: gauge = "openclaw_queue_lane_oldest_wait_seconds" in Queues [lane],

                /// Changes of a session's state, by the new state.
                #[zh = "会话状态变化的次数,按新状态。"]
                session_state: counter = "openclaw_session_state_total" in Sessions [reason, state: SESSION_STATE],
                /// Queue depth that the last session to enter this state reported, whichever session it was.
                #[zh = "最近一个进入该状态的会话报告的队列深度,不区分会话。"]
                session_queue_depth: gauge = "openclaw_session_queue_depth" in Sessions [state: SESSION_STATE],
                /// Agent turns created, by what triggered them.
                #[zh = "创建的代理轮次数,按触发者。"]
                session_turn_created: counter = "openclaw_session_turn_created_total" in Sessions [agent, channel, trigger: TURN_TRIGGER],
                /// Sessions found in a state without work that would explain it, counted each time they are found.
                #[zh = "发现卡在某状态且没有相应工作的会话数,每次发现都计数。"]
                session_stuck: counter = "openclaw_session_stuck_total" in Sessions [reason, state: SESSION_STATE],
                /// Age of the state of sessions found stuck, in seconds.
                #[zh = "被发现卡住的会话处于该状态的时间(秒)。"]
                session_stuck_age: seconds = "openclaw_session_stuck_age_seconds" in Sessions [reason, state: SESSION_STATE],
                /// Recoveries of sessions asked for and ended, by status.
                #[zh = "请求与结束的会话恢复数,按状态。"]
                session_recovery: counter = "openclaw_session_recovery_total" in Sessions [action, active_work_kind: WORK_KIND, state: SESSION_STATE, status: RECOVERY_STATUS],
                /// Age of the state of sessions under recovery, in seconds.
                #[zh = "恢复中的会话处于其状态的时间(秒)。"]
                session_recovery_age: seconds = "openclaw_session_recovery_age_seconds" in Sessions [action, active_work_kind: WORK_KIND, state: SESSION_STATE, status: RECOVERY_STATUS],

                /// Longest delay of the main event loop in each sampling interval, in seconds.
                #[zh = "每个采样周期内主事件循环的最长延迟(秒)。"]
                event_loop_delay_max: seconds = "openclaw_gateway_event_loop_delay_max_seconds" in Runtime [] of [EventLoopSample],
                /// Time for which the main event loop was watched, in seconds.
                #[zh = "观察主事件循环的总时间(秒)。"]
                event_loop_observed: amount = "openclaw_gateway_event_loop_observed_seconds_total" in Runtime [] of [EventLoopSample],

                /// Warnings that the event loop or the CPU was too busy, by reason.
                #[zh = "事件循环或 CPU 过忙的警告数,按原因。"]
                liveness_warning: counter = "openclaw_liveness_warning_total" in Runtime [reason: LIVENESS_REASON] of [LivenessWarning],
                /// Sessions at the time of the last liveness warning, by what they were doing.
                #[zh = "最近一次存活警告时的会话数,按其所处状态。"]
                liveness_sessions: gauge = "openclaw_liveness_sessions" in Runtime [state: SESSIONS],
                /// 99th percentile of the event loop delay that each liveness warning reports, in seconds.
                #[zh = "每次存活警告报告的事件循环延迟第 99 百分位(秒)。"]
                liveness_delay_p99: seconds = "openclaw_liveness_event_loop_delay_p99_seconds" in Runtime [reason: LIVENESS_REASON] of [LivenessWarning],
                /// Longest event loop delay that each liveness warning reports, in seconds.
                #[zh = "每次存活警告报告的事件循环最长延迟(秒)。"]
                liveness_delay_max: seconds = "openclaw_liveness_event_loop_delay_max_seconds" in Runtime [reason: LIVENESS_REASON] of [LivenessWarning],
                /// Utilization of the event loop that each liveness warning reports, from 0 to 1.
                #[zh = "每次存活警告报告的事件循环利用率,0 到 1。"]
                liveness_utilization: ratio = "openclaw_liveness_event_loop_utilization_ratio" in Runtime [reason: LIVENESS_REASON] of [LivenessWarning],
                /// CPU use that each liveness warning reports, in cores.
                #[zh = "每次存活警告报告的 CPU 使用(核数)。"]
                liveness_cpu_core: ratio = "openclaw_liveness_cpu_core_ratio" in Runtime [reason: LIVENESS_REASON] of [LivenessWarning],

                /// Payloads over a size limit, by what was done with them.
                #[zh = "超过大小限制的载荷数,按处理方式。"]
                payload_large: counter = "openclaw_payload_large_total" in Messages [action: LARGE_ACTION, channel, plugin, reason, surface],
                /// Size of each payload over a limit, in bytes.
                #[zh = "每个超限载荷的大小(字节)。"]
                payload_large_size: bytes = "openclaw_payload_large_bytes" in Messages [action: LARGE_ACTION, channel, plugin, reason, surface],

                /// Memory of the Gateway process at the last sample, in bytes, by kind.
                #[zh = "最近一次采样时 Gateway 进程的内存(字节),按种类。"]
                memory: gauge = "openclaw_memory_bytes" in Runtime [kind: MEMORY_KIND],
                /// Worker isolates at the last sample that counted them.
                #[zh = "最近一次统计时的 worker 隔离区数。"]
                worker_count: gauge = "openclaw_worker_count" in Runtime [],
                /// Worker isolates whose heap the last sample measured.
                #[zh = "最近一次采样测得堆的 worker 隔离区数。"]
                worker_heap_sampled_count: gauge = "openclaw_worker_heap_sampled_count" in Runtime [],
                /// Used heap of worker isolates at the last sample, in bytes, added up by script.
                #[zh = "最近一次采样时 worker 隔离区已用的堆(字节),按脚本相加。"]
                worker_heap_used: snapshot = "openclaw_worker_heap_used_bytes" in Runtime [script],
                /// Spaces of the main isolate's heap at the last sample, in bytes. Gateways after 2026.9.6 tell it.
                #[zh = "最近一次采样时主隔离区堆的各空间(字节)。仅 2026.9.6 之后的 Gateway 报告。"]
                heap_space: snapshot = "openclaw_heap_space_bytes" in Runtime [space, stat: SPACE_STAT] after "2026.9.6",
                /// Worker isolates started since the start of the Gateway, by script. Gateways after 2026.9.6 tell it.
                #[zh = "自 Gateway 启动以来启动的 worker 隔离区数,按脚本。仅 2026.9.6 之后的 Gateway 报告。"]
                worker_started: totals = "openclaw_worker_started_total" in Runtime [script] after "2026.9.6",
                /// Worker isolates that ended since the start of the Gateway, by script and reason. Gateways after 2026.9.6 tell it.
                #[zh = "自 Gateway 启动以来结束的 worker 隔离区数,按脚本与原因。仅 2026.9.6 之后的 Gateway 报告。"]
                worker_retired: totals = "openclaw_worker_retired_total" in Runtime [reason, script] after "2026.9.6",
                /// Child processes spawned, by family of command; by what git was started for inside Gateways after 2026.9.6, which tell
                /// it: other families have `none`.
                #[zh = "启动的子进程数,按命令类别;在 2026.9.6 之后的 Gateway 中另按 git 的用途,其他类别为 none。"]
                child_process_spawn: amount = "openclaw_child_process_spawn_total" in Runtime [family, operation],
                /// Resident memory of the Gateway process, in bytes, one observation per sample.
                #[zh = "Gateway 进程的常驻内存(字节),每次采样一个观测值。"]
                memory_rss: bytes = "openclaw_memory_rss_bytes" in Runtime [] of [MemorySample],
                /// Times memory use crossed a threshold, by level and reason.
                #[zh = "内存使用越过阈值的次数,按级别与原因。"]
                memory_pressure: counter = "openclaw_memory_pressure_total" in Runtime [level: PRESSURE_LEVEL, reason: PRESSURE_REASON] of [MemoryPressure],

                /// Reports of telemetry exporters that they started, failed or dropped data.
                #[zh = "遥测导出器报告启动、失败或丢弃数据的次数。"]
                telemetry_exporter: counter = "openclaw_telemetry_exporter_total" in Gateway [exporter, reason, signal: SIGNAL, status: EXPORTER_STATUS],
                /// Diagnostic events that the host's full queue lost; total includes the other classes.
                #[zh = "主机队列已满而丢失的诊断事件数;total 包含其他类别。"]
                async_queue_dropped: amount = "openclaw_diagnostic_async_queue_dropped_total" in Gateway [drop_class: DROP_CLASS] of [AsyncQueueDropped],
                /// Diagnostic events waiting in the host's queue when it last reported losses.
                #[zh = "主机最近一次报告丢失时队列中等待的诊断事件数。"]
                async_queue_length: gauge = "openclaw_diagnostic_async_queue_length" in Gateway [],
            ]
            $($rest)*
        }
    };
}

pub(super) use official;

//! Families of our own that the Gateway's events feed.

/// Hands its rows, behind those before, to the `next` macro.
macro_rules! events {
    ([$($before:tt)*] $next:ident $($rest:ident)*) => {
        $next! {
            [
                $($before)*
                /// Agent runs that started, by agent.
                #[zh = "开始的代理运行数,按代理。"]
                agent_runs_started: counter = "openclaw_agent_runs_started_total" in Runs [agent_id, channel],
                /// Agent runs that ended, by agent; error_category is none unless the run ended with an error.
                #[zh = "已结束的代理运行数,按代理;未以错误结束时 error_category 为 none。"]
                agent_runs: counter = "openclaw_agent_runs_total" in Runs [agent_id, error_category, outcome: RUN_OUTCOME]
                    replaces ["openclaw_agent_runs_failed_total"],
                /// Time each agent run took from start to end, in seconds, by agent.
                #[zh = "每次代理运行从开始到结束的时间(秒),按代理。"]
                agent_run_duration: seconds = "openclaw_agent_run_duration_seconds" in Runs [agent_id],
                /// Tools that agents ran or were not allowed to run, by how it ended.
                #[zh = "代理执行或被禁止执行的工具数,按结束方式。"]
                agent_tool_executions: counter = "openclaw_agent_tool_executions_total" in Tools [agent, outcome: TOOL_OUTCOME, tool],
                /// Age of the oldest agent run, model call or tool execution that is in flight, in seconds. It grows by itself; 0 while
                /// none is in flight, and no value before the first. A lost end is believed for 48 hours, and none longer than its run.
                #[zh = "正在进行的代理运行、模型调用或工具执行中最老者的时龄(秒)。自行增长;没有时为 0,首次出现之前无值。丢失的结束最多保留 48 小时,且不超过所属的运行。"]
                inflight_oldest: gauge = "openclaw_inflight_oldest_age_seconds" in Runs [kind: FLIGHT],
                /// Tries of agent runs, the first of each run and those after it. Gateways up to 2026.9.6 do not tell of tries.
                #[zh = "代理运行的尝试数:每次运行的首次与其后的重试。2026.9.6 及之前的 Gateway 不报告尝试。"]
                run_attempts: counter = "openclaw_run_attempts_total" in Runs [attempt: ATTEMPT] of [RunAttempt],
                /// Times that runs went on, by what went on.
                #[zh = "运行取得进展的次数,按进展内容。"]
                run_progress: counter = "openclaw_run_progress_total" in Runs [reason],
                /// Phases of execution that runs entered.
                #[zh = "运行进入的执行阶段数。"]
                run_execution_phases: counter = "openclaw_run_execution_phases_total" in Runs [phase: EXECUTION_PHASE] of [RunExecutionPhase],
                /// Runs of an agent harness that started.
                #[zh = "开始的代理框架运行数。"]
                harness_run_started: counter = "openclaw_harness_run_started_total" in Runs [harness, plugin],

                /// Calls to model providers that started.
                #[zh = "开始的模型调用数。"]
                model_call_started: counter = "openclaw_model_call_started_total" in Models [model, provider],
                /// Time from the request of a model call to the first byte of its response, in seconds.
                #[zh = "从模型调用请求到响应首字节的时间(秒)。"]
                model_call_first_byte: seconds = "openclaw_model_call_time_to_first_byte_seconds" in Models [model, provider],
                /// Size of the request of each model call, in bytes.
                #[zh = "每次模型调用请求的大小(字节)。"]
                model_call_request: bytes = "openclaw_model_call_request_bytes" in Models [model, provider],
                /// Size of the response of each model call, in bytes.
                #[zh = "每次模型调用响应的大小(字节)。"]
                model_call_response: bytes = "openclaw_model_call_response_bytes" in Models [model, provider],
                /// Tokens of model calls, by agent and kind; reasoning tokens are a part of the output. The agent is that of the session,
                /// over HTTP too, where openclaw_model_tokens_total knows none.
                #[zh = "模型调用的 token 数,按代理与种类;推理 token 属于输出的一部分。代理取自会话,经 HTTP 的调用亦然,而 openclaw_model_tokens_total 对其未知。"]
                model_call_tokens: amount = "openclaw_model_call_tokens_total" in Models [agent, model, provider, token_type: CALL_TOKEN],
                /// Cost of model calls as they report it, in US dollars, by agent.
                #[zh = "模型调用自报的费用(美元),按代理。"]
                model_call_cost: amount = "openclaw_model_call_cost_usd_total" in Models [agent, model, provider],
                /// Calls to model providers that ended, by the agent whose session they were for.
                #[zh = "已结束的模型调用数,按所属会话的代理。"]
                agent_model_calls: counter = "openclaw_agent_model_calls_total" in Models [agent, model, outcome: ENDED, provider],
                /// Time each call to a model provider took, in seconds, by the agent whose session it was for.
                #[zh = "每次模型调用的时间(秒),按所属会话的代理。"]
                agent_model_call_duration: seconds = "openclaw_agent_model_call_duration_seconds" in Models [agent, model, provider],
                /// Tokens of the context window in use after each run, in tokens.
                #[zh = "每次运行之后上下文窗口已用的 token 数。"]
                context_used: tokens = "openclaw_model_context_used_tokens" in Models [agent, model, provider],
                /// Size of the context window of a model as last reported, in tokens.
                #[zh = "最近报告的模型上下文窗口大小(token)。"]
                context_limit: gauge = "openclaw_model_context_limit_tokens" in Models [model, provider],
                /// Share of the context window in use after each run.
                #[zh = "每次运行之后上下文窗口的使用比例。"]
                context_utilization: ratio = "openclaw_model_context_utilization_ratio" in Models [agent, model, provider],
                /// Contexts put together for model calls.
                #[zh = "为模型调用组装的上下文数。"]
                context_assembled: counter = "openclaw_context_assembled_total" in Models [model, provider],
                /// Sessions that began: their first run, however it came, put its context together with nothing said before. Those in which
                /// no run came so far are not counted.
                #[zh = "开始的会话数:其首次运行(无论来自何处)在没有先前消息的情况下组装了上下文。没有运行到这一步的会话不计入。"]
                sessions_started: counter = "openclaw_sessions_started_total" in Sessions [] of [ContextAssembled],
                /// Messages in each context put together for a model call.
                #[zh = "为模型调用组装的每个上下文中的消息数。"]
                context_messages: tokens = "openclaw_context_messages" in Models [] of [ContextAssembled],
                /// Characters of each context put together for a model call, by part.
                #[zh = "为模型调用组装的每个上下文的字符数,按部分。"]
                context_characters: tokens = "openclaw_context_characters" in Models [part: CONTEXT_PART] of [ContextAssembled],
                /// Images in the prompts of model calls.
                #[zh = "模型调用提示中的图片数。"]
                input_images: amount = "openclaw_model_llm_input_images_total" in Models [model, provider],

                /// Tool executions that started.
                #[zh = "开始的工具执行数。"]
                tool_execution_started: counter = "openclaw_tool_execution_started_total" in Tools [tool, tool_source: TOOL_SOURCE],
                /// Loops of tool calls that were noticed, by what noticed them and what was done.
                #[zh = "发现的工具调用循环数,按检测方式与处理方式。"]
                tool_loops: counter = "openclaw_tool_loops_total" in Tools [action: LOOP_ACTION, detector: LOOP_DETECTOR, tool],
                /// Processes that agents started and that ended, by where and how.
                #[zh = "代理启动并已结束的进程数,按位置与结束方式。"]
                exec_processes: counter = "openclaw_exec_processes_total" in Tools
                    [failure_kind: EXEC_FAILURE, mode: EXEC_MODE, outcome: EXEC_OUTCOME, target: EXEC_TARGET] except no_exec of [ExecProcessCompleted],
                /// Time each process that an agent started ran, in seconds.
                #[zh = "代理启动的每个进程的运行时间(秒)。"]
                exec_duration: seconds = "openclaw_exec_process_duration_seconds" in Tools
                    [mode: EXEC_MODE, outcome: EXEC_OUTCOME, target: EXEC_TARGET] of [ExecProcessCompleted],
                /// Messages after the approval of a command that were not sent, as the session had gone on.
                #[zh = "命令获批后因会话已继续而未发送的消息数。"]
                exec_followups_suppressed: counter = "openclaw_exec_approval_followups_suppressed_total" in Tools
                    [phase: FOLLOWUP_PHASE, reason: FOLLOWUP_REASON] of [ExecFollowupSuppressed],

                /// Messages put into the queue of a session.
                #[zh = "放入会话队列的消息数。"]
                message_queued: counter = "openclaw_message_queued_total" in Messages [channel, source],
                /// Length of the queue that the last message of a channel was put into.
                #[zh = "某频道最近一条消息所入队列的长度。"]
                message_queue_depth: gauge = "openclaw_message_queue_depth" in Messages [channel],

                /// Sessions at the host's last look, by what they were doing.
                #[zh = "主机最近一次查看时的会话数,按其所处状态。"]
                sessions: gauge = "openclaw_sessions" in Sessions [state: SESSIONS] replaces ["openclaw_sessions_active_estimated"],
                /// Looks of the host at its sessions and webhooks.
                #[zh = "主机查看其会话与 webhook 的次数。"]
                heartbeats: counter = "openclaw_diagnostic_heartbeats_total" in Sessions [] of [Heartbeat],
                /// Webhook requests since the start of the host, as its last look counted them.
                #[zh = "主机最近一次查看所统计的、自其启动以来的 webhook 请求数。"]
                heartbeat_webhooks: gauge = "openclaw_heartbeat_webhooks" in Messages [state: WEBHOOKS],
                /// Sessions whose work makes no progress, counted each time they are found.
                #[zh = "发现工作没有进展的会话数,每次发现都计数。"]
                session_stalled: counter = "openclaw_session_stalled_total" in Sessions
                    [active_work_kind: OUR_WORK_KIND, classification: STALL, state: OUR_STATE] of [SessionStalled],
                /// Age of the state of sessions found stalled, in seconds.
                #[zh = "被发现停滞的会话处于其状态的时间(秒)。"]
                session_stalled_age: seconds = "openclaw_session_stalled_age_seconds" in Sessions [classification: STALL] of [SessionStalled],
                /// Sessions that have worked for long, counted each time they are found.
                #[zh = "发现工作时间很长的会话数,每次发现都计数。"]
                session_long_running: counter = "openclaw_session_long_running_total" in Sessions
                    [active_work_kind: OUR_WORK_KIND, state: OUR_STATE] of [SessionLongRunning],
                /// Age of the state of sessions that have worked for long, in seconds.
                #[zh = "工作时间很长的会话处于其状态的时间(秒)。"]
                session_long_running_age: seconds = "openclaw_session_long_running_age_seconds" in Sessions [] of [SessionLongRunning],

                /// Time since the start of the Gateway process, in seconds.
                #[zh = "Gateway 进程启动以来的时间(秒)。"]
                uptime: gauge = "openclaw_gateway_uptime_seconds" in Gateway [],
                /// Time each phase of the Gateway's own work took, in seconds.
                #[zh = "Gateway 自身工作各阶段的时间(秒)。"]
                phase_duration: seconds = "openclaw_gateway_phase_duration_seconds" in Gateway [phase] series 64,
                /// Processor time of phases of the Gateway's own work, in seconds.
                #[zh = "Gateway 自身工作各阶段的处理器时间(秒)。"]
                phase_cpu: amount = "openclaw_gateway_phase_cpu_seconds_total" in Gateway [phase] series 64,
                /// Lines logged, by level; only in a replay, as a running Gateway would copy each line for it.
                #[zh = "写入的日志行数,按级别;仅见于重放,因为运行中的 Gateway 须为此复制每一行。"]
                log_records: counter = "openclaw_log_records_total" in Gateway [level: LOG_LEVEL] of [LogRecord],
                /// Security events, by what they are about and how they ended.
                #[zh = "安全事件数,按内容与结果。"]
                security_events: counter = "openclaw_security_events_total" in Gateway
                    [category: SECURITY_CATEGORY, outcome: SECURITY_OUTCOME] of [SecurityEvent],
                /// Security events, by how severe they are.
                #[zh = "安全事件数,按严重程度。"]
                security_severities: counter = "openclaw_security_events_by_severity_total" in Gateway [severity: SECURITY_SEVERITY] of [SecurityEvent],
            ]
            $($rest)*
        }
    };
}

pub(super) use events;

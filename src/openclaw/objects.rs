//! What events hold: a struct for each kind of object, with the fields that are used, and only those.
//!
//! A struct is read from the members of a JSON object (see `fields`) or from numbers, in the order of its fields here. Keys
//! and units are the host's.

use super::field::{Field, FieldError, Id, Text};
use super::numbers::{FromNumbers, Member, Numbers, Shape, numbered};

/// The structs, for a macro that makes something of each: field, type, key.
macro_rules! objects {
    ($make:ident) => {
        $make! {
            /// `diagnostic.gc`.
            Gc {
                duration_ms: f64 = "durationMs",
            }

            /// `gateway.event_loop.sample`.
            EventLoopSample {
                interval_ms: f64 = "intervalMs",
                delay_max_ms: f64 = "delayMaxMs",
            }

            /// `diagnostic.memory.sample`.
            MemorySample<'a> {
                memory: MemoryUsage<'a> = "memory",
                uptime_ms: f64 = "uptimeMs",
            }

            /// The figures of a memory sample, in bytes.
            MemoryUsage<'a> {
                rss: f64 = "rssBytes",
                heap_total: f64 = "heapTotalBytes",
                heap_used: f64 = "heapUsedBytes",
                external: f64 = "externalBytes",
                array_buffers: f64 = "arrayBuffersBytes",
                worker_heap_total: f64 = "workerHeapTotalBytes",
                worker_heap_used: f64 = "workerHeapUsedBytes",
                worker_count: f64 = "workerCount",
                worker_heap_sampled_count: f64 = "workerHeapSampledCount",
                worker_heaps: Vec<Field<WorkerHeap<'a>>> = "workerHeaps",
                heap_spaces: Vec<Field<MainHeapSpace<'a>>> = "heapSpaces",
                worker_lifecycle: Vec<Field<WorkerLifecycle<'a>>> = "workerLifecycle",
            }

            /// The heap of one worker, in bytes.
            WorkerHeap<'a> {
                script: Text<'a> = "script",
                heap_used: f64 = "heapUsed",
            }

            /// One space of the main isolate's heap, in bytes. As V8 names them.
            MainHeapSpace<'a> {
                space: Text<'a> = "space_name",
                used: f64 = "space_used_size",
                size: f64 = "space_size",
                available: f64 = "space_available_size",
                physical: f64 = "physical_space_size",
            }

            /// The workers of one script since the host's start.
            WorkerLifecycle<'a> {
                script: Text<'a> = "script",
                started: f64 = "started",
                retired: Vec<Field<WorkersRetired<'a>>> = "retired",
            }

            /// Workers that ended for one reason.
            WorkersRetired<'a> {
                reason: Text<'a> = "reason",
                count: f64 = "count",
            }

            /// `diagnostic.memory.pressure`.
            MemoryPressure<'a> {
                level: Text<'a> = "level",
                reason: Text<'a> = "reason",
            }

            /// `diagnostic.child_process.spawn`.
            ChildProcessSpawn<'a> {
                family: Text<'a> = "family",
                operation: Text<'a> = "operation",
                count: f64 = "count",
            }

            /// `diagnostic.liveness.warning`.
            LivenessWarning<'a> {
                reasons: Vec<Field<Text<'a>>> = "reasons",
                active: f64 = "active",
                waiting: f64 = "waiting",
                queued: f64 = "queued",
                event_loop_delay_p99_ms: f64 = "eventLoopDelayP99Ms",
                event_loop_delay_max_ms: f64 = "eventLoopDelayMaxMs",
                event_loop_utilization: f64 = "eventLoopUtilization",
                cpu_core_ratio: f64 = "cpuCoreRatio",
            }

            /// `diagnostic.async_queue.dropped`.
            AsyncQueueDropped {
                dropped: f64 = "droppedEvents",
                dropped_trusted: f64 = "droppedTrustedEvents",
                dropped_untrusted: f64 = "droppedUntrustedEvents",
                dropped_priority: f64 = "droppedPriorityEvents",
                queue_length: f64 = "queueLength",
            }

            /// `diagnostic.heartbeat`: sessions by what they do, and webhook requests since the start.
            Heartbeat {
                active: f64 = "active",
                waiting: f64 = "waiting",
                queued: f64 = "queued",
                webhooks: HeartbeatWebhooks = "webhooks",
            }

            /// Webhook requests since the host's start.
            HeartbeatWebhooks {
                received: f64 = "received",
                processed: f64 = "processed",
                errors: f64 = "errors",
            }

            /// `diagnostic.phase.completed`.
            PhaseCompleted<'a> {
                name: Text<'a> = "name",
                duration_ms: f64 = "durationMs",
                cpu_ms: f64 = "cpuTotalMs",
                details: PhaseDetails<'a> = "details",
            }

            /// What some phases tell more of: a stage, the thread's CPU, the preparation of a worktree and its parts.
            PhaseDetails<'a> {
                stage: Text<'a> = "stage",
                thread_cpu_ms: f64 = "threadCpuMs",
                kind: Text<'a> = "kind",
                template: Text<'a> = "template",
                outcome: Text<'a> = "outcome",
                allocate_ms: f64 = "allocate",
                checkout_ms: f64 = "checkout",
                setup_ms: f64 = "setup",
                template_prepare_ms: f64 = "templatePrepare",
                template_apply_ms: f64 = "templateApply",
                snapshot_ms: f64 = "snapshot",
                synchronize_canonical_ms: f64 = "synchronizeCanonical",
                synchronize_projection_ms: f64 = "synchronizeProjection",
                container_start_ms: f64 = "containerStart",
                workspace_layout_ms: f64 = "workspaceLayout",
            }

            /// `log.record`: its level, and nothing of what was logged.
            LogRecord<'a> {
                level: Text<'a> = "level",
            }

            /// `security.event`.
            SecurityEvent<'a> {
                category: Text<'a> = "category",
                outcome: Text<'a> = "outcome",
                severity: Text<'a> = "severity",
            }

            /// `gateway.rpc`.
            GatewayRpc<'a> {
                method: Text<'a> = "method",
                phase: Text<'a> = "phase",
                outcome: Text<'a> = "outcome",
                duration_ms: f64 = "durationMs",
                admission_ms: f64 = "admissionMs",
                queue_wait_ms: f64 = "queueWaitMs",
                response_bytes: f64 = "responseBytes",
                is_first_response: bool = "firstResponse",
                heap_delta_bytes: f64 = "heapDeltaBytes",
            }

            /// `run.started`. The session's key tells the agent, and is not shown.
            RunStarted<'a> {
                channel: Text<'a> = "channel",
                session_key: Text<'a> = "sessionKey",
                run: Id = "runId",
                at_ms: f64 = "ts",
            }

            /// `run.attempt`.
            RunAttempt {
                attempt: f64 = "attempt",
            }

            /// `run.progress`.
            RunProgress<'a> {
                reason: Text<'a> = "reason",
            }

            /// `run.execution_phase`.
            RunExecutionPhase<'a> {
                phase: Text<'a> = "phase",
            }

            /// `context.assembled`: what a model call is about to send.
            ContextAssembled<'a> {
                model: Text<'a> = "model",
                provider: Text<'a> = "provider",
                messages: f64 = "messageCount",
                history_chars: f64 = "historyTextChars",
                prompt_chars: f64 = "promptChars",
                system_prompt_chars: f64 = "systemPromptChars",
                prompt_images: f64 = "promptImages",
                session: Id = "sessionId",
            }

            /// `run.completed`. The session's key tells the agent, and is not shown.
            RunCompleted<'a> {
                channel: Text<'a> = "channel",
                error_category: Text<'a> = "errorCategory",
                session_key: Text<'a> = "sessionKey",
                model: Text<'a> = "model",
                outcome: Text<'a> = "outcome",
                provider: Text<'a> = "provider",
                trigger: Text<'a> = "trigger",
                blocked_by: Text<'a> = "blockedBy",
                duration_ms: f64 = "durationMs",
                run: Id = "runId",
            }

            /// `harness.run.started`, `harness.run.completed` and `harness.run.error`.
            HarnessRun<'a> {
                channel: Text<'a> = "channel",
                error_category: Text<'a> = "errorCategory",
                harness: Text<'a> = "harnessId",
                model: Text<'a> = "model",
                outcome: Text<'a> = "outcome",
                phase: Text<'a> = "phase",
                plugin: Text<'a> = "pluginId",
                provider: Text<'a> = "provider",
                duration_ms: f64 = "durationMs",
            }

            /// `model.call.started`, `model.call.completed` and `model.call.error`. The session's key tells the agent, and is
            /// not shown.
            ModelCall<'a> {
                api: Text<'a> = "api",
                error_category: Text<'a> = "errorCategory",
                model: Text<'a> = "model",
                observation_unit: Text<'a> = "observationUnit",
                provider: Text<'a> = "provider",
                transport: Text<'a> = "transport",
                duration_ms: f64 = "durationMs",
                first_byte_ms: f64 = "timeToFirstByteMs",
                request_bytes: f64 = "requestPayloadBytes",
                response_bytes: f64 = "responseStreamBytes",
                usage: CallUsage = "usage",
                session_key: Text<'a> = "sessionKey",
                run: Id = "runId",
                call: Id = "callId",
                at_ms: f64 = "ts",
            }

            /// Tokens and cost of one model call.
            CallUsage {
                input: f64 = "input",
                output: f64 = "output",
                cache_read: f64 = "cacheRead",
                cache_write: f64 = "cacheWrite",
                reasoning: f64 = "reasoningTokens",
                cost: CallCost = "cost",
            }

            /// What one model call costs, in US dollars.
            CallCost {
                total: f64 = "total",
            }

            /// `model.failover`.
            ModelFailover<'a> {
                from_model: Text<'a> = "fromModel",
                from_provider: Text<'a> = "fromProvider",
                lane: Text<'a> = "lane",
                reason: Text<'a> = "reason",
                suspended: bool = "suspended",
                to_model: Text<'a> = "toModel",
                to_provider: Text<'a> = "toProvider",
            }

            /// `model.usage`. The session's key tells the agent, and is not shown.
            ModelUsage<'a> {
                agent: Text<'a> = "agentId",
                session_key: Text<'a> = "sessionKey",
                channel: Text<'a> = "channel",
                model: Text<'a> = "model",
                provider: Text<'a> = "provider",
                usage: TokenUsage = "usage",
                context: ContextUse = "context",
                cost_usd: f64 = "costUsd",
                duration_ms: f64 = "durationMs",
            }

            /// Token counts of a `model.usage` event.
            TokenUsage {
                input: f64 = "input",
                output: f64 = "output",
                cache_read: f64 = "cacheRead",
                cache_write: f64 = "cacheWrite",
                prompt: f64 = "promptTokens",
                total: f64 = "total",
            }

            /// The context window of a run's last model call, in tokens.
            ContextUse {
                limit: f64 = "limit",
                used: f64 = "used",
            }

            /// `skill.used`.
            SkillUsed<'a> {
                activation: Text<'a> = "activation",
                agent: Text<'a> = "agentId",
                skill: Text<'a> = "skillName",
                source: Text<'a> = "skillSource",
            }

            /// `tool.execution.started`, `…completed`, `…error` and `…blocked`.
            ToolExecution<'a> {
                agent: Text<'a> = "agentId",
                denied_reason: Text<'a> = "deniedReason",
                error_category: Text<'a> = "errorCategory",
                params: ParamsSummary<'a> = "paramsSummary",
                tool: Text<'a> = "toolName",
                tool_owner: Text<'a> = "toolOwner",
                tool_source: Text<'a> = "toolSource",
                terminal_reason: Text<'a> = "terminalReason",
                duration_ms: f64 = "durationMs",
                run: Id = "runId",
                call: Id = "toolCallId",
                at_ms: f64 = "ts",
            }

            /// What kind of parameters a tool got.
            ParamsSummary<'a> {
                kind: Text<'a> = "kind",
            }

            /// `tool.loop`.
            ToolLoop<'a> {
                action: Text<'a> = "action",
                detector: Text<'a> = "detector",
                level: Text<'a> = "level",
                tool: Text<'a> = "toolName",
            }

            /// `exec.process.completed`.
            ExecProcess<'a> {
                failure_kind: Text<'a> = "failureKind",
                mode: Text<'a> = "mode",
                outcome: Text<'a> = "outcome",
                target: Text<'a> = "target",
                duration_ms: f64 = "durationMs",
            }

            /// `exec.approval.followup_suppressed`.
            ExecFollowup<'a> {
                phase: Text<'a> = "phase",
                reason: Text<'a> = "reason",
            }

            /// `webhook.received`, `webhook.processed` and `webhook.error`.
            Webhook<'a> {
                channel: Text<'a> = "channel",
                update_type: Text<'a> = "updateType",
                duration_ms: f64 = "durationMs",
            }

            /// `message.queued`.
            MessageQueued<'a> {
                channel: Text<'a> = "channel",
                source: Text<'a> = "source",
                queue_depth: f64 = "queueDepth",
            }

            /// `message.received`, `message.dispatch.started` and `message.dispatch.completed`.
            MessageDispatch<'a> {
                channel: Text<'a> = "channel",
                outcome: Text<'a> = "outcome",
                reason: Text<'a> = "reason",
                source: Text<'a> = "source",
                duration_ms: f64 = "durationMs",
            }

            /// `message.processed`.
            MessageProcessed<'a> {
                channel: Text<'a> = "channel",
                outcome: Text<'a> = "outcome",
                reason: Text<'a> = "reason",
                duration_ms: f64 = "durationMs",
            }

            /// `message.delivery.started`, `message.delivery.completed` and `message.delivery.error`.
            MessageDelivery<'a> {
                channel: Text<'a> = "channel",
                delivery_kind: Text<'a> = "deliveryKind",
                error_category: Text<'a> = "errorCategory",
                duration_ms: f64 = "durationMs",
            }

            /// `talk.event`.
            TalkEvent<'a> {
                brain: Text<'a> = "brain",
                event_type: Text<'a> = "talkEventType",
                mode: Text<'a> = "mode",
                provider: Text<'a> = "provider",
                transport: Text<'a> = "transport",
                duration_ms: f64 = "durationMs",
                byte_length: f64 = "byteLength",
            }

            /// `queue.lane.enqueue` and `queue.lane.dequeue`.
            QueueLane<'a> {
                lane: Text<'a> = "lane",
                queue_size: f64 = "queueSize",
                wait_ms: f64 = "waitMs",
                lane_id: Id = "lane",
                at_ms: f64 = "ts",
            }

            /// `session.state`.
            SessionState<'a> {
                reason: Text<'a> = "reason",
                state: Text<'a> = "state",
                queue_depth: f64 = "queueDepth",
            }

            /// `session.turn.created`.
            SessionTurnCreated<'a> {
                agent: Text<'a> = "agentId",
                channel: Text<'a> = "channel",
                trigger: Text<'a> = "trigger",
            }

            /// `session.stuck`, `session.stalled` and `session.long_running`.
            SessionAge<'a> {
                active_work_kind: Text<'a> = "activeWorkKind",
                classification: Text<'a> = "classification",
                reason: Text<'a> = "reason",
                state: Text<'a> = "state",
                age_ms: f64 = "ageMs",
            }

            /// `session.recovery.requested` and `session.recovery.completed`.
            SessionRecovery<'a> {
                action: Text<'a> = "action",
                active_work_kind: Text<'a> = "activeWorkKind",
                allow_active_abort: bool = "allowActiveAbort",
                state: Text<'a> = "state",
                status: Text<'a> = "status",
                age_ms: f64 = "ageMs",
            }

            /// `payload.large`.
            PayloadLarge<'a> {
                action: Text<'a> = "action",
                channel: Text<'a> = "channel",
                plugin: Text<'a> = "pluginId",
                reason: Text<'a> = "reason",
                surface: Text<'a> = "surface",
                bytes: f64 = "bytes",
            }

            /// `telemetry.exporter`.
            TelemetryExporter<'a> {
                exporter: Text<'a> = "exporter",
                reason: Text<'a> = "reason",
                signal: Text<'a> = "signal",
                status: Text<'a> = "status",
            }
        }
    };
}
pub(super) use objects;

objects!(numbered);

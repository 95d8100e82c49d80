//! OpenClaw's diagnostic events, typed and borrowed, and a recorder for each.
//!
//! Each of the host's 57 types has a struct with the fields that are used, and only those. A broken field is
//! [`Field::Invalid`] and costs the event nothing else. Units are the host's: `_ms` is milliseconds, memory is bytes.

use super::field::{Fault, Field, Text};
use super::fields::{Fields, FromFields, KEYS};
use super::line::Metadata;
use super::names::Names;
use super::numbers::{FromNumbers, Member, Numbers, Shape};
use super::observe::OpenClaw;

/// Declares structs read from the members of a JSON object: field, type, key.
macro_rules! objects {
    ($($(#[$meta:meta])* $name:ident $(<$life:lifetime>)? { $($field:ident: $value:ty = $key:literal,)* })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, Default, PartialEq)]
        pub struct $name $(<$life>)? {
            $(#[doc = concat!("`", $key, "`.")] pub $field: Field<$value>,)*
        }

        impl<'a> FromFields<'a> for $name $(<$life>)? {
            fn from_fields(fields: &Fields<'a>) -> Self {
                $name { $($field: fields.get(const { KEYS.index_of($key) }),)* }
            }
        }

        impl<'a> FromNumbers<'a> for $name $(<$life>)? {
            fn shape() -> Shape {
                Shape::Object(vec![$(Member::new::<$value>($key)),*])
            }

            #[inline]
            fn from_numbers(_: f64, numbers: &mut Numbers<'_, 'a>) -> Result<Self, Fault> {
                Ok($name { $($field: FromNumbers::take(numbers),)* })
            }
        }
    )*};
}

/// Declares the event types: variant, struct, name, recorder.
macro_rules! events {
    ($($(#[$meta:meta])* $variant:ident($body:ty) = $name:literal, $record:ident;)*) => {
        /// One diagnostic event.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum DiagnosticEvent<'a> {
            $($(#[$meta])* $variant($body),)*
            /// A type this catalogue does not know.
            Unknown(Text<'a>),
        }

        crate::label_enum! {
            /// The types of events that the catalogue knows.
            pub enum EventType("event") { $($variant = $name),* }
        }

        impl DiagnosticEvent<'_> {
            /// The event types that are recorded: the filter of a subscription.
            pub const TYPES: &'static [&'static str] = &[$($name),*];

            /// The event's `type`.
            pub fn event_type(&self) -> &str {
                match self {
                    $(DiagnosticEvent::$variant(_) => $name,)*
                    DiagnosticEvent::Unknown(name) => name,
                }
            }
        }

        impl<'a> DiagnosticEvent<'a> {
            /// The fields of each type, in the order of [`TYPES`](DiagnosticEvent::TYPES) and in that in which
            /// [`OpenClaw::observe_numbers`] takes them.
            pub fn shapes() -> Vec<Shape> {
                vec![$(<$body as FromNumbers<'a>>::shape()),*]
            }
        }

        static NAMES: Names<{ DiagnosticEvent::TYPES.len() }> = Names::new([$($name),*]);

        /// How the struct of each type is read, in the order of [`NAMES`].
        static READERS: [for<'a> fn(&Fields<'a>) -> DiagnosticEvent<'a>; DiagnosticEvent::TYPES.len()] =
            [$(|fields| DiagnosticEvent::$variant(FromFields::from_fields(fields))),*];

        /// How the struct of each type is read from numbers.
        static TAKERS: [for<'n, 'a> fn(&mut Numbers<'n, 'a>) -> DiagnosticEvent<'a>; DiagnosticEvent::TYPES.len()] =
            [$(|numbers| {
                // Reading an object takes what is broken as such: it has no error of its own.
                DiagnosticEvent::$variant(FromNumbers::from_numbers(0.0, numbers).unwrap_or_default())
            }),*];

        /// One recorder for each happening. A field that is left out is one that the host did not send.
        #[allow(clippy::extra_unused_lifetimes, reason = "some events borrow nothing")]
        impl OpenClaw {
            $(
                $(#[$meta])*
                #[inline]
                pub fn $record<'a>(&self, event: &$body) {
                    let recorder = self.recorder();
                    recorder.count(EventType::$variant);
                    recorder.$record(event);
                }
            )*

            /// Records an event of any type.
            pub(super) fn record(&self, event: &DiagnosticEvent<'_>) {
                match event {
                    $(DiagnosticEvent::$variant(event) => self.$record(event),)*
                    DiagnosticEvent::Unknown(_) => self.recorder().reject_type(),
                }
            }
        }
    };
}

events! {
    /// A garbage collection of the main isolate ended.
    Gc(Gc) = "diagnostic.gc", gc;
    /// The main event loop was sampled.
    EventLoopSample(EventLoopSample) = "gateway.event_loop.sample", event_loop_sample;
    /// The process memory was sampled.
    MemorySample(MemorySample<'a>) = "diagnostic.memory.sample", memory_sample;
    /// Memory use crossed a threshold.
    MemoryPressure(MemoryPressure<'a>) = "diagnostic.memory.pressure", memory_pressure;
    /// Child processes were spawned.
    ChildProcessSpawn(ChildProcessSpawn<'a>) = "diagnostic.child_process.spawn", child_process_spawn;
    /// The event loop or the CPU was too busy.
    LivenessWarning(LivenessWarning<'a>) = "diagnostic.liveness.warning", liveness_warning;
    /// The host's event queue was full and lost events.
    AsyncQueueDropped(AsyncQueueDropped) = "diagnostic.async_queue.dropped", async_queue_dropped;
    /// The host looked at its sessions and webhooks.
    Heartbeat(Heartbeat) = "diagnostic.heartbeat", heartbeat;
    /// A phase of the host's own work ended, as of its start.
    PhaseCompleted(PhaseCompleted<'a>) = "diagnostic.phase.completed", phase_completed;
    /// A line was logged.
    LogRecord(LogRecord<'a>) = "log.record", log_record;
    /// Something happened that matters to security.
    SecurityEvent(SecurityEvent<'a>) = "security.event", security_event;
    /// An RPC request passed one of its phases.
    GatewayRpc(GatewayRpc<'a>) = "gateway.rpc", gateway_rpc;
    /// An agent run started.
    RunStarted(RunStarted<'a>) = "run.started", run_started;
    /// A run was tried, for the first time or again.
    RunAttempt(RunAttempt) = "run.attempt", run_attempt;
    /// A run went on.
    RunProgress(RunProgress<'a>) = "run.progress", run_progress;
    /// A run entered a phase of its execution.
    RunExecutionPhase(RunExecutionPhase<'a>) = "run.execution_phase", run_execution_phase;
    /// An agent run ended.
    RunCompleted(RunCompleted<'a>) = "run.completed", run_completed;
    /// A harness run started.
    HarnessRunStarted(HarnessRun<'a>) = "harness.run.started", harness_run_started;
    /// A harness run ended.
    HarnessRunCompleted(HarnessRun<'a>) = "harness.run.completed", harness_run_completed;
    /// A harness run failed.
    HarnessRunError(HarnessRun<'a>) = "harness.run.error", harness_run_error;
    /// The context of a model call was put together.
    ContextAssembled(ContextAssembled<'a>) = "context.assembled", context_assembled;
    /// A model call started.
    ModelCallStarted(ModelCall<'a>) = "model.call.started", model_call_started;
    /// A model call ended well.
    ModelCallCompleted(ModelCall<'a>) = "model.call.completed", model_call_completed;
    /// A model call failed.
    ModelCallError(ModelCall<'a>) = "model.call.error", model_call_error;
    /// A run went on with another model.
    ModelFailover(ModelFailover<'a>) = "model.failover", model_failover;
    /// The usage of a run's model calls was summed up.
    ModelUsage(ModelUsage<'a>) = "model.usage", model_usage;
    /// A skill was used.
    SkillUsed(SkillUsed<'a>) = "skill.used", skill_used;
    /// A tool started.
    ToolExecutionStarted(ToolExecution<'a>) = "tool.execution.started", tool_execution_started;
    /// A tool ended well.
    ToolExecutionCompleted(ToolExecution<'a>) = "tool.execution.completed", tool_execution_completed;
    /// A tool failed.
    ToolExecutionError(ToolExecution<'a>) = "tool.execution.error", tool_execution_error;
    /// A tool was not allowed to run.
    ToolExecutionBlocked(ToolExecution<'a>) = "tool.execution.blocked", tool_execution_blocked;
    /// An agent calls tools in a loop.
    ToolLoop(ToolLoop<'a>) = "tool.loop", tool_loop;
    /// A process that an agent started ended.
    ExecProcessCompleted(ExecProcess<'a>) = "exec.process.completed", exec_process_completed;
    /// What follows the approval of a command was not sent, as its session had gone on.
    ExecFollowupSuppressed(ExecFollowup<'a>) = "exec.approval.followup_suppressed", exec_followup_suppressed;
    /// A webhook request came in.
    WebhookReceived(Webhook<'a>) = "webhook.received", webhook_received;
    /// A webhook request was processed.
    WebhookProcessed(Webhook<'a>) = "webhook.processed", webhook_processed;
    /// A webhook request failed.
    WebhookError(Webhook<'a>) = "webhook.error", webhook_error;
    /// A message was put into a queue.
    MessageQueued(MessageQueued<'a>) = "message.queued", message_queued;
    /// A message came in.
    MessageReceived(MessageDispatch<'a>) = "message.received", message_received;
    /// A message was handed to an agent.
    MessageDispatchStarted(MessageDispatch<'a>) = "message.dispatch.started", message_dispatch_started;
    /// The hand-over of a message ended.
    MessageDispatchCompleted(MessageDispatch<'a>) = "message.dispatch.completed", message_dispatch_completed;
    /// A message was processed.
    MessageProcessed(MessageProcessed<'a>) = "message.processed", message_processed;
    /// An outbound delivery started.
    MessageDeliveryStarted(MessageDelivery<'a>) = "message.delivery.started", message_delivery_started;
    /// An outbound delivery ended well.
    MessageDeliveryCompleted(MessageDelivery<'a>) = "message.delivery.completed", message_delivery_completed;
    /// An outbound delivery failed.
    MessageDeliveryError(MessageDelivery<'a>) = "message.delivery.error", message_delivery_error;
    /// Something happened in a voice session.
    Talk(TalkEvent<'a>) = "talk.event", talk;
    /// Work was put into a queue lane.
    QueueLaneEnqueue(QueueLane<'a>) = "queue.lane.enqueue", queue_lane_enqueue;
    /// Work was taken from a queue lane.
    QueueLaneDequeue(QueueLane<'a>) = "queue.lane.dequeue", queue_lane_dequeue;
    /// A session changed its state.
    SessionState(SessionState<'a>) = "session.state", session_state;
    /// An agent turn was created.
    SessionTurnCreated(SessionTurnCreated<'a>) = "session.turn.created", session_turn_created;
    /// A session's state is older than its work.
    SessionStuck(SessionAge<'a>) = "session.stuck", session_stuck;
    /// A session's work makes no progress.
    SessionStalled(SessionAge<'a>) = "session.stalled", session_stalled;
    /// A session has worked for long, and makes progress.
    SessionLongRunning(SessionAge<'a>) = "session.long_running", session_long_running;
    /// The recovery of a session was asked for.
    SessionRecoveryRequested(SessionRecovery<'a>) = "session.recovery.requested", session_recovery_requested;
    /// The recovery of a session ended.
    SessionRecoveryCompleted(SessionRecovery<'a>) = "session.recovery.completed", session_recovery_completed;
    /// A payload was over its limit.
    PayloadLarge(PayloadLarge<'a>) = "payload.large", payload_large;
    /// A telemetry exporter started, failed or dropped data.
    TelemetryExporter(TelemetryExporter<'a>) = "telemetry.exporter", telemetry_exporter;
}

impl<'a> DiagnosticEvent<'a> {
    /// The event of type `event_type` whose members are `fields`.
    pub(super) fn new(event_type: Text<'a>, fields: &Fields<'a>) -> Self {
        match NAMES.find(&event_type).and_then(|place| READERS.get(place)) {
            Some(read) => read(fields),
            None => DiagnosticEvent::Unknown(event_type),
        }
    }

    /// The event of type number `event_type` whose fields are `numbers`.
    fn from_numbers(event_type: usize, mut numbers: Numbers<'_, 'a>) -> Option<Self> {
        TAKERS.get(event_type).map(|take| take(&mut numbers))
    }

    /// Whether the host emits events of this type without a word for them, as anybody can. What they record is by
    /// labels of closed sets, or bounded by itself.
    pub fn is_anybodys(&self) -> bool {
        use DiagnosticEvent as Event;
        matches!(
            self,
            Event::RunExecutionPhase(_)
                | Event::PhaseCompleted(_)
                | Event::ExecProcessCompleted(_)
                | Event::ExecFollowupSuppressed(_)
                | Event::LogRecord(_)
        )
    }
}

impl OpenClaw {
    /// Records an event that comes as [numbers](super::numbers): `event_type` is the place of its type in
    /// [`DiagnosticEvent::TYPES`], and `texts` gives the text behind a number. False for a type that there is not.
    ///
    /// Allocates nothing, except for lists: the reasons of a liveness warning, the heaps of a memory sample.
    ///
    /// ```
    /// use openclaw_prometheus::openclaw::{DiagnosticEvent, Metadata, OpenClaw};
    /// use openclaw_prometheus::{Registry, encode};
    ///
    /// let registry = Registry::builder().build()?;
    /// let openclaw = OpenClaw::new(&registry)?;
    /// let host = Metadata { trusted: true, ..Metadata::default() };
    /// let place = DiagnosticEvent::TYPES.iter().position(|name| *name == "webhook.received").expect("a type");
    /// // Its fields are channel, updateType and durationMs; the last is missing.
    /// let texts = ["telegram", "message"];
    /// openclaw.observe_numbers(place, &[0.0, 1.0], &|number| texts.get(number as usize).copied(), host);
    /// let sample = r#"openclaw_webhook_received_total{channel="telegram",webhook="message"} 1"#;
    /// assert!(encode::text(&registry).contains(sample));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn observe_numbers<'a>(
        &self,
        event_type: usize,
        numbers: &[f64],
        texts: &dyn Fn(u32) -> Option<&'a str>,
        metadata: Metadata,
    ) -> bool {
        let event = DiagnosticEvent::from_numbers(event_type, Numbers::new(numbers, texts));
        event.is_some_and(|event| {
            self.observe(&event, metadata);
            true
        })
    }
}

objects! {
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
    }

    /// The heap of one worker, in bytes.
    WorkerHeap<'a> {
        script: Text<'a> = "script",
        heap_used: f64 = "heapUsed",
    }

    /// `diagnostic.memory.pressure`.
    MemoryPressure<'a> {
        level: Text<'a> = "level",
        reason: Text<'a> = "reason",
    }

    /// `diagnostic.child_process.spawn`.
    ChildProcessSpawn<'a> {
        family: Text<'a> = "family",
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
    }

    /// `run.started`. The session's key tells the agent, and is not shown.
    RunStarted<'a> {
        channel: Text<'a> = "channel",
        session_key: Text<'a> = "sessionKey",
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

    /// `model.call.started`, `model.call.completed` and `model.call.error`.
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

    /// `model.usage`.
    ModelUsage<'a> {
        agent: Text<'a> = "agentId",
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

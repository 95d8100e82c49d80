//! OpenClaw's diagnostic events, typed and borrowed.
//!
//! Each type that feeds a metric family has a struct with the fields that are used, and only those. A broken field is
//! [`Field::Invalid`] and costs the event nothing else. Units are the host's: `_ms` is milliseconds, memory is bytes.

use super::field::{Field, Text};
use super::fields::{Fields, FromFields, KEYS};
use super::names::Names;

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
    )*};
}

/// Declares the event types that feed a family: variant, struct, name.
macro_rules! events {
    ($($(#[$meta:meta])* $variant:ident($body:ty) = $name:literal,)*) => {
        /// One diagnostic event.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum DiagnosticEvent<'a> {
            $($(#[$meta])* $variant($body),)*
            /// A type the host has and no family is fed by.
            Unfed(&'static str),
            /// A type this catalogue does not know.
            Unknown(Text<'a>),
        }

        impl DiagnosticEvent<'_> {
            /// The event types that feed a family: the filter of a subscription.
            pub const FED_TYPES: &'static [&'static str] = &[$($name),*];

            /// The event's `type`.
            pub fn event_type(&self) -> &str {
                match self {
                    $(DiagnosticEvent::$variant(_) => $name,)*
                    DiagnosticEvent::Unfed(name) => name,
                    DiagnosticEvent::Unknown(name) => name,
                }
            }
        }

        static FED: Names<{ DiagnosticEvent::FED_TYPES.len() }> = Names::new([$($name),*]);

        /// How the struct of each fed type is read, in the order of [`FED`].
        static READERS: [for<'a> fn(&Fields<'a>) -> DiagnosticEvent<'a>; DiagnosticEvent::FED_TYPES.len()] =
            [$(|fields| DiagnosticEvent::$variant(FromFields::from_fields(fields))),*];
    };
}

events! {
    /// A garbage collection of the main isolate ended.
    Gc(Gc) = "diagnostic.gc",
    /// The main event loop was sampled.
    EventLoopSample(EventLoopSample) = "gateway.event_loop.sample",
    /// The process memory was sampled.
    MemorySample(MemorySample<'a>) = "diagnostic.memory.sample",
    /// Memory use crossed a threshold.
    MemoryPressure(MemoryPressure<'a>) = "diagnostic.memory.pressure",
    /// Child processes were spawned.
    ChildProcessSpawn(ChildProcessSpawn<'a>) = "diagnostic.child_process.spawn",
    /// The event loop or the CPU was too busy.
    LivenessWarning(LivenessWarning<'a>) = "diagnostic.liveness.warning",
    /// The host's event queue was full and lost events.
    AsyncQueueDropped(AsyncQueueDropped) = "diagnostic.async_queue.dropped",
    /// An RPC request passed one of its phases.
    GatewayRpc(GatewayRpc<'a>) = "gateway.rpc",
    /// An agent run ended.
    RunCompleted(RunCompleted<'a>) = "run.completed",
    /// A harness run ended.
    HarnessRunCompleted(HarnessRun<'a>) = "harness.run.completed",
    /// A harness run failed.
    HarnessRunError(HarnessRun<'a>) = "harness.run.error",
    /// A model call ended well.
    ModelCallCompleted(ModelCall<'a>) = "model.call.completed",
    /// A model call failed.
    ModelCallError(ModelCall<'a>) = "model.call.error",
    /// A run went on with another model.
    ModelFailover(ModelFailover<'a>) = "model.failover",
    /// The usage of a run's model calls was summed up.
    ModelUsage(ModelUsage<'a>) = "model.usage",
    /// A skill was used.
    SkillUsed(SkillUsed<'a>) = "skill.used",
    /// A tool ended well.
    ToolExecutionCompleted(ToolExecution<'a>) = "tool.execution.completed",
    /// A tool failed.
    ToolExecutionError(ToolExecution<'a>) = "tool.execution.error",
    /// A tool was not allowed to run.
    ToolExecutionBlocked(ToolExecution<'a>) = "tool.execution.blocked",
    /// A webhook request came in.
    WebhookReceived(Webhook<'a>) = "webhook.received",
    /// A webhook request was processed.
    WebhookProcessed(Webhook<'a>) = "webhook.processed",
    /// A webhook request failed.
    WebhookError(Webhook<'a>) = "webhook.error",
    /// A message came in.
    MessageReceived(MessageDispatch<'a>) = "message.received",
    /// A message was handed to an agent.
    MessageDispatchStarted(MessageDispatch<'a>) = "message.dispatch.started",
    /// The hand-over of a message ended.
    MessageDispatchCompleted(MessageDispatch<'a>) = "message.dispatch.completed",
    /// A message was processed.
    MessageProcessed(MessageProcessed<'a>) = "message.processed",
    /// An outbound delivery started.
    MessageDeliveryStarted(MessageDelivery<'a>) = "message.delivery.started",
    /// An outbound delivery ended well.
    MessageDeliveryCompleted(MessageDelivery<'a>) = "message.delivery.completed",
    /// An outbound delivery failed.
    MessageDeliveryError(MessageDelivery<'a>) = "message.delivery.error",
    /// Something happened in a voice session.
    Talk(TalkEvent<'a>) = "talk.event",
    /// Work was put into a queue lane.
    QueueLaneEnqueue(QueueLane<'a>) = "queue.lane.enqueue",
    /// Work was taken from a queue lane.
    QueueLaneDequeue(QueueLane<'a>) = "queue.lane.dequeue",
    /// A session changed its state.
    SessionState(SessionState<'a>) = "session.state",
    /// An agent turn was created.
    SessionTurnCreated(SessionTurnCreated<'a>) = "session.turn.created",
    /// A session's state is older than its work.
    SessionStuck(SessionStuck<'a>) = "session.stuck",
    /// The recovery of a session was asked for.
    SessionRecoveryRequested(SessionRecovery<'a>) = "session.recovery.requested",
    /// The recovery of a session ended.
    SessionRecoveryCompleted(SessionRecovery<'a>) = "session.recovery.completed",
    /// A payload was over its limit.
    PayloadLarge(PayloadLarge<'a>) = "payload.large",
    /// A telemetry exporter started, failed or dropped data.
    TelemetryExporter(TelemetryExporter<'a>) = "telemetry.exporter",
}

impl<'a> DiagnosticEvent<'a> {
    /// The event of type `event_type` whose members are `fields`.
    pub(super) fn new(event_type: Text<'a>, fields: &Fields<'a>) -> Self {
        if let Some(read) = FED.find(&event_type).and_then(|place| READERS.get(place)) {
            return read(fields);
        }
        match UNFED.name(&event_type) {
            Some(name) => DiagnosticEvent::Unfed(name),
            None => DiagnosticEvent::Unknown(event_type),
        }
    }
}

/// Known types that no family is fed by.
static UNFED: Names<18> = Names::new([
    "context.assembled",
    "diagnostic.heartbeat",
    "diagnostic.phase.completed",
    "exec.approval.followup_suppressed",
    "exec.process.completed",
    "harness.run.started",
    "log.record",
    "message.queued",
    "model.call.started",
    "run.attempt",
    "run.execution_phase",
    "run.progress",
    "run.started",
    "security.event",
    "session.long_running",
    "session.stalled",
    "tool.execution.started",
    "tool.loop",
]);

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

    /// `gateway.rpc`.
    GatewayRpc<'a> {
        method: Text<'a> = "method",
        phase: Text<'a> = "phase",
        outcome: Text<'a> = "outcome",
        duration_ms: f64 = "durationMs",
        admission_ms: f64 = "admissionMs",
        queue_wait_ms: f64 = "queueWaitMs",
    }

    /// `run.completed`.
    RunCompleted<'a> {
        channel: Text<'a> = "channel",
        model: Text<'a> = "model",
        outcome: Text<'a> = "outcome",
        provider: Text<'a> = "provider",
        trigger: Text<'a> = "trigger",
        blocked_by: Text<'a> = "blockedBy",
        duration_ms: f64 = "durationMs",
    }

    /// `harness.run.completed` and `harness.run.error`.
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

    /// `model.call.completed` and `model.call.error`.
    ModelCall<'a> {
        api: Text<'a> = "api",
        error_category: Text<'a> = "errorCategory",
        model: Text<'a> = "model",
        observation_unit: Text<'a> = "observationUnit",
        provider: Text<'a> = "provider",
        transport: Text<'a> = "transport",
        duration_ms: f64 = "durationMs",
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

    /// `skill.used`.
    SkillUsed<'a> {
        activation: Text<'a> = "activation",
        agent: Text<'a> = "agentId",
        skill: Text<'a> = "skillName",
        source: Text<'a> = "skillSource",
    }

    /// `tool.execution.completed`, `tool.execution.error` and `tool.execution.blocked`.
    ToolExecution<'a> {
        denied_reason: Text<'a> = "deniedReason",
        error_category: Text<'a> = "errorCategory",
        params: ParamsSummary<'a> = "paramsSummary",
        tool: Text<'a> = "toolName",
        tool_owner: Text<'a> = "toolOwner",
        tool_source: Text<'a> = "toolSource",
        duration_ms: f64 = "durationMs",
    }

    /// What kind of parameters a tool got.
    ParamsSummary<'a> {
        kind: Text<'a> = "kind",
    }

    /// `webhook.received`, `webhook.processed` and `webhook.error`.
    Webhook<'a> {
        channel: Text<'a> = "channel",
        update_type: Text<'a> = "updateType",
        duration_ms: f64 = "durationMs",
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

    /// `session.stuck`.
    SessionStuck<'a> {
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

//! OpenClaw's diagnostic events, typed and borrowed: one list of them, and what can be told of each without recording it.
//!
//! Each of the host's types has a struct (see `objects`). A broken field is [`Field::Invalid`](super::Field::Invalid)
//! and costs the event nothing else. Units are the host's: `_ms` is milliseconds, memory is bytes.

use super::field::Text;
use super::fields::{Fields, FromFields};
use super::names::Names;
use super::numbers::{FromNumbers, Shape};
use super::objects::*;

/// The event types, for a macro that makes something of each: variant, struct, name, and what its recorder is called; behind
/// `or` that for events which the host does not vouch for, where it is another one.
///
/// A new type has six places at most, and the compiler or a test asks for each:
///
/// 1. a line here;
/// 2. its struct in `objects.rs`, if no other has its fields: else the line here names a struct that there is not;
/// 3. its recorder, a method of `Recorder` in `recorder/`: `dispatch.rs` calls it by the name given here;
/// 4. its families in `catalogue/families`, in English and Chinese: the recorder uses their fields;
/// 5. in `catalogue/sets.rs` the values of a label that has a list of its own: the family names the list;
/// 6. such an event with what it records in `tests/it/openclaw_events/samples.rs`: `every_fed_type_is_tried_here`.
///
/// How it is read from JSON and from numbers, the filter of the subscription, and what the plugin hands over follow from
/// these. The references of metrics and of the public interface are generated: the tests that find them old say how.
macro_rules! events {
    ($make:ident) => {
        $make! {
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
            PhaseCompleted(PhaseCompleted<'a>) = "diagnostic.phase.completed", phase_completed or phase_of_anybody;
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
    };
}
pub(super) use events;

/// Declares the types.
macro_rules! declare {
    ($($(#[$meta:meta])* $variant:ident($body:ident $(<$life:lifetime>)?) = $name:literal, $recorder:ident $(or $other:ident)?;)*) => {
        /// One diagnostic event.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum DiagnosticEvent<'a> {
            $($(#[$meta])* $variant($body $(<$life>)?),)*
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

            /// Its type, unless it is one that the catalogue does not know.
            pub fn known_type(&self) -> Option<EventType> {
                match self {
                    $(DiagnosticEvent::$variant(_) => Some(EventType::$variant),)*
                    DiagnosticEvent::Unknown(_) => None,
                }
            }
        }

        impl<'a> DiagnosticEvent<'a> {
            /// The fields of each type, in the order of [`TYPES`](DiagnosticEvent::TYPES) and in that in which
            /// [`OpenClaw::observe_numbers`](super::OpenClaw::observe_numbers) takes them.
            pub fn shapes() -> Vec<Shape> {
                vec![$(<$body as FromNumbers<'a>>::shape()),*]
            }
        }

        static NAMES: Names<{ DiagnosticEvent::TYPES.len() }> = Names::new([$($name),*]);

        /// How the struct of each type is read, in the order of [`NAMES`].
        static READERS: [for<'a> fn(&Fields<'a>) -> DiagnosticEvent<'a>; DiagnosticEvent::TYPES.len()] =
            [$(|fields| DiagnosticEvent::$variant(FromFields::from_fields(fields))),*];
    };
}

events!(declare);

impl<'a> DiagnosticEvent<'a> {
    /// The event of type `event_type` whose members are `fields`.
    pub(super) fn new(event_type: Text<'a>, fields: &Fields<'a>) -> Self {
        match NAMES.find(&event_type).and_then(|place| READERS.get(place)) {
            Some(read) => read(fields),
            None => DiagnosticEvent::Unknown(event_type),
        }
    }

    /// The event's `type`.
    pub fn event_type(&self) -> &str {
        match self {
            DiagnosticEvent::Unknown(name) => name,
            known => known.known_type().map_or("", EventType::as_str),
        }
    }

    /// Whether anybody may emit it: see [`EventType::is_anybodys`].
    pub fn is_anybodys(&self) -> bool {
        self.known_type().is_some_and(EventType::is_anybodys)
    }
}

impl EventType {
    /// Whether the host emits events of this type without a word for them, as anybody can. What they record is by
    /// labels of closed sets, or bounded by itself.
    pub fn is_anybodys(self) -> bool {
        matches!(
            self,
            Self::RunExecutionPhase
                | Self::PhaseCompleted
                | Self::ExecProcessCompleted
                | Self::ExecFollowupSuppressed
                | Self::LogRecord
        )
    }
}

/// Who emitted an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Metadata {
    /// The host's own instrumentation did.
    pub trusted: bool,
    /// The host's dispatcher owns the event.
    pub internal: bool,
}

impl Metadata {
    /// Nobody's word.
    pub const fn none() -> Self {
        Metadata { trusted: false, internal: false }
    }

    /// Whether the event is recorded: plugins may emit what they like, and only the host's word counts.
    pub const fn is_recorded(self) -> bool {
        self.trusted || self.internal
    }
}

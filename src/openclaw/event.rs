//! OpenClaw's diagnostic events, typed and borrowed, and a recorder for each.
//!
//! Each of the host's 57 types has a struct (see `objects`). A broken field is [`Field::Invalid`](super::Field::Invalid)
//! and costs the event nothing else. Units are the host's: `_ms` is milliseconds, memory is bytes.

use super::field::Text;
use super::fields::{Fields, FromFields};
use super::line::Metadata;
use super::names::Names;
use super::numbers::{FromNumbers, Numbers, Shape};
use super::objects::*;
use super::observe::OpenClaw;

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

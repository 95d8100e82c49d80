//! From events to families: one match, one small function per event type.
//!
//! Labels go through the [policy](super::policy). A missing optional field gives its fall-back silently; a broken one,
//! or a missing one that the host always sends, is counted as rejected, and everything else of the event is recorded.
//! Negative and non-finite numbers are never recorded.

mod process;
mod run;
mod session;
mod traffic;

use super::catalogue::Families;
use super::event::*;
use super::field::{Fault, Field, Text};
use super::line::Metadata;
use super::policy::{self, UNKNOWN};
use crate::{RegisterError, Registry};

/// The fall-back of labels that need not have a value.
const NONE: &str = "none";
const OTHER: &str = "other";
const COMPLETED: &str = "completed";
const ERROR: &str = "error";

/// The OpenClaw catalogue in a registry, and the way in for events.
#[derive(Debug, Clone)]
pub struct OpenClaw {
    families: Families,
}

impl OpenClaw {
    /// Registers the catalogue.
    ///
    /// # Errors
    /// A family of the catalogue is registered already, or the registry has no room for it.
    pub fn new(registry: &Registry) -> Result<Self, RegisterError> {
        Ok(OpenClaw { families: Families::register(registry)? })
    }

    /// The families that are fed.
    pub fn families(&self) -> &Families {
        &self.families
    }

    /// Says which Gateway this is: the start of its service, not an event, tells it.
    pub fn identify(&self, process_instance_id: &str, build_id: Option<&str>) {
        let build_id = build_id.map_or("", |id| policy::value(id, UNKNOWN));
        self.families.build_info.with([build_id, policy::value(process_instance_id, UNKNOWN)]).set(1.0);
    }

    /// Records one event, if the host vouches for it.
    ///
    /// Lock-free and without allocation, except that the worker heaps of a memory sample are replaced as a whole.
    pub fn observe(&self, event: &DiagnosticEvent<'_>, metadata: Metadata) {
        if metadata.is_recorded() {
            self.record(event);
        }
    }

    fn record(&self, event: &DiagnosticEvent<'_>) {
        use DiagnosticEvent as Event;
        match event {
            Event::Gc(event) => self.gc(event),
            Event::EventLoopSample(event) => self.event_loop_sample(event),
            Event::MemorySample(event) => self.memory_sample(event),
            Event::MemoryPressure(event) => self.memory_pressure(event),
            Event::ChildProcessSpawn(event) => self.child_process_spawn(event),
            Event::LivenessWarning(event) => self.liveness_warning(event),
            Event::AsyncQueueDropped(event) => self.async_queue_dropped(event),
            Event::GatewayRpc(event) => self.gateway_rpc(event),
            Event::RunCompleted(event) => self.run_completed(event),
            Event::HarnessRunCompleted(event) => self.harness_run_completed(event),
            Event::HarnessRunError(event) => self.harness_run_error(event),
            Event::ModelCallCompleted(event) => self.model_call(event, COMPLETED, NONE),
            Event::ModelCallError(event) => self.model_call(event, ERROR, self.category(&event.error_category)),
            Event::ModelFailover(event) => self.model_failover(event),
            Event::ModelUsage(event) => self.model_usage(event),
            Event::SkillUsed(event) => self.skill_used(event),
            Event::ToolExecutionCompleted(event) => self.tool_execution(event, COMPLETED, NONE),
            Event::ToolExecutionError(event) => self.tool_execution(event, ERROR, self.category(&event.error_category)),
            Event::ToolExecutionBlocked(event) => self.tool_execution_blocked(event),
            Event::WebhookReceived(event) => self.families.webhook_received.with(self.webhook(event)).inc(),
            Event::WebhookProcessed(event) => self.webhook_processed(event),
            Event::WebhookError(event) => self.families.webhook_error.with(self.webhook(event)).inc(),
            Event::MessageReceived(event) => self.message_received(event),
            Event::MessageDispatchStarted(event) => self.message_dispatch_started(event),
            Event::MessageDispatchCompleted(event) => self.message_dispatch_completed(event),
            Event::MessageProcessed(event) => self.message_processed(event),
            Event::MessageDeliveryStarted(event) => self.message_delivery_started(event),
            Event::MessageDeliveryCompleted(event) => self.message_delivery(event, COMPLETED, NONE),
            Event::MessageDeliveryError(event) => {
                self.message_delivery(event, ERROR, self.category(&event.error_category));
            }
            Event::Talk(event) => self.talk(event),
            Event::QueueLaneEnqueue(event) => self.queue_lane_size(event),
            Event::QueueLaneDequeue(event) => self.queue_lane_dequeue(event),
            Event::SessionState(event) => self.session_state(event),
            Event::SessionTurnCreated(event) => self.session_turn_created(event),
            Event::SessionStuck(event) => self.session_stuck(event),
            Event::SessionRecoveryRequested(event) => self.session_recovery_requested(event),
            Event::SessionRecoveryCompleted(event) => self.session_recovery_completed(event),
            Event::PayloadLarge(event) => self.payload_large(event),
            Event::TelemetryExporter(event) => self.telemetry_exporter(event),
            Event::Unfed(_) | Event::Unknown(_) => {}
        }
    }
}

/// What becomes of a field.
impl OpenClaw {
    fn reject(&self, fault: Fault) {
        self.families.rejected.at(fault).inc();
    }

    /// The value of a field that may be missing.
    fn optional<'e, T>(&self, field: &'e Field<T>) -> Option<&'e T> {
        match field {
            Field::Value(value) => return Some(value),
            Field::Invalid(fault) => self.reject(*fault),
            Field::Missing => {}
        }
        None
    }

    /// The value of a field that the host always sends.
    fn required<'e, T>(&self, field: &'e Field<T>) -> Option<&'e T> {
        if matches!(field, Field::Missing) {
            self.reject(Fault::Missing);
        }
        self.optional(field)
    }

    fn label<'e>(&self, field: &'e Field<Text<'_>>, fallback: &'static str) -> &'e str {
        self.optional(field).map_or(fallback, |text| policy::value(text, fallback))
    }

    fn required_label<'e>(&self, field: &'e Field<Text<'_>>) -> &'e str {
        self.required(field).map_or(UNKNOWN, |text| policy::value(text, UNKNOWN))
    }

    /// The category of an error, for events that are errors.
    fn category<'e>(&self, field: &'e Field<Text<'_>>) -> &'e str {
        self.label(field, OTHER)
    }

    fn lane<'e>(&self, field: &'e Field<Text<'_>>) -> &'e str {
        self.optional(field).map_or(UNKNOWN, |text| policy::lane(text))
    }

    fn amount(&self, number: Option<&f64>) -> Option<f64> {
        let number = *number?;
        if number.is_finite() && number >= 0.0 {
            // Adding 0 makes a whole zero of the negative one.
            return Some(number + 0.0);
        }
        self.reject(Fault::OutOfRange);
        None
    }

    fn number(&self, field: &Field<f64>) -> Option<f64> {
        self.amount(self.optional(field))
    }

    fn required_number(&self, field: &Field<f64>) -> Option<f64> {
        self.amount(self.required(field))
    }

    fn seconds(&self, milliseconds: &Field<f64>) -> Option<f64> {
        self.number(milliseconds).map(|ms| ms / 1000.0)
    }

    fn required_seconds(&self, milliseconds: &Field<f64>) -> Option<f64> {
        self.required_number(milliseconds).map(|ms| ms / 1000.0)
    }
}

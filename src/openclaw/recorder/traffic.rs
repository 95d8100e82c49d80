//! What comes in and goes out: RPC requests, webhooks, messages, deliveries, voice.

use super::super::catalogue::Operation;
use super::super::objects::*;
use super::{Label, Level, Recorder, at};

impl Recorder {
    pub(in crate::openclaw) fn gateway_rpc(&self, event: &GatewayRpc<'_>) {
        let families = &self.families;
        let method = [self.required_label(&event.method)];
        let phase = self.required_label(&event.phase);
        if phase.text == "received" {
            at(&families.rpc_requests, method).inc();
            return;
        }
        let outcome = self.required_label(&event.outcome);
        let is_answer = phase.text == "response" && matches!(outcome.text, "ok" | "error");
        if is_answer {
            if let Some(bytes) = self.number(&event.response_bytes) {
                at(&families.rpc_response, method).observe(bytes);
            }
            // Frames after the first are no further answer.
            if self.optional(&event.is_first_response) == Some(&false) {
                return;
            }
        }
        at(&families.rpc_outcomes, [outcome, phase]).inc();
        match phase.text {
            _ if is_answer => {
                if let Some(seconds) = self.required_seconds(&event.duration_ms) {
                    at(&families.rpc_first_response, method).observe(seconds);
                }
            }
            "handler" => {
                if let Some(seconds) = self.required_seconds(&event.duration_ms) {
                    at(&families.rpc_handler, method).observe(seconds);
                }
                if let Some(seconds) = self.required_seconds(&event.admission_ms) {
                    at(&families.rpc_admission, method).observe(seconds);
                }
                if let Some(bytes) = self.signed_number(&event.heap_delta_bytes) {
                    at(&families.rpc_handler_heap_delta, method).observe(bytes);
                    at(&families.rpc_handler_heap_delta_exclusive, method).inc();
                }
            }
            "dispatch" => {
                if let Some(seconds) = self.seconds(&event.queue_wait_ms) {
                    at(&families.rpc_queue_wait, method).observe(seconds);
                }
            }
            _ => {}
        }
    }

    fn webhook<'e>(&self, event: &'e Webhook<'_>) -> [Label<'e>; 2] {
        [self.known(&event.channel), self.known(&event.update_type)]
    }

    pub(in crate::openclaw) fn webhook_received(&self, event: &Webhook<'_>) {
        at(&self.families.webhook_received, self.webhook(event)).inc();
    }

    pub(in crate::openclaw) fn webhook_error(&self, event: &Webhook<'_>) {
        at(&self.families.webhook_error, self.webhook(event)).inc();
    }

    pub(in crate::openclaw) fn webhook_processed(&self, event: &Webhook<'_>) {
        let labels = self.webhook(event);
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            at(&self.families.webhook_duration, labels).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn message_queued(&self, event: &MessageQueued<'_>) {
        let channel = self.known(&event.channel);
        at(&self.families.message_queued, [channel, self.known(&event.source)]).inc();
        if let Some(depth) = self.number(&event.queue_depth) {
            at(&self.families.message_queue_depth, [channel]).set(depth);
        }
    }

    pub(in crate::openclaw) fn message_received(&self, event: &MessageDispatch<'_>) {
        let labels = [self.known(&event.channel), self.known(&event.source)];
        at(&self.families.message_received, labels).inc();
    }

    pub(in crate::openclaw) fn message_dispatch_started(&self, event: &MessageDispatch<'_>) {
        self.families.operations.at(Operation::Message).start();
        let labels = [self.known(&event.channel), self.known(&event.source)];
        at(&self.families.message_dispatch_started, labels).inc();
    }

    pub(in crate::openclaw) fn message_dispatch_completed(&self, event: &MessageDispatch<'_>) {
        self.families.operations.at(Operation::Message).end();
        let labels = [
            self.known(&event.channel),
            self.required_label(&event.outcome),
            self.label(&event.reason, self.words.none),
            self.known(&event.source),
        ];
        at(&self.families.message_dispatch_completed, labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            at(&self.families.message_dispatch_duration, labels).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn message_processed(&self, event: &MessageProcessed<'_>) {
        let (channel, outcome) = (self.known(&event.channel), self.required_label(&event.outcome));
        let labels = [channel, outcome, self.label(&event.reason, self.words.none)];
        at(&self.families.message_processed, labels).inc();
        let seconds = self.seconds(&event.duration_ms);
        if let Some(seconds) = seconds {
            at(&self.families.message_processed_duration, labels).observe(seconds);
        }
        self.levels.count(Level::Message, channel, outcome.text != "error", seconds);
    }

    pub(in crate::openclaw) fn message_delivery_started(&self, event: &MessageDelivery<'_>) {
        let labels = [self.known(&event.channel), self.label(&event.delivery_kind, self.words.other)];
        at(&self.families.message_delivery_started, labels).inc();
    }

    pub(in crate::openclaw) fn message_delivery_completed(&self, event: &MessageDelivery<'_>) {
        self.message_delivery(event, self.words.completed, self.words.none);
    }

    pub(in crate::openclaw) fn message_delivery_error(&self, event: &MessageDelivery<'_>) {
        self.message_delivery(event, self.words.error, self.category(&event.error_category));
    }

    fn message_delivery(&self, event: &MessageDelivery<'_>, outcome: Label<'_>, error_category: Label<'_>) {
        let labels =
            [self.known(&event.channel), self.label(&event.delivery_kind, self.words.other), error_category, outcome];
        at(&self.families.message_delivery, labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            at(&self.families.message_delivery_duration, labels).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn talk(&self, event: &TalkEvent<'_>) {
        let labels = [
            self.known(&event.brain),
            self.known(&event.event_type),
            self.known(&event.mode),
            self.known(&event.provider),
            self.known(&event.transport),
        ];
        at(&self.families.talk_event, labels).inc();
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            at(&self.families.talk_event_duration, labels).observe(seconds);
        }
        if let Some(bytes) = self.number(&event.byte_length) {
            at(&self.families.talk_audio, labels).observe(bytes);
        }
    }
}

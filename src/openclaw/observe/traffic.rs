//! What comes in and goes out: RPC requests, webhooks, messages, deliveries, voice.

use super::super::event::*;
use super::{NONE, OTHER, OpenClaw, UNKNOWN};

impl OpenClaw {
    pub(super) fn gateway_rpc(&self, event: &GatewayRpc<'_>) {
        let families = &self.families;
        let method = [self.required_label(&event.method)];
        let phase = self.required_label(&event.phase);
        if phase == "received" {
            families.rpc_requests.with(method).inc();
            return;
        }
        let outcome = self.required_label(&event.outcome);
        families.rpc_outcomes.with([outcome, phase]).inc();
        match phase {
            "response" if matches!(outcome, "ok" | "error") => {
                if let Some(seconds) = self.required_seconds(&event.duration_ms) {
                    families.rpc_first_response.with(method).observe(seconds);
                }
            }
            "handler" => {
                if let Some(seconds) = self.required_seconds(&event.duration_ms) {
                    families.rpc_handler.with(method).observe(seconds);
                }
                if let Some(seconds) = self.required_seconds(&event.admission_ms) {
                    families.rpc_admission.with(method).observe(seconds);
                }
            }
            "dispatch" => {
                if let Some(seconds) = self.seconds(&event.queue_wait_ms) {
                    families.rpc_queue_wait.with(method).observe(seconds);
                }
            }
            _ => {}
        }
    }

    pub(super) fn webhook<'e>(&self, event: &'e Webhook<'_>) -> [&'e str; 2] {
        [self.label(&event.channel, UNKNOWN), self.label(&event.update_type, UNKNOWN)]
    }

    pub(super) fn webhook_processed(&self, event: &Webhook<'_>) {
        let labels = self.webhook(event);
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            self.families.webhook_duration.with(labels).observe(seconds);
        }
    }

    pub(super) fn message_received(&self, event: &MessageDispatch<'_>) {
        let labels = [self.label(&event.channel, UNKNOWN), self.label(&event.source, UNKNOWN)];
        self.families.message_received.with(labels).inc();
    }

    pub(super) fn message_dispatch_started(&self, event: &MessageDispatch<'_>) {
        let labels = [self.label(&event.channel, UNKNOWN), self.label(&event.source, UNKNOWN)];
        self.families.message_dispatch_started.with(labels).inc();
    }

    pub(super) fn message_dispatch_completed(&self, event: &MessageDispatch<'_>) {
        let labels = [
            self.label(&event.channel, UNKNOWN),
            self.required_label(&event.outcome),
            self.label(&event.reason, NONE),
            self.label(&event.source, UNKNOWN),
        ];
        self.families.message_dispatch_completed.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.message_dispatch_duration.with(labels).observe(seconds);
        }
    }

    pub(super) fn message_processed(&self, event: &MessageProcessed<'_>) {
        let labels =
            [self.label(&event.channel, UNKNOWN), self.required_label(&event.outcome), self.label(&event.reason, NONE)];
        self.families.message_processed.with(labels).inc();
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            self.families.message_processed_duration.with(labels).observe(seconds);
        }
    }

    pub(super) fn message_delivery_started(&self, event: &MessageDelivery<'_>) {
        let labels = [self.label(&event.channel, UNKNOWN), self.label(&event.delivery_kind, OTHER)];
        self.families.message_delivery_started.with(labels).inc();
    }

    pub(super) fn message_delivery(&self, event: &MessageDelivery<'_>, outcome: &str, error_category: &str) {
        let labels =
            [self.label(&event.channel, UNKNOWN), self.label(&event.delivery_kind, OTHER), error_category, outcome];
        self.families.message_delivery.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.message_delivery_duration.with(labels).observe(seconds);
        }
    }

    pub(super) fn talk(&self, event: &TalkEvent<'_>) {
        let labels = [
            self.label(&event.brain, UNKNOWN),
            self.label(&event.event_type, UNKNOWN),
            self.label(&event.mode, UNKNOWN),
            self.label(&event.provider, UNKNOWN),
            self.label(&event.transport, UNKNOWN),
        ];
        self.families.talk_event.with(labels).inc();
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            self.families.talk_event_duration.with(labels).observe(seconds);
        }
        if let Some(bytes) = self.number(&event.byte_length) {
            self.families.talk_audio.with(labels).observe(bytes);
        }
    }
}

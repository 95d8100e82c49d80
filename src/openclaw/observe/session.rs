//! Where work waits: queue lanes and sessions.

use super::super::event::*;
use super::super::policy;
use super::{NONE, OpenClaw, UNKNOWN};

impl OpenClaw {
    pub(super) fn queue_lane_size(&self, event: &QueueLane<'_>) {
        let lane = self.lane(&event.lane);
        if let Some(size) = self.required_number(&event.queue_size) {
            self.families.queue_lane_size.with([lane]).set(size);
        }
    }

    pub(super) fn queue_lane_dequeue(&self, event: &QueueLane<'_>) {
        self.queue_lane_size(event);
        // The size has counted a broken lane already.
        let lane = event.lane.value().map_or(UNKNOWN, |lane| policy::lane(lane));
        if let Some(seconds) = self.required_seconds(&event.wait_ms) {
            self.families.queue_lane_wait.with([lane]).observe(seconds);
        }
    }

    pub(super) fn session_state(&self, event: &SessionState<'_>) {
        let state = self.required_label(&event.state);
        self.families.session_state.with([self.label(&event.reason, NONE), state]).inc();
        if let Some(depth) = self.number(&event.queue_depth) {
            self.families.session_queue_depth.with([state]).set(depth);
        }
    }

    pub(super) fn session_turn_created(&self, event: &SessionTurnCreated<'_>) {
        let labels = [
            self.label(&event.agent, UNKNOWN),
            self.label(&event.channel, UNKNOWN),
            self.required_label(&event.trigger),
        ];
        self.families.session_turn_created.with(labels).inc();
    }

    pub(super) fn session_stuck(&self, event: &SessionStuck<'_>) {
        let labels = [self.label(&event.reason, NONE), self.required_label(&event.state)];
        self.families.session_stuck.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.age_ms) {
            self.families.session_stuck_age.with(labels).observe(seconds);
        }
    }

    pub(super) fn session_recovery_requested(&self, event: &SessionRecovery<'_>) {
        let is_abort = self.optional(&event.allow_active_abort) == Some(&true);
        self.session_recovery(event, if is_abort { "abort" } else { "recover" }, "requested");
    }

    pub(super) fn session_recovery_completed(&self, event: &SessionRecovery<'_>) {
        self.session_recovery(event, self.label(&event.action, UNKNOWN), self.required_label(&event.status));
    }

    fn session_recovery(&self, event: &SessionRecovery<'_>, action: &str, status: &str) {
        let work = self.label(&event.active_work_kind, NONE);
        let labels = [action, work, self.required_label(&event.state), status];
        self.families.session_recovery.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.age_ms) {
            self.families.session_recovery_age.with(labels).observe(seconds);
        }
    }
}

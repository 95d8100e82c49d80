//! Where work waits: queue lanes and sessions.

use super::super::catalogue::{Flight, sets};
use super::super::field::Field;
use super::super::objects::*;
use super::{Label, Level, NoPlace, Recorder, at};

/// An answer may be so old when it is read, in seconds.
const ANSWER_SECONDS: f64 = 60.0;

impl Recorder {
    pub(in crate::openclaw) fn queue_lane_enqueue(&self, event: &QueueLane<'_>) {
        let (lane, size) = self.queue_lane_size(event);
        // The same field as the lane's name: it is broken once.
        if let (Some(id), Some(began)) = (event.lane_id.value(), self.number(&event.at_ms)) {
            // A lane whose name no series has found room for has no age.
            let name = lane.id_in(&self.registry).ok_or(NoPlace);
            let outcome = name.and_then(|name| self.oldest.entry_began(*id, name, began, size));
            self.kept(Flight::LaneEntry, outcome);
        }
    }

    /// What waits in lanes, as the Gateway has it.
    pub(in crate::openclaw) fn keep_waiting(&self, answered_at: f64, queued: &[(String, f64)]) {
        // What began later may have come after the answer was made.
        let before_ms = ((answered_at - ANSWER_SECONDS) * 1000.0) as u64;
        for (lane, queued) in queued {
            if let Some(name) = self.registry.known(lane) {
                self.oldest.keep_waiting(name, *queued as u64, before_ms);
            }
        }
    }

    fn queue_lane_size<'e>(&self, event: &'e QueueLane<'_>) -> (Label<'e>, Option<f64>) {
        let lane = self.lane(&event.lane);
        let size = self.required_number(&event.queue_size);
        if let Some(size) = size {
            at(&self.families.queue_lane_size, [lane]).set(size);
        }
        (lane, size)
    }

    pub(in crate::openclaw) fn queue_lane_dequeue(&self, event: &QueueLane<'_>) {
        let (lane, left) = self.queue_lane_size(event);
        let wait_ms = self.required_number(&event.wait_ms);
        if let Some(wait_ms) = wait_ms {
            let seconds = wait_ms / 1000.0;
            at(&self.families.queue_lane_wait, [lane]).observe(seconds);
            self.levels.count(Level::QueueWait, lane, true, Some(seconds));
        }
        if let Some(id) = event.lane_id.value() {
            let began = self.number(&event.at_ms).zip(wait_ms).map(|(at, wait)| at - wait);
            self.oldest.entry_ended(*id, began, left);
        }
    }

    pub(in crate::openclaw) fn session_state(&self, event: &SessionState<'_>) {
        let state = self.required_label(&event.state);
        at(&self.families.session_state, [self.label(&event.reason, self.words.none), state]).inc();
        if let Some(depth) = self.number(&event.queue_depth) {
            at(&self.families.session_queue_depth, [state]).set(depth);
        }
    }

    pub(in crate::openclaw) fn session_turn_created(&self, event: &SessionTurnCreated<'_>) {
        let labels = [self.known(&event.agent), self.known(&event.channel), self.required_label(&event.trigger)];
        at(&self.families.session_turn_created, labels).inc();
    }

    pub(in crate::openclaw) fn session_stuck(&self, event: &SessionAge<'_>) {
        let labels = [self.label(&event.reason, self.words.none), self.required_label(&event.state)];
        at(&self.families.session_stuck, labels).inc();
        if let Some(seconds) = self.required_seconds(&event.age_ms) {
            at(&self.families.session_stuck_age, labels).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn session_stalled(&self, event: &SessionAge<'_>) {
        let classification = self.one_of(&event.classification, sets::STALL);
        let labels = [self.work_kind(event), classification, self.one_of(&event.state, sets::OUR_STATE)];
        at(&self.families.session_stalled, labels).inc();
        if let Some(seconds) = self.required_seconds(&event.age_ms) {
            at(&self.families.session_stalled_age, [classification]).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn session_long_running(&self, event: &SessionAge<'_>) {
        let labels = [self.work_kind(event), self.one_of(&event.state, sets::OUR_STATE)];
        at(&self.families.session_long_running, labels).inc();
        if let Some(seconds) = self.required_seconds(&event.age_ms) {
            self.families.session_long_running_age.observe(seconds);
        }
    }

    /// What a session is at work with, in families of our own.
    fn work_kind<'e>(&self, event: &'e SessionAge<'_>) -> Label<'e> {
        match &event.active_work_kind {
            Field::Missing => self.words.none,
            kind => self.listed(self.label(kind, self.words.other), sets::OUR_WORK_KIND),
        }
    }

    pub(in crate::openclaw) fn session_recovery_requested(&self, event: &SessionRecovery<'_>) {
        let is_abort = self.optional(&event.allow_active_abort) == Some(&true);
        let action = if is_abort { self.words.abort } else { self.words.recover };
        self.session_recovery(event, action, self.words.requested);
    }

    pub(in crate::openclaw) fn session_recovery_completed(&self, event: &SessionRecovery<'_>) {
        self.session_recovery(event, self.known(&event.action), self.required_label(&event.status));
    }

    fn session_recovery(&self, event: &SessionRecovery<'_>, action: Label<'_>, status: Label<'_>) {
        let work = self.label(&event.active_work_kind, self.words.none);
        let labels = [action, work, self.required_label(&event.state), status];
        at(&self.families.session_recovery, labels).inc();
        if let Some(seconds) = self.required_seconds(&event.age_ms) {
            at(&self.families.session_recovery_age, labels).observe(seconds);
        }
    }
}

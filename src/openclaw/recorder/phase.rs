//! Phases of the Gateway's work that have families of their own, by their names: parts of an RPC method, of a sent message,
//! of a worktree's preparation.
//!
//! Other names are nobody's here, as are other values of what is a label: that is for hosts that are newer still.

use super::super::catalogue::sets;
use super::super::field::{Field, Text};
use super::super::objects::*;
use super::Recorder;

/// The one method whose phases are told.
const METHOD: &str = "sessions.catalog.list";

impl Recorder {
    /// Records a phase that the host vouches for, if it is one of these.
    pub(super) fn owner_phase(&self, event: &PhaseCompleted<'_>) {
        let Some(name) = event.name.value() else { return };
        if name == "worktree.preparation" {
            self.worktree(event);
        } else if let Some(phase) = name.strip_prefix("chat.send.").and_then(|name| one_of(name, sets::SEND_PHASE)) {
            self.send_phase(event, phase);
        } else if let Some(phase) = rest_of_method(name).and_then(|name| one_of(name, sets::RPC_STAGE)) {
            self.rpc_stage(event, phase);
        }
    }

    fn rpc_stage(&self, event: &PhaseCompleted<'_>, phase: &'static str) {
        let families = &self.families;
        // A broken duration was counted as it was recorded for anybody.
        let Some(seconds) = sound_seconds(&event.duration_ms) else { return };
        families.rpc_stage.with([METHOD, phase]).observe(seconds);
        if sets::RPC_STAGE_CPU.contains(&phase)
            && let Some(details) = self.optional(&event.details)
            && let Some(seconds) = self.seconds(&details.thread_cpu_ms)
        {
            families.rpc_stage_cpu.with([METHOD, phase]).observe(seconds);
        }
    }

    fn send_phase(&self, event: &PhaseCompleted<'_>, phase: &'static str) {
        let Some(details) = self.optional(&event.details) else { return };
        if let Some(stage) = self.told(&details.stage, sets::SEND_STAGE)
            && let Some(seconds) = sound_seconds(&event.duration_ms)
        {
            self.families.chat_send_phase.with([phase, stage]).observe(seconds);
        }
    }

    fn worktree(&self, event: &PhaseCompleted<'_>) {
        let Some(details) = self.optional(&event.details) else { return };
        let (kind, template, outcome) = (
            self.told(&details.kind, sets::WORKTREE_KIND),
            self.told(&details.template, sets::WORKTREE_TEMPLATE),
            self.told(&details.outcome, sets::WORKTREE_OUTCOME),
        );
        let (Some(kind), Some(template), Some(outcome)) = (kind, template, outcome) else { return };
        let observe = |phase, seconds: Option<f64>| {
            if let Some(seconds) = seconds {
                self.families.worktree_preparation.with([kind, outcome, phase, template]).observe(seconds);
            }
        };
        observe("total", sound_seconds(&event.duration_ms));
        for (phase, field) in [
            ("allocate", &details.allocate_ms),
            ("checkout", &details.checkout_ms),
            ("setup", &details.setup_ms),
            ("templatePrepare", &details.template_prepare_ms),
            ("templateApply", &details.template_apply_ms),
            ("snapshot", &details.snapshot_ms),
            ("synchronizeCanonical", &details.synchronize_canonical_ms),
            ("synchronizeProjection", &details.synchronize_projection_ms),
            ("containerStart", &details.container_start_ms),
            ("workspaceLayout", &details.workspace_layout_ms),
        ] {
            observe(phase, self.seconds(field));
        }
    }

    /// What a field says, if it is one of `values`.
    fn told(&self, field: &Field<Text<'_>>, values: sets::Set) -> Option<&'static str> {
        one_of(self.optional(field)?, values)
    }
}

fn rest_of_method(name: &str) -> Option<&str> {
    name.strip_prefix(METHOD)?.strip_prefix('.')
}

fn one_of(word: &str, values: sets::Set) -> Option<&'static str> {
    values.iter().find(|value| **value == word).copied()
}

/// The seconds of a sound duration, without a word for one that is not.
fn sound_seconds(milliseconds: &Field<f64>) -> Option<f64> {
    milliseconds.value().filter(|ms| (0.0..=super::LARGEST).contains(*ms)).map(|ms| (ms + 0.0) / 1000.0)
}

//! Tools and the processes that agents start.

use super::super::catalogue::{Flight, sets};
use super::super::field::Field;
use super::super::objects::*;
use super::{Label, Level, Recorder, at};

impl Recorder {
    fn tool<'e>(&self, event: &'e ToolExecution<'_>) -> Label<'e> {
        self.label(&event.tool, self.words.tool)
    }

    pub(in crate::openclaw) fn tool_execution_started(&self, event: &ToolExecution<'_>) {
        let labels = [self.tool(event), self.label(&event.tool_source, self.words.core)];
        at(&self.families.tool_execution_started, labels).inc();
        if let (Some(call), Some(began)) = (self.optional(&event.call), self.number(&event.at_ms)) {
            let run = self.optional(&event.run).copied();
            self.kept(Flight::Tool, self.oldest.tools.begin(*call, run, began));
        }
    }

    fn tool_ended(&self, event: &ToolExecution<'_>) {
        if let Some(call) = self.optional(&event.call) {
            self.oldest.tools.end(*call, self.optional(&event.run).copied());
        }
    }

    pub(in crate::openclaw) fn tool_execution_completed(&self, event: &ToolExecution<'_>) {
        let completed = self.words.completed;
        self.tool_execution(event, completed, self.words.none, completed);
    }

    pub(in crate::openclaw) fn tool_execution_error(&self, event: &ToolExecution<'_>) {
        let reason = self.label(&event.terminal_reason, self.words.error);
        let end = if ["failed", "cancelled", "timed_out"].contains(&reason.text) { reason } else { self.words.error };
        self.tool_execution(event, self.words.error, self.category(&event.error_category), end);
    }

    /// The official outcome knows two ways to end; `end` knows more.
    fn tool_execution(&self, event: &ToolExecution<'_>, outcome: Label<'_>, error_category: Label<'_>, end: Label<'_>) {
        self.tool_ended(event);
        let [params_kind, tool, owner, source] = self.tool_labels(event);
        let labels = [error_category, outcome, params_kind, tool, owner, source];
        at(&self.families.tool_execution, labels).inc();
        let seconds = self.required_seconds(&event.duration_ms);
        if let Some(seconds) = seconds {
            at(&self.families.tool_execution_duration, labels).observe(seconds);
        }
        self.levels.count(Level::Tool, tool, outcome.text != "error", seconds);
        at(&self.families.agent_tool_executions, [self.known(&event.agent), end, tool]).inc();
    }

    /// `params_kind`, `tool`, `tool_owner`, `tool_source`.
    fn tool_labels<'e>(&self, event: &'e ToolExecution<'_>) -> [Label<'e>; 4] {
        let unknown = self.words.unknown;
        [
            self.optional(&event.params).map_or(unknown, |params| self.known(&params.kind)),
            self.tool(event),
            self.label(&event.tool_owner, self.words.none),
            self.label(&event.tool_source, self.words.core),
        ]
    }

    pub(in crate::openclaw) fn tool_execution_blocked(&self, event: &ToolExecution<'_>) {
        self.tool_ended(event);
        let [params_kind, tool, owner, source] = self.tool_labels(event);
        let reason = self.label(&event.denied_reason, self.words.other);
        at(&self.families.tool_execution_blocked, [reason, params_kind, tool, owner, source]).inc();
        at(&self.families.agent_tool_executions, [self.known(&event.agent), self.words.blocked, tool]).inc();
    }

    pub(in crate::openclaw) fn tool_loop(&self, event: &ToolLoop<'_>) {
        let labels = [
            self.one_of(&event.action, sets::LOOP_ACTION),
            self.one_of(&event.detector, sets::LOOP_DETECTOR),
            self.label(&event.tool, self.words.tool),
        ];
        at(&self.families.tool_loops, labels).inc();
    }

    pub(in crate::openclaw) fn exec_process_completed(&self, event: &ExecProcess<'_>) {
        let is_completed = self.required(&event.outcome).is_some_and(|outcome| outcome == "completed");
        let outcome = if is_completed { self.words.completed } else { self.words.failed };
        let failure = match &event.failure_kind {
            _ if is_completed => self.words.none,
            Field::Missing => self.words.other,
            kind => self.listed(self.label(kind, self.words.other), sets::EXEC_FAILURE),
        };
        let mode = self.one_of(&event.mode, sets::EXEC_MODE);
        let target = self.one_of(&event.target, sets::EXEC_TARGET);
        at(&self.families.exec_processes, [failure, mode, outcome, target]).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            at(&self.families.exec_duration, [mode, outcome, target]).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn exec_followup_suppressed(&self, event: &ExecFollowup<'_>) {
        let labels =
            [self.one_of(&event.phase, sets::FOLLOWUP_PHASE), self.one_of(&event.reason, sets::FOLLOWUP_REASON)];
        at(&self.families.exec_followups_suppressed, labels).inc();
    }
}

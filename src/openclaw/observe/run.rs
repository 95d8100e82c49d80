//! What agents do: runs, model calls, tools, skills.

use super::super::event::*;
use super::super::field::{Field, Text};
use super::{ERROR, NONE, OTHER, OpenClaw, UNKNOWN};

impl OpenClaw {
    pub(super) fn run_completed(&self, event: &RunCompleted<'_>) {
        // A run that nothing blocked has no such label, which an empty value says.
        let blocked_by = self.optional_label(&event.blocked_by);
        let labels = [
            blocked_by,
            self.label(&event.channel, UNKNOWN),
            self.label(&event.model, UNKNOWN),
            self.label(&event.outcome, UNKNOWN),
            self.label(&event.provider, UNKNOWN),
            self.label(&event.trigger, UNKNOWN),
        ];
        self.families.run_completed.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.run_duration.with(labels).observe(seconds);
        }
    }

    fn optional_label<'e>(&self, field: &'e Field<Text<'_>>) -> &'e str {
        match field {
            Field::Missing => "",
            Field::Value(text) if text.is_empty() => "",
            _ => self.label(field, UNKNOWN),
        }
    }

    pub(super) fn harness_run_completed(&self, event: &HarnessRun<'_>) {
        self.harness_run(event, self.label(&event.outcome, UNKNOWN), NONE, NONE);
    }

    pub(super) fn harness_run_error(&self, event: &HarnessRun<'_>) {
        let category = self.category(&event.error_category);
        self.harness_run(event, ERROR, category, self.label(&event.phase, UNKNOWN));
    }

    fn harness_run(&self, event: &HarnessRun<'_>, outcome: &str, error_category: &str, phase: &str) {
        let labels = [
            self.label(&event.channel, UNKNOWN),
            error_category,
            self.label(&event.harness, UNKNOWN),
            self.label(&event.model, UNKNOWN),
            outcome,
            phase,
            self.label(&event.plugin, UNKNOWN),
            self.label(&event.provider, UNKNOWN),
        ];
        self.families.harness_run.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.harness_run_duration.with(labels).observe(seconds);
        }
    }

    pub(super) fn model_call(&self, event: &ModelCall<'_>, outcome: &str, error_category: &str) {
        let is_turn = self.optional(&event.observation_unit).is_some_and(|unit| unit == "turn");
        let labels = [
            self.label(&event.api, UNKNOWN),
            error_category,
            self.label(&event.model, UNKNOWN),
            if is_turn { "turn" } else { "request" },
            outcome,
            self.label(&event.provider, UNKNOWN),
            self.label(&event.transport, UNKNOWN),
        ];
        self.families.model_call.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.model_call_duration.with(labels).observe(seconds);
        }
    }

    pub(super) fn model_failover(&self, event: &ModelFailover<'_>) {
        let suspended = match self.optional(&event.suspended) {
            Some(true) => "true",
            Some(false) => "false",
            None => UNKNOWN,
        };
        let labels = [
            self.label(&event.from_model, UNKNOWN),
            self.label(&event.from_provider, UNKNOWN),
            self.lane(&event.lane),
            self.label(&event.reason, OTHER),
            suspended,
            self.label(&event.to_model, UNKNOWN),
            self.label(&event.to_provider, UNKNOWN),
        ];
        self.families.model_failover.with(labels).inc();
    }

    pub(super) fn model_usage(&self, event: &ModelUsage<'_>) {
        let labels = [
            self.label(&event.agent, UNKNOWN),
            self.label(&event.channel, UNKNOWN),
            self.label(&event.model, UNKNOWN),
            self.label(&event.provider, UNKNOWN),
        ];
        if let Some(usage) = self.required(&event.usage) {
            self.tokens(labels, usage);
        }
        if let Some(dollars) = self.number(&event.cost_usd).filter(|dollars| *dollars > 0.0) {
            self.families.model_cost.with(labels).add(dollars);
        }
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            self.families.model_usage_duration.with(labels).observe(seconds);
        }
    }

    fn tokens(&self, [agent, channel, model, provider]: [&str; 4], usage: &TokenUsage) {
        for (token_type, field) in [
            ("input", &usage.input),
            ("output", &usage.output),
            ("cache_read", &usage.cache_read),
            ("cache_write", &usage.cache_write),
            ("prompt", &usage.prompt),
            ("total", &usage.total),
        ] {
            let Some(tokens) = self.number(field).filter(|tokens| *tokens > 0.0) else { continue };
            self.families.model_tokens.with([agent, channel, model, provider, token_type]).add(tokens);
            if matches!(token_type, "input" | "output") {
                self.families.token_usage.with([model, provider, token_type]).observe(tokens);
            }
        }
    }

    pub(super) fn skill_used(&self, event: &SkillUsed<'_>) {
        let labels = [
            self.label(&event.activation, UNKNOWN),
            self.label(&event.agent, UNKNOWN),
            self.label(&event.skill, "skill"),
            self.label(&event.source, UNKNOWN),
        ];
        self.families.skill_used.with(labels).inc();
    }

    /// `params_kind`, `tool`, `tool_owner`, `tool_source`.
    fn tool<'e>(&self, event: &'e ToolExecution<'_>) -> [&'e str; 4] {
        [
            self.optional(&event.params).map_or(UNKNOWN, |params| self.label(&params.kind, UNKNOWN)),
            self.label(&event.tool, "tool"),
            self.label(&event.tool_owner, NONE),
            self.label(&event.tool_source, "core"),
        ]
    }

    pub(super) fn tool_execution(&self, event: &ToolExecution<'_>, outcome: &str, error_category: &str) {
        let [params_kind, tool, owner, source] = self.tool(event);
        let labels = [error_category, outcome, params_kind, tool, owner, source];
        self.families.tool_execution.with(labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            self.families.tool_execution_duration.with(labels).observe(seconds);
        }
    }

    pub(super) fn tool_execution_blocked(&self, event: &ToolExecution<'_>) {
        let [params_kind, tool, owner, source] = self.tool(event);
        let reason = self.label(&event.denied_reason, OTHER);
        self.families.tool_execution_blocked.with([reason, params_kind, tool, owner, source]).inc();
    }
}

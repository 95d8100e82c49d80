//! What agents do: runs, model calls, skills.

use super::super::catalogue::sets;
use super::super::catalogue::{Flight, Operation};
use super::super::field::{Field, Text};
use super::super::objects::*;
use super::{Label, Level, Recorder, at};

impl Recorder {
    pub(in crate::openclaw) fn run_started(&self, event: &RunStarted<'_>) {
        self.families.operations.at(Operation::Run).start();
        let labels = [self.agent_of(&event.session_key), self.known(&event.channel)];
        at(&self.families.agent_runs_started, labels).inc();
        if let (Some(run), Some(began)) = (self.optional(&event.run), self.number(&event.at_ms)) {
            self.kept(Flight::Run, self.oldest.run_began(*run, began));
        }
    }

    pub(in crate::openclaw) fn run_attempt(&self, event: &RunAttempt) {
        let Some(attempt) = self.required_number(&event.attempt) else { return };
        let attempt = if attempt > 1.0 { self.words.retry } else { self.words.first };
        at(&self.families.run_attempts, [attempt]).inc();
    }

    pub(in crate::openclaw) fn run_progress(&self, event: &RunProgress<'_>) {
        at(&self.families.run_progress, [self.required_label(&event.reason)]).inc();
    }

    pub(in crate::openclaw) fn run_execution_phase(&self, event: &RunExecutionPhase<'_>) {
        let phase = self.one_of(&event.phase, sets::EXECUTION_PHASE);
        at(&self.families.run_execution_phases, [phase]).inc();
    }

    pub(in crate::openclaw) fn run_completed(&self, event: &RunCompleted<'_>) {
        self.families.operations.at(Operation::Run).end();
        if let Some(run) = self.optional(&event.run) {
            self.oldest.run_ended(*run);
        }
        // A run that nothing blocked has no such label, which an empty value says.
        let outcome = self.known(&event.outcome);
        let labels = [
            self.optional_label(&event.blocked_by),
            self.known(&event.channel),
            self.known(&event.model),
            outcome,
            self.known(&event.provider),
            self.known(&event.trigger),
        ];
        let agent = self.agent_of(&event.session_key);
        let category = if outcome.text == "error" { self.category(&event.error_category) } else { self.words.none };
        at(&self.families.run_completed, labels).inc();
        at(&self.families.agent_runs, [agent, category, outcome]).inc();
        let seconds = self.required_seconds(&event.duration_ms);
        if let Some(seconds) = seconds {
            at(&self.families.run_duration, labels).observe(seconds);
            at(&self.families.agent_run_duration, [agent]).observe(seconds);
        }
        self.levels.count(Level::Run, agent, outcome.text != "error", seconds);
    }

    fn optional_label<'e>(&self, field: &'e Field<Text<'_>>) -> Label<'e> {
        match field {
            Field::Missing => self.words.empty,
            Field::Value(text) if text.is_empty() => self.words.empty,
            _ => self.known(field),
        }
    }

    pub(in crate::openclaw) fn harness_run_started(&self, event: &HarnessRun<'_>) {
        let labels = [self.known(&event.harness), self.known(&event.plugin)];
        at(&self.families.harness_run_started, labels).inc();
    }

    pub(in crate::openclaw) fn harness_run_completed(&self, event: &HarnessRun<'_>) {
        let none = self.words.none;
        self.harness_run(event, self.known(&event.outcome), none, none);
    }

    pub(in crate::openclaw) fn harness_run_error(&self, event: &HarnessRun<'_>) {
        let category = self.category(&event.error_category);
        self.harness_run(event, self.words.error, category, self.known(&event.phase));
    }

    fn harness_run(&self, event: &HarnessRun<'_>, outcome: Label<'_>, error_category: Label<'_>, phase: Label<'_>) {
        let labels = [
            self.known(&event.channel),
            error_category,
            self.known(&event.harness),
            self.known(&event.model),
            outcome,
            phase,
            self.known(&event.plugin),
            self.known(&event.provider),
        ];
        at(&self.families.harness_run, labels).inc();
        if let Some(seconds) = self.required_seconds(&event.duration_ms) {
            at(&self.families.harness_run_duration, labels).observe(seconds);
        }
    }

    pub(in crate::openclaw) fn context_assembled(&self, event: &ContextAssembled<'_>) {
        let (families, words) = (&self.families, &self.words);
        let labels = [self.known(&event.model), self.known(&event.provider)];
        at(&families.context_assembled, labels).inc();
        if let Some(images) = self.number(&event.prompt_images) {
            at(&families.input_images, labels).add(images);
        }
        if let Some(messages) = self.required_number(&event.messages) {
            families.context_messages.observe(messages);
            if messages == 0.0 && self.optional(&event.session).is_some_and(|session| self.begun.is_new(*session)) {
                families.sessions_started.inc();
            }
        }
        for (part, field) in [
            (words.history, &event.history_chars),
            (words.prompt, &event.prompt_chars),
            (words.system_prompt, &event.system_prompt_chars),
        ] {
            if let Some(characters) = self.required_number(field) {
                at(&families.context_characters, [part]).observe(characters);
            }
        }
    }

    pub(in crate::openclaw) fn model_call_started(&self, event: &ModelCall<'_>) {
        let labels = [self.known(&event.model), self.known(&event.provider)];
        at(&self.families.model_call_started, labels).inc();
        if let (Some(call), Some(began)) = (self.optional(&event.call), self.number(&event.at_ms)) {
            let run = self.optional(&event.run).copied();
            self.kept(Flight::ModelCall, self.oldest.calls.begin(*call, run, began));
        }
    }

    pub(in crate::openclaw) fn model_call_completed(&self, event: &ModelCall<'_>) {
        self.model_call(event, self.words.completed, self.words.none);
    }

    pub(in crate::openclaw) fn model_call_error(&self, event: &ModelCall<'_>) {
        self.model_call(event, self.words.error, self.category(&event.error_category));
    }

    fn model_call(&self, event: &ModelCall<'_>, outcome: Label<'_>, error_category: Label<'_>) {
        let (families, words) = (&self.families, &self.words);
        let is_turn = self.optional(&event.observation_unit).is_some_and(|unit| unit == "turn");
        let (model, provider) = (self.known(&event.model), self.known(&event.provider));
        let labels = [
            self.known(&event.api),
            error_category,
            model,
            if is_turn { words.turn } else { words.request },
            outcome,
            provider,
            self.known(&event.transport),
        ];
        at(&families.model_call, labels).inc();
        if let Some(call) = self.optional(&event.call) {
            self.oldest.calls.end(*call, self.optional(&event.run).copied());
        }
        let seconds = self.required_seconds(&event.duration_ms);
        if let Some(seconds) = seconds {
            at(&families.model_call_duration, labels).observe(seconds);
        }
        self.levels.count(Level::ModelCall, provider, outcome.text != "error", seconds);
        if let Some(seconds) = self.seconds(&event.first_byte_ms) {
            at(&families.model_call_first_byte, [model, provider]).observe(seconds);
            self.levels.count(Level::FirstByte, provider, true, Some(seconds));
        }
        if let Some(bytes) = self.number(&event.request_bytes) {
            at(&families.model_call_request, [model, provider]).observe(bytes);
        }
        if let Some(bytes) = self.number(&event.response_bytes) {
            at(&families.model_call_response, [model, provider]).observe(bytes);
        }
        let agent = self.agent_of(&event.session_key);
        at(&families.agent_model_calls, [agent, model, outcome, provider]).inc();
        if let Some(seconds) = seconds {
            at(&families.agent_model_call_duration, [agent, model, provider]).observe(seconds);
        }
        if let Some(usage) = self.optional(&event.usage) {
            self.call_usage(usage, [agent, model, provider]);
        }
    }

    fn call_usage(&self, usage: &CallUsage, [agent, model, provider]: [Label<'_>; 3]) {
        let (families, words) = (&self.families, &self.words);
        for (token_type, field) in [
            (words.input, &usage.input),
            (words.output, &usage.output),
            (words.cache_read, &usage.cache_read),
            (words.cache_write, &usage.cache_write),
            (words.reasoning, &usage.reasoning),
        ] {
            if let Some(tokens) = self.number(field).filter(|tokens| *tokens > 0.0) {
                at(&families.model_call_tokens, [agent, model, provider, token_type]).add(tokens);
            }
        }
        let cost = self.optional(&usage.cost).and_then(|cost| self.number(&cost.total));
        if let Some(dollars) = cost.filter(|dollars| *dollars > 0.0) {
            at(&families.model_call_cost, [agent, model, provider]).add(dollars);
        }
    }

    pub(in crate::openclaw) fn model_failover(&self, event: &ModelFailover<'_>) {
        let suspended = match self.optional(&event.suspended) {
            Some(true) => self.words.yes,
            Some(false) => self.words.no,
            None => self.words.unknown,
        };
        let labels = [
            self.known(&event.from_model),
            self.known(&event.from_provider),
            self.lane(&event.lane),
            self.label(&event.reason, self.words.other),
            suspended,
            self.known(&event.to_model),
            self.known(&event.to_provider),
        ];
        at(&self.families.model_failover, labels).inc();
    }

    pub(in crate::openclaw) fn model_usage(&self, event: &ModelUsage<'_>) {
        let labels = [
            self.known(&event.agent),
            self.known(&event.channel),
            self.known(&event.model),
            self.known(&event.provider),
        ];
        if let Some(usage) = self.required(&event.usage) {
            self.tokens(labels, usage);
        }
        if let Some(dollars) = self.number(&event.cost_usd).filter(|dollars| *dollars > 0.0) {
            at(&self.families.model_cost, labels).add(dollars);
        }
        if let Some(seconds) = self.seconds(&event.duration_ms) {
            at(&self.families.model_usage_duration, labels).observe(seconds);
        }
        if let Some(context) = self.optional(&event.context) {
            // The official families show the agent that the host names, ours that of the session where it names none.
            let [agent, _, model, provider] = labels;
            let is_named = matches!(event.agent, Field::Value(_));
            let agent = if is_named { agent } else { self.agent_of(&event.session_key) };
            self.context([agent, model, provider], context);
        }
    }

    fn tokens(&self, [agent, channel, model, provider]: [Label<'_>; 4], usage: &TokenUsage) {
        let words = &self.words;
        for (token_type, field, is_observed) in [
            (words.input, &usage.input, true),
            (words.output, &usage.output, true),
            (words.cache_read, &usage.cache_read, false),
            (words.cache_write, &usage.cache_write, false),
            (words.prompt, &usage.prompt, false),
            (words.total, &usage.total, false),
        ] {
            let Some(tokens) = self.number(field).filter(|tokens| *tokens > 0.0) else { continue };
            at(&self.families.model_tokens, [agent, channel, model, provider, token_type]).add(tokens);
            if is_observed {
                at(&self.families.token_usage, [model, provider, token_type]).observe(tokens);
            }
        }
    }

    fn context(&self, [agent, model, provider]: [Label<'_>; 3], context: &ContextUse) {
        let (used, limit) = (self.number(&context.used), self.number(&context.limit));
        if let Some(tokens) = used {
            at(&self.families.context_used, [agent, model, provider]).observe(tokens);
        }
        if let Some(tokens) = limit {
            at(&self.families.context_limit, [model, provider]).set(tokens);
        }
        if let (Some(used), Some(limit)) = (used, limit.filter(|limit| *limit > 0.0)) {
            at(&self.families.context_utilization, [agent, model, provider]).observe(used / limit);
        }
    }

    pub(in crate::openclaw) fn skill_used(&self, event: &SkillUsed<'_>) {
        let labels = [
            self.known(&event.activation),
            self.known(&event.agent),
            self.label(&event.skill, self.words.skill),
            self.known(&event.source),
        ];
        at(&self.families.skill_used, labels).inc();
    }
}

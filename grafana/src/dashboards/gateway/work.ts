// What fails, and what the Gateway does: service levels, failures, models, tools, agents.
import { LIMITS } from '../../limits';
import { buckets, each, max, mean, percentiles, perHour, perMinute, quantile, rate, share, sum, told } from '../expr';
import type { Row } from '../board';

export const LEVELS: Row = {
  title: 'Service levels: do we keep what we promise?',
  panels: [
    {
      kind: 'lines', title: 'How fast does the error budget burn?', about: "Errors of the last hour against what a month's budget allows: 1 uses it up in 30 days, 14.4 in two. Needs the recording rules.",
      unit: 'none', limit: { warning: 1, critical: 14.4 }, queries: [['max by (sli) (instance_sli:openclaw_error_budget_burn:ratio_rate1h{$S})', '{{sli}}']], alert: 'OpenClawErrorBudgetLastsTwoDays',
    },
    {
      kind: 'lines', title: 'Which errors?', about: 'Share that failed, by service level: what the budgets are counted from.', unit: 'percentunit', min: 0,
      queries: [['max by (sli) (instance_sli:openclaw_errors:ratio_rate5m{$S})', '{{sli}}']],
    },
    {
      kind: 'lines', title: 'How well did the last minutes go?', about: 'Share that went well within the exporter\'s own window (workloadWindowMs), which needs no rate and no rules.', unit: 'percentunit', max: 1,
      queries: each('min by (sli) (openclaw_sli_success_ratio{$S})', 'sli'),
    },
    {
      kind: 'lines', title: 'How long did 95 of 100 take?', about: 'The 95th percentile of each service level within the exporter\'s own window, to 0.4 percent.', unit: 's', log: true,
      queries: each(max('openclaw_sli_duration_seconds', 'sli', 'percentile="95"'), 'sli'),
    },
    {
      kind: 'bars', title: 'Who fails most?', about: 'Agents, providers, tools, channels with the lowest success of the last minutes; 100 % is well.', unit: 'percentunit', max: 1,
      queries: [['bottomk(10, min by (sli, target) (openclaw_sli_target_success_ratio{$S}))', '{{sli}} {{target}}']],
    },
    {
      kind: 'bars', title: 'Who is slowest?', about: 'Agents, providers, tools, channels, lanes with the longest 95th percentile of the last minutes.', unit: 's',
      queries: [['topk(10, max by (sli, target) (openclaw_sli_target_duration_seconds{$S,percentile="95"}))', '{{sli}} {{target}}']],
    },
  ],
};

export const FAILURES: Row = {
  title: 'Failures: what breaks, and why?',
  panels: [
    {
      kind: 'lines', title: 'Why do model calls fail?', about: 'Failed calls a minute by provider and category. auth: renew the key; rate_limit: wait or use another; timeout: see the first byte.', unit: 'cpm',
      queries: each(perMinute('openclaw_model_call_total', 'provider, error_category', 'outcome="error"'), 'provider, error_category'), none: 'no call failed',
    },
    {
      kind: 'lines', title: 'Why do messages fail?', about: 'Messages a minute that failed or were skipped, by channel and reason.', unit: 'cpm',
      queries: each(perMinute('openclaw_message_processed_total', 'channel, outcome, reason', 'outcome!="completed"'), 'channel, outcome, reason'), none: 'no message failed',
    },
    {
      kind: 'lines', title: 'Why do deliveries fail?', about: 'Deliveries a minute that failed, by channel and category. For auth link the channel again; for a rate limit send less.', unit: 'cpm',
      queries: each(perMinute('openclaw_message_delivery_total', 'channel, error_category', 'outcome="error"'), 'channel, error_category'), none: 'no delivery failed',
    },
    {
      kind: 'lines', title: 'How do runs end?', about: 'Runs of agents a minute by outcome. A run may be completed although its model call failed.', unit: 'cpm', stack: true,
      queries: each(perMinute('openclaw_run_completed_total', 'outcome'), 'outcome'),
    },
    {
      kind: 'lines', title: 'Which agent\'s runs fail?', about: 'Runs a minute that ended with an error, by agent and category.', unit: 'cpm',
      queries: each(perMinute('openclaw_agent_runs_total', 'agent_id, error_category', 'outcome="error"'), 'agent_id, error_category'), none: 'no run failed',
    },
    {
      kind: 'lines', title: 'What do runs fall back from?', about: 'Runs a minute that went on with another model, by what they left and why. Repair what is left most.', unit: 'cpm',
      queries: [[perMinute('openclaw_model_failover_total', 'from_model, to_model, reason'), '{{from_model}} → {{to_model}} {{reason}}']], alert: 'OpenClawFailovers',
    },
    {
      kind: 'lines', title: 'Do runs try again?', about: 'Tries of runs a minute: retries cost as much as first tries. Many: see Which provider fails?', unit: 'cpm', queries: each(perMinute('openclaw_run_attempts_total', 'attempt'), 'attempt'),
    },
    {
      kind: 'lines', title: 'Which webhooks fail?', about: 'Webhook requests a minute by channel, those that failed apart.', unit: 'cpm',
      queries: [[perMinute('openclaw_webhook_received_total', 'channel'), '{{channel}}'], [perMinute('openclaw_webhook_error_total', 'channel'), '{{channel}} failed']], alert: 'OpenClawWebhooksFail',
    },
    {
      kind: 'lines', title: 'Which processes fail?', about: 'Processes that agents started and that ended badly, a minute, by what went wrong.', unit: 'cpm',
      queries: each(`${perMinute('openclaw_exec_processes_total', 'failure_kind', 'outcome="failed"')} > 0`, 'failure_kind'), none: 'none failed',
    },
    {
      kind: 'lines', title: 'Which security events were told?', about: 'Security events a minute that did not end well, by category and outcome; high and critical ones wake somebody.', unit: 'cpm',
      queries: [[`${perMinute('openclaw_security_events_total', 'category, outcome', 'outcome!="success"')} > 0`, '{{category}} {{outcome}}'], [`${perMinute('openclaw_security_events_by_severity_total', 'severity', 'severity=~"high|critical"')} > 0`, '{{severity}}']], none: 'none', alert: 'OpenClawSecurityEvent',
    },
    {
      kind: 'lines', title: 'Which payloads were too large?', about: 'Payloads over a limit a minute, by where and what was done. Rejected ones are lost.', unit: 'cpm',
      queries: each(perMinute('openclaw_payload_large_total', 'surface, action'), 'surface, action'), none: 'none',
    },
    {
      kind: 'lines', title: 'How large were they?', about: 'Size of payloads over a limit, 95th percentile, by surface. Raise the limit if they are honest, or send less at once.', unit: 'bytes', queries: each(quantile(0.95, 'openclaw_payload_large_bytes', 'surface'), 'surface'), none: 'none',
    },
  ],
};

export const MODELS: Row = {
  title: 'Models: calls, speed, tokens',
  panels: [
    {
      kind: 'lines', title: 'How many calls, by model?', about: 'Calls to model providers a minute that ended. A model that vanishes was left for another: see What do runs fall back from?', unit: 'cpm', stack: true, queries: each(perMinute('openclaw_model_call_total', 'model'), 'model'),
    },
    { kind: 'heat', title: 'How long do model calls take?', about: 'Model calls by duration: each column is a moment, darker cells have more calls. Two bands are two kinds of calls.', unit: 's', queries: buckets('openclaw_model_call_duration_seconds') },
    { kind: 'heat', title: 'When does the first byte come?', about: 'Model calls by time to the first byte. What shows here above a call\'s usual is the provider\'s waiting, not the answer\'s length.', unit: 's', queries: buckets('openclaw_model_call_time_to_first_byte_seconds') },
    {
      kind: 'lines', title: 'Which model is slow?', about: 'Within which time 95 of 100 calls end, by model. Over two minutes use another model, or shorter answers.', unit: 's', limit: LIMITS.modelCall, alert: 'OpenClawModelSlow',
      queries: each(quantile(0.95, 'openclaw_model_call_duration_seconds', 'provider, model'), 'model'),
    },
    {
      kind: 'lines', title: 'Which kinds of tokens?', about: 'Tokens a minute by kind. Much input and little read from the cache is dear.', unit: 'short', stack: true,
      queries: each(perMinute('openclaw_model_tokens_total', 'token_type', 'token_type=~"input|output|cache_read|cache_write"'), 'token_type'),
    },
    {
      kind: 'lines', title: 'How much comes from the cache?', about: 'Share of the prompt that providers read from their cache, by model. It falls when prompts change at their beginning.', unit: 'percentunit', min: 0, max: 1,
      queries: each(`${rate('openclaw_model_tokens_total', 'model', 'token_type="cache_read"')} / ${rate('openclaw_model_tokens_total', 'model', 'token_type=~"input|cache_read|cache_write"')}`, 'model'),
    },
    {
      kind: 'lines', title: 'Which agent uses tokens?', about: 'Tokens of model calls a minute by agent. An agent that uses many and answers few works on its own: see its jobs.', unit: 'short', stack: true, queries: each(perMinute('openclaw_model_call_tokens_total', 'agent', 'token_type!="reasoning"'), 'agent'),
    },
    {
      kind: 'lines', title: 'Which channel uses tokens?', about: 'Tokens a minute by channel. Compare it with its messages: long histories make each of them dear.', unit: 'short', stack: true, queries: each(perMinute('openclaw_model_tokens_total', 'channel', 'token_type=~"input|output|cache_read|cache_write"'), 'channel'),
    },
    { kind: 'heat', title: 'How full are contexts?', about: 'Share of the context window in use after each run. Rows near 1 are about to be compacted, and each answer there is dear.', unit: 'percentunit', queries: buckets('openclaw_model_context_utilization_ratio') },
    {
      kind: 'lines', title: 'How many tokens does a context hold?', about: 'Tokens in use after a run, 95th percentile, by model, and the window\'s size.', unit: 'short', log: true,
      queries: [[quantile(0.95, 'openclaw_model_context_used_tokens', 'model'), '{{model}}'], [max('openclaw_model_context_limit_tokens', 'model'), '{{model}} limit']], alert: 'OpenClawContextNearlyFull',
    },
    {
      kind: 'lines', title: 'How large are requests and answers?', about: 'Bytes of model calls, 95th percentile. Requests that grow are histories that nobody compacts.', unit: 'bytes',
      queries: [[quantile(0.95, 'openclaw_model_call_request_bytes', 'model'), '{{model}} request'], [quantile(0.95, 'openclaw_model_call_response_bytes', 'model'), '{{model}} answer']],
    },
    {
      kind: 'lines', title: 'What is a context made of?', about: 'Mean characters of a context by part. A large system prompt is paid with every call.', unit: 'short', stack: true, queries: each(mean('openclaw_context_characters', 'part'), 'part'),
    },
    {
      kind: 'lines', title: 'How many messages are in a context?', about: 'Messages in each context put together for a model call. Many: compact earlier.', unit: 'none', queries: percentiles('openclaw_context_messages'),
    },
    {
      kind: 'lines', title: 'How many calls has an agent?', about: 'Model calls a minute by agent and outcome. Those with errors are paid for in part: see Why do model calls fail?', unit: 'cpm', queries: each(perMinute('openclaw_agent_model_calls_total', 'agent, outcome'), 'agent, outcome'),
    },
    {
      kind: 'lines', title: 'Which agent waits for its model?', about: 'Time of model calls by agent, 95th percentile. Give it a faster model if people wait for it.', unit: 's', queries: each(quantile(0.95, 'openclaw_agent_model_call_duration_seconds', 'agent'), 'agent'),
    },
    {
      kind: 'lines', title: 'Are there calls without an end?', about: 'Calls that began and calls that ended, a minute. Apart for long: some hang.', unit: 'cpm',
      queries: [[perMinute('openclaw_model_call_started_total'), 'begun'], [perMinute('openclaw_model_call_total'), 'ended']],
    },
    {
      kind: 'lines', title: 'Are images sent to models?', about: 'Images a minute in the prompts of model calls, by model. They are dear.', unit: 'cpm', queries: each(perMinute('openclaw_model_llm_input_images_total', 'model'), 'model'),
    },
    {
      kind: 'lines', title: 'What does an hour cost, by agent?', about: 'Estimated dollars an hour by agent and channel at the present pace.', unit: 'currencyUSD', stack: true, queries: each(perHour('openclaw_model_cost_usd_total', 'agent, channel'), 'agent, channel'),
    },
  ],
};

export const TOOLS: Row = {
  title: 'Tools, processes and skills',
  panels: [
    { kind: 'lines', title: 'Which tools are used?', about: 'Tool executions a minute by tool. One that is used much more than before: see Which tools are called in loops?', unit: 'cpm', stack: true, queries: each(perMinute('openclaw_tool_execution_total', 'tool'), 'tool') },
    {
      kind: 'lines', title: 'Which tool fails?', about: 'Share of the executions of a tool that failed. See its category in the logs; switch it off for agents that cannot use it.', unit: 'percentunit', min: 0,
      queries: each(share('openclaw_tool_execution_total', 'outcome="error"', 'tool'), 'tool'), limit: LIMITS.toolFailing, none: 'no tool fails', alert: 'OpenClawToolFails',
    },
    { kind: 'lines', title: 'Which tool is slow?', about: 'Within which time 95 of 100 executions end, by tool. Give it a timeout, or a better network.', unit: 's', log: true, queries: each(quantile(0.95, 'openclaw_tool_execution_duration_seconds', 'tool'), 'tool') },
    {
      kind: 'lines', title: 'Which tools are not allowed?', about: 'Executions a minute that a policy, the sandbox or a missing approval stopped.', unit: 'cpm', queries: each(perMinute('openclaw_tool_execution_blocked_total', 'tool, denied_reason'), 'tool, denied_reason'), none: 'none',
    },
    {
      kind: 'lines', title: 'Which tools are called in loops?', about: 'Loops that the Gateway noticed, in the interval shown. Stop the run if nothing was blocked.', unit: 'none',
      queries: each('sum by (tool, detector, action) (increase(openclaw_tool_loops_total{$S}[$R]))', 'tool, detector, action'), none: 'no loop', alert: 'OpenClawToolLoops',
    },
    { kind: 'lines', title: 'Whose tools are they?', about: 'Tools that agents ran a minute, by agent and how it ended. Those that are blocked or failed: change what the agent may do, or its instructions.', unit: 'cpm', queries: each(perMinute('openclaw_agent_tool_executions_total', 'agent, outcome'), 'agent, outcome') },
    { kind: 'lines', title: 'Are there tools without an end?', about: 'Executions that began and that ended, a minute. Apart for long: some hang, see How old is the oldest work?', unit: 'cpm', queries: [[perMinute('openclaw_tool_execution_started_total'), 'begun'], [perMinute('openclaw_tool_execution_total'), 'ended']] },
    { kind: 'lines', title: 'How long do processes run?', about: 'Time of processes that agents started, by where they ran. Long ones hold their lane: give them a timeout.', unit: 's', queries: each(told(quantile(0.95, 'openclaw_exec_process_duration_seconds', 'target, mode')), 'target, mode') },
    { kind: 'lines', title: 'Which processes does the Gateway start?', about: 'Child processes a minute by family. Hundreds a minute cost more than their work: see which tool starts them.', unit: 'cpm', queries: each(perMinute('openclaw_child_process_spawn_total', 'family'), 'family') },
    { kind: 'lines', title: 'Which skills are used?', about: 'Uses of skills a minute. What is never used only makes each prompt longer.', unit: 'cpm', queries: each(perMinute('openclaw_skill_used_total', 'skill'), 'skill') },
    { kind: 'bars', title: 'Can skills be used?', about: 'Skills of the default agent by whether it can use them. Switch off what cannot, or install what it lacks.', unit: 'none', queries: each(sum('openclaw_skills', 'state'), 'state') },
    { kind: 'bars', title: 'What do skills lack?', about: 'Skills that lack something, by what: install it, or switch them off.', unit: 'none', queries: each(sum('openclaw_skills_lacking', 'need'), 'need') },
  ],
};

export const AGENTS: Row = {
  title: 'Agents and runs',
  panels: [
    { kind: 'lines', title: 'How many runs, by agent?', about: 'Runs a minute that ended, by agent. None at all while messages come in: see Are messages answered?', unit: 'cpm', stack: true, queries: each(perMinute('openclaw_agent_runs_total', 'agent_id'), 'agent_id') },
    { kind: 'heat', title: 'How long do runs take?', about: 'Runs of agents by duration: a band that climbs is a model or tool that gets slow.', unit: 's', queries: buckets('openclaw_run_duration_seconds') },
    { kind: 'lines', title: 'Which agent is slow?', about: 'Within which time 95 of 100 runs end, by agent. See its model and tools first.', unit: 's', queries: each(quantile(0.95, 'openclaw_agent_run_duration_seconds', 'agent_id'), 'agent_id') },
    { kind: 'lines', title: 'What triggers runs?', about: 'Runs a minute by what triggered them. Much more of one than before: see scheduled jobs and heartbeats.', unit: 'cpm', stack: true, queries: each(perMinute('openclaw_run_completed_total', 'trigger'), 'trigger') },
    { kind: 'lines', title: 'Which agent begins, from which channel?', about: 'Runs a minute that began. More begun than ended for long: runs hang.', unit: 'cpm', stack: true, queries: each(perMinute('openclaw_agent_runs_started_total', 'agent_id, channel'), 'agent_id, channel') },
    { kind: 'lines', title: 'How far do runs get?', many: true, about: 'Phases of execution entered, a minute: a phase with fewer than the one before loses runs.', unit: 'cpm', queries: each(perMinute('openclaw_run_execution_phases_total', 'phase'), 'phase') },
    { kind: 'lines', title: 'How do harnesses end?', about: 'Runs of an agent harness a minute by outcome and phase. An error names its phase: look for that in the logs.', unit: 'cpm', queries: each(perMinute('openclaw_harness_run_total', 'harness, outcome, phase'), 'harness, outcome, phase') },
    { kind: 'lines', title: 'Do runs go on?', about: 'Times a minute that runs went on, by what went on; none while runs are in flight means that they hang.', unit: 'cpm', queries: each(perMinute('openclaw_run_progress_total', 'reason'), 'reason') },
    { kind: 'lines', title: 'How many sub-agents work?', about: 'Agents a minute that others started, and how they ended. Started without end: an agent that starts others over and over.', unit: 'cpm', queries: [[perMinute('openclaw_agent_subagent_spawned_total'), 'started'], [`${perMinute('openclaw_agent_subagent_ended_total', 'outcome')} > 0`, 'ended: {{outcome}}']] },
    { kind: 'lines', title: 'What do runs tell?', many: true, about: 'Reports of runs a minute by kind; without assistant or tool for long, a run is stuck.', unit: 'cpm', queries: each(perMinute('openclaw_agent_events_total', 'stream'), 'stream') },
    { kind: 'lines', title: 'How many operations go on?', about: 'Runs and messages that are going on right now. What stays up for long hangs: see How old is the oldest work?', unit: 'none', queries: each(sum('openclaw_inflight_operations', 'kind'), 'kind') },
    { kind: 'lines', title: 'How many turns begin?', about: 'Turns of agents a minute, by trigger. Turns without user are heartbeats and jobs.', unit: 'cpm', queries: each(perMinute('openclaw_session_turn_created_total', 'agent, trigger'), 'agent, trigger') },
    {
      kind: 'table', title: 'Do heartbeats come?', about: 'When the last heartbeat of an agent was, how it ended and how long it took.', unit: 'none', columns: [
        { title: 'Instance', label: 'instance' }, { title: 'Result', label: 'status' },
        { title: 'Last', expr: 'max by (instance, status) (1000 * openclaw_agent_heartbeat_last_timestamp_seconds{$S} * on (job, instance) group_left (status) openclaw_agent_heartbeat_last_status{$S})', unit: 'dateTimeFromNow' },
      ],
    },
  ],
};

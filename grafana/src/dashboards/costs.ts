// Who spent what on what, and where does it lead?
import { LIMITS } from '../limits';
import { dashboard } from './board';
import { budgetUsed, each, max, perHour, perMinute, rate, sum } from './expr';
import type { Panel } from './panel';

const spent = (labels: string) => `sum by (${labels}) (increase(openclaw_model_cost_usd_total{$S}[$__range]))`;
const KINDS = 'token_type=~"input|output|cache_read|cache_write"';
const TODAY = 'day="today"';

/** What the Gateway's own store has counted over 30 days. */
const stored = (title: string, about: string, metric: string, labels: string, unit: string): Panel =>
  ({ kind: 'bars', title, about: `${about} From the Gateway's store, over 30 days in its time zone.`, unit, decimals: unit === 'currencyUSD' ? 2 : 1, queries: [[`topk(12, ${sum(metric, labels)})`, `{{${labels.split(', ').at(-1)}}}`]], none: 'not told' });

export const COSTS = dashboard({
  uid: 'openclaw-costs',
  title: 'OpenClaw / Costs',
  about: 'What OpenClaw Gateways cost: today, by model, agent and channel, against the budget, and what has no price.',
  from: 'now-24h',
  refresh: '5m',
  first: [
    {
      title: 'What does it cost?',
      panels: [
        { kind: 'stat', trend: true, title: 'Today so far?', about: "Today's estimated cost in the Gateway's time zone, from its own store.", unit: 'currencyUSD', decimals: 2, w: 4, h: 4, queries: [[sum('openclaw_usage_daily_cost_usd', '', TODAY)]], none: 'not told' },
        { kind: 'stat', title: 'Yesterday?', about: "Yesterday's estimated cost, whole. Compare today with it at the same time of day.", unit: 'currencyUSD', decimals: 2, w: 4, h: 4, queries: [[sum('openclaw_usage_daily_cost_usd', '', 'day="yesterday"')]], none: 'not told' },
        { kind: 'stat', title: 'Budget used?', about: "Share of today's budget (budget.perDay) that is used. From 80 % on somebody is told.", unit: 'percentunit', decimals: 0, w: 4, h: 4, queries: [[budgetUsed()]], limit: LIMITS.budgetUsed, none: 'no budget', alert: 'OpenClawBudgetUsed' },
        { kind: 'stat', trend: true, title: 'An hour, now?', about: 'Dollars an hour at the present pace, of all models together. Far above the usual: see who spent it, below.', unit: 'currencyUSD', decimals: 2, w: 4, h: 4, queries: [[perHour('openclaw_model_cost_usd_total')]], none: 'nothing', alert: 'OpenClawCostJumps' },
        { kind: 'stat', title: 'Thirty days?', about: "Estimated cost of the last 30 days, today included, from the Gateway's store.", unit: 'currencyUSD', decimals: 2, w: 4, h: 4, queries: [[sum('openclaw_usage_cost_usd')]], none: 'not told' },
        { kind: 'stat', title: 'Without a price?', about: 'Share of the requests of 30 days that have no price and are missing in every figure here. Give these models a price in the configuration.', unit: 'percentunit', decimals: 1, w: 4, h: 4, queries: [[max('openclaw_usage_missing_cost_ratio')]], limit: { warning: 0.05 }, none: 'not told' },
        { kind: 'lines', title: 'Which model costs what?', about: 'Dollars an hour by model. A new colour is a new model; a step without more messages is a loop.', unit: 'currencyUSD', stack: true, w: 12, queries: each(perHour('openclaw_model_cost_usd_total', 'provider, model'), 'model') },
        { kind: 'lines', title: 'Which agent costs what?', about: 'Dollars an hour by agent. An agent that costs much and answers little works on its own: see its jobs.', unit: 'currencyUSD', stack: true, w: 12, queries: each(perHour('openclaw_model_cost_usd_total', 'agent'), 'agent') },
        {
          kind: 'table', title: 'Who spent what on what?', about: 'Dollars within the time shown at the top, by Gateway, agent, channel and model, the most first. It counts from when Prometheus first saw each.', unit: 'currencyUSD', w: 12, h: 9, sort: 'Spent', columns: [
            { title: 'Gateway', label: 'instance' }, { title: 'Agent', label: 'agent' }, { title: 'Channel', label: 'channel' }, { title: 'Model', label: 'model' },
            { title: 'Spent', expr: spent('instance, agent, channel, model'), unit: 'currencyUSD', decimals: 2, width: 90 },
          ],
        },
        { kind: 'bars', title: 'Which channel costs most?', about: 'Dollars within the time shown, by channel. See whether it brings as many messages.', unit: 'currencyUSD', decimals: 2, w: 6, h: 9, queries: [[spent('channel'), '{{channel}}']] },
        { kind: 'lines', title: 'What does an answer cost?', about: 'Dollars by message that was answered, over the interval shown. It rises with longer contexts, dearer models and retries.', unit: 'currencyUSD', decimals: 4, w: 6, h: 9, queries: [[`${rate('openclaw_model_cost_usd_total')} / (${rate('openclaw_message_processed_total', '', 'outcome="completed"')} > 0)`, 'a message']] },
      ],
    },
  ],
  below: [
    {
      title: 'Where does it lead?',
      panels: [
        { kind: 'lines', title: 'What did each day cost?', about: 'Dollars of the 24 hours before each moment, by provider. Choose a week or a month above.', unit: 'currencyUSD', stack: true, w: 12, queries: [['sum by (provider) (increase(openclaw_model_cost_usd_total{$S}[1d]))', '{{provider}}']] },
        { kind: 'stat', title: 'What will a month cost?', about: 'Thirty times the mean day within the time shown. Choose a week above for a fair figure.', unit: 'currencyUSD', decimals: 0, w: 6, queries: [['30 * 24 * 3600 * sum(rate(openclaw_model_cost_usd_total{$S}[$__range]))']] },
        { kind: 'stat', title: 'What will today cost?', about: "Today's cost so far and the present pace until midnight (UTC).", unit: 'currencyUSD', decimals: 2, w: 6, queries: [[`${sum('openclaw_usage_daily_cost_usd', '', TODAY)} + (86400 - time() % 86400) * ${rate('openclaw_model_cost_usd_total')}`]], none: 'not told' },
      ],
    },
    {
      title: 'What is it spent on?',
      panels: [
        { kind: 'lines', title: 'Which kinds of tokens are used?', about: 'Tokens a minute by kind. Output is dearest; what is read from a cache costs a tenth of input.', unit: 'short', stack: true, queries: each(perMinute('openclaw_model_tokens_total', 'token_type', KINDS), 'token_type') },
        { kind: 'lines', title: 'How much of the prompt is cached?', about: 'Share of the prompt read from a cache, by model. Low: prompts change at their beginning, or pauses are too long.', unit: 'percentunit', min: 0, max: 1, queries: each(`${rate('openclaw_model_tokens_total', 'model', 'token_type="cache_read"')} / ${rate('openclaw_model_tokens_total', 'model', 'token_type=~"input|cache_read|cache_write"')}`, 'model') },
        { kind: 'lines', title: 'What does a million tokens cost?', about: 'Dollars by million tokens of all kinds, by model: what is really paid, the cache included.', unit: 'currencyUSD', decimals: 2, queries: each(`1e6 * ${rate('openclaw_model_cost_usd_total', 'model')} / ${rate('openclaw_model_tokens_total', 'model', KINDS)}`, 'model') },
        { kind: 'lines', title: 'How much is thinking?', about: 'Share of output tokens that are reasoning, by model: paid, and not shown.', unit: 'percentunit', min: 0, queries: each(`${rate('openclaw_model_call_tokens_total', 'model', 'token_type="reasoning"')} / ${rate('openclaw_model_call_tokens_total', 'model', 'token_type="output"')}`, 'model'), none: 'no reasoning' },
        { kind: 'lines', title: 'What do model calls themselves say?', about: 'Dollars an hour as model calls report it, by agent: beside the estimate above it shows what usage reports leave out.', unit: 'currencyUSD', queries: each(perHour('openclaw_model_call_cost_usd_total', 'agent'), 'agent') },
        { kind: 'lines', title: 'How large is a request?', about: 'Tokens of each usage report, 95th percentile, by kind. Input that rises is history that nobody compacts.', unit: 'short', queries: each('histogram_quantile(0.95, sum by (token_type, le) (rate(openclaw_gen_ai_client_token_usage_bucket{$S}[$R])))', 'token_type') },
        { kind: 'lines', title: 'What did the last runs cost?', about: 'Estimated cost of the last run of each of the 200 sessions that changed last, added up.', unit: 'currencyUSD', queries: [[sum('openclaw_session_last_run_cost_usd'), 'last runs']] },
        { kind: 'lines', title: 'How many tokens had the last runs?', about: 'Tokens of the last run of each of these sessions, added up, by kind.', unit: 'short', queries: each(sum('openclaw_session_last_run_tokens', 'kind'), 'kind') },
      ],
    },
    {
      title: "Thirty days, from the Gateway's own store",
      panels: [
        stored('Which models cost most in 30 days?', 'Dollars by model.', 'openclaw_usage_model_cost_usd', 'provider, model', 'currencyUSD'),
        stored('Which agents cost most in 30 days?', 'Dollars by agent.', 'openclaw_usage_agent_cost_usd', 'agent_id', 'currencyUSD'),
        stored('Which channels cost most in 30 days?', 'Dollars by channel, without sessions that no channel carries.', 'openclaw_usage_channel_cost_usd', 'channel', 'currencyUSD'),
        stored('Which models used most tokens?', 'Tokens by model.', 'openclaw_usage_model_total_tokens', 'provider, model', 'short'),
        stored('Which agents used most tokens?', 'Tokens by agent.', 'openclaw_usage_agent_total_tokens', 'agent_id', 'short'),
        stored('Which channels used most tokens?', 'Tokens by channel.', 'openclaw_usage_channel_total_tokens', 'channel', 'short'),
        stored('Which kinds of tokens, in 30 days?', 'Tokens by kind.', 'openclaw_usage_tokens', 'kind', 'short'),
        stored('Which tools were called most?', 'Calls by tool.', 'openclaw_usage_tool_calls', 'tool', 'short'),
        stored('Which models have no price?', 'Requests that are missing in the cost, by model: give them a price.', 'openclaw_usage_model_missing_cost_entries', 'provider, model', 'short'),
        { kind: 'bars', title: 'How much was it used in 30 days?', about: "Sessions, messages, errors and calls of tools. From the Gateway's store, over 30 days in its time zone.", unit: 'short', queries: [[sum('openclaw_usage_messages', 'role'), 'messages: {{role}}'], [sum('openclaw_usage_sessions'), 'sessions'], [sum('openclaw_usage_errors'), 'errors'], [sum('openclaw_usage_tool_results'), 'results of tools']], none: 'not told' },
        { kind: 'bars', title: 'How long did answers take in 30 days?', about: "Time from a message to the answer: least, mean, most, and the highest 95th percentile of a session. From the Gateway's store.", unit: 's', queries: each(max('openclaw_usage_latency_seconds', 'stat'), 'stat'), none: 'not told' },
        stored('Which models had most requests?', 'Requests by model.', 'openclaw_usage_model_requests', 'provider, model', 'short'),
        {
          kind: 'table', title: 'What did models do today and yesterday?', about: "Cost, tokens and requests by day and model, from the Gateway's store.", unit: 'none', w: 16, columns: [
            { title: 'Day', label: 'date' }, { title: 'Provider', label: 'provider' }, { title: 'Model', label: 'model' },
            { title: 'Cost', expr: sum('openclaw_usage_model_daily_cost_usd', 'date, provider, model'), unit: 'currencyUSD', decimals: 2 },
            { title: 'Tokens', expr: sum('openclaw_usage_model_daily_total_tokens', 'date, provider, model'), unit: 'short' },
            { title: 'Requests', expr: sum('openclaw_usage_model_daily_requests', 'date, provider, model'), unit: 'none' },
          ],
        },
        { kind: 'stat', title: 'How old is this count?', about: 'Time since the Gateway counted these figures, and transcripts that it had not counted yet.', unit: 's', decimals: 0, w: 8, queries: [['max(time() - openclaw_usage_counted_timestamp_seconds{$S})', 'counted ago']], none: 'not told' },
        {
          kind: 'table', title: 'What happened today and yesterday?', about: "Messages, calls of tools, errors and latency by day, from the Gateway's store.", unit: 'none', w: 24, columns: [
            { title: 'Gateway', label: 'instance' }, { title: 'Day', label: 'date' },
            { title: 'Cost', expr: sum('openclaw_usage_daily_cost_usd', 'instance, date'), unit: 'currencyUSD', decimals: 2 },
            { title: 'Tokens', expr: sum('openclaw_usage_daily_total_tokens', 'instance, date'), unit: 'short' },
            { title: 'Messages', expr: sum('openclaw_usage_daily_messages', 'instance, date'), unit: 'none' },
            { title: 'Tool calls', expr: sum('openclaw_usage_daily_tool_calls', 'instance, date'), unit: 'none' },
            { title: 'Errors', expr: sum('openclaw_usage_daily_errors', 'instance, date'), unit: 'none' },
            { title: 'Without price', expr: max('openclaw_usage_daily_missing_cost_ratio', 'instance, date'), unit: 'percentunit', decimals: 1, limit: { warning: 0.05 } },
            { title: 'Answer, 95 of 100', expr: max('openclaw_usage_daily_latency_seconds', 'instance, date', 'stat="p95"'), unit: 's' },
          ],
        },
      ],
    },
  ],
});

// What is seen at once: is it answering, at which cost, and what is wrong?
import { LIMITS } from '../../limits';
import { budgetUsed, each, max, min, percentiles, perHour, perMinute, quantile, rate, share, sum } from '../expr';
import type { Row } from '../board';

const SPENT = 'token_type=~"input|output|cache_read|cache_write"';
const YES = { 0: ['no', 'red'], 1: ['yes', 'green'] } as const;

export const FIRST: Row[] = [
  {
    title: 'Is it answering?',
    panels: [
      {
        kind: 'stat', title: 'Is it there?', about: 'Whether Prometheus gets a page from every target that is chosen. If not: OpenClawDown in the runbooks.',
        unit: 'none', w: 3, h: 4, queries: [[min('up')]], words: YES, alert: 'OpenClawDown',
      },
      {
        kind: 'stat', title: 'Is it ready?', about: 'Whether the Gateway has started; beside a Gateway, whether it answers RPC. If not: openclaw doctor.',
        unit: 'none', w: 3, h: 4, queries: [['min(openclaw_ready{$S} or max by (job, instance) (openclaw_rpc_up{$S}))']], words: YES, alert: 'OpenClawNotReady',
      },
      {
        kind: 'stat', title: 'Messages fail?', about: 'Share of messages that ended with an error. From a tenth on people notice: see which reason, below in Failures.',
        unit: 'percentunit', w: 3, h: 4, decimals: 1, queries: [[`1 - ${rate('openclaw_sli_good_events_total', '', 'sli="message"')} / ${rate('openclaw_sli_events_total', '', 'sli="message"')}`]],
        limit: LIMITS.messagesFailing, none: 'no messages', alert: 'OpenClawMessagesFail',
      },
      {
        kind: 'stat', title: 'Calls fail?', about: 'Share of calls to model providers that ended with an error. See which provider, beside. All at once: a provider; one Gateway: its key.',
        unit: 'percentunit', w: 3, h: 4, decimals: 1, queries: [[`1 - ${rate('openclaw_sli_good_events_total', '', 'sli="model_call"')} / ${rate('openclaw_sli_events_total', '', 'sli="model_call"')}`]],
        limit: LIMITS.providerFailing, none: 'no calls', alert: 'OpenClawProviderFails',
      },
      {
        kind: 'stat', title: 'Longest wait?', about: 'Time that the oldest entry of any queue has waited. A lane that does not get on keeps people waiting: see What is in flight?',
        unit: 's', w: 3, h: 4, decimals: 0, queries: [[max('openclaw_queue_lane_oldest_wait_seconds')]], limit: LIMITS.laneWait, alert: 'OpenClawLaneWaits',
      },
      {
        kind: 'stat', title: 'Cost today?', about: "Today's cost in the Gateway's own store and time zone, without requests that have no price. OpenClaw / Costs tells who spent it.",
        unit: 'currencyUSD', w: 3, h: 4, decimals: 2, queries: [[sum('openclaw_usage_daily_cost_usd', '', 'day="today"')]], none: 'not told',
      },
      {
        kind: 'stat', title: 'Budget used?', about: "Share of today's budget that is used, where budget.perDay sets one. Over 1 it is spent.",
        unit: 'percentunit', w: 3, h: 4, decimals: 0, queries: [[budgetUsed()]],
        limit: LIMITS.budgetUsed, none: 'no budget', alert: 'OpenClawBudgetUsed',
      },
      {
        kind: 'stat', title: 'Alerts firing?', about: 'Alerts of these rules that fire for the chosen targets. Which ones, and what to do, is in the table below.',
        unit: 'none', w: 3, h: 4, decimals: 0, queries: [['count(ALERTS{$S,alertname=~"OpenClaw.+",alertstate="firing"})']], limit: { warning: 1 }, none: 'none',
      },
      {
        kind: 'lines', title: 'Are messages answered?', about: 'Messages a minute: what came in and what became of it. Answered falls behind received when something hangs; failed says that it broke.',
        unit: 'cpm', w: 8, h: 8, queries: [
          [perMinute('openclaw_message_received_total'), 'received'],
          [perMinute('openclaw_message_processed_total', '', 'outcome="completed"'), 'answered'],
          [perMinute('openclaw_message_processed_total', '', 'outcome="skipped"'), 'skipped'],
          [perMinute('openclaw_message_processed_total', '', 'outcome="error"'), 'failed'],
        ],
      },
      {
        kind: 'lines', title: 'How long until an answer?', about: 'Time from the arrival of a message to the end of its processing. If only the 95th percentile rises, look at one model or tool.',
        unit: 's', w: 8, h: 8, queries: percentiles('openclaw_message_processed_duration_seconds'),
      },
      {
        kind: 'lines', title: 'Which provider fails?', about: 'Share of the calls to each provider that failed. From 5 % look at the error category; from 20 % use another provider.',
        unit: 'percentunit', w: 8, h: 8, min: 0, queries: each(share('openclaw_model_call_total', 'outcome="error"', 'provider'), 'provider'), limit: LIMITS.providerFailing,
        none: 'no call failed', alert: 'OpenClawProviderFails',
      },
      {
        kind: 'lines', title: 'How late is the first byte?', about: 'Within which time 95 of 100 model calls begin to answer, by model. People see the answer begin then.',
        unit: 's', w: 8, h: 8, queries: each(quantile(0.95, 'openclaw_model_call_time_to_first_byte_seconds', 'provider, model'), 'model'), limit: LIMITS.firstByte, alert: 'OpenClawFirstByteSlow',
      },
      {
        kind: 'lines', title: 'What is in flight?', about: 'Age of the oldest run, model call and tool, and the longest wait in a lane. What only rises hangs: see What is stuck?',
        unit: 's', w: 8, h: 8, queries: [[max('openclaw_inflight_oldest_age_seconds', 'kind'), 'oldest {{kind}}'], [max('openclaw_queue_lane_oldest_wait_seconds', 'lane'), 'waits in {{lane}}']], alert: 'OpenClawWorkHangs',
      },
      {
        kind: 'lines', title: 'Do answers arrive?', about: 'Deliveries a minute by channel, those that failed apart. A channel that only fails has lost its link.',
        unit: 'cpm', w: 8, h: 8, queries: [
          [perMinute('openclaw_message_delivery_total', 'channel', 'outcome="completed"'), '{{channel}}'],
          [perMinute('openclaw_message_delivery_total', 'channel', 'outcome!="completed"'), '{{channel}} failed'],
        ], alert: 'OpenClawDeliveriesFail',
      },
      {
        kind: 'lines', title: 'What does an hour cost, by model?', about: 'Estimated dollars an hour at the present pace. A step up without more messages is a loop, a retry or a dearer model.',
        unit: 'currencyUSD', w: 8, h: 8, stack: true, queries: each(perHour('openclaw_model_cost_usd_total', 'model'), 'model'), alert: 'OpenClawCostJumps',
      },
      {
        kind: 'lines', title: 'Where do tokens go?', about: 'Tokens a minute by model, of all kinds: read from a cache they cost a tenth.',
        unit: 'short', w: 8, h: 8, stack: true, queries: each(perMinute('openclaw_model_tokens_total', 'model', SPENT), 'model'),
      },
      {
        kind: 'table', title: 'Which alerts fire?', about: 'The alerts of these rules that fire now for the chosen targets. Each has its section in the runbooks.',
        unit: 'none', w: 8, h: 8, none: 'none', columns: [
          { title: 'Alert', label: 'alertname', link: 'https://github.com/openclaw-prometheus/openclaw-prometheus/blob/main/grafana/runbooks/README.md#${__value.raw:lowercase}' },
          { title: 'Severity', label: 'severity', width: 80, words: { critical: ['critical', 'red'], warning: ['warning', 'orange'], info: ['info', 'blue'] } },
          { title: 'Instance', label: 'instance', width: 120 },
          { title: 'Series', expr: 'count by (alertname, severity, instance) (ALERTS{$S,alertname=~"OpenClaw.+",alertstate="firing"})', isHidden: true },
        ],
      },
    ],
  },
];

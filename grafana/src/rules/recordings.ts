// What is recorded: service levels, and what a fleet is looked at by. Names are `level:metric:operations`.
import { OBJECTIVES } from '../limits';
import { EVENT_WINDOW, TARGET, WATCHED, type Group, type Recording } from './rule';

export const WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const;
export type Window = typeof WINDOWS[number];
export const errors = (window: string) => `instance_sli:openclaw_errors:rate${window}`;
export const ended = (window: string) => `instance_sli:openclaw_events:rate${window}`;
export const ratio = (window: string) => `instance_sli:openclaw_errors:ratio_rate${window}`;
export const BUDGET = 'sli:openclaw_error_budget:ratio';

const LEVELS = 'sli=~"message|model_call"';
const DELIVERY = 'openclaw_message_delivery_total';
const delivery = (expr: string) => `label_replace(${expr}, "sli", "delivery", "", "")`;

function level(window: Window): Recording[] {
  const sum = (metric: string) => `sum by (${TARGET}, sli) (rate(${metric}{${LEVELS}}[${window}]))`;
  const deliveries = (match: string) => delivery(`sum by (${TARGET}) (rate(${DELIVERY}${match}[${window}]))`);
  return [
    { record: ended(window), expr: `${sum('openclaw_sli_events_total')}\nor ${deliveries('')}` },
    {
      record: errors(window),
      expr: `(${sum('openclaw_sli_events_total')} - ${sum('openclaw_sli_good_events_total')})\nor ${deliveries('{outcome="error"}')}`,
    },
    { record: ratio(window), expr: `${errors(window)} / (${ended(window)} > 0)` },
  ];
}

/** How many times as fast as it may the budget of a month is used up. */
export const BURN = 'instance_sli:openclaw_error_budget_burn:ratio_rate1h';
const burn: Recording = { record: BURN, expr: `${ratio('1h')} / on (sli) group_left () ${BUDGET}` };

/** One line a service level, so that what may fail is written down once. */
const budget: Recording = {
  record: BUDGET,
  expr: Object.entries(OBJECTIVES).map(([sli, objective]) => `label_replace(vector(${rounded(1 - objective)}), "sli", "${sli}", "", "")`).join('\nor '),
};

export function rounded(number: number): number {
  return Number(number.toPrecision(6));
}

const short: Window[] = ['5m', '30m', '1h', '2h'];
const targets = 'on (job, instance) group by (job, instance) (openclaw_exporter_build_info)';

/** What a page with a row for each of many Gateways asks for: made once here, not by every reader. */
const fleet: Recording[] = [
  { record: 'instance:openclaw_up:min', expr: `min by (${TARGET}) (\n  up and on (${TARGET}) group by (${TARGET}) (count_over_time(openclaw_exporter_build_info[1d]))\n)` },
  { record: 'instance:openclaw_message_received:rate5m', expr: `sum by (${TARGET}) (rate(openclaw_message_received_total[5m]))` },
  { record: 'instance:openclaw_model_call:rate5m', expr: `sum by (${TARGET}) (rate(openclaw_model_call_total[5m]))` },
  { record: 'instance:openclaw_model_tokens:rate5m', expr: `sum by (${TARGET}) (rate(openclaw_model_tokens_total{token_type=~"input|output|cache_read|cache_write"}[5m]))` },
  { record: 'instance:openclaw_model_cost_usd:rate1h', expr: `sum by (${TARGET}) (rate(openclaw_model_cost_usd_total[1h]))` },
  { record: 'instance_provider:openclaw_model_cost_usd:rate1h', expr: `sum by (${TARGET}, provider) (rate(openclaw_model_cost_usd_total[1h]))` },
  { record: 'instance_le:openclaw_run_duration_seconds_bucket:rate5m', expr: `sum by (${TARGET}, le) (rate(openclaw_run_duration_seconds_bucket[5m]))` },
  { record: 'instance:openclaw_run_duration_seconds:p95_5m', expr: `histogram_quantile(0.95, instance_le:openclaw_run_duration_seconds_bucket:rate5m)` },
  { record: 'instance:openclaw_first_byte_seconds:p95_5m', expr: `histogram_quantile(0.95, sum by (${TARGET}, le) (rate(openclaw_model_call_time_to_first_byte_seconds_bucket[5m])))` },
  { record: 'instance:openclaw_queue_lane_oldest_wait_seconds:max', expr: `max by (${TARGET}) (openclaw_queue_lane_oldest_wait_seconds)` },
];

export const RECORDINGS: Group[] = [
  {
    name: 'openclaw-watched',
    rules: [{
      record: WATCHED,
      expr: `group by (${TARGET}) (\n  up offset ${EVENT_WINDOW} == 1\n  or time() - process_start_time_seconds < ${15 * 60}\n)\nand ${targets}`,
    }],
  },
  { name: 'openclaw-service-levels', interval: '30s', rules: [budget, ...short.flatMap(level), burn] },
  { name: 'openclaw-service-levels-long', interval: '2m', rules: WINDOWS.filter(window => !short.includes(window)).flatMap(level) },
  { name: 'openclaw-fleet', interval: '30s', rules: fleet },
];

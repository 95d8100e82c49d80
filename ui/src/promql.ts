// The queries that the copy buttons give: of each block, and of each family by its kind.
import type { Family } from './contract.ts';

const perMinute = (family: string, by = ''): string => `sum${by && ` by (${by})`} (rate(${family}[5m])) * 60`;
const p95 = (family: string): string => `histogram_quantile(0.95, sum by (le) (rate(${family}_bucket[5m])))`;
const inRange = (family: string, by: string): string => `sum by (${by}) (increase(${family}[15m]))`;

/** Of each block of the page. Each family in them is one of the catalogue: a test holds them to it. */
export const QUERIES = {
  answering: perMinute('openclaw_message_processed_total{outcome="completed"}'),
  cost: 'sum(increase(openclaw_model_cost_usd_total[24h]))',
  failures: 'sum(rate(openclaw_model_call_total{outcome="error"}[5m])) / sum(rate(openclaw_model_call_total[5m]))',
  speed: p95('openclaw_run_duration_seconds'),
  waiting: 'sum(openclaw_queue_lane_size)',
  quota: 'min by (provider, window) (openclaw_model_quota_remaining_ratio)',
  runs: perMinute('openclaw_run_completed_total', 'outcome'),
  calls: perMinute('openclaw_model_call_total', 'provider, outcome'),
  firstByte: p95('openclaw_model_call_time_to_first_byte_seconds'),
  costByModel: 'sum by (model) (rate(openclaw_model_cost_usd_total[5m])) * 3600',
  tokens: perMinute('openclaw_model_tokens_total', 'token_type'),
  lanes: 'sum by (lane) (openclaw_queue_lane_size)',
  toolRuns: perMinute('openclaw_tool_execution_total', 'outcome'),
  messages: perMinute('openclaw_message_received_total', 'channel'),
  sessions: 'sum by (state) (openclaw_sessions)',
  models: inRange('openclaw_model_call_total', 'provider, model'),
  providers: inRange('openclaw_model_call_total{outcome="error"}', 'provider'),
  tools: `topk(10, ${inRange('openclaw_tool_execution_total', 'tool')})`,
  agents: inRange('openclaw_agent_runs_total', 'agent_id'),
  channels: inRange('openclaw_message_received_total', 'channel'),
  cron: 'openclaw_cron_consecutive_failures',
  loop: 'nodejs_eventloop_lag_max_seconds',
  memory: 'openclaw_memory_bytes',
  collection: 'rate(openclaw_gc_duration_seconds_sum[5m])',
  rpc: perMinute('openclaw_gateway_rpc_requests_total', 'method'),
  gateway: 'openclaw_gateway_uptime_seconds',
  exporter: 'openclaw_metrics_series / openclaw_metrics_series_capacity',
  pages: 'openclaw_metrics_page_bytes',
  collectors: 'openclaw_metrics_collector_success',
};

const TELLING_LABELS = ['model', 'provider', 'tool', 'channel', 'agent', 'agent_id', 'lane', 'state', 'outcome', 'method'];

/** Queries for a family, the most useful first; by the label that is asked for, or by the one that tells most. */
export function queriesOf({ name, kind, labels }: Pick<Family, 'name' | 'kind' | 'labels'>, asked?: string): string[] {
  const label = asked ?? TELLING_LABELS.find(telling => labels.includes(telling)) ?? labels[0];
  const by = label === undefined ? '' : ` by (${label})`;
  const many = label === undefined ? [] : [`count(count by (${label}) (${name}))`];
  if (kind === 'counter') return [`sum${by} (rate(${name}[5m]))`, `sum${by} (increase(${name}[24h]))`, ...many];
  if (kind === 'histogram') {
    const buckets = label === undefined ? 'le' : `le, ${label}`;
    return [`histogram_quantile(0.95, sum by (${buckets}) (rate(${name}_bucket[5m])))`,
      `sum${by} (rate(${name}_sum[5m])) / sum${by} (rate(${name}_count[5m]))`];
  }
  return label === undefined ? [name] : [name, `sum${by} (${name})`, ...many];
}

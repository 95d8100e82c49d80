// Are people answered: messages, channels, models, tools, sessions?
import { FEW, LIMITS, MANY } from '../limits';
import { TARGET, events, failing, levels, slow, type Alert } from './rule';

const where = '{{ $labels.instance }} ({{ $labels.job }})';
const account = '{{ $labels.channel }}{{ with $labels.account }} ({{ . }}){{ end }}';
const received = 'openclaw_message_received_total';
const processed = 'openclaw_message_processed_total';

export const MESSAGES: Alert[] = [
  {
    alert: 'OpenClawNotAnswering',
    // What is skipped needs no answer.
    expr: `${events(received)} >= ${FEW}\nunless on (${TARGET}) ${events(`${processed}{outcome=~"completed|skipped"}`)} > 0`,
    severity: 'critical', for: '5m',
    summary: 'Messages come in, and none is answered',
    description: `${where} has received {{ $value | printf "%.0f" }} messages in 15 minutes and answered none.`,
  },
  {
    alert: 'OpenClawMessagesFail',
    expr: failing(`${processed}{outcome="error"}`, processed, 'channel', LIMITS.messagesFailing.critical, FEW),
    severity: 'critical', for: '2m', keep: '5m',
    summary: 'Messages fail',
    description: `{{ $value | humanizePercentage }} of the messages of {{ $labels.channel }} have failed at ${where} in 15 minutes.`,
  },
  {
    alert: 'OpenClawDeliveriesFail',
    expr: failing('openclaw_message_delivery_total{outcome="error"}', 'openclaw_message_delivery_total', 'channel', LIMITS.deliveriesFailing.critical, FEW),
    severity: 'critical', for: '2m', keep: '5m',
    summary: 'Answers do not arrive',
    description: `{{ $value | humanizePercentage }} of the deliveries to {{ $labels.channel }} have failed at ${where} in 15 minutes.`,
  },
  {
    alert: 'OpenClawDeliveriesGivenUp',
    expr: 'openclaw_delivery_queue_failed_messages > 0',
    severity: 'warning', for: '5m',
    summary: 'Messages were given up and wait for somebody',
    description: `The queue {{ $labels.queue }} of ${where} holds {{ $value }} messages that it has given up.`,
  },
  {
    alert: 'OpenClawIngressStuck',
    expr: `sum by (${TARGET}, channel) (openclaw_channel_ingress_stuck_messages) > 0`,
    severity: 'critical', for: '5m',
    summary: 'Messages that came in do not get on',
    description: `{{ $value }} messages of {{ $labels.channel }} at ${where} have been stuck for five minutes.`,
  },
];

export const CHANNELS: Alert[] = [
  {
    alert: 'OpenClawChannelDown',
    expr: `openclaw_channel_health{state=~"not-running|disconnected|terminal-disconnect|stale-socket|ingress-unavailable|blocked|stuck"} == 1
unless on (${TARGET}, channel, account) openclaw_channel_enabled == 0`,
    severity: 'critical', for: '5m', keep: '2m',
    summary: 'A channel does not work',
    description: `${account} of ${where} has been {{ $labels.state }} for five minutes (value {{ $value }}).`,
  },
  {
    alert: 'OpenClawChannelUnlinked',
    expr: `openclaw_channel_linked == 0 and on (${TARGET}, channel) openclaw_channel_configured == 1`,
    severity: 'warning', for: '15m',
    summary: 'A channel is configured and not linked',
    description: `{{ $labels.channel }} of ${where} is not linked (openclaw_channel_linked is {{ $value }}).`,
  },
  {
    alert: 'OpenClawChannelSilent',
    // Silent, though it had messages in these hours yesterday, and a week ago as far as that is known.
    expr: `openclaw_channel_last_inbound_age_seconds > ${LIMITS.channelSilence.warning}
and on (${TARGET}, channel) sum by (${TARGET}, channel) (increase(${received}[3h] offset 1d)) >= ${MANY}
unless on (${TARGET}, channel) sum by (${TARGET}, channel) (increase(${received}[3h] offset 1w)) < 1`,
    severity: 'warning', for: '15m',
    summary: 'A channel is silent that is not so usually',
    description: `${account} of ${where} has brought no message for {{ $value | humanizeDuration }}; at this time yesterday it brought at least ${MANY}.`,
  },
  {
    alert: 'OpenClawWebhooksFail',
    expr: failing('openclaw_webhook_error_total', 'openclaw_webhook_received_total', 'channel', LIMITS.webhooksFailing.warning, FEW),
    severity: 'warning', for: '5m', keep: '5m',
    summary: 'Webhook requests fail',
    description: `{{ $value | humanizePercentage }} of the webhook requests of {{ $labels.channel }} have failed at ${where} in 15 minutes.`,
  },
];

const calls = 'openclaw_model_call_total';
export const MODELS: Alert[] = [
  ...levels(LIMITS.providerFailing, share => ({
    alert: 'OpenClawProviderFails',
    expr: failing(`${calls}{outcome="error"}`, calls, 'provider', share, FEW),
    for: '2m', keep: '5m',
    summary: 'Calls to a model provider fail',
    description: `{{ $value | humanizePercentage }} of the calls to {{ $labels.provider }} have failed at ${where} in 15 minutes.`,
  })),
  {
    alert: 'OpenClawFailovers',
    expr: failing('openclaw_model_failover_total', 'openclaw_run_completed_total', '', LIMITS.failovers.warning, FEW),
    severity: 'warning', for: '2m', keep: '15m',
    summary: 'Runs go on with another model again and again',
    description: `{{ $value | printf "%.2f" }} times a run ${where} has gone on with another model or provider, in 15 minutes.`,
  },
  {
    alert: 'OpenClawModelSlow',
    expr: slow('openclaw_model_call_duration_seconds', 'provider, model', LIMITS.modelCall.warning, MANY),
    severity: 'warning', for: '10m', keep: '5m',
    summary: 'A model is slow',
    description: `A call of twenty to {{ $labels.provider }} {{ $labels.model }} takes {{ $value | humanizeDuration }} or longer at ${where}.`,
  },
  ...levels(LIMITS.firstByte, seconds => ({
    alert: 'OpenClawFirstByteSlow',
    expr: slow('openclaw_model_call_time_to_first_byte_seconds', 'provider, model', seconds, MANY),
    for: '10m', keep: '5m',
    summary: 'A model begins to answer late',
    description: `The first byte of {{ $labels.provider }} {{ $labels.model }} takes {{ $value | humanizeDuration }} or longer at ${where}, in one call of twenty.`,
  })),
  {
    alert: 'OpenClawKeyExpires',
    expr: `openclaw_model_auth_provider_remaining_seconds < ${LIMITS.keyLeft.warning} and openclaw_model_auth_provider_remaining_seconds > ${LIMITS.keyLeft.critical}`,
    severity: 'warning', for: '5m',
    summary: 'The credentials of a model provider expire soon',
    description: `The credentials of {{ $labels.provider }} at ${where} expire in {{ $value | humanizeDuration }}.`,
  },
  {
    alert: 'OpenClawKeyUnusable',
    // What is missing matters where it is called.
    expr: `openclaw_model_auth_state{status="expired"} == 1
or openclaw_model_auth_state{status="missing"} == 1 and on (${TARGET}, provider) sum by (${TARGET}, provider) (increase(${calls}[1h])) > 0
or openclaw_model_auth_provider_status{status=~"missing|error"} == 1`,
    severity: 'critical', for: '5m',
    summary: 'The credentials of a model provider cannot be used',
    description: `The credentials of {{ $labels.provider }} at ${where} are {{ $labels.status }} (value {{ $value }}).`,
  },
  ...levels(LIMITS.quotaLeft, left => ({
    alert: 'OpenClawQuotaLow',
    expr: `openclaw_model_quota_remaining_ratio <= ${left}`,
    for: '5m',
    summary: 'The quota of a model provider is nearly used',
    description: `{{ $value | humanizePercentage }} of the quota of {{ $labels.provider }} ({{ $labels.window }}) is left at ${where}.`,
  })),
];

export const WORK: Alert[] = [
  {
    alert: 'OpenClawSessionStuck',
    expr: `${events('openclaw_session_stuck_total', 'state, reason')} > 0`,
    severity: 'critical',
    summary: 'A session is stuck',
    description: `Sessions of ${where} were found stuck {{ $value | printf "%.0f" }} times in 15 minutes ({{ $labels.state }}, {{ $labels.reason }}).`,
  },
  {
    alert: 'OpenClawSessionStalled',
    expr: `${events('openclaw_session_stalled_total', 'classification')} > 0`,
    severity: 'critical', for: '2m',
    summary: 'The work of a session makes no progress',
    description: `Sessions of ${where} were found stalled {{ $value | printf "%.0f" }} times in 15 minutes ({{ $labels.classification }}).`,
  },
  {
    alert: 'OpenClawToolLoops',
    expr: `${events('openclaw_tool_loops_total', 'tool, action')} > 0`,
    severity: 'warning',
    summary: 'An agent calls a tool over and over',
    description: `${where} has noticed {{ $value | printf "%.0f" }} loops of {{ $labels.tool }} in 15 minutes (what was done: {{ $labels.action }}).`,
  },
  ...levels(LIMITS.toolFailing, share => ({
    alert: 'OpenClawToolFails',
    expr: failing('openclaw_tool_execution_total{outcome="error"}', 'openclaw_tool_execution_total', 'tool', share, FEW),
    for: '5m', keep: '5m',
    summary: 'A tool fails',
    description: `{{ $value | humanizePercentage }} of the executions of {{ $labels.tool }} have failed at ${where} in 15 minutes.`,
  })),
  ...levels(LIMITS.laneWait, seconds => ({
    alert: 'OpenClawLaneWaits',
    expr: `openclaw_queue_lane_oldest_wait_seconds >= ${seconds}`,
    for: '1m',
    summary: 'A queue does not get on',
    description: `The oldest entry of lane {{ $labels.lane }} of ${where} has waited for {{ $value | humanizeDuration }}.`,
  })),
  {
    alert: 'OpenClawWorkHangs',
    expr: `openclaw_inflight_oldest_age_seconds{kind="model_call"} >= ${LIMITS.modelCallAge.warning}
or openclaw_inflight_oldest_age_seconds{kind=~"run|tool"} >= ${LIMITS.workAge.warning}`,
    severity: 'warning', for: '1m',
    summary: 'A run, a model call or a tool does not end',
    description: `The oldest {{ $labels.kind }} of ${where} has been in flight for {{ $value | humanizeDuration }}.`,
  },
  {
    alert: 'OpenClawContextNearlyFull',
    expr: `1 - sum by (${TARGET}, model) (increase(openclaw_model_context_utilization_ratio_bucket{le="0.75"}[30m]))
  / sum by (${TARGET}, model) (increase(openclaw_model_context_utilization_ratio_count[30m])) > ${LIMITS.contextsNearlyFull.warning}
and on (${TARGET}, model) sum by (${TARGET}, model) (increase(openclaw_model_context_utilization_ratio_count[30m])) >= ${MANY}`,
    severity: 'info', for: '15m',
    summary: 'Contexts are nearly full',
    description: `{{ $value | humanizePercentage }} of the runs with {{ $labels.model }} at ${where} have left a context that is more than three quarters full.`,
  },
];

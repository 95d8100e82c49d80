// Is the Gateway there, is it read, and does its process get on?
import { LIMITS } from '../limits';
import { TARGET, events, levels, type Alert } from './rule';

const ours = (range: string) => `group by (${TARGET}) (count_over_time(openclaw_exporter_build_info[${range}]))`;
const where = '{{ $labels.instance }} ({{ $labels.job }})';
/** The longest delays of the event loop that were over so many seconds; `le` is written in two ways. */
const stalls = (seconds: number) => {
  const bucket = 'openclaw_gateway_event_loop_delay_max_seconds_bucket';
  return `sum by (${TARGET}) (increase(${bucket}{le="+Inf"}[5m]))
  - sum by (${TARGET}) (increase(${bucket}{le=~"${seconds}(\\\\.0)?"}[5m])) > 0.5`;
};

export const THERE: Alert[] = [
  {
    alert: 'OpenClawDown',
    expr: `up == 0 and on (${TARGET}) ${ours('1d')}`,
    severity: 'critical', for: '2m', keep: '2m',
    summary: 'A Gateway cannot be scraped',
    description: `${where} has not answered Prometheus for two minutes (up is {{ $value }}); within the last day it did.`,
  },
  {
    alert: 'OpenClawAbsent',
    expr: `absent(openclaw_exporter_build_info)\nunless on () (up == 0 and on (${TARGET}) ${ours('1d')})`,
    severity: 'critical', for: '5m',
    summary: 'No Gateway is scraped at all',
    description: 'Prometheus has had no target with openclaw_exporter_build_info for five minutes (absent is {{ $value }}), so there is no instance to name.',
  },
  {
    alert: 'OpenClawPortLost',
    expr: `openclaw_metrics_listener_up == 0\nor (up == 1 unless on (${TARGET}) openclaw_exporter_build_info) and on (${TARGET}) ${ours('1d')}`,
    severity: 'critical', for: '2m',
    summary: 'Another process has the port of the exporter',
    description: `${where} is answered by something that is not this exporter, or the exporter waits for its port (value {{ $value }}).`,
  },
  {
    alert: 'OpenClawNotReachable',
    expr: `max by (${TARGET}) (openclaw_rpc_up) == 0`,
    severity: 'critical', for: '2m', keep: '2m',
    summary: 'The Gateway does not answer RPC',
    description: `The Gateway of ${where} has answered no question for two minutes (openclaw_rpc_up is {{ $value }}).`,
  },
  {
    alert: 'OpenClawNotReady',
    expr: 'openclaw_ready == 0',
    severity: 'critical', for: '5m',
    summary: 'The Gateway is not ready',
    description: `The Gateway of ${where} has been starting or stopping for five minutes (openclaw_ready is {{ $value }}).`,
  },
  {
    alert: 'OpenClawUnhealthy',
    expr: 'openclaw_health_ok == 0',
    severity: 'warning', for: '5m',
    summary: 'The Gateway says that it is not healthy',
    description: `The health check of the Gateway of ${where} has failed for five minutes (openclaw_health_ok is {{ $value }}).`,
  },
  {
    alert: 'OpenClawSilent',
    expr: `sum by (${TARGET}) (increase(openclaw_exporter_events_total[5m])) == 0
and on (${TARGET}) sum by (${TARGET}) (openclaw_exporter_events_total) > 0`,
    severity: 'critical', for: '1m',
    summary: 'The Gateway has told nothing for five minutes',
    description: `${where} told {{ $value }} events in five minutes; a Gateway that lives tells of its memory each 30 s.`,
  },
  {
    alert: 'OpenClawRestartsOften',
    expr: `(resets(openclaw_gateway_uptime_seconds[1h]) or resets(openclaw_gateway_process_uptime_seconds[1h])) >= ${LIMITS.restarts.warning}`,
    severity: 'warning', keep: '15m',
    summary: 'The Gateway restarts again and again',
    description: `The Gateway of ${where} has restarted {{ $value }} times within an hour.`,
  },
  {
    alert: 'OpenClawPageStale',
    expr: `timestamp(openclaw_metrics_page_read_timestamp_seconds) - openclaw_metrics_page_read_timestamp_seconds > ${LIMITS.pageAge.warning}`,
    severity: 'warning', for: '2m',
    summary: 'What is scraped is old',
    description: `The page of ${where} was read {{ $value | humanizeDuration }} before it was scraped, or the clocks differ by that.`,
  },
  {
    alert: 'OpenClawPluginFailed',
    expr: 'openclaw_gateway_plugin_problem == 1',
    severity: 'warning', for: '10m',
    summary: 'A plugin of the Gateway does not work',
    description: `Plugin {{ $labels.plugin }} of ${where} is {{ $labels.state }} (value {{ $value }}).`,
  },
  {
    alert: 'OpenClawModelsDegraded',
    expr: 'openclaw_model_runtime_degraded == 1',
    severity: 'warning', for: '10m',
    summary: 'The Gateway runs with models that are not ready',
    description: `The Gateway of ${where} has been degraded for ten minutes (openclaw_model_runtime_degraded is {{ $value }}).`,
  },
];

export const PROCESS: Alert[] = [
  ...levels(LIMITS.loopDelay, seconds => ({
    alert: 'OpenClawLoopStalls',
    expr: stalls(seconds),
    keep: '5m',
    summary: `The event loop stood still for more than ${seconds} s`,
    description: `The event loop of ${where} stood still for more than ${seconds} s, in {{ $value | printf "%.0f" }} samples of five minutes. Nobody is answered meanwhile.`,
  })),
  {
    alert: 'OpenClawLoopStandsStill',
    expr: `increase(openclaw_gateway_event_loop_observed_seconds_total[2m]) == 0
and increase(openclaw_gateway_event_loop_observed_seconds_total[10m] offset 2m) > 0`,
    severity: 'critical',
    summary: 'The event loop stands still',
    description: `The event loop of ${where} was watched for {{ $value }} s of the last two minutes, and all the time before: the Gateway does nothing.`,
  },
  ...(['warning', 'critical'] as const).map((level): Alert => ({
    alert: 'OpenClawMemoryPressure',
    expr: `${events(`openclaw_memory_pressure_total{level="${level}"}`, 'reason')} > 0`,
    severity: level,
    summary: 'Memory runs short',
    description: `The Gateway of ${where} has found its memory ${level} {{ $value | printf "%.0f" }} times in 15 minutes ({{ $labels.reason }}).`,
  })),
  {
    alert: 'OpenClawMemoryGrows',
    expr: `predict_linear(openclaw_memory_bytes{kind="rss"}[6h], 24 * 3600) > ${LIMITS.memoryGrowth.warning} * openclaw_memory_bytes{kind="rss"}
and on (${TARGET}) openclaw_memory_bytes{kind="rss"} offset 6h > 0
and on (${TARGET}) resets(openclaw_gateway_uptime_seconds[6h]) == 0`,
    severity: 'warning', for: '1h',
    summary: 'The memory of the Gateway grows and grows',
    description: `At the pace of the last six hours the Gateway of ${where} uses {{ $value | humanize1024 }}B within a day, half as much again as now.`,
  },
  {
    alert: 'OpenClawDescriptorsRunOut',
    expr: `process_open_fds / process_max_fds > ${LIMITS.descriptors.warning}\nand on (${TARGET}) openclaw_exporter_build_info`,
    severity: 'warning', for: '15m',
    summary: 'File descriptors run out',
    description: `The process of ${where} has {{ $value | humanizePercentage }} of its file descriptors open.`,
  },
  ...levels(LIMITS.diskLeft, left => ({
    alert: 'OpenClawDiskFull',
    expr: `openclaw_state_disk_available_bytes / openclaw_state_disk_size_bytes < ${left}`,
    for: '10m',
    summary: 'The disk with the state of the Gateway is nearly full',
    description: `{{ $value | humanizePercentage }} of the disk that holds the state of ${where} is left. Without room transcripts and settings are lost.`,
  })),
];

// What costs, what is scheduled, what is unsafe, and whether the figures themselves can be believed.
import { BURNS, COST_JUMP, FEW, LIMITS } from '../limits';
import { BUDGET, errors, ratio } from './recordings';
import { TARGET, events, levels, type Alert } from './rule';

const where = '{{ $labels.instance }} ({{ $labels.job }})';
const SECONDS: Record<string, number> = { '1h': 3600, '6h': 6 * 3600, '1d': 24 * 3600, '3d': 72 * 3600 };

/** Two windows each: the long one says that it matters, the short one that it still goes on. */
export const BUDGETS: Alert[] = BURNS.map(burn => ({
  alert: burn.alert,
  expr: `${ratio(burn.long)} > on (sli) group_left () (${burn.times} * ${BUDGET})
and ${ratio(burn.short)} > on (sli) group_left () (${burn.times} * ${BUDGET})
and ${errors(burn.long)} * ${SECONDS[burn.long]} >= ${FEW}`,
  severity: burn.severity, for: burn.for, keep: '5m',
  summary: `The error budget of a month is used up in ${days(30 / burn.times)}`,
  description: `{{ $value | humanizePercentage }} of {{ $labels.sli }} have failed at ${where} within ${burn.long}, and go on failing: ${burn.times} times what the month's budget allows.`,
}));

function days(count: number): string {
  return count < 3 ? `${Math.round(count)} days` : `${count.toFixed(0)} days`;
}

const spent = 'openclaw_model_cost_usd_total';
const hour = `sum by (${TARGET}) (increase(${spent}[1h]))`;
export const COST: Alert[] = [
  ...levels(LIMITS.budgetUsed, share => ({
    alert: 'OpenClawBudgetUsed',
    expr: `sum by (${TARGET}) (openclaw_usage_daily_cost_usd{day="today"})
/ on (${TARGET}) sum by (${TARGET}) (openclaw_budget_usd{window="day"} > 0) >= ${share}`,
    for: '2m',
    summary: "Today's budget is used",
    description: `${where} has used {{ $value | humanizePercentage }} of today's budget.`,
  })),
  {
    alert: 'OpenClawCostJumps',
    // A history shorter than a day has no usual hour.
    expr: `${hour} > ${COST_JUMP.times} * sum by (${TARGET}) (increase(${spent}[1d] offset 1h)) / 24
and ${hour} > ${COST_JUMP.usd}
and on (${TARGET}) group by (${TARGET}) (openclaw_exporter_build_info offset 1d)`,
    severity: 'warning', for: '5m', keep: '15m',
    summary: 'Cost jumps',
    description: `${where} has cost {{ $value | printf "%.2f" }} dollars within an hour, more than ${COST_JUMP.times} times the usual.`,
  },
];

export const CRON: Alert[] = [
  ...levels(LIMITS.cronFailures, failures => ({
    alert: 'OpenClawCronFails',
    expr: `openclaw_cron_consecutive_failures >= ${failures}`,
    for: '2m',
    summary: failures === 1 ? 'A scheduled job has failed' : `A scheduled job has failed ${failures} times in a row`,
    description: `The last {{ $value }} runs of {{ $labels.cron_job }} at ${where} have failed.`,
  })),
  {
    alert: 'OpenClawCronSwitchedOff',
    expr: 'openclaw_cron_auto_disabled == 1',
    severity: 'critical',
    summary: 'The Gateway has switched a scheduled job off',
    description: `{{ $labels.cron_job }} of ${where} is not run any more ({{ $labels.reason }}, value {{ $value }}).`,
  },
  {
    alert: 'OpenClawCronLate',
    expr: `openclaw_cron_overdue_seconds >= ${LIMITS.cronLate.warning}`,
    severity: 'warning', for: '2m',
    summary: 'A scheduled job is late',
    description: `{{ $labels.cron_job }} of ${where} should have begun {{ $value | humanizeDuration }} ago.`,
  },
  {
    alert: 'OpenClawCronStopped',
    expr: `(openclaw_cron_scheduler_enabled == 0 or openclaw_cron_enabled == 0)
and on (${TARGET}) openclaw_cron_jobs{enabled="true"} > 0`,
    severity: 'warning', for: '30m',
    summary: 'Scheduled jobs are not run at all',
    description: `The scheduler of ${where} is switched off (value {{ $value }}), and there are jobs that are switched on.`,
  },
];

export const SECURITY: Alert[] = ([['high', 'warning'], ['critical', 'critical']] as const).map(([how, severity]): Alert => ({
  alert: 'OpenClawSecurityEvent',
  expr: `${events(`openclaw_security_events_by_severity_total{severity="${how}"}`)} > 0`,
  severity,
  summary: `A security event that is ${how}`,
  description: `${where} has told of {{ $value | printf "%.0f" }} security events in 15 minutes that are ${how}.`,
}));

export const EXPORTER: Alert[] = [
  {
    alert: 'OpenClawSeriesRefused',
    expr: `${events('openclaw_metrics_refused_total', 'family, reason')} > 0`,
    severity: 'warning', for: '2m', keep: '15m',
    summary: 'A metric is full: a label leaks, or there is too little room',
    description: `{{ $labels.family }} of ${where} has refused {{ $value | printf "%.0f" }} observations in 15 minutes ({{ $labels.reason }}).`,
  },
  {
    alert: 'OpenClawLabelLeaks',
    // A Gateway that has just started knows more from minute to minute too, but not for long.
    expr: ['', ' offset 5m', ' offset 10m'].map(offset => `delta(openclaw_metrics_series[5m]${offset}) >= ${LIMITS.seriesGrowth.warning}`).join('\nand '),
    severity: 'warning', for: '1m', keep: '15m',
    summary: 'A label takes ever new values',
    description: `The exporter of ${where} has got {{ $value | printf "%.0f" }} new series in five minutes, and as many in each of the two times five minutes before.`,
  },
  {
    alert: 'OpenClawSeriesNearlyFull',
    expr: `openclaw_metrics_series / openclaw_metrics_series_capacity >= ${LIMITS.seriesUsed.warning}
or openclaw_metrics_label_bytes / openclaw_metrics_label_capacity_bytes >= ${LIMITS.seriesUsed.warning}`,
    severity: 'warning', for: '15m',
    summary: 'The exporter has little room left',
    description: `{{ $value | humanizePercentage }} of the room for series of ${where} is used.`,
  },
  {
    alert: 'OpenClawCollectorHangs',
    expr: 'openclaw_metrics_collector_hanging == 1',
    severity: 'warning', for: '2m',
    summary: 'A collector hangs',
    description: `The collector {{ $labels.collector }} of ${where} has not come back (value {{ $value }}); its figures are taken away.`,
  },
  {
    alert: 'OpenClawReloadFailed',
    expr: 'openclaw_exporter_config_last_reload_successful == 0',
    severity: 'warning', for: '5m',
    summary: 'The configuration was not taken',
    description: `${where} was told to read its configuration again and did not take it (value {{ $value }}); the one before holds until a restart, which will not succeed.`,
  },
  {
    alert: 'OpenClawCollectorFails',
    expr: `openclaw_metrics_collector_success == 0 unless on (${TARGET}, collector) openclaw_metrics_collector_hanging == 1`,
    severity: 'warning', for: '15m',
    summary: 'A collector fails',
    description: `The collector {{ $labels.collector }} of ${where} has failed for 15 minutes (value {{ $value }}); its figures are missing.`,
  },
  {
    alert: 'OpenClawEventsLost',
    expr: `${events('openclaw_diagnostic_async_queue_dropped_total{drop_class="total"}')} > 0`,
    severity: 'warning', keep: '15m',
    summary: 'The Gateway has lost events: counts are too low',
    description: `${where} has lost {{ $value | printf "%.0f" }} diagnostic events in 15 minutes.`,
  },
  {
    alert: 'OpenClawExporterFails',
    expr: `${events('openclaw_metrics_panics_total', 'place')} > 0\nor ${events('openclaw_metrics_shortages_total', 'what')} > 0`,
    severity: 'warning', keep: '15m',
    summary: 'The exporter has survived a fault of its own, or had too little memory',
    description: `${where} has caught {{ $value | printf "%.0f" }} faults in 15 minutes ({{ $labels.place }}{{ $labels.what }}).`,
  },
];

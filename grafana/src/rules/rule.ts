// What a rule is, and the expressions that many of them are made of.
import type { TwoLimits } from '../limits';

export type Severity = 'critical' | 'warning' | 'info';

export interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly severity: Severity;
  /** How long it has to hold; at once without. */
  readonly for?: string;
  /** How long it is told after it has ended, so that what comes and goes is one alert. */
  readonly keep?: string;
  readonly summary: string;
  readonly description: string;
}
export interface Recording {
  readonly record: string;
  readonly expr: string;
}
export interface Group {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly (Alert | Recording)[];
}

/** The labels of a target, which each alert has. */
export const TARGET = 'job, instance';
/** How far back rules look that count events. */
export const EVENT_WINDOW = '15m';
export const WATCHED = `instance:openclaw_watched:group${EVENT_WINDOW}`;

const by = (labels: string) => labels === '' ? TARGET : `${TARGET}, ${labels}`;

/**
 * How many events a counter has counted in the last quarter of an hour, by labels, the first of a series included.
 *
 * `increase` takes a series' first sample for what it began with. Here a series that was not there a quarter of an hour ago counts
 * with its whole value, if its target was watched then or has started since; what had counted long before somebody looked is not new.
 */
export function events(counter: string, labels = ''): string {
  return `sum by (${by(labels)}) (
  (${counter} unless ${counter} offset ${EVENT_WINDOW})
    and on (${TARGET}) ${WATCHED}
  or increase(${counter}[${EVENT_WINDOW}])
)`;
}

/** The share of what failed, where enough did. */
export function failing(failed: string, all: string, labels: string, share: number, few: number): string {
  return `${events(failed, labels)} / ${events(all, labels)} >= ${share}
and ${events(failed, labels)} >= ${few}`;
}

/** A percentile of a histogram by labels, where enough was observed. */
export function slow(histogram: string, labels: string, seconds: number, many: number): string {
  return `histogram_quantile(0.95, sum by (${by(labels)}, le) (rate(${histogram}_bucket[15m]))) >= ${seconds}
and on (${by(labels)}) sum by (${by(labels)}) (increase(${histogram}_count[15m])) >= ${many}`;
}

/** One alert at two limits. Alertmanager keeps the warning back while the other fires (see the README). */
export function levels(limit: TwoLimits, alert: (limit: number) => Omit<Alert, 'severity'>): Alert[] {
  return (['warning', 'critical'] as const).map(severity => ({ ...alert(limit[severity]), severity }));
}

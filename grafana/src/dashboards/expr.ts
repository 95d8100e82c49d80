// Expressions that panels are made of. `by` is a list of labels, empty for one sum over all.
import type { Query } from './panel';

const matched = (metric: string, match = '') => `${metric}{${match === '' ? '$S' : `$S,${match}`}}`;
const by = (labels: string) => labels === '' ? '' : ` by (${labels})`;
const legend = (labels: string) => labels.split(',').filter(label => label !== '').map(label => `{{${label.trim()}}}`).join(' ');

export const sum = (metric: string, labels = '', match = '') => `sum${by(labels)} (${matched(metric, match)})`;
export const max = (metric: string, labels = '', match = '') => `max${by(labels)} (${matched(metric, match)})`;
export const min = (metric: string, labels = '', match = '') => `min${by(labels)} (${matched(metric, match)})`;
export const rate = (metric: string, labels = '', match = '') => `sum${by(labels)} (rate(${matched(metric, match)}[$R]))`;
/** What Gateways that have a budget have spent of it today; what others spend is no part of it. */
export const budgetUsed = () => {
  const budget = matched('openclaw_budget_usd', 'window="day"');
  return `sum (${matched('openclaw_usage_daily_cost_usd', 'day="today"')} and on (job, instance) ${budget}) / sum (${budget})`;
};
/** Events a minute. */
export const perMinute = (metric: string, labels = '', match = '') => `60 * ${rate(metric, labels, match)}`;
/** Dollars, tokens … an hour. */
export const perHour = (metric: string, labels = '', match = '') => `3600 * ${rate(metric, labels, match)}`;
/** Which part of all has something. */
export const share = (metric: string, match: string, labels = '') => `${rate(metric, labels, match)} / ${rate(metric, labels)}`;
export const quantile = (q: number, histogram: string, labels = '', match = '') =>
  `histogram_quantile(${q}, ${rate(`${histogram}_bucket`, labels === '' ? 'le' : `${labels}, le`, match)})`;
export const mean = (histogram: string, labels = '', match = '') => `${rate(`${histogram}_sum`, labels, match)} / ${rate(`${histogram}_count`, labels, match)}`;

/** Only where there is a value: a percentile of nothing is none. */
export const told = (expr: string) => `${expr} >= 0`;

/** Median and 95th percentile of all. */
export const percentiles = (histogram: string, match = ''): Query[] => [[quantile(0.5, histogram, '', match), 'median'], [quantile(0.95, histogram, '', match), '95 of 100 within']];
/** One series for each value of labels. */
export const each = (expr: string, labels: string): Query[] => [[expr, legend(labels)]];
/** The buckets of a histogram, for a heatmap. */
export const buckets = (histogram: string, match = ''): Query[] => [[`sum by (le) (increase(${matched(`${histogram}_bucket`, match)}[$R]))`, '{{le}}']];

// Where good ends: the limits that alerts and dashboards share. Where the live page (src/live/verdict.rs) judges the same, its limit is this one.
//
// `warning` asks for a look in working hours, `critical` for one now. Seconds, bytes, ratios and dollars, as the metrics have them.

export interface Limit {
  readonly warning?: number;
  readonly critical?: number;
}
export type TwoLimits = Required<Limit>;
const limits = <const T extends Record<string, Limit>>(all: T): T => all;

/** Fewer failures than this are chance. */
export const FEW = 3;
/** Fewer observations than this make no percentile. */
export const MANY = 10;

export const LIMITS = limits({
  pageAge: { warning: 30 },
  restarts: { warning: 3 },
  messagesFailing: { critical: 0.1 },
  deliveriesFailing: { critical: 0.1 },
  providerFailing: { warning: 0.05, critical: 0.2 },
  toolFailing: { warning: 0.3, critical: 0.6 },
  webhooksFailing: { warning: 0.1 },
  failovers: { warning: 0.2 },
  modelCall: { warning: 120 },
  firstByte: { warning: 20, critical: 60 },
  laneWait: { warning: 60, critical: 300 },
  workAge: { warning: 1800 },
  modelCallAge: { warning: 600 },
  budgetUsed: { warning: 0.8, critical: 1 },
  quotaLeft: { warning: 0.1, critical: 0.02 },
  keyLeft: { warning: 24 * 3600, critical: 0 },
  channelSilence: { warning: 3 * 3600 },
  cronFailures: { warning: 1, critical: 3 },
  cronLate: { warning: 600 },
  loopDelay: { warning: 1, critical: 5 },
  memoryGrowth: { warning: 1.5 },
  descriptors: { warning: 0.8 },
  diskLeft: { warning: 0.1, critical: 0.03 },
  contextsNearlyFull: { warning: 0.5 },
  /** Series that come within five minutes, again and again. */
  seriesGrowth: { warning: 50 },
  seriesUsed: { warning: 0.9 },
});

/** A jump of cost is this many times the usual hour, and at least so many dollars. */
export const COST_JUMP = { times: 5, usd: 5 };

/**
 * Which share shall go well, by service level. Messages are what people see; calls and deliveries are tries, of which some fail
 * for a rate limit or an overloaded provider and are made again.
 */
export const OBJECTIVES = { message: 0.995, model_call: 0.97, delivery: 0.95 } as const;

/** How fast a budget of 30 days burns in two windows, and what that calls for. */
export const BURNS = [
  { times: 14.4, long: '1h', short: '5m', severity: 'critical', for: '2m', alert: 'OpenClawErrorBudgetLastsTwoDays' },
  { times: 6, long: '6h', short: '30m', severity: 'critical', for: '5m', alert: 'OpenClawErrorBudgetLastsFiveDays' },
  { times: 3, long: '1d', short: '2h', severity: 'warning', for: '15m', alert: 'OpenClawErrorBudgetLastsTenDays' },
  { times: 1, long: '3d', short: '6h', severity: 'warning', for: '30m', alert: 'OpenClawErrorBudgetLastsThirtyDays' },
] as const;

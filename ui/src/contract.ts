// What the server answers. Times are seconds since 1970, durations seconds, money US dollars, shares 0 to 1; what is
// not known is `null`. The words of each key are in DATA.md.

export type Level = 'well' | 'watch' | 'wrong';
export type Block =
  'answering' | 'cost' | 'failures' | 'speed' | 'waiting' | 'quota' | 'channels' | 'cron' | 'gateway' | 'exporter' | 'families';
export type Value = number | null;
export type RangeName = '15m' | '24h';

export interface Finding {
  kind: string; level: Level; subject: string; says: string; note: string; since: Value; block: Block;
}
export interface Verdict {
  level: Level; sentence: string; since: Value; findings: Finding[];
  /** The last that was wrong and is no more. */
  last?: { says: string; from: number; to: number } | null;
}
export interface Column { id: string; of: string; how: 'sum' | 'last' | 'max' }
export interface Stretch { at: number; step: number; values: Value[][] }

export interface Now {
  window: Value;
  gateway: { version: string | null; up: Value; answers: boolean | null };
  seconds: { run: { p50: Value; p95: Value; usual: Value }; first_byte: { p95: Value }; message: { p50: Value; p95: Value } };
  oldest: { run: Value; model_call: Value; tool: Value; lane: { name: string; seconds: number } | null };
  budget: Value;
  today: { usd: Value; from: Value };
  exporter: {
    series: Value; series_limit: Value; label_bytes: Value; label_bytes_limit: Value; page_bytes: Value; render_seconds: Value;
    refused: Value; last_scrape: Value; history_bytes: Value; history_limit: Value; listening?: boolean | null;
    collectors: { name: string; well: boolean | null; error: string | null }[];
  };
  warnings: string[];
}

export interface Model { model: string; provider: string; calls: Value; failed: Value; tokens: Value; usd: Value; p95?: Value }
export interface Provider {
  provider: string; calls: Value; failed: Value; failovers: Value; p95: Value; first_byte_p95: Value;
  quotas: { window: string; left: Value; resets: Value; empty?: Value; lasts?: boolean | null }[] | null;
  auth: { status: string; expires: Value } | null;
}
export interface Tool { tool: string; ended: Value; failed: Value; blocked: Value; loops: Value; p95: Value }
export interface Agent { agent: string; runs: Value; failed: Value; calls: Value; tokens: Value; usd: Value }
export interface Channel {
  channel: string; account: string | null; linked: boolean | null; enabled?: boolean | null; running: boolean | null; connected: boolean | null;
  health?: string | null; last_in: Value; last_out: Value; received: Value; sent: Value; failed: Value;
}
export interface Job {
  job: string; enabled: boolean | null; running: boolean | null; last: Value; took: Value; ended: string | null;
  failures: Value; next: Value; overdue: Value; why: string | null; stopped?: string | null;
}
export interface SessionState { state: string; count: Value }
export interface Lane { lane: string; entries: Value; oldest: Value; p95: Value; limit: Value }
export interface Tables {
  models: Model[]; providers: Provider[]; tools: Tool[]; agents: Agent[]; channels: Channel[]; cron: Job[];
  sessions: SessionState[]; lanes: Lane[];
}

/** The figures of one answer, without what happened before it. */
export interface Latest {
  seq: number; at: number; demo: boolean; name: string | null; version: string; instance: string | null; started: number;
  verdict: Verdict; columns: Column[]; now: Now; tables: Record<RangeName, Tables>; untold: { block: string; why: string }[];
}
export interface Data extends Latest { full: boolean; fine: Stretch; coarse: Stretch }

export interface Family {
  name: string; kind: string; help: string; unit: string | null; labels: string[]; series: number; hour_ago: Value;
  value: Value; refused: Value;
}
export interface Families { at: number; families: Family[] }
/** Of one family: how many values each label has, and the largest series. */
export interface FamilyDetail { label_values: Record<string, number>; top: { labels: Record<string, string>; value: Value }[] }

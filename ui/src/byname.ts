// The tables of the page: models, providers, tools, agents, channels, scheduled jobs, sessions and lanes.
import type { Block, Channel, Level, Provider, Value } from './contract.ts';
import { byId, write } from './dom.ts';
import { QUERIES } from './promql.ts';
import { findingAbout, inRange, type Reading } from './reading.ts';
import { compared, Table, type Cell, type TableOptions } from './tables.ts';
import { ago, amount, dollars, percent, plain, seconds, span, when, whole } from './words.ts';

let now = 0;
const share = (of: Value, all: Value): Cell => of === null || !all ? null : percent(of / all);
const spent = (usd: Value, calls: Value): Cell => usd === null ? calls ? { text: 'no price', isSoft: true } : null : dollars(usd);
const counted = ({ range }: Reading): string => inRange(range);
const named = (blocks: Block[], ...subjects: string[]) => ({ latest }: Reading): Level =>
  subjects.map(subject => findingAbout(latest, blocks, subject)?.level).find(level => level !== undefined) ?? 'well';
const table = <Kind>(options: TableOptions<Kind>): Table<Kind> => new Table(options);

const models = () => table({
  id: 'models', blocks: ['failures'], title: 'Models', query: QUERIES.models, empty: 'No model has been called yet.', unit: counted,
  rows: reading => reading.tables.models, key: row => JSON.stringify([row.provider, row.model]),
  level: (row, reading) => named(['cost', 'failures'], row.model)(reading),
  columns: [
    { head: 'Model', cell: row => ({ text: row.model, small: row.provider }) },
    { head: 'Calls', isNumber: true, from: 2, cell: (row, rows) => compared(row.calls, rows, one => one.calls, amount) },
    { head: 'Failed', isNumber: true, cell: row => share(row.failed, row.calls) },
    { head: 'p95', isNumber: true, from: 3, cell: row => seconds(row.p95 ?? null) },
    { head: 'Tokens', isNumber: true, from: 3, cell: row => amount(row.tokens) },
    { head: 'Cost', isNumber: true, cell: (row, rows) => row.usd === null ? spent(row.usd, row.calls) : compared(row.usd, rows, one => one.usd, dollars) },
  ],
});

const STATUS: Record<string, string> = { ok: 'ok', static: 'API key', missing: 'missing', expired: 'expired', expiring: 'expiring' };
const providers = () => table({
  id: 'providers', blocks: ['failures'], title: 'Providers', query: QUERIES.providers, empty: 'No provider has been called yet.', unit: counted,
  rows: reading => reading.tables.providers, key: row => row.provider,
  level: (row, reading) => named(['failures', 'quota', 'cost'], row.provider)(reading),
  columns: [
    { head: 'Provider', cell: row => row.provider },
    { head: 'Failed', isNumber: true, cell: row => share(row.failed, row.calls) },
    { head: 'Failed over', isNumber: true, from: 3, cell: row => amount(row.failovers) },
    { head: 'p95', isNumber: true, from: 3, cell: row => seconds(row.p95) },
    { head: 'First byte', isNumber: true, from: 3, cell: row => seconds(row.first_byte_p95) },
    { head: 'Key', from: 3, cell: row => row.auth === null ? null : { text: STATUS[row.auth.status] ?? row.auth.status, small: row.auth.expires === null ? '' : row.auth.expires > now ? `${span(row.auth.expires - now)} left` : 'expired' } },
    { head: 'Quota left', isNumber: true, cell: row => {
      const quota = tightest(row.quotas);
      return quota === undefined ? { text: 'not told', isSoft: true } : { text: percent(quota.left), share: quota.left ?? 0 };
    } },
    { head: 'Resets', isNumber: true, from: 2, cell: row => {
      const { resets, empty, lasts } = tightest(row.quotas) ?? { resets: null };
      if (resets === null) return null;
      return { text: when(resets, now), small: lasts === false && empty != null ? `empty ${when(empty, now)}` : '' };
    } },
  ],
});
const tightest = (quotas: Provider['quotas']) =>
  quotas?.filter(quota => quota.left !== null).sort((a, b) => a.left! - b.left!)[0];

const tools = () => table({
  id: 'tools', blocks: ['failures'], title: 'Tools', query: QUERIES.tools, empty: 'No tool has been run yet.', unit: counted,
  rows: reading => reading.tables.tools, key: row => row.tool, level: (row, reading) => named(['failures', 'waiting'], row.tool)(reading),
  columns: [
    { head: 'Tool', cell: row => row.tool },
    { head: 'Runs', isNumber: true, cell: (row, rows) => compared(row.ended, rows, one => one.ended, amount) },
    { head: 'Failed', isNumber: true, cell: row => share(row.failed, row.ended) },
    { head: 'p95', isNumber: true, cell: row => seconds(row.p95) },
    { head: 'Blocked', isNumber: true, from: 3, cell: row => amount(row.blocked) },
    { head: 'Loops', isNumber: true, from: 3, cell: row => amount(row.loops) },
  ],
});

const agents = () => table({
  id: 'agents', blocks: ['runs', 'answering'], title: 'Agents', query: QUERIES.agents, empty: 'No agent has run yet.', unit: counted,
  rows: reading => reading.tables.agents, key: row => row.agent, level: (row, reading) => named(['failures', 'cost', 'waiting'], row.agent)(reading),
  columns: [
    { head: 'Agent', cell: row => row.agent },
    { head: 'Runs', isNumber: true, cell: (row, rows) => compared(row.runs, rows, one => one.runs, amount) },
    { head: 'Failed', isNumber: true, cell: row => share(row.failed, row.runs) },
    { head: 'Calls', isNumber: true, from: 2, cell: row => amount(row.calls) },
    { head: 'Tokens', isNumber: true, from: 3, cell: row => amount(row.tokens) },
    { head: 'Cost', isNumber: true, cell: row => spent(row.usd, row.calls) },
  ],
});

const channels = () => table({
  id: 'channels', blocks: ['channels'], title: 'Channels', query: QUERIES.channels, empty: 'No channel is told yet.', unit: counted,
  rows: reading => reading.tables.channels, key: row => JSON.stringify([row.channel, row.account]),
  level: (row, reading) => named(['channels', 'answering'], row.channel, `${row.channel} (${row.account ?? ''})`)(reading),
  columns: [
    { head: 'Channel', cell: row => ({ text: row.channel, small: row.account ?? '' }) },
    { head: 'State', from: 2, cell: row => stateOf(row) },
    { head: 'Last in', isNumber: true, cell: row => ago(row.last_in, now) },
    { head: 'Last out', isNumber: true, from: 2, cell: row => ago(row.last_out, now) },
    { head: 'In', isNumber: true, from: 3, cell: (row, rows) => compared(row.received, rows, one => one.received, amount) },
    { head: 'Out', isNumber: true, from: 3, cell: (row, rows) => compared(row.sent, rows, one => one.sent, amount) },
    { head: 'Failed', isNumber: true, from: 3, cell: row => amount(row.failed) },
  ],
});
function stateOf({ linked, enabled, running, connected, health }: Channel): Cell {
  if (enabled === false) return { text: 'switched off', isSoft: true };
  if (health != null && health !== '' && health !== 'healthy') return health.replaceAll('-', ' ');
  if (linked === false) return { text: 'not linked', isSoft: true };
  if (running === false) return { text: 'stopped', isSoft: true };
  if (connected === false) return 'not connected';
  return connected ? 'connected' : running ? 'running' : linked ? 'linked' : null;
}

const cron = () => table({
  id: 'cron', blocks: ['cron'], title: 'Scheduled jobs', query: QUERIES.cron, empty: 'No job is told yet.', unit: () => '',
  rows: reading => reading.tables.cron, key: row => row.job, level: (row, reading) => named(['cron'], row.job)(reading),
  columns: [
    { head: 'Job', cell: row => row.job },
    { head: 'Last', isNumber: true, cell: row => row.running ? 'runs now' : row.last === null ? 'not yet' : when(row.last, now) },
    { head: 'Took', isNumber: true, from: 3, cell: row => seconds(row.took) },
    { head: 'Ended', from: 2, cell: row => row.ended === null ? null : { text: row.ended, small: row.why ?? '' } },
    { head: 'Next', isNumber: true, from: 2, cell: row => row.stopped ? 'stopped for its failures' : row.enabled === false ? { text: 'switched off', isSoft: true } : row.next === null ? null : when(row.next, now) },
    { head: 'In', isNumber: true, from: 3, cell: row => row.overdue ? `overdue ${span(row.overdue)}` : row.next === null || row.enabled === false ? null : span(row.next - now) },
    { head: 'Failed in a row', isNumber: true, cell: row => row.failures === null ? null : whole(row.failures) },
  ],
});

/** Of these there are so many that the others would have no bar. */
const atRest = (state: string): boolean => state === 'idle' || state === 'stored';
const sessions = () => table({
  id: 'sessions', blocks: ['waiting'], title: 'Sessions', query: QUERIES.sessions, empty: 'No session is told yet.', unit: () => 'now, by state',
  rows: reading => reading.tables.sessions, key: row => row.state, level: (row, reading) => row.count ? named(['waiting'], row.state)(reading) : 'well',
  columns: [
    { head: 'State', cell: row => row.state },
    { head: 'Sessions', isNumber: true, cell: (row, rows) => atRest(row.state) ? amount(row.count) : compared(row.count, rows.filter(one => !atRest(one.state)), one => one.count, amount) },
  ],
});

const lanes = () => table({
  id: 'lanes', blocks: ['waiting'], title: 'Lanes', query: QUERIES.lanes, empty: 'No lane is told yet.', unit: () => 'now',
  rows: reading => reading.tables.lanes, key: row => row.lane, level: (row, reading) => named(['waiting'], row.lane)(reading),
  columns: [
    { head: 'Lane', cell: row => row.lane },
    { head: 'Entries', isNumber: true, cell: (row, rows) => compared(row.entries, rows, one => one.entries, amount) },
    { head: 'Oldest', isNumber: true, cell: row => row.oldest === null ? null : span(row.oldest) },
    { head: 'p95 wait', isNumber: true, cell: row => seconds(row.p95) },
    { head: 'At once', isNumber: true, from: 2, cell: row => amount(row.limit) },
  ],
});

/** Makes the tables; the answer is called with each reading. */
export function tables(): (reading: Reading) => void {
  const left = [providers(), channels(), cron(), agents()];
  const right = [models(), tools(), lanes(), sessions()];
  byId('left').append(...left.map(one => one.element));
  byId('right').append(...right.map(one => one.element));
  return reading => {
    now = reading.latest.at;
    for (const one of [...left, ...right]) one.show(reading);
  };
}

const SECTIONS: Record<'names' | 'gateway', string[]> = { names: ['channels', 'cron'], gateway: ['gateway', 'exporter'] };
/** What this Gateway does not tell, in one quiet line of each section; what has one reason is told together. */
export function showUntold({ latest }: Reading): void {
  const elsewhere = Object.values(SECTIONS).flat();
  for (const section of ['now', 'names', 'gateway'] as const) {
    const told = latest.untold.filter(one => section === 'now' ? !elsewhere.includes(one.block) : SECTIONS[section].includes(one.block));
    const reasons = Map.groupBy(told, one => one.why);
    const words = [...reasons].map(([why, blocks]) => `${blocks.map(one => one.block).join(', ')} (${plain(why, 200).replace(/\.$/, '')})`);
    const line = byId(`untold-${section}`);
    line.hidden = told.length === 0;
    write(line, `Not told: ${words.join('; ')}.`);
  }
}

// Which curves the page shows over time, and of the Gateway itself.
import type { Value } from './contract.ts';
import { Chart, type ChartOptions, type Item } from './chart.ts';
import { added, largest, newest, sum } from './curves.ts';
import { byId } from './dom.ts';
import type { Ink } from './ink.ts';
import { QUERIES } from './promql.ts';
import { findingAbout, type Reading } from './reading.ts';
import { type Row, Rows, type RowsOptions } from './rows.ts';
import { amount, bytes, dollars, percent, seconds, span } from './words.ts';

const INKS: Ink[] = ['c1', 'c2', 'c3', 'c4'];
const most = (values: Value[]): number => largest(values) ?? 0;
const perHour = (values: Value[]): Value[] => values.map(value => value === null ? null : value * 60);

/** Whose each colour is: a name keeps it for as long as it is among the first. */
const owners = new Map<string, (string | undefined)[]>();
function coloured(id: string, first: string[]): [name: string, ink: Ink][] {
  const before = owners.get(id) ?? [];
  const now = INKS.map((_, i) => first.find(name => name === before[i]));
  for (const name of first) if (!now.includes(name)) now[now.indexOf(undefined)] = name;
  owners.set(id, now);
  return now.flatMap((name, i): [string, Ink][] => name === undefined ? [] : [[name, INKS[i]!]]);
}

/** Areas for those with most of it, each with a colour of its own, and one for all others. */
function ranked(reading: Reading, id: string, curve: (values: Value[]) => Value[], without?: string): Item[] {
  const names = reading.curves.names(id);
  const first = names.filter(name => name !== 'other').slice(0, INKS.length);
  const others = names.filter(name => !first.includes(name));
  const of = (curves: Reading['curves'], name: string): Value[] => {
    const all = curves.rate(id, name);
    if (without === undefined) return curve(all);
    const less = curves.rate(without, name);
    return curve(all.map((value, i) => value === null ? null : Math.max(0, value - (less[i] ?? 0))));
  };
  const item = (name: string, ink: Ink, of: (curves: Reading['curves']) => Value[]): Item =>
    ({ name, kind: 'area', ink, values: of(reading.curves), now: newest(of(reading.recent)) });
  const items = coloured(id, first).map(([name, ink]) => item(name, ink, curves => of(curves, name)));
  const rest = others.length === 0 ? null : item('other', 'c5', curves => added(others.map(name => of(curves, name))));
  return rest === null || !rest.values.some(value => value !== null && value > 0) ? items : [...items, rest];
}

/** A column by its rate, with the rate of the last minute for the legend. */
const rate = (reading: Reading, id: string, of: string, rest: Omit<Item, 'values'>): Item =>
  ({ ...rest, values: reading.curves.rate(id, of), now: newest(reading.recent.rate(id, of)) });
const level = (reading: Reading, id: string, of: string, rest: Omit<Item, 'values'>): Item =>
  ({ ...rest, values: reading.curves.level(id, of), now: newest(reading.recent.level(id, of)) });

const CHARTS: ChartOptions[] = [
  {
    id: 'runs', title: 'Runs', unit: 'a minute, by outcome', query: QUERIES.runs, empty: 'No run has ended yet.', format: amount, isStacked: true, blocks: ['runs', 'answering', 'failures'],
    items: reading => [
      rate(reading, 'runs', 'completed', { name: 'completed', kind: 'area', ink: 'c1' }),
      rate(reading, 'runs', 'stopped', { name: 'stopped', kind: 'area', ink: 'c4' }),
      rate(reading, 'runs', 'error', { name: 'failed', kind: 'hatch', ink: 'wrong' }),
    ],
  },
  {
    id: 'calls', title: 'Model calls', unit: 'a minute; failed ones below', query: QUERIES.calls, empty: 'No model has been called yet.', format: amount, isStacked: true, blocks: ['failures'],
    items: reading => {
      const failed = (curves: Reading['curves']): Value[] => added(curves.names('failed_calls').map(name => curves.rate('failed_calls', name)));
      return [...ranked(reading, 'calls', values => values, 'failed_calls'),
        { name: 'failed', kind: 'hatch', ink: 'wrong', isBelow: true, values: failed(reading.curves), now: newest(failed(reading.recent)) }];
    },
  },
  {
    id: 'latency', title: 'Latency', unit: 'of runs and to the first byte', query: QUERIES.speed, empty: 'No run has ended yet.', format: seconds, blocks: ['speed', 'failures'],
    axis: value => value === 0 ? '0' : value < 10 ? seconds(value) : span(value),
    items: reading => [
      level(reading, 'run_seconds', 'p95', { name: 'run p95', kind: 'line', ink: 'c1', hasWash: true }),
      level(reading, 'run_seconds', 'p50', { name: 'run p50', kind: 'thin', ink: 'ink' }),
      level(reading, 'first_byte_seconds', 'p95', { name: 'first byte p95', kind: 'dash', ink: 'c2' }),
    ],
  },
  {
    id: 'spending', title: 'Cost', unit: 'dollars an hour, by model', query: QUERIES.costByModel, empty: 'Nothing was spent yet.', format: dollars, isStacked: true, blocks: ['cost', 'runs'],
    axis: value => '$' + Number(value.toFixed(2)), items: reading => ranked(reading, 'cost', perHour),
  },
  {
    id: 'toolruns', title: 'Tool runs', unit: 'a minute; failed ones below', query: QUERIES.toolRuns, empty: 'No tool has been run yet.', format: amount, isStacked: true, blocks: ['tools', 'failures'],
    items: reading => [
      rate(reading, 'tools', 'ended', { name: 'ended', kind: 'area', ink: 'c1' }),
      rate(reading, 'tools', 'failed', { name: 'failed', kind: 'hatch', ink: 'wrong', isBelow: true }),
    ],
  },
];

const KINDS: Record<string, string> = { cache_read: 'cache read', cache_write: 'cache write' };
const rowsOf = (reading: Reading, id: string, names: [of: string, name: string, under: string][], row: 'rate' | 'level', rest: Partial<Row> = {}): Row[] =>
  names.map(([of, name, under]) => {
    const values = reading.curves[row](id, of);
    return { name, under, values, now: newest(reading.recent[row](id, of)), ...rest, ...rest.most === undefined ? {} : { most: Math.max(rest.most, most(values)) } };
  });

const ROWS: Record<'tokens' | 'messages' | 'lanes' | 'sessions', RowsOptions> = {
  tokens: {
    id: 'tokens', blocks: ['runs'], title: 'Tokens', unit: 'a minute, by kind; a scale each', query: QUERIES.tokens, format: amount, empty: 'Tokens are not told yet.',
    rows: reading => {
      const { curves } = reading;
      const names = curves.names('tokens');
      const all = sum(names.map(name => curves.count('tokens', name))) ?? 0;
      return rowsOf(reading, 'tokens', names.slice(0, 4).map(of => {
        const share = all > 0 ? `${percent((curves.count('tokens', of) ?? 0) / all)} of all` : 'none yet';
        return [of, KINDS[of] ?? of, share];
      }), 'rate');
    },
  },
  messages: {
    id: 'messages', blocks: ['answering'], title: 'Messages', unit: 'a minute', query: QUERIES.messages, format: amount, empty: 'Messages are not told yet.',
    rows: reading => {
      const count = (id: string, of: string): string => {
        const all = reading.curves.count(id, of);
        return all === null ? 'not told' : `${amount(all)} ${reading.range === '15m' ? 'in 15 min' : 'in 24 h'}`;
      };
      return [
        ...rowsOf(reading, 'messages', [['received', 'came in', count('messages', 'received')], ['answered', 'answered', count('messages', 'answered')], ['failed', 'failed', count('messages', 'failed')]], 'rate', { most: 1 }),
        ...rowsOf(reading, 'deliveries', [['sent', 'sent', count('deliveries', 'sent')]], 'rate', { most: 1 }),
      ];
    },
  },
  lanes: {
    id: 'waits', blocks: ['waiting'], title: 'Lanes', unit: 'entries in each', query: QUERIES.lanes, format: amount, empty: 'Lanes are not told yet.',
    rows: reading => {
      const { tables, curves } = reading;
      return rowsOf(reading, 'lane', curves.names('lane').slice(0, 4).map(lane => {
        const row = tables.lanes.find(one => one.lane === lane);
        const wait = row?.oldest && row.entries ? `oldest ${span(row.oldest)}` : row?.p95 != null ? `p95 wait ${seconds(row.p95)}` : 'no wait yet';
        return [lane, lane, wait];
      }), 'level', { hasSteps: true, most: 4 })
        .map(row => ({ ...row, level: findingAbout(reading.latest, ['waiting'], row.name)?.level ?? 'well' }));
    },
  },
  sessions: {
    id: 'states', blocks: ['waiting'], title: 'Sessions', unit: 'by state, and found in trouble', query: QUERIES.sessions, format: amount, empty: 'Sessions are not told yet.',
    rows: reading => {
      const { curves } = reading;
      const trouble = (['stuck', 'stalled', 'loops'] as const).map(of => curves.rate('trouble', of));
      const counts = (['stuck', 'stalled', 'loops'] as const).map(of => curves.count('trouble', of));
      const words = counts.every(count => count === null) ? 'not told' : counts.every(count => !count) ? 'none found' : counts.map((count, i) => count ? `${amount(count)} ${['stuck', 'stalled', 'loops'][i]}` : '').filter(Boolean).join(', ');
      const recent = newest(added((['stuck', 'stalled', 'loops'] as const).map(of => reading.recent.rate('trouble', of))));
      return [
        ...rowsOf(reading, 'sessions', [['active', 'active', 'at work'], ['waiting', 'waiting', 'for something'], ['queued', 'queued', 'for a lane']], 'level', { hasSteps: true, most: 4 }),
        { name: 'trouble', under: words, values: added(trouble), now: recent, hasSteps: true, most: Math.max(1, most(added(trouble))) },
      ];
    },
  },
};

const SELF: ChartOptions[] = [
  {
    id: 'loop', title: 'Event loop', unit: 'longest delay', query: QUERIES.loop, empty: 'Not told yet.', format: seconds, axis: value => value === 0 ? '0' : seconds(value), blocks: ['gateway'],
    items: reading => [level(reading, 'loop_seconds', 'max', { name: 'longest', kind: 'line', ink: 'c1', hasWash: true })],
  },
  {
    id: 'memory', title: 'Memory', unit: 'of the process', query: QUERIES.memory, empty: 'Not told yet.', format: bytes, axis: value => value === 0 ? '0' : bytes(value), step: 1_048_576, blocks: ['gateway'],
    items: reading => [
      level(reading, 'memory_bytes', 'rss', { name: 'resident', kind: 'line', ink: 'c1', hasWash: true }),
      level(reading, 'memory_bytes', 'heap_used', { name: 'heap used', kind: 'dash', ink: 'c2' }),
    ],
  },
  {
    id: 'collection', title: 'Garbage collection', unit: 'share of time', query: QUERIES.collection, empty: 'Not told yet.', format: percent, blocks: ['gateway', 'runs'],
    items: reading => {
      const share = (curves: Reading['curves']): Value[] => curves.rate('gc_seconds', '').map(value => value === null ? null : value / 60);
      return [{ name: 'in collection', kind: 'line', ink: 'c1', hasWash: true, values: share(reading.curves), now: newest(share(reading.recent)) }];
    },
  },
  {
    id: 'requests', title: 'Requests', unit: 'RPC a minute', query: QUERIES.rpc, empty: 'No request has come yet.', format: amount, blocks: ['gateway', 'runs'],
    items: reading => [rate(reading, 'rpc', 'requests', { name: 'received', kind: 'line', ink: 'c1', hasWash: true })],
  },
];

/** Makes all charts of the page. */
export function charts(): { show: (reading: Reading) => void; recolour: () => void } {
  const [runs, calls, latency, spending, tools] = CHARTS.map(options => new Chart(options)) as [Chart, Chart, Chart, Chart, Chart];
  const [tokens, messages, lanes, sessions] = [ROWS.tokens, ROWS.messages, ROWS.lanes, ROWS.sessions].map(options => new Rows(options)) as [Rows, Rows, Rows, Rows];
  const self = SELF.map(options => new Chart(options));
  const inOrder = [runs, calls, latency, spending, tokens, lanes, messages, tools, sessions];
  byId('charts').append(...inOrder.map(chart => chart.element));
  byId('self').prepend(...self.map(chart => chart.element));
  return {
    show: reading => [...inOrder, ...self].forEach(chart => chart.show(reading)),
    recolour: () => [...inOrder, ...self].forEach(chart => chart instanceof Chart && chart.recolour()),
  };
}

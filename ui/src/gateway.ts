// The facts of the Gateway and of the exporter: what has a value now, and no curve.
import type { Level, Value } from './contract.ts';
import { byId, element, fill, set, type Child } from './dom.ts';
import { QUERIES } from './promql.ts';
import { findingAbout, type Reading } from './reading.ts';
import { sign } from './signs.ts';
import { meter } from './tables.ts';
import { copyButton } from './toast.ts';
import { ago, amount, bytes, DASH, percent, plain, seconds, sentence, span, when, whole } from './words.ts';

/** Of more than these only the ones that do not succeed are named. */
const MOST_COLLECTORS = 8;

interface Fact { name: string; text: string; level?: Level; share?: number }
interface Sheet { id: string; title: string; unit: (reading: Reading) => string; query: string; facts: (reading: Reading) => Fact[] }

const orDash = (value: Value, write: (value: number) => string): string => value === null ? DASH : write(value);
const room = (name: string, used: Value, limit: Value, write: (value: number) => string): Fact => used === null ? { name, text: DASH }
  : limit === null || limit === 0 ? { name, text: write(used) } : { name: `${name}: ${write(used)} of ${write(limit)}`, text: percent(used / limit), share: used / limit };

const SHEETS: Sheet[] = [
  {
    id: 'gateway', title: 'Gateway', unit: ({ latest }) => plain(latest.now.gateway.version ?? ''), query: QUERIES.gateway,
    facts: ({ latest: { at, now: { gateway, oldest } } }) => [
      { name: 'Answers', text: gateway.answers === null ? 'not asked' : gateway.answers ? 'yes' : 'no', level: gateway.answers === false ? 'wrong' : 'well' },
      { name: 'Up for', text: orDash(gateway.up, up => `${span(up)}, since ${when(at - up, at)}`) },
      { name: 'Longest run that goes on', text: orDash(oldest.run, span) },
      { name: 'Longest model call', text: orDash(oldest.model_call, span) },
      { name: 'Longest tool', text: orDash(oldest.tool, span) },
      { name: 'Longest wait in a lane', text: oldest.lane === null ? DASH : `${span(oldest.lane.seconds)}, ${plain(oldest.lane.name, 40)}` },
    ],
  },
  {
    id: 'exporter', title: 'Exporter', unit: ({ latest }) => plain([latest.version, latest.instance].filter(Boolean).join(', ')), query: QUERIES.exporter,
    facts: ({ latest: { at, started, now: { exporter } } }) => [
      { name: 'Up for', text: `${span(at - started)}, since ${when(started, at)}` },
      room('Series', exporter.series, exporter.series_limit, whole),
      room('Label text', exporter.label_bytes, exporter.label_bytes_limit, bytes),
      room('History', exporter.history_bytes, exporter.history_limit, bytes),
      ...exporter.listening == null ? [] : [{ name: 'Own port', text: exporter.listening ? 'listens' : 'lost', level: exporter.listening ? 'well' : 'wrong' } satisfies Fact],
      { name: 'Observations refused', text: exporter.refused === 0 ? 'none' : amount(exporter.refused) },
    ],
  },
  {
    id: 'pages', title: 'Pages', unit: () => 'that scrapes get', query: QUERIES.pages,
    facts: reading => {
      const { latest: { at, now: { exporter } }, curves } = reading;
      const scrapes = curves.count('scrapes', '');
      return [
        { name: 'Last scrape', text: exporter.last_scrape === null ? 'none yet' : ago(exporter.last_scrape, at) },
        { name: reading.range === '15m' ? 'Scrapes in 15 min' : 'Scrapes in 24 h', text: amount(scrapes) },
        { name: 'Size', text: bytes(exporter.page_bytes) },
        { name: 'Made in', text: seconds(exporter.render_seconds) },
      ];
    },
  },
  {
    id: 'collectors', title: 'Collectors', unit: ({ latest }) => `${latest.now.exporter.collectors.filter(one => one.well).length} of ${latest.now.exporter.collectors.length} succeed`, query: QUERIES.collectors,
    facts: ({ latest }) => {
      const { collectors } = latest.now.exporter;
      const shown = collectors.length > MOST_COLLECTORS ? collectors.filter(one => one.well !== true) : collectors;
      const facts = shown.map((one): Fact => ({ name: plain(one.name, 60), text: one.well ? 'well' : one.well === null ? DASH : plain(one.error ?? 'failed', 120), level: one.well !== false ? 'well' : findingAbout(latest, ['exporter', 'gateway'], one.name)?.level ?? 'watch' }));
      const rest = collectors.length - shown.length;
      return rest === 0 ? facts : [...facts, { name: shown.length === 0 ? `All ${rest}` : `The other ${rest}`, text: 'well' }];
    },
  },
];

/** Makes the sheets; the answer is called with each reading. */
export function facts(): (reading: Reading) => void {
  const shown = SHEETS.map(sheet => {
    const unit = element('span', 'unit');
    const list = element('dl', 'facts');
    const box = element('article', 'chart', element('header', '', element('h3', '', sheet.title, ' ', unit), copyButton(sheet.title, sheet.query)), list);
    set(box, { id: sheet.id, tabindex: -1 });
    byId('self').append(box);
    return (reading: Reading): void => {
      fill(unit, sheet.unit(reading), () => [sheet.unit(reading)]);
      const rows = sheet.facts(reading);
      fill(list, JSON.stringify(rows), () => rows.map(fact => element('div', '', element('dt', '', fact.name), element('dd', '', told(fact)))));
    };
  });
  const warnings = byId('warnings');
  return reading => {
    for (const show of shown) show(reading);
    const said = reading.latest.now.warnings;
    warnings.hidden = said.length === 0;
    fill(warnings, JSON.stringify(said), () => said.map(warning => element('li', '', sign('watch'), element('span', '', sentence(plain(warning, 400))))));
  };
}

function told({ text, level = 'well', share }: Fact): Child {
  const words = level === 'well' ? text : element('span', `flag ${level}`, sign(level), text);
  return share === undefined ? words : meter(share, words, level);
}

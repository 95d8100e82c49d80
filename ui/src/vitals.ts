// The vital signs: six questions of an operator, each with two figures, a curve and a note in plain words.
//
// Only the colour of a sign comes from the verdict. A figure that is not known is a dash, and the note says why.
import type { Block, Level, Provider, Value } from './contract.ts';
import { added, newest, sum } from './curves.ts';
import { byId, element, fill, write } from './dom.ts';
import { moment, place, watch } from './moment.ts';
import { QUERIES } from './promql.ts';
import { clause, findingsOf, inRange, levelOf, type Reading, whyUntold } from './reading.ts';
import { sign } from './signs.ts';
import { Spark, type Sketch } from './spark.ts';
import { copyButton } from './toast.ts';
import { amount, capital, clock, DASH, dollars, percent, plain, seconds, sentence, several, span, when, whole } from './words.ts';

type Figure = [value: string, caption: string];
interface Face {
  figures: [Figure, Figure];
  /** At most two sentences. */
  notes: string[];
  sketch: Sketch;
  /** What it was at a moment. */
  at?: (place: number) => string;
}
interface Sign { block: Block; name: string; query: string; face: (reading: Reading) => Face }

const part = (of: Value, all: Value): Value => of === null || all === null || all === 0 ? null : of / all;
const shares = (of: Value[], all: Value[]): Value[] => all.map((whole, i) => whole === null ? null : whole === 0 ? 0 : (of[i] ?? 0) / whole);
const spread = (reading: Reading, values: Value[]): Sketch =>
  ({ times: reading.curves.times, from: reading.curves.from, to: reading.curves.to, values });
const since = (reading: Reading): string => reading.range === '15m' ? 'in the last 15 min' : 'in the last 24 h';

function answering(reading: Reading): Face {
  const { curves, latest, tables, range } = reading;
  const [received, answered, failed] = ['received', 'answered', 'failed'].map(of => curves.count('messages', of)) as [Value, Value, Value];
  const half = latest.now.seconds.message.p50;
  const open = Math.max(0, (received ?? 0) - (answered ?? 0) - (failed ?? 0));
  const linked = tables.channels.filter(channel => channel.linked === true).length;
  const notes = latest.now.gateway.answers === false ? ['The Gateway does not answer.', 'What stands here is from before.']
    : received === null ? ['Messages are not told yet.']
    : received === 0 ? [`No message ${since(reading)}.`, linked === 0 ? '' : `${capital(several(linked, 'channel is', 'channels are'))} linked.`]
    : [failed ? `${whole(failed)} failed${open > 0 ? `, ${whole(open)} not answered yet` : ''}.`
      : open > 0 ? `${capital(several(open, 'message'))} not answered yet.` : 'Every message was answered.',
    half === null ? '' : `Half of them within ${seconds(half)}.`];
  const [inn, out] = [curves.rate('messages', 'received'), curves.rate('messages', 'answered')];
  return {
    figures: [[received === null ? DASH : amount(answered ?? 0), `answered ${inRange(range)}`], [amount(received), 'came in']],
    notes, sketch: { ...spread(reading, out), second: inn },
    at: i => `${amount(out[i])} answered of ${amount(inn[i])} a minute`,
  };
}

/** Calls without a price are a share of all calls, not calls that cost nothing. */
function unpriced(reading: Reading): string {
  const models = reading.latest.tables['24h'].models;
  const calls = sum(models.map(row => row.calls)) ?? 0;
  const without = sum(models.filter(row => row.usd === null).map(row => row.calls)) ?? 0;
  if (calls === 0) return '';
  return without === 0 ? 'All calls have a price.' : `${percent(without / calls)} of calls have no price.`;
}

function cost(reading: Reading): Face {
  const { latest, recent } = reading;
  const { budget, today: { usd, from } } = latest.now;
  // Before a midnight of the Gateway's was seen: its day most likely began when the reader's did.
  const begin = from ?? new Date(latest.at * 1000).setHours(0, 0, 0, 0) / 1000;
  // A day begins at a full quarter of an hour in each time zone; the start of what is kept seldom does.
  const isDay = begin % 900 === 0;
  const to = isDay ? begin + 86_400 : latest.at;
  const points = recent.course('cost', begin);
  // What its own store tells of today is more than the page has seen if the exporter started later, and less if its day did.
  const before = usd === null ? 0 : usd - (points.at(-1)?.[1] ?? 0);
  const values = points.map(([, spent]) => Math.max(0, spent + before));
  const models = recent.names('cost').map(model => ({ model, spent: costSince(reading, model, begin) }))
    .filter(row => row.spent > 0).sort((a, b) => b.spent - a.spent);
  const all = sum(models.map(row => row.spent));
  const [top] = models;
  const passed = latest.at - begin;
  const course = isDay && budget !== null && usd !== null && passed > 3600 ? usd / passed * 86_400 : null;
  const has = usd !== null && (usd > 0 || all !== null);
  const notes = usd === null ? ['Cost is not told yet.'] : top === undefined || all === null ? [usd > 0 ? 'Nothing was spent lately.' : 'Nothing was spent yet.', unpriced(reading)]
    : [`${plain(top.model, 60)} takes ${percent(top.spent / all)}.`, unpriced(reading)];
  return {
    figures: [[has ? dollars(usd) : DASH, isDay ? 'today' : `since ${when(begin, latest.at)}`], [budget === null ? DASH : '$' + amount(budget), budget === null ? 'no budget set' : 'budget a day']],
    notes,
    sketch: { times: points.map(([time]) => time), from: begin, to, values, limit: budget, course, most: Math.max(budget ?? 0, course ?? 0, ...values, 1e-9) * 1.06 },
  };
}

function costSince({ latest, recent }: Reading, model: string, from: number): number {
  return recent.totalSince('cost', model, Math.max(from, latest.at - 86_400)) ?? 0;
}

/** Whose most of the failed calls are, if one has more than half of them. */
function mostOf({ curves }: Reading, failed: number): string {
  const [first] = curves.names('failed_calls').map(name => ({ name, count: curves.count('failed_calls', name) ?? 0 })).sort((a, b) => b.count - a.count);
  return first === undefined || first.count * 2 <= failed ? '' : `, ${first.count === failed ? 'all' : 'most'} of ${plain(first.name, 40)}`;
}

function failingTool({ tables: { tools } }: Reading): string {
  const [worst] = tools.filter(row => row.failed && row.ended).sort((a, b) => b.failed! / b.ended! - a.failed! / a.ended!);
  return worst === undefined ? tools.length === 0 ? '' : 'No tool failed.' : `Of tools ${plain(worst.tool, 40)} fails most: ${percent(worst.failed! / worst.ended!)}.`;
}

function failures(reading: Reading): Face {
  const { curves, latest } = reading;
  const of = (id: string): Value => sum(curves.names(id).map(name => curves.count(id, name)));
  const calls = of('calls');
  const failed = of('failed_calls');
  const tools = part(curves.count('tools', 'failed'), curves.count('tools', 'ended'));
  const undelivered = curves.count('deliveries', 'failed');
  const rates = (id: string): Value[] => added(curves.names(id).map(name => curves.rate(id, name)));
  const line = shares(rates('failed_calls'), rates('calls'));
  const told = findingsOf(latest, 'failures')[0];
  const many = calls === null ? 'Model calls are not told yet.' : calls === 0 ? `No model call ${since(reading)}.`
    : failed ? `${several(failed, 'call')} of ${amount(calls)} failed${mostOf(reading, failed)}.` : 'No model call failed.';
  const notes = told === undefined ? [many, undelivered ? `${several(undelivered, 'delivery', 'deliveries')} failed.` : failingTool(reading)] : [sentence(clause(told)), many];
  return {
    figures: [[percent(part(failed, calls)), 'of model calls'], [percent(tools), 'of tool runs']], notes, sketch: { ...spread(reading, line), hasSteps: true, most: Math.max(0.1, ...line.map(value => value ?? 0)) },
    at: i => line[i] == null ? 'Not known then' : `${percent(line[i])} of all model calls failed`,
  };
}

function speed(reading: Reading): Face {
  const { curves, latest } = reading;
  const { run, first_byte } = latest.now.seconds;
  const times = run.p95 !== null && run.usual ? run.p95 / run.usual : null;
  const usual = times === null ? '' : times > 1.33 ? `${times.toFixed(1)} times the usual ${seconds(run.usual)}.` : times < 0.67 ? `Faster than the usual ${seconds(run.usual)}.` : 'As usual.';
  const notes = latest.now.gateway.answers === false ? ['Not known now.', run.usual === null ? '' : `Usually p95 is ${seconds(run.usual)}.`]
    : run.p95 === null ? [`No run has ended in the last ${span(latest.now.window ?? 300)}.`, run.usual === null ? '' : `Usually p95 is ${seconds(run.usual)}.`]
    : [usual, run.p50 === null ? '' : `Half of the runs take under ${seconds(run.p50)}.`];
  const [p95, p50, first] = [curves.level('run_seconds', 'p95'), curves.level('run_seconds', 'p50'), curves.level('first_byte_seconds', 'p95')];
  return {
    figures: [[seconds(run.p95), 'p95 of a run'], [seconds(first_byte.p95), 'p95 to first byte']], notes, sketch: { ...spread(reading, p95), second: p50 },
    at: i => `p95 ${seconds(p95[i])}, first byte ${seconds(first[i])}`,
  };
}

function waiting(reading: Reading): Face {
  const { curves, recent, latest } = reading;
  const lanes = recent.names('lane');
  const inLanes = sum(lanes.map(lane => newest(recent.level('lane', lane))));
  const queued = lanes.length === 0 ? recent.last('sessions', 'queued') : inLanes;
  const found = (of: string): number => curves.count('trouble', of) ?? 0;
  const stuck = found('stuck') + found('stalled');
  const isTold = curves.count('trouble', 'stuck') !== null;
  const { lane } = latest.now.oldest;
  const told = findingsOf(latest, 'waiting')[0];
  const oldest = lane !== null && (queued ?? 0) > 0 ? `Oldest waits ${span(lane.seconds)} in ${plain(lane.name, 40)}.` : queued === null ? lanes.length === 0 ? 'Lanes are not told yet.' : 'Not known now.' : queued === 0 ? 'Nothing waits.' : '';
  const loops = found('loops');
  const trouble = told !== undefined ? sentence(clause(told)) : loops > 0 ? `${capital(several(loops, 'tool loop'))} ${since(reading)}.` : isTold ? 'Nothing loops or stalls.' : '';
  const line = added(curves.names('lane').map(name => curves.level('lane', name)));
  return {
    figures: [[amount(queued), lanes.length === 0 ? 'sessions queued' : 'waiting in lanes'], [isTold ? amount(stuck) : DASH, `stuck ${inRange(reading.range)}`]],
    notes: told === undefined ? [oldest, trouble] : [trouble, oldest], sketch: { ...spread(reading, line), hasSteps: true, most: Math.max(8, ...line.map(value => value ?? 0)) },
    at: i => line[i] == null ? 'Not known then' : `${amount(line[i])} waited in lanes`,
  };
}

interface Window { provider: string; window: string; left: number; resets: Value }
const windowsOf = (providers: Provider[]): Window[] => providers.flatMap(row => (row.quotas ?? [])
  .flatMap(quota => quota.left === null ? [] : [{ provider: row.provider, ...quota, left: quota.left }])).sort((a, b) => a.left - b.left);

function quota(reading: Reading): Face {
  const { curves, latest, tables } = reading;
  const [first, second] = windowsOf(tables.providers);
  const figure = (of: Window | undefined, none: string): Figure => of === undefined ? [DASH, none] : [percent(of.left), plain(`${of.provider}, ${of.window}`, 40)];
  const [key] = tables.providers.filter(row => row.auth?.expires != null).sort((a, b) => a.auth!.expires! - b.auth!.expires!);
  const left = key === undefined ? 0 : key.auth!.expires! - latest.at;
  const keys = key === undefined ? '' : left <= 0 ? `The key of ${plain(key.provider, 40)} has expired.` : `Key of ${plain(key.provider, 40)}: ${span(left)} left.`;
  const resets = first === undefined ? 'No provider has told a quota yet.' : first.resets === null ? '' : `Resets at ${when(first.resets, latest.at)}, in ${span(first.resets - latest.at)}.`;
  const line = curves.level('quota', 'left');
  return {
    figures: [figure(first, 'not told yet'), figure(second, second === undefined && first !== undefined ? 'no other quota' : '')], notes: [resets, keys], sketch: { ...spread(reading, line), most: 1 },
    at: i => line[i] == null ? 'Not told then' : `${percent(line[i])} left of the nearest to its end`,
  };
}

const SIGNS: Sign[] = [
  { block: 'answering', name: 'Answering', query: QUERIES.answering, face: answering },
  { block: 'cost', name: 'Cost today', query: QUERIES.cost, face: cost },
  { block: 'failures', name: 'Failures', query: QUERIES.failures, face: failures },
  { block: 'speed', name: 'Speed', query: QUERIES.speed, face: speed },
  { block: 'waiting', name: 'Waiting', query: QUERIES.waiting, face: waiting },
  { block: 'quota', name: 'Quota left', query: QUERIES.quota, face: quota },
];

/** Makes the signs; the answer is called with each reading. */
export function vitalSigns(): (reading: Reading) => void {
  const shown = SIGNS.map(sign => new VitalSign(sign));
  byId('now').prepend(...shown.map(sign => sign.element));
  return reading => shown.forEach(sign => sign.show(reading));
}

class VitalSign {
  readonly element: HTMLElement;
  private readonly mark = element('span', 'mark');
  private readonly figures = [0, 1].map(() => ({ box: element('div'), value: element('dd'), caption: element('dt') }));
  private readonly spark: Spark;
  private readonly note = element('p', 'note');
  private face: Face | null = null;
  private level: Level = 'well';
  private range = '';

  constructor(private readonly sign: Sign) {
    this.spark = new Spark(sign.block !== 'cost');
    for (const { box, value, caption } of this.figures) box.append(caption, value);
    this.element = element('article', 'vital', element('h2', '', this.mark, sign.name, copyButton(sign.name, sign.query)),
      element('dl', 'figures', ...this.figures.map(figure => figure.box)), this.spark.element, this.note);
    this.element.id = `v-${sign.block}`;
    watch(at => this.showNote(at));
  }

  show(reading: Reading): void {
    this.face = this.sign.face(reading);
    const why = whyUntold(reading.latest, [this.sign.block]);
    if (why !== undefined && this.face.figures[0][0] === DASH) this.face.notes = [sentence(plain(why, 120))];
    const isGone = this.sign.block === 'answering' && reading.latest.now.gateway.answers === false;
    this.level = isGone ? 'wrong' : levelOf(reading.latest, this.sign.block);
    this.range = reading.range;
    this.element.dataset.level = this.level;
    fill(this.mark, this.level, () => this.level === 'well' ? [] : [sign(this.level)]);
    this.face.figures.forEach(([value, caption], i) => {
      const { box, value: number, caption: under } = this.figures[i]!;
      write(number, value);
      write(under, caption);
      box.classList.toggle('none', value === DASH);
    });
    this.spark.show(this.face.sketch);
    this.showNote(place());
  }

  private showNote(at: number | null): void {
    if (this.face === null) return;
    const time = moment();
    const then = at === null || time === null || this.face.at === undefined ? null : [`At ${clock(time, this.range === '15m')}:`, this.face.at(at)];
    const lines = then ?? this.face.notes.filter(note => note !== '');
    const isStrong = then !== null || this.level !== 'well';
    fill(this.note, JSON.stringify([lines, isStrong]), () => lines.map((line, i) => element('span', i === 0 && isStrong ? 'strong' : '', line)));
  }
}

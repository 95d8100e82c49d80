// A chart over time: stacked areas, or lines, with a legend that holds the numbers; and rows of small curves.
//
// uPlot draws. The frame, the legend and the line at the moment are of the page, so that nothing floats over the data
// and the chart is a slider for the keyboard: its value is the moment, told in words. A chart lives as long as the
// page; it is drawn anew only when its series, the colours or the width change.
import uPlot from 'uplot';
import type { Block, Level, Value } from './contract.ts';
import { newest } from './curves.ts';
import { drawn, element, order, set, write } from './dom.ts';
import { moment, place, point, step, watch } from './moment.ts';
import { findingsOf, type Reading } from './reading.ts';
import { Spark } from './spark.ts';
import { copyButton } from './toast.ts';
import { clock, DASH, plain } from './words.ts';

const HEIGHT = 190;

export type Ink = 'c1' | 'c2' | 'c3' | 'c4' | 'c5' | 'ink' | 'wrong';
/** How a series is told apart without colour: an area, a hatched area, a line, a thin or a dashed one. */
export type Kind = 'area' | 'hatch' | 'line' | 'thin' | 'dash';
export interface Item {
  name: string; kind: Kind; ink: Ink; values: Value[];
  /** What the legend says now; the newest value if it is left out. */
  now?: Value;
  /** Drawn beneath zero. */
  isBelow?: boolean;
  hasWash?: boolean;
}
export interface ChartOptions {
  id: string; title: string; unit: string; query: string; empty: string;
  format: (value: Value | undefined) => string;
  axis?: (value: number) => string;
  isStacked?: boolean;
  /** The axis ends at a round number of these. */
  step?: number;
  /** The beginning of a finding about one of these is marked. */
  marks?: Block[];
  items: (reading: Reading) => Item[];
}

interface Frame { element: HTMLElement; time: HTMLElement }
function frame(options: { id: string; title: string; unit: string; query: string }): Frame {
  const time = element('span', 'time');
  const heading = element('h3', '', options.title, ' ', element('span', 'unit', options.unit));
  const made = element('article', 'chart', element('header', '', heading, time, copyButton(options.title, options.query)));
  made.id = options.id;
  return { element: made, time };
}

export class Chart {
  readonly element: HTMLElement;
  private readonly time: HTMLElement;
  private readonly legend = element('ul', 'legend');
  private readonly plot = element('div', 'plot');
  private readonly canvas = element('div', 'canvas');
  private readonly cross = element('div', 'cross');
  private readonly empty: HTMLElement;
  private numbers: HTMLElement[] = [];
  private drawing: uPlot | null = null;
  private made = '';
  private items: Item[] = [];
  private reading: Reading | null = null;
  private bounds: [low: number, high: number] = [0, 1];
  private hasData = false;

  constructor(private readonly options: ChartOptions) {
    const { element: box, time } = frame(options);
    this.element = box;
    this.time = time;
    this.empty = element('p', 'empty', options.empty);
    this.plot.append(this.canvas, this.cross, this.empty);
    set(this.plot, { role: 'slider', tabindex: 0, 'aria-label': `${options.title}, ${options.unit}: moment`, 'aria-valuemin': 0 });
    this.element.append(this.legend, this.plot);
    this.plot.addEventListener('keydown', event => {
      if (!event.ctrlKey && !event.metaKey && !event.altKey && step(event.key)) event.preventDefault();
    });
    this.plot.addEventListener('blur', () => point(null));
    watch(at => this.showMoment(at));
    new ResizeObserver(() => this.fit()).observe(this.plot);
  }

  show(reading: Reading): void {
    this.reading = reading;
    this.items = this.options.items(reading);
    this.hasData = this.items.some(item => item.values.some(value => value !== null && (this.options.isStacked !== true || value > 0)));
    this.legend.hidden = !this.hasData;
    this.empty.hidden = this.hasData;
    const series = JSON.stringify(this.items.map(item => [item.name, item.kind, item.ink]));
    const data = this.layers();
    if (series !== this.made || this.drawing === null) this.make(series, data);
    else this.drawing.setData(data);
    this.showMoment(place());
  }

  /** Draws anew with the colours that are now. */
  recolour(): void {
    this.made = '';
    if (this.reading !== null) this.show(this.reading);
  }

  private fit(): void {
    const width = this.plot.clientWidth;
    if (this.drawing === null || width === 0 || width === this.drawing.width) return;
    this.drawing.setSize({ width, height: HEIGHT });
    this.showMoment(place());
  }

  /** The curves as they are drawn: stacks from the tallest sum down, so that each layer covers those behind it. */
  private layers(): uPlot.AlignedData {
    const { times } = this.reading!.curves;
    let high = 0;
    let low = 0;
    const layers: Value[][] = [];
    const sums = times.map((_, i) => this.items.some(item => item.values[i] != null) ? 0 : null);
    for (const { values, isBelow } of this.items) {
      if (isBelow) {
        layers.push(values.map((value, i) => value || values[i - 1] || values[i + 1] ? -(value ?? 0) : null));
        low = Math.max(low, ...values.map(value => value ?? 0));
      } else if (this.options.isStacked) {
        values.forEach((value, i) => { if (sums[i] !== null) sums[i]! += value ?? 0; });
        layers.push([...sums]);
        high = Math.max(high, ...sums.map(sum => sum ?? 0));
      } else {
        layers.push(values);
        high = Math.max(high, ...values.map(value => value ?? 0));
      }
    }
    const { step = 1 } = this.options;
    const top = this.hasData ? round(high / step * 1.06) * step : 1;
    this.bounds = [low > 0 ? -Math.max(round(top / 4), round(low * 1.1)) : 0, top];
    const shown = this.hasData ? layers : layers.map(() => times.map(() => null));
    return [times, ...(this.options.isStacked ? shown.reverse() : shown)] as uPlot.AlignedData;
  }

  private make(series: string, data: uPlot.AlignedData): void {
    this.made = series;
    this.numbers = this.items.map(() => element('b'));
    this.legend.replaceChildren(...this.items.map((item, i) => element('li', '', swatch(item), element('bdi', '', plain(item.name, 60)), this.numbers[i])));
    this.drawing?.destroy();
    const items = this.options.isStacked ? [...this.items].reverse() : this.items;
    const [soft, edge, line] = [tint('soft'), tint('edge'), tint('line')];
    const axis = (value: number): string => this.options.axis?.(value) ?? this.options.format(value);
    this.drawing = new uPlot({
      width: this.plot.clientWidth || 400, height: HEIGHT, padding: [8, 0, 0, 0], legend: { show: false }, cursor: { show: false },
      scales: {
        x: { time: true, range: () => [this.reading!.curves.from, this.reading!.curves.to] },
        y: { range: () => this.bounds },
      },
      axes: [
        { size: 24, gap: 6, font: font(12), stroke: soft, grid: { show: false }, ticks: { show: true, stroke: edge, size: 4, width: 1 }, border: { show: true, stroke: edge, width: 1 },
          splits: () => this.hours(), values: (_, times) => times.map(time => clock(time)) },
        { side: 1, size: 60, gap: 8, font: font(12), stroke: soft, grid: { stroke: line, width: 1 }, ticks: { show: false },
          splits: () => this.heights(), values: (_, heights) => heights.map(height => this.hasData ? axis(Math.abs(height)) : '') },
      ],
      series: [{}, ...items.map(look)],
      hooks: { draw: [drawing => this.mark(drawing)] },
    }, data, this.canvas);
    const over = this.drawing.over;
    over.addEventListener('pointermove', event => point(this.drawing!.posToIdx(event.clientX - over.getBoundingClientRect().left)));
    over.addEventListener('pointerleave', () => point(null));
  }

  /** Where the times stand: each five minutes, or each six hours of the clock; fewer where there is little room. */
  private hours(): number[] {
    const { curves: { from, to }, range } = this.reading!;
    const every = range === '15m' ? 300 : 21_600;
    const shift = range === '15m' ? 0 : new Date(to * 1000).getTimezoneOffset() * 60;
    const times: number[] = [];
    for (let time = Math.ceil((from - shift) / every) * every + shift; time <= to; time += every) times.push(time);
    return times;
  }

  private heights(): number[] {
    const [low, high] = this.bounds;
    if (!this.hasData) return [0, high];
    return low < 0 ? [low, 0, high / 2, high] : [0, high / 2, high];
  }

  /** The line at zero, and the times at which something began. */
  private mark(drawing: uPlot): void {
    const { ctx: context, bbox: box } = drawing;
    const { latest, curves } = this.reading!;
    context.save();
    if (this.bounds[0] < 0) {
      const y = Math.round(drawing.valToPos(0, 'y', true)) + 0.5;
      context.strokeStyle = tint('edge');
      context.lineWidth = devicePixelRatio;
      context.beginPath();
      context.moveTo(box.left, y);
      context.lineTo(box.left + box.width, y);
      context.stroke();
    }
    const finding = (this.options.marks ?? []).flatMap(block => findingsOf(latest, block)).find(one => one.level === 'wrong' && one.since !== null);
    const lines: [time: number, words: string, ink: string][] = [];
    if (finding?.since != null) lines.push([finding.since, `since ${clock(finding.since)}`, tint('wrong')]);
    lines.push([latest.started, `started ${clock(latest.started)}`, tint('soft')]);
    for (const [time, words, ink] of lines) if (time > curves.from && time < curves.to) upright(drawing, time, words, ink);
    context.restore();
  }

  private showMoment(at: number | null): void {
    if (this.reading === null) return;
    const { curves, range } = this.reading;
    const time = moment();
    const told = this.items.map(item => this.hasData ? this.options.format(at === null ? item.now === undefined ? newest(item.values) : item.now : item.values[at]) : DASH);
    told.forEach((words, i) => { const number = this.numbers[i]; if (number !== undefined) write(number, words); });
    write(this.time, time === null ? '' : clock(time, range === '15m'));
    this.cross.hidden = time === null || this.drawing === null;
    if (time !== null && this.drawing !== null) this.cross.style.translate = `${Math.round(this.drawing.valToPos(time, 'x'))}px 0`;
    const last = Math.max(0, curves.times.length - 1);
    const words = this.hasData ? this.items.map((item, i) => `${plain(item.name, 60)} ${told[i]}`).join(', ') : this.options.empty;
    set(this.plot, { 'aria-valuemax': last, 'aria-valuenow': at ?? last, 'aria-valuetext': `${time === null ? 'Now' : clock(time, range === '15m')}: ${words}` });
  }
}

export interface Row { name: string; under: string; values: Value[]; now: Value; most?: number; hasSteps?: boolean; level?: Level }
export interface RowsOptions {
  id: string; title: string; unit: string; query: string; empty: string; format: (value: Value | undefined) => string; rows: (reading: Reading) => Row[];
}

/** Small curves under each other, each with a scale of its own, so that what is small can be seen. */
export class Rows {
  readonly element: HTMLElement;
  private readonly time: HTMLElement;
  private readonly list = element('ul', 'rows');
  private readonly empty: HTMLElement;
  private readonly shown = new Map<string, { item: HTMLElement; name: HTMLElement; under: HTMLElement; spark: Spark; value: HTMLElement }>();
  private rows: Row[] = [];
  private reading: Reading | null = null;

  constructor(private readonly options: RowsOptions) {
    const { element: box, time } = frame(options);
    this.element = box;
    this.time = time;
    this.empty = element('p', 'soft', options.empty);
    this.element.append(this.list, this.empty);
    watch(at => this.showMoment(at));
  }

  show(reading: Reading): void {
    this.reading = reading;
    this.rows = this.options.rows(reading);
    const { times, from, to } = reading.curves;
    this.empty.hidden = this.rows.length > 0;
    const names = new Set(this.rows.map(row => row.name));
    for (const name of this.shown.keys()) if (!names.has(name)) this.shown.delete(name);
    order(this.list, this.rows.map(row => {
      const { item, under, spark } = this.row(row.name);
      write(under, row.under);
      item.dataset.level = row.level ?? 'well';
      spark.show({ times, from, to, values: row.values, ...row.most === undefined ? {} : { most: row.most }, hasSteps: row.hasSteps ?? false });
      return item;
    }));
    this.showMoment(place());
  }

  private row(name: string) {
    const there = this.shown.get(name);
    if (there !== undefined) return there;
    const [label, under, value, spark] = [element('bdi', 'name', plain(name, 60)), element('small'), element('span', 'value'), new Spark()];
    const made = { item: element('li', '', element('span', 'what', label, under), spark.element, value), name: label, under, spark, value };
    this.shown.set(name, made);
    return made;
  }

  private showMoment(at: number | null): void {
    if (this.reading === null) return;
    for (const row of this.rows) {
      const there = this.shown.get(row.name);
      if (there !== undefined) write(there.value, this.options.format(at === null ? row.now : row.values[at]));
    }
    const time = moment();
    write(this.time, time === null ? '' : clock(time, this.reading.range === '15m'));
  }
}

/** The next number up that an axis can end at. */
function round(most: number): number {
  if (!(most > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  return (([1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8, 10].find(step => step * power >= most * (1 - 1e-9))) ?? 10) * power;
}

function upright(drawing: uPlot, time: number, words: string, ink: string): void {
  const { ctx: context, bbox: box } = drawing;
  const dots = devicePixelRatio;
  const x = Math.round(drawing.valToPos(time, 'x', true));
  const isLeft = x < box.left + box.width / 2;
  context.strokeStyle = context.fillStyle = ink;
  context.lineWidth = dots;
  context.setLineDash([3 * dots, 3 * dots]);
  context.beginPath();
  context.moveTo(x, box.top);
  context.lineTo(x, box.top + box.height);
  context.stroke();
  context.setLineDash([]);
  context.font = `600 ${font(12 * dots)}`;
  context.textAlign = isLeft ? 'left' : 'right';
  context.textBaseline = 'top';
  context.lineWidth = 4 * dots;
  context.strokeStyle = tint('paper');
  const at = x + (isLeft ? 5 : -5) * dots;
  context.strokeText(words, at, box.top + dots);
  context.fillText(words, at, box.top + dots);
}

/** How uPlot draws a kind of series. */
function look({ kind, ink, hasWash }: Item): uPlot.Series {
  const colour = tint(ink);
  const points = { show: false };
  if (kind === 'area') return { stroke: colour, width: 1.25, fill: mixed(colour, tint('paper'), 0.42), points };
  if (kind === 'hatch') return { stroke: colour, width: 1.25, fill: () => hatch(colour), points };
  const line = { stroke: colour, width: kind === 'thin' ? 1.2 : 2, points, ...hasWash ? { fill: faded(colour, 0.1) } : {} };
  return kind === 'dash' ? { ...line, dash: [5, 3] } : line;
}

function swatch({ kind, ink }: Item): SVGSVGElement {
  const shapes: Record<Kind, () => SVGElement[]> = {
    area: () => [drawn('rect', { class: 'fill', x: 0.75, y: 0.75, width: 10.5, height: 8.5, 'stroke-width': 1.5 })],
    hatch: () => [drawn('rect', { x: 0.5, y: 0.5, width: 11, height: 9, 'stroke-width': 1 }), drawn('path', { d: 'M1 9 9 1M5.5 9.5l6-6M.5 5 5 .5', 'stroke-width': 1.3 })],
    line: () => [drawn('path', { d: 'M0 5h12', 'stroke-width': 2.5 })],
    thin: () => [drawn('path', { d: 'M0 5h12', 'stroke-width': 1.2 })],
    dash: () => [drawn('path', { d: 'M0 5h12', 'stroke-width': 2, 'stroke-dasharray': '3 2' })],
  };
  return drawn('svg', { class: `swatch ink-${ink}`, viewBox: '0 0 12 10', 'aria-hidden': 'true' }, ...shapes[kind]());
}

/** The font of the page, at a size. */
const font = (size: number): string => `${size}px ${getComputedStyle(document.body).fontFamily}`;

/* Colours are those of the style sheet, as the browser resolves them. */
const probe = element('i');
const tints = new Map<string, string>();
/** Forgets the colours: the theme is another. */
export const forgetTints = (): void => tints.clear();
function tint(name: string): string {
  const known = tints.get(name);
  if (known !== undefined) return known;
  if (!probe.isConnected) {
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = `var(--${name})`;
  const found = getComputedStyle(probe).color;
  tints.set(name, found);
  return found;
}

const parts = (colour: string): number[] => colour.match(/[\d.]+/g)?.slice(0, 3).map(Number) ?? [0, 0, 0];
const faded = (colour: string, share: number): string => `rgba(${parts(colour).join(', ')}, ${share})`;
const mixed = (one: string, other: string, share: number): string =>
  `rgb(${parts(one).map((value, i) => Math.round(value * share + (parts(other)[i] ?? 0) * (1 - share))).join(', ')})`;

function hatch(colour: string): CanvasPattern {
  const canvas = document.createElement('canvas');
  const dots = devicePixelRatio;
  canvas.width = canvas.height = Math.round(6 * dots);
  const context = canvas.getContext('2d')!;
  context.scale(dots, dots);
  context.fillStyle = faded(colour, 0.22);
  context.fillRect(0, 0, 6, 6);
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.beginPath();
  for (const x of [-6, 0, 6]) {
    context.moveTo(x, 6);
    context.lineTo(x + 6, 0);
  }
  context.stroke();
  return context.createPattern(canvas, 'repeat')!;
}

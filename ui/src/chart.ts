// A chart over time: stacked areas, or lines, with a legend that holds the numbers.
//
// uPlot draws. The frame, the legend and the line at the moment are of the page, so that nothing floats over the data
// and the chart is a slider for the keyboard: its value is the moment, told in words. A chart lives as long as the
// page; it is drawn anew only when its series, the colours or the width change.
import uPlot from 'uplot';
import type { Value } from './contract.ts';
import { newest } from './curves.ts';
import { element, set, write } from './dom.ts';
import { frame } from './frame.ts';
import { faded, font, hatch, type Ink, type Kind, mixed, swatch, tint } from './ink.ts';
import { moment, place, point, step, watch } from './moment.ts';
import { type Reading, whyUntold } from './reading.ts';
import { clock, DASH, plain } from './words.ts';

const HEIGHT = 190;

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
  /** What it is of: the beginning of a finding about one of these is marked, and if one is not told it is said why. */
  blocks: string[];
  items: (reading: Reading) => Item[];
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
    write(this.empty, whyUntold(reading.latest, this.options.blocks) ?? this.options.empty);
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
    this.legend.replaceChildren(...this.items.map((item, i) => element('li', '', swatch(item.kind, item.ink), element('bdi', '', plain(item.name, 60)), this.numbers[i])));
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
    // One at the very edge would be cut.
    return times.filter(time => time - from > (to - from) / 30);
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
    const finding = latest.verdict.findings.filter(one => this.options.blocks.includes(one.block)).find(one => one.level === 'wrong' && one.since !== null);
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
    const words = this.hasData ? this.items.map((item, i) => `${plain(item.name, 60)} ${told[i]}`).join(', ') : this.empty.textContent;
    set(this.plot, { 'aria-valuemax': last, 'aria-valuenow': at ?? last, 'aria-valuetext': `${time === null ? 'Now' : clock(time, range === '15m')}: ${words}` });
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

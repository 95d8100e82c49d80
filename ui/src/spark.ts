// Sparklines: a curve without words, drawn as SVG. The words stand beside it.
import type { Value } from './contract.ts';
import { drawn, set } from './dom.ts';
import { point, place, watch } from './moment.ts';

/** The picture is a square of this side, stretched to where it stands. */
const SIDE = 100;

export interface Sketch {
  times: number[]; from: number; to: number; values: Value[];
  second?: Value[]; limit?: Value; most?: number;
  /** A straight way from the newest value to this one at the end of the time. */
  course?: Value;
  hasSteps?: boolean;
}

export class Spark {
  readonly element = drawn('svg', { class: 'spark', viewBox: `0 0 ${SIDE} ${SIDE}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' });
  private readonly area = drawn('path', { class: 'area' });
  private readonly line = drawn('path', { class: 'line' });
  private readonly second = drawn('path', { class: 'second' });
  private readonly limit = drawn('path', { class: 'limit' });
  private readonly course = drawn('path', { class: 'course' });
  private readonly cross = drawn('path', { class: 'cross' });
  private sketch: Sketch | null = null;

  /** `isLive`: its points are those of the charts, so that it shows their moment and can be pointed at. */
  constructor(isLive = true) {
    this.element.append(drawn('path', { class: 'base', d: `M0 ${SIDE}H${SIDE}` }), this.area, this.line, this.second, this.limit, this.course, this.cross);
    if (!isLive) return;
    watch(at => this.showMoment(at));
    this.element.addEventListener('pointermove', event => {
      if (this.sketch === null || this.sketch.times.length === 0) return;
      const box = this.element.getBoundingClientRect();
      const { times, from, to } = this.sketch;
      const time = from + (event.clientX - box.left) / box.width * (to - from);
      const after = times.findIndex(other => other >= time);
      point(after < 0 ? times.length - 1 : after);
    });
    this.element.addEventListener('pointerleave', () => point(null));
  }

  show(sketch: Sketch): void {
    this.sketch = sketch;
    const { values, second = [], limit = null, course = null } = sketch;
    const known = [...values, ...second, limit, course].filter(value => value !== null);
    const most = sketch.most ?? Math.max(...known, 1e-9) * 1.04;
    const y = (value: number): string => (SIDE - Math.max(0, Math.min(1, value / most)) * SIDE).toFixed(2);
    set(this.line, { d: this.way(values, y) });
    set(this.area, { d: this.way(values, y, true) });
    set(this.second, { d: this.way(second, y) });
    set(this.limit, { d: limit === null ? '' : `M0 ${y(limit)}H${SIDE}` });
    const last = values.at(-1) ?? null;
    set(this.course, { d: course === null || last === null ? '' : `M${this.x(values.length - 1)} ${y(last)}L${SIDE} ${y(course)}` });
    this.showMoment(place());
  }

  private x(at: number): string {
    const { times, from, to } = this.sketch!;
    return (((times[at] ?? to) - from) / Math.max(1, to - from) * SIDE).toFixed(2);
  }

  private showMoment(at: number | null): void {
    set(this.cross, { d: at === null || this.sketch === null ? '' : `M${this.x(at)} 0V${SIDE}` });
  }

  /** A line through what is known, broken where it is not; closed to the ground for an area. */
  private way(values: Value[], y: (value: number) => string, isClosed = false): string {
    const parts: string[] = [];
    let begin: string | null = null;
    const close = (at: number): void => {
      if (isClosed && begin !== null) parts.push(`H${this.x(at)}V${SIDE}H${begin}Z`);
      begin = null;
    };
    values.forEach((value, i) => {
      if (value === null) return close(i - 1);
      const x = this.x(i);
      if (begin === null) parts.push(`M${x} ${y(value)}`);
      else parts.push(this.sketch?.hasSteps ? `H${x}V${y(value)}` : `L${x} ${y(value)}`);
      begin ??= x;
      // A value between two that are not known would be a line without a length.
      if ((values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null) parts.push('h.01');
    });
    close(values.length - 1);
    return parts.join('');
  }
}

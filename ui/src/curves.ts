// Curves from the kept values: what one range of the page draws.
//
// 15 minutes have a point each 5 seconds, 24 hours one each 5 minutes, at times that are multiples of it, and one more
// at the newest value, so that old points never move. What is counted is drawn as a rate per minute of the trailing
// minute or ten minutes: the count divided by the seconds of it that are known; fewer than a sixth are too few to say.
// What is measured is the last, or the largest, of the time since the point before.
import type { RangeName, Value } from './contract.ts';
import type { Kept, Store } from './store.ts';

interface Shape { seconds: number; every: number; trailing: number }
const SHAPES: Record<RangeName, Shape> = {
  '15m': { seconds: 900, every: 5, trailing: 60 },
  '24h': { seconds: 86_400, every: 300, trailing: 600 },
};

export class Curves {
  readonly times: number[] = [];
  readonly from: number;
  readonly to: number;
  private readonly shape: Shape;
  private readonly kept: Kept;
  /** For each point the place after its newest value. */
  private readonly ends: number[] = [];
  /** How much of the newest value's step has passed: a minute that is running counts with its seconds so far, and not at all if
      it is not known when it ends. */
  private readonly newestSeconds: number;

  constructor(private readonly store: Store, readonly range: RangeName, now: number) {
    this.shape = SHAPES[range];
    this.kept = range === '15m' ? store.fine : store.coarse;
    const { step, length, at } = this.kept;
    const { seconds, every } = this.shape;
    const newest = length === 0 ? now : Math.min(at, now);
    this.to = now;
    this.from = now - seconds;
    this.newestSeconds = step === 1 ? step : at > now && at - now < step ? step - (at - now) : 0;
    for (let time = Math.ceil(this.from / every) * every; time < newest; time += every) this.add(time);
    if (length > 0) this.add(newest);
  }

  private add(time: number): void {
    const { at, step, length } = this.kept;
    const end = length - Math.floor((at - time) / step + 1e-9);
    this.times.push(time);
    this.ends.push(Math.max(0, Math.min(length, end)));
  }

  private list(id: string, of: string): Value[] | undefined {
    const index = this.store.columns.findIndex(column => column.id === id && column.of === of);
    return index < 0 ? undefined : this.kept.lists[index];
  }

  /** What a kind of column is about, those with most of it in 24 hours first, `other` last. */
  names(id: string): string[] {
    const totals = this.store.columns.flatMap((column, index) => column.id === id
      ? [{ name: column.of, total: sum(this.store.coarse.lists[index] ?? []) ?? 0 }] : []);
    return totals.sort((a, b) => Number(a.name === 'other') - Number(b.name === 'other') || b.total - a.total)
      .map(column => column.name);
  }

  has(id: string): boolean {
    return this.store.columns.some(column => column.id === id);
  }

  /** A minute, at each point; `null` where nothing is known. */
  rate(id: string, of: string): Value[] {
    const list = this.list(id, of);
    if (list === undefined) return this.times.map(() => null);
    const { step } = this.kept;
    const width = this.shape.trailing / step;
    const sums = [0];
    const known = [0];
    list.forEach((value, i) => {
      const seconds = i === list.length - 1 ? this.newestSeconds : step;
      sums.push(sums[i]! + (seconds === 0 ? 0 : value ?? 0));
      known.push(known[i]! + (value === null ? 0 : seconds));
    });
    return this.ends.map(end => {
      if (end === 0 || list[end - 1] === null) return null;
      const begin = Math.max(0, end - width);
      const seconds = known[end]! - known[begin]!;
      return seconds < this.shape.trailing / 6 ? null : (sums[end]! - sums[begin]!) / seconds * 60;
    });
  }

  /** The value at each point: the largest since the point before where that is what counts, otherwise the last. */
  level(id: string, of: string): Value[] {
    const list = this.list(id, of);
    const isLargest = this.store.columns.some(column => column.id === id && column.of === of && column.how === 'max');
    return this.ends.map((end, i) => {
      if (list === undefined || end === 0) return null;
      if (!isLargest) return list[end - 1] ?? null;
      const begin = Math.min(end - 1, i === 0 ? end - 1 : this.ends[i - 1]!);
      return largest(list.slice(Math.max(0, begin), end));
    });
  }

  /** All of the range; `null` if nothing of it is known. */
  count(id: string, of: string): Value {
    const { at, step } = this.kept;
    return sum(this.list(id, of)?.slice(-Math.max(1, Math.round((at - this.from) / step))) ?? []);
  }

  /** All since `from`, by whole minutes. */
  totalSince(id: string, of: string, from: number): Value {
    const { at, step, lists } = this.store.coarse;
    const index = this.store.columns.findIndex(column => column.id === id && column.of === of);
    return sum((lists[index] ?? []).slice(-Math.max(1, Math.ceil((at - from) / step))));
  }

  /** The newest value, if it is known. */
  last(id: string, of: string): Value {
    return this.list(id, of)?.at(-1) ?? null;
  }

  /** What has come together since `from`, at each minute: pairs of time and sum. */
  course(id: string, from: number): [number, number][] {
    const { at, step, length } = this.store.coarse;
    const lists = this.store.columns.flatMap((column, i) => column.id === id ? [this.store.coarse.lists[i] ?? []] : []);
    const points: [number, number][] = [];
    let total = 0;
    for (let i = Math.max(0, length - Math.ceil((at - from) / step)); i < length; i++) {
      for (const list of lists) total += list[i] ?? 0;
      points.push([Math.min(this.to, at - (length - 1 - i) * step), total]);
    }
    return points;
  }
}

/** Point by point; unknown only where all are. */
export function added(lists: Value[][]): Value[] {
  return (lists[0] ?? []).map((_, i) => sum(lists.map(list => list[i] ?? null)));
}

export function sum(values: Value[]): Value {
  let total = 0;
  let isKnown = false;
  for (const value of values) {
    if (value === null) continue;
    total += value;
    isKnown = true;
  }
  return isKnown ? total : null;
}

export function largest(values: Value[]): Value {
  let most: Value = null;
  for (const value of values) if (value !== null && (most === null || value > most)) most = value;
  return most;
}

/** The newest value, if it is known: what was known before is not now. */
export function newest(values: Value[]): Value {
  return values.at(-1) ?? null;
}

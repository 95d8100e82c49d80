// What the page keeps: the last figures, and the values of the last 16 minutes and 24 hours.
//
// Answers bring what is new, value by value: seconds that have passed, and minutes of which the first is the one that was
// running before, anew. A column that appears later is unknown before. Memory has a bound: each list holds what `Kept`
// says, and columns past `MOST_COLUMNS` are left out. Not here: what the values mean; that is `curves.ts`.
import type { Column, Data, Latest, Stretch, Value } from './contract.ts';

const MOST_COLUMNS = 256;

/** Lists of values of one step, all of one length, the newest at `at`. */
export class Kept {
  at = 0;
  length = 0;
  readonly lists: Value[][] = [];
  constructor(readonly step: number, readonly most: number) {}

  clear(): void {
    this.at = 0;
    this.length = 0;
    this.lists.length = 0;
  }

  /** Goes on with a stretch whose first `again` values are there already, and are said anew. */
  put(part: Stretch, again: number, columns: number): void {
    const count = Math.max(0, ...part.values.map(list => list.length));
    const grow = Math.max(0, count - Math.min(again, this.length));
    while (this.lists.length < columns) this.lists.push(new Array<Value>(this.length).fill(null));
    const drop = Math.max(0, this.length + grow - this.most);
    this.length += grow - drop;
    this.lists.forEach((list, index) => {
      for (let i = 0; i < grow; i++) list.push(null);
      list.splice(0, drop);
      const values = part.values[index] ?? [];
      values.forEach((value, i) => {
        const place = this.length - values.length + i;
        if (place >= 0) list[place] = value;
      });
    });
    // Times that differ by less than a step differ by rounding: old values stay where they are.
    const next = this.at + grow * this.step;
    this.at = Math.abs(part.at - next) > this.step ? part.at : next;
  }
}

export class Store {
  readonly fine = new Kept(1, 960);
  readonly coarse = new Kept(60, 1450);
  latest: Latest | null = null;
  /** Whose history this is: another exporter, or the same one started anew, has none of it. */
  private origin = '';

  /** Takes an answer. False if it does not go on from what is kept: ask for everything. */
  take(data: Data): boolean {
    const origin = `${data.instance ?? ''} ${data.started}`;
    if (!data.full && (this.latest === null || origin !== this.origin)) return false;
    if (data.full) {
      this.fine.clear();
      this.coarse.clear();
      this.origin = origin;
    }
    const passed = data.fine.values[0]?.length ?? 0;
    if (!data.full && passed !== data.seq - (this.latest?.seq ?? 0)) return false;
    const columns = Math.min(data.columns.length, MOST_COLUMNS);
    this.fine.put(data.fine, 0, columns);
    this.coarse.put(data.coarse, data.full ? 0 : 1, columns);
    const { full: _full, fine: _fine, coarse: _coarse, ...latest } = data;
    this.latest = latest;
    return true;
  }

  /** What to ask next: the answer's `seq`, or nothing for everything. */
  get since(): number | null {
    return this.latest?.seq ?? null;
  }

  get columns(): Column[] {
    return this.latest?.columns.slice(0, MOST_COLUMNS) ?? [];
  }
}

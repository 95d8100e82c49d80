// Small curves under each other, each with a scale of its own, so that what is small can be seen.
import type { Level, Value } from './contract.ts';
import { element, order, write } from './dom.ts';
import { frame } from './frame.ts';
import { moment, place, watch } from './moment.ts';
import { type Reading, whyUntold } from './reading.ts';
import { Spark } from './spark.ts';
import { clock, plain } from './words.ts';

export interface Row { name: string; under: string; values: Value[]; now: Value; most?: number; hasSteps?: boolean; level?: Level }
export interface RowsOptions {
  /** What it is of: if one of these is not told, it is said why. */
  blocks: string[];
  id: string; title: string; unit: string; query: string; empty: string; format: (value: Value | undefined) => string; rows: (reading: Reading) => Row[];
}

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
    const why = whyUntold(reading.latest, this.options.blocks);
    const rows = this.options.rows(reading);
    const isKnown = rows.some(row => row.values.some(value => value !== null));
    this.rows = isKnown || why === undefined ? rows : [];
    write(this.empty, why ?? this.options.empty);
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

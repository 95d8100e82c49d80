// Tables: rows by what they are about, changed cell by cell, so that a selection and the place of the reader stay.
import type { Level, Value } from './contract.ts';
import { element, fill, order, set, write, type Child } from './dom.ts';
import { type Reading, whyUntold } from './reading.ts';
import { sign } from './signs.ts';
import { copyButton } from './toast.ts';
import { DASH, plain } from './words.ts';

/** What stands in a cell. Nothing, if it is not known. */
export type Cell = null | string | {
  text: string;
  /** A second, quieter text. */
  small?: string;
  level?: Level;
  isSoft?: boolean;
  /** A bar of this share. */
  share?: number;
};
export interface ColumnOf<Kind> {
  head: string;
  cell: (row: Kind, rows: Kind[]) => Cell;
  isNumber?: boolean;
  /** The width of the window from which it is shown: 2 is more than 540, 3 more than 760 pixels. */
  from?: 2 | 3;
}
export interface TableOptions<Kind> {
  /** What it is of: if one of these is not told, it is said why. */
  blocks: string[];
  id: string; title: string; query: string; empty: string;
  unit: (reading: Reading) => string;
  rows: (reading: Reading) => Kind[];
  /** What a row is about: two rows of one table differ in it. */
  key: (row: Kind) => string;
  columns: ColumnOf<Kind>[];
  /** The finding that a row is named in. */
  level?: (row: Kind, reading: Reading) => Level;
}

export class Table<Kind> {
  readonly element: HTMLElement;
  private readonly unit = element('span', 'unit');
  private readonly copy: HTMLButtonElement;
  private readonly body = element('tbody');
  private readonly table: HTMLElement;
  private readonly empty: HTMLElement;
  private readonly rows = new Map<string, HTMLTableRowElement>();

  constructor(private readonly options: TableOptions<Kind>) {
    const head = element('tr', '', ...options.columns.map(column => set(element('th', classOf(column), column.head), { scope: 'col' })));
    this.table = element('table', '', element('thead', '', head), this.body);
    this.table.setAttribute('aria-label', options.title);
    this.empty = element('p', 'soft empty', options.empty);
    this.copy = copyButton(options.title, options.query);
    this.element = element('article', 'table', element('header', '', element('h3', '', options.title, ' ', this.unit), this.copy), this.table, this.empty);
    set(this.element, { id: options.id, tabindex: -1 });
  }

  show(reading: Reading): void {
    const { options } = this;
    fill(this.unit, options.unit(reading), () => [options.unit(reading)]);
    this.copy.title = options.query.replace('[15m]', `[${reading.range}]`);
    const rows = options.rows(reading);
    this.table.hidden = rows.length === 0;
    this.empty.hidden = rows.length > 0;
    write(this.empty, whyUntold(reading.latest, options.blocks) ?? options.empty);
    const seen = new Set<string>();
    const shown = rows.flatMap(row => {
      const key = options.key(row);
      if (seen.has(key)) return [];
      seen.add(key);
      return [this.row(key, row, rows, reading)];
    });
    for (const key of this.rows.keys()) if (!seen.has(key)) this.rows.delete(key);
    order(this.body, shown);
  }

  private row(key: string, row: Kind, rows: Kind[], reading: Reading): HTMLTableRowElement {
    const { columns } = this.options;
    let there = this.rows.get(key);
    if (there === undefined) {
      there = element('tr', '', ...columns.map((column, i) => i === 0 ? set(element('th', classOf(column)), { scope: 'row' }) : element('td', classOf(column))));
      this.rows.set(key, there);
    }
    const level = this.options.level?.(row, reading) ?? 'well';
    columns.forEach((column, i) => {
      const cell = column.cell(row, rows);
      const marked = i === 0 && level !== 'well' && cell !== null ? { ...(typeof cell === 'string' ? { text: cell } : cell), level } : cell;
      fill(there!.cells[i]!, JSON.stringify(marked), () => content(marked));
    });
    return there;
  }
}

const classOf = <Kind>({ isNumber, from }: ColumnOf<Kind>): string => [isNumber ? 'num' : '', from === undefined ? '' : `from${from}`].filter(Boolean).join(' ');

function content(cell: Cell): Child[] {
  if (cell === null || cell === DASH) return [element('span', 'soft', DASH)];
  if (typeof cell === 'string') return [element('bdi', 'text', plain(cell))];
  const { text, small, level = 'well', isSoft, share } = cell;
  const words = level === 'well' ? element('bdi', isSoft ? 'text soft' : 'text', plain(text)) : element('span', `flag ${level}`, sign(level), element('bdi', '', plain(text)));
  const more = small === undefined || small === '' ? null : element('small', '', element('bdi', '', plain(small)));
  return share === undefined ? [words, more] : [meter(share, words, level)];
}

/** A bar before its number. */
export function meter(share: number, words: Child, level: Level = 'well'): HTMLElement {
  const bar = element('i', level);
  bar.style.setProperty('--share', share > 0 ? `${Math.max(1.5, Math.min(100, 100 * share))}%` : '0');
  return element('span', 'meter', bar, element('span', 'of', words));
}

/** A number with a bar that compares it with the largest of its column. */
export function compared<Kind>(value: Value, rows: Kind[], of: (row: Kind) => Value, write: (value: Value) => string): Cell {
  if (value === null) return null;
  const most = Math.max(...rows.map(row => of(row) ?? 0));
  return most > 0 ? { text: write(value), share: value / most } : write(value);
}

// The families: what there is to ask for, found by word, with who grows first.
//
// They are asked for once the section is near, and each minute while it is; one that is opened is asked for by itself.
// Rows stay as they are while their numbers change, so that what is open or in focus remains so.
import type { Families, Family, FamilyDetail } from './contract.ts';
import { button, byId, element, fill, order, set, write, type Child } from './dom.ts';
import { askFamilies, askFamily } from './ask.ts';
import { queriesOf } from './promql.ts';
import { glyph, sign } from './signs.ts';
import { meter } from './tables.ts';
import { copyButton } from './toast.ts';
import { amount, bytes, DASH, dollars, percent, plain, seconds, when, whole } from './words.ts';

const SHOWN_FIRST = 12;
const EACH_SECONDS = 60;
const LEAK_AT_LEAST = 100;
const ORDERS = { growth: 'Growth', series: 'Series', name: 'Name' } as const;
type Order = keyof typeof ORDERS;

const growth = (family: Family): number | null => family.hour_ago === null ? null : family.series - family.hour_ago;
/** Grows by half of itself and more in an hour, and by much: a label whose values do not end. */
const leaks = (family: Family): boolean => (growth(family) ?? 0) >= LEAK_AT_LEAST && (growth(family) ?? 0) > family.series / 3;

function valueOf({ value, name, unit }: Pick<Family, 'value' | 'name' | 'unit'>, now: number): string {
  if (value === null) return DASH;
  if (/timestamp|start_time/.test(name)) return value > 0 ? when(value, now) : DASH;
  if (unit === 'bytes' || /_bytes(_total)?$/.test(name)) return bytes(value);
  if (/_usd(_total)?$/.test(name)) return dollars(value);
  if (unit === 'ratio' || name.endsWith('_ratio')) return percent(value);
  return unit === 'seconds' || /_seconds(_total)?$/.test(name) ? seconds(value) : amount(value);
}

class FamilyRow {
  readonly element = element('div', 'family');
  readonly opener: HTMLButtonElement;
  private readonly name = element('span', 'n');
  private readonly help = element('span', 'h');
  private readonly labels = element('div', 'labels');
  private readonly value = element('div', 'num value');
  private readonly series = element('div', 'num series');
  private readonly growth = element('div', 'num grow');
  private detail: HTMLElement | null = null;

  constructor(private family: Family) {
    this.opener = button('opener', '', () => void this.toggle(), glyph('open'), this.name, this.help);
    this.opener.setAttribute('aria-expanded', 'false');
    const [first] = queriesOf(family);
    this.element.append(element('div', 'row', this.opener, this.labels, this.value, this.series, this.growth, copyButton(family.name, first ?? family.name)));
  }

  show(family: Family, words: string[], now: number): void {
    this.family = family;
    fill(this.name, JSON.stringify(words), () => marked(family.name, words, true));
    fill(this.help, JSON.stringify(words), () => marked(plain(family.help, 400), words, false));
    write(this.labels, family.labels.length === 0 ? 'no labels' : family.labels.map(label => plain(label, 60)).join(', '));
    const { kind } = family;
    const under = family.value === null ? kind : kind === 'counter' ? 'total' : kind === 'gauge' ? 'now' : kind;
    fill(this.value, valueOf(family, now) + under, () => [valueOf(family, now), element('small', '', under)]);
    write(this.series, family.series === 0 ? DASH : whole(family.series));
    fill(this.growth, `${growth(family)} ${family.refused} ${leaks(family)}`, () => this.grown());
  }

  private grown(): Child[] {
    const by = growth(this.family);
    const words = by === null ? 'not known yet' : by === 0 ? 'steady' : `${by > 0 ? '+' : '−'}${whole(Math.abs(by))}`;
    const told = leaks(this.family) ? element('span', 'flag watch', sign('watch'), words) : element('span', by ? '' : 'soft', words);
    return [told, this.family.refused ? element('small', '', `${amount(this.family.refused)} refused`) : null];
  }

  private async toggle(): Promise<void> {
    if (this.detail !== null) {
      this.detail.remove();
      this.detail = null;
      this.opener.setAttribute('aria-expanded', 'false');
      return;
    }
    this.detail = element('div', 'detail', element('p', 'soft', 'Looking …'));
    this.element.append(this.detail);
    this.opener.setAttribute('aria-expanded', 'true');
    await this.renew();
  }

  /** Asks for what is within, if it is open. */
  async renew(): Promise<void> {
    const into = this.detail;
    if (into === null) return;
    try {
      const detail = await askFamily(this.family.name);
      fill(into, JSON.stringify(detail), () => this.within(detail));
    } catch {
      if (into.childElementCount < 2) fill(into, 'lost', () => [element('p', 'soft', 'No answer. Close and open it to ask again.')]);
    }
  }

  private within({ label_values, top }: FamilyDetail): Child[] {
    const values = Object.entries(label_values).sort(([, a], [, b]) => b - a);
    const most = Math.max(1, ...values.map(([, count]) => count));
    const left = element('div', '',
      element('h3', '', values.length > 0 ? 'Values of each label' : this.family.series > 0 ? 'One series, no labels' : 'No series: nothing of this kind has happened yet'),
      element('ul', '', ...values.map(([label, count]) => element('li', 'label', element('span', 'mono', plain(label, 60)), meter(count / most, whole(count), leaks(this.family) && count > this.family.series / 3 ? 'watch' : 'well')))));
    if (values.length > 0 && top.length > 0) {
      left.append(element('h3', '', top.length < this.family.series ? `The ${top.length} largest series` : 'Series'), scrolling(element('ul', '', ...top.map(({ labels, value }) => element('li', 'series',
        element('code', '', ...Object.entries(labels).flatMap(([label, text], i) => [i > 0 ? '  ' : '', element('bdi', '', `${plain(label, 60)}=${plain(text, 200)}`)])),
        element('span', 'num', valueOf({ ...this.family, value }, 0)))))));
    }
    const leaking = leaks(this.family) ? values[0]?.[0] : undefined;
    const right = element('div', '', element('h3', '', `PromQL (${this.family.kind})`),
      element('ul', '', ...queriesOf(this.family, leaking).map(query => element('li', 'query', element('code', '', query), copyButton(this.family.name, query)))));
    return [left, right];
  }
}

/** A list that may be long: it scrolls within itself, by keys too. */
const scrolling = (list: HTMLElement): HTMLElement => set(element('div', 'scrolls', list), { tabindex: 0, role: 'group', 'aria-label': 'Largest series' });

/** A text with the words that were looked for marked; names may break after an underscore. */
function marked(text: string, words: string[], isName: boolean): Child[] {
  const pieces = words.length === 0 ? [text] : text.split(new RegExp(`(${words.map(word => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})`, 'i'));
  return pieces.flatMap((piece, i): Child[] => i % 2 === 1 ? [element('mark', '', piece)]
    : isName ? piece.split(/(?<=_)/).flatMap(part => [part, document.createElement('wbr')]) : [piece]);
}

export class FamilyList {
  private families: Family[] = [];
  private readonly rows = new Map<string, FamilyRow>();
  private readonly list = element('div', 'list');
  private readonly none = element('p', 'soft', 'No family has these words. Try one of: cost, tokens, queue, cron, channel.');
  private readonly input = set(element('input'), { id: 'find', type: 'search', placeholder: 'Find by name, help or label', 'aria-label': 'Find a metric family', autocomplete: 'off', spellcheck: 'false' });
  private readonly count = set(element('span', 'count'), { role: 'status' });
  private readonly more = button('more', '', () => this.showAll());
  private readonly orders: HTMLButtonElement[];
  private order: Order = 'growth';
  private isAll = false;
  private isNear = false;
  private at = 0;
  private askedAt = -Infinity;

  constructor() {
    this.orders = Object.entries(ORDERS).map(([by, name]) => {
      const made = button('', '', () => {
        this.order = by as Order;
        this.show();
      }, name);
      made.dataset.by = by;
      return made;
    });
    const heads = element('div', 'row head', ...['Family', 'Labels', 'Value', 'Series', 'Growth in 1 h', ''].map((head, i) => element('span', ['', 'labels', 'num value', 'num series', 'num grow', ''][i], head)));
    byId('fam').append(
      element('div', 'find', element('label', '', this.input, element('kbd', '', '/')), set(element('div', 'switch', ...this.orders), { role: 'group', 'aria-label': 'Order' }), this.count),
      heads, this.list, this.none, this.more);
    this.input.addEventListener('input', () => this.show());
    this.input.addEventListener('focus', () => this.renew());
    this.input.addEventListener('keydown', event => {
      if (event.key === 'Escape') this.look('');
      else if (event.key === 'ArrowDown') this.focusRow(0, event);
    });
    this.list.addEventListener('keydown', event => {
      const all = [...this.list.querySelectorAll('.opener')];
      const place = all.indexOf(event.target as Element);
      if (place < 0) return;
      if (event.key === 'ArrowDown') this.focusRow(place + 1, event);
      if (event.key === 'ArrowUp') this.focusRow(place - 1, event);
      if (event.key === 'Escape') this.look('');
    });
    new IntersectionObserver(seen => {
      this.isNear = seen.at(-1)?.isIntersecting ?? false;
      this.renew();
    }, { rootMargin: '600px 0px' }).observe(byId('families'));
    this.show();
  }

  /** Called with each answer: asks anew if it is time and the section is near. */
  tick(): void {
    this.renew();
  }

  /** The exporter is another, or has started anew. */
  forget(): void {
    this.askedAt = -Infinity;
    this.renew();
  }

  private renew(): void {
    const now = performance.now() / 1000;
    if (document.hidden || now - this.askedAt < EACH_SECONDS || !(this.isNear || document.activeElement === this.input)) return;
    this.askedAt = now;
    askFamilies().then((answer: Families) => {
      this.at = answer.at;
      this.families = answer.families;
      this.show();
      for (const row of this.rows.values()) if (!row.element.contains(document.activeElement)) void row.renew();
    }, () => { this.askedAt = -Infinity; });
  }

  private look(words: string): void {
    this.input.value = words;
    this.show();
    this.input.focus();
  }

  private focusRow(place: number, event: KeyboardEvent): void {
    event.preventDefault();
    const all = this.list.querySelectorAll<HTMLElement>('.opener');
    (place < 0 ? this.input : all[Math.min(place, all.length - 1)])?.focus();
  }

  private showAll(): void {
    this.isAll = true;
    this.show();
    this.list.querySelectorAll<HTMLElement>('.opener')[SHOWN_FIRST]?.focus();
  }

  private show(): void {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = this.families.filter(({ name, help, labels }) => words.every(word => `${name} ${help} ${labels.join(' ')}`.toLowerCase().includes(word)));
    const byName = (a: Family, b: Family): number => a.name < b.name ? -1 : 1;
    const sorts: Record<Order, (a: Family, b: Family) => number> = {
      growth: (a, b) => (growth(b) ?? 0) - (growth(a) ?? 0) || b.series - a.series || byName(a, b),
      series: (a, b) => b.series - a.series || byName(a, b),
      name: byName,
    };
    found.sort(sorts[this.order]);
    const shown = this.isAll || words.length > 0 ? found : found.slice(0, SHOWN_FIRST);
    const names = new Set(this.families.map(family => family.name));
    for (const name of this.rows.keys()) if (!names.has(name)) this.rows.delete(name);
    order(this.list, shown.map(family => {
      const row = this.rows.get(family.name) ?? new FamilyRow(family);
      this.rows.set(family.name, row);
      row.show(family, words, this.at);
      return row.element;
    }));
    this.none.hidden = this.families.length === 0 || found.length > 0;
    this.more.hidden = shown.length >= found.length;
    write(this.more, `Show all ${found.length}`);
    const without = this.families.filter(family => family.series === 0).length;
    const series = this.families.reduce((all, family) => all + family.series, 0);
    write(this.count, this.families.length === 0 ? '' : words.length > 0 ? `${found.length} of ${this.families.length} families` : `${this.families.length} families, ${without} without a series, ${whole(series)} series`);
    for (const one of this.orders) set(one, { 'aria-pressed': String(one.dataset.by === this.order) });
  }
}

// From an event or a report to numbers: which fields there are, and what becomes of them, is the addon's business. Here they
// are only walked, in the order that the addon told, and written one after the other into an array that is used again.
import type { Addon, Member, Shape, Shapes } from './addon.ts';

/** Texts that have a number at a time; more than that and all are forgotten and handed over again. */
const MAX_TEXTS = 4096;
/** What is longer is no label. Cutting it keeps what its beginning tells, such as the agent of a session's key. */
const MAX_TEXT = 256;
/** Numbers of an event at most; what does not fit is missing. */
const MAX_NUMBERS = 1024;
const MAX_ITEMS = 100;

const MISSING = -Infinity;
const WRONG_TYPE = Infinity;
const OLD_TEXTS = 1;

/** What the host says about who emitted an event. */
export type Metadata = { trusted?: unknown; internal?: unknown };

type Type = { place: number; members: Member[] };

export class EventEncoder {
  readonly #addon: Addon;
  readonly #redact: (text: string) => string;
  readonly #events = new Map<string, Type>();
  readonly #reports = new Map<string, Type>();
  readonly #numbers = new Float64Array(MAX_NUMBERS);
  readonly #texts = new Map<string, number>();
  #generation: number;
  #count = 0;

  /** `redact` is asked once for each distinct text; one that it changes is a secret, and is never handed over. */
  constructor(addon: Addon, redact: (text: string) => string = (text) => text) {
    this.#addon = addon;
    this.#redact = redact;
    const { events, reports, unasked } = JSON.parse(addon.shapes()) as Shapes;
    // What is not asked for comes all the same where the Gateway knows no filter.
    for (const [place, { type, members }] of events.entries()) {
      if (!unasked.includes(type)) this.#events.set(type, { place, members });
    }
    for (const [place, { type, members }] of reports.entries()) {
      this.#reports.set(type, { place: events.length + place, members });
    }
    this.#generation = addon.beginTexts();
  }

  /** The types of events that are asked for, and recorded. */
  get types(): string[] {
    return [...this.#events.keys()];
  }

  /** How many texts have a number now. */
  get texts(): number {
    return this.#texts.size;
  }

  /** Records an event. False for one that the addon does not know, or while it does not run. */
  record(event: { type: string }, metadata: Metadata | undefined): boolean {
    const type = this.#events.get(event.type);
    if (type === undefined) return false;
    const bits = (metadata?.trusted === true ? 1 : 0) | (metadata?.internal === true ? 2 : 0);
    return this.#hand(type, event, bits);
  }

  /** Records a report: of an object, those fields that the addon reads. */
  report(name: string, report: object): boolean {
    const type = this.#reports.get(name);
    return type !== undefined && this.#hand(type, report, 0);
  }

  #hand(type: Type, object: object, bits: number): boolean {
    let outcome = this.#observe(type, object, bits);
    if (outcome === OLD_TEXTS) {
      // Another copy of the plugin has begun the table anew.
      this.#forget();
      outcome = this.#observe(type, object, bits);
    }
    return outcome === 0;
  }

  #observe(type: Type, object: object, bits: number): number {
    // Before, so that no number of this object is forgotten in the middle of it.
    if (this.#texts.size > MAX_TEXTS - 2 * MAX_ITEMS) this.#forget();
    this.#count = 0;
    this.#members(object as Record<string, unknown>, type.members);
    return this.#addon.observe(this.#generation, type.place, bits, this.#numbers, this.#count);
  }

  #forget(): void {
    this.#texts.clear();
    this.#generation = this.#addon.beginTexts();
  }

  #members(object: Record<string, unknown>, members: Member[]): void {
    for (let at = 0; at < members.length; at += 1) {
      const member = members[at] as Member;
      this.#field(object[member.key], member.shape);
    }
  }

  #field(value: unknown, shape: Shape): void {
    if (value === undefined || value === null) return this.#put(MISSING);
    if (shape === 'text') return this.#put(typeof value === 'string' ? this.#text(value) : WRONG_TYPE);
    if (shape === 'id') return this.#put(typeof value === 'string' ? hashOf(value) : WRONG_TYPE);
    if (shape === 'number') {
      if (typeof value !== 'number') return this.#put(WRONG_TYPE);
      return this.#put(Number.isFinite(value) ? value : NaN);
    }
    if (shape === 'truth') return this.#put(typeof value === 'boolean' ? Number(value) : WRONG_TYPE);
    if ('list' in shape) {
      if (!Array.isArray(value)) return this.#put(WRONG_TYPE);
      const count = Math.min(value.length, MAX_ITEMS);
      this.#put(count);
      for (let at = 0; at < count; at += 1) this.#field(value[at], shape.list);
      return;
    }
    if (typeof value !== 'object' || Array.isArray(value)) return this.#put(WRONG_TYPE);
    this.#put(0);
    this.#members(value as Record<string, unknown>, shape.object);
  }

  #put(number: number): void {
    // What does not fit is cut off, and reads as missing.
    if (this.#count < MAX_NUMBERS) {
      this.#numbers[this.#count] = number;
      this.#count += 1;
    }
  }

  #text(text: string): number {
    const cut = text.length > MAX_TEXT ? beginning(text) : text;
    return this.#texts.get(cut) ?? this.#add(cut);
  }

  #add(text: string): number {
    // A secret has the number of a text that is shown as nothing.
    const shown = this.#redact(text) === text ? text : '?';
    const number = this.#addon.addText(this.#generation, shown);
    // Without a number it is a text that nobody knows.
    if (number === null) return NaN;
    this.#texts.set(text, number);
    return number;
  }
}

/**
 * A whole number below 2^53 for the id of a run or a call: each is new, so a number in the table would be one for nothing, and
 * all that matters is whether two are the same.
 */
export function hashOf(id: string): number {
  let [high, low] = [0x9e3779b9, id.length];
  const end = Math.min(id.length, MAX_TEXT);
  for (let at = 0; at < end; at += 1) {
    const unit = id.charCodeAt(at);
    low = Math.imul(low ^ unit, 0x01000193);
    high = Math.imul(high ^ unit ^ (high >>> 15), 0x85ebca6b);
  }
  return ((high ^ (high >>> 13)) >>> 11) * 0x100000000 + (low >>> 0);
}

/** The beginning of a text that is too long, as a text of its own: a part of one keeps the whole in memory. */
function beginning(text: string): string {
  return Buffer.from(text.slice(0, MAX_TEXT)).toString();
}

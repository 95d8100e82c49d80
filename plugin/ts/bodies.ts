// Bodies of answers on the Gateway's own port: copies in Node's memory, one for all who are sent the same bytes.
//
// A Buffer of some megabytes for each scrape would be new memory each time, and have Node collect garbage for it: the room of
// a body that nobody is sent any more is used again.
import type { Answer } from './addon.ts';

/** The largest room that is kept while nobody needs it. */
const MAX_KEPT = 16 << 20;

/** Room for a body; none yet, if there is no Buffer. */
export type Room = { buffer: Buffer | null };

/** The bytes of an answer. */
export type Body = { version: number | undefined; buffer: Buffer; bytes: Buffer; readers: number };

export class Bodies {
  /** Those that somebody is sent, and the newest, by version. */
  readonly #known = new Map<number, Body>();
  #newest: Body | undefined;
  #free: Buffer | null = null;

  /** The versions whose bytes are here. */
  known(): number[] {
    return [...this.#known.keys()];
  }

  /** Room for the next body, until it is taken or given back. */
  room(): Room {
    const room = { buffer: this.#free };
    this.#free = null;
    return room;
  }

  /** Gives room back. The largest is kept, unless it is larger than a page may sensibly be. */
  give(room: Room): void {
    const length = room.buffer?.length ?? 0;
    if (length > (this.#free?.length ?? 0) && length <= MAX_KEPT) this.#free = room.buffer;
    room.buffer = null;
  }

  /** The body of an answer, which is in this room if it is neither its own nor known. */
  take(answer: Answer, room: Room): Body {
    const version = answer.version ?? undefined;
    const known = version === undefined ? undefined : this.#known.get(version);
    if (known !== undefined) {
      this.give(room);
      return known;
    }
    const buffer = answer.body ?? room.buffer ?? Buffer.alloc(0);
    if (answer.body === undefined) room.buffer = null;
    else this.give(room);
    const body = { version, buffer, bytes: buffer.subarray(0, answer.length), readers: 0 };
    if (version !== undefined) {
      const before = this.#newest;
      this.#known.set(version, body);
      this.#newest = body;
      if (before !== undefined) this.#leave(before);
    }
    return body;
  }

  /** One more is sent this body. */
  begin(body: Body): void {
    body.readers += 1;
  }

  /** One less. */
  end(body: Body): void {
    body.readers -= 1;
    this.#leave(body);
  }

  /** Bytes of bodies that are sent and of which there is a newer one. */
  heldBytes(): number {
    let bytes = 0;
    for (const body of this.#known.values()) if (body !== this.#newest) bytes += body.buffer.length;
    return bytes;
  }

  /** Whether it is one of those that count. */
  isHeld(body: Body): boolean {
    return body.version !== undefined && body !== this.#newest;
  }

  /** Forgets a body that nobody is sent and that is not the newest. */
  #leave(body: Body): void {
    const isLarge = body.buffer.length > MAX_KEPT;
    if (body.readers > 0 || (body === this.#newest && !isLarge)) return;
    if (body === this.#newest) this.#newest = undefined;
    if (body.version !== undefined) this.#known.delete(body.version);
    this.give({ buffer: body.buffer });
  }
}

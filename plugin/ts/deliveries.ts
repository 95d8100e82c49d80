// What is on its way to clients of the Gateway's own port: Node holds a copy of each answer until the system has taken it. All of
// them count against what the exporter may have in flight; beyond it the connections that got on least are reset.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Addon } from './addon.ts';

/** How long an answer is on its way before its progress can be judged, and over how long it is seen then. */
const YOUNG_MS = 1000;
const WINDOW_MS = 4000;

type Delivery = {
  socket: Socket;
  bytes: number;
  /** When its progress was last seen, and what the socket had sent by then. */
  markedAt: number;
  sentThen: number;
  /** Bytes a second; none while it is young. */
  rate: number | undefined;
};

export class Deliveries {
  readonly #all = new Set<Delivery>();
  readonly #turns = new WeakMap<Socket, Promise<void>>();
  #bytes = 0;

  /** Waits until what was answered before on the same connection is with the system. */
  async turn({ socket }: IncomingMessage, response: ServerResponse): Promise<void> {
    const before = this.#turns.get(socket);
    this.#turns.set(socket, new Promise((resolve) => response.once('close', resolve)));
    await before;
    if (socket.writableNeedDrain) {
      await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', () => resolve()));
    }
  }

  /** Notes that an answer is about to be sent; whoever gets on least gives up if that is too much. */
  begin(addon: Addon, response: ServerResponse, bytes: number): void {
    const { socket } = response;
    if (socket === null) return;
    const delivery = { socket, bytes, markedAt: performance.now(), sentThen: socket.bytesWritten, rate: undefined };
    this.#all.add(delivery);
    this.#bytes += bytes;
    let allowed = addon.inFlight(this.#bytes, 0);
    response.once('close', () => {
      if (this.#all.delete(delivery)) this.#bytes -= bytes;
      allowed = addon.inFlight(this.#bytes, 0);
    });
    // One answer may always go: there are pages larger than what others left.
    if (this.#bytes > allowed && this.#all.size > 1) this.#relieve(addon, allowed, delivery);
  }

  /** Resets those with the least progress over the last seconds until the rest fits. `newest` has just begun. */
  #relieve(addon: Addon, allowed: number, newest: Delivery): void {
    const now = performance.now();
    for (const delivery of this.#all) note(delivery, now);
    const others = [...this.#all].filter((delivery) => delivery !== newest);
    others.sort((one, other) => (one.rate ?? Infinity) - (other.rate ?? Infinity) || one.markedAt - other.markedAt);
    let resets = 0;
    for (const delivery of others) {
      if (this.#bytes <= allowed) break;
      this.#all.delete(delivery);
      this.#bytes -= delivery.bytes;
      delivery.socket.resetAndDestroy();
      resets += 1;
    }
    addon.inFlight(this.#bytes, resets);
  }
}

function note(delivery: Delivery, now: number): void {
  const time = now - delivery.markedAt;
  if (time < (delivery.rate === undefined ? YOUNG_MS : WINDOW_MS)) return;
  // What lies in Node's own queue is not sent.
  const sent = delivery.socket.bytesWritten - delivery.socket.writableLength;
  delivery.rate = ((sent - delivery.sentThen) * 1000) / time;
  delivery.markedAt = now;
  delivery.sentThen = sent;
}

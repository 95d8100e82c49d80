// What is on its way to clients of the Gateway's own port, and who has to give up when it is too much.
//
// Node holds a body until the system has taken it. Bodies of which there is a newer one count against what the exporter may have
// in flight; beyond it the connections that got on least in the last seconds are reset.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

import type { Addon } from './addon.ts';
import type { Bodies, Body } from './bodies.ts';

/** How long an answer is on its way before its progress can be judged, and over how long it is seen then. */
const YOUNG_MS = 1000;
const WINDOW_MS = 4000;

type Delivery = {
  socket: Socket;
  body: Body;
  /** When its progress was last seen, and what the socket had sent by then. */
  markedAt: number;
  sentThen: number;
  /** Bytes a second; none while it is young. */
  rate: number | undefined;
};

export class Deliveries {
  readonly #bodies: Bodies;
  readonly #all = new Set<Delivery>();
  readonly #turns = new WeakMap<Socket, Promise<void>>();

  constructor(bodies: Bodies) {
    this.#bodies = bodies;
  }

  /** Waits until what was answered before on the same connection is with the system. */
  async turn({ socket }: IncomingMessage, response: ServerResponse): Promise<void> {
    const before = this.#turns.get(socket);
    this.#turns.set(socket, new Promise((resolve) => response.once('close', resolve)));
    await before;
    if (socket.writableNeedDrain) {
      await new Promise<void>((resolve) => socket.once('drain', resolve).once('close', () => resolve()));
    }
  }

  /** Notes that a body is about to be sent; whoever gets on least gives up if too much is on its way. */
  begin(addon: Addon, response: ServerResponse, body: Body): void {
    const { socket } = response;
    this.#bodies.begin(body);
    const delivery =
      socket && { socket, body, markedAt: performance.now(), sentThen: sent(socket), rate: undefined };
    if (delivery) this.#all.add(delivery);
    const end = () => {
      if (delivery) this.#all.delete(delivery);
      this.#bodies.end(body);
    };
    if (response.closed || response.destroyed) end();
    else response.once('close', end);
    this.#relieve(addon);
  }

  /** Resets those with the least progress over the last seconds until what is held fits. */
  #relieve(addon: Addon): void {
    let held = this.#bodies.heldBytes();
    const allowed = addon.inFlight(held, 0);
    if (held <= allowed) return;
    const now = performance.now();
    const slow = [...this.#all].filter(({ body }) => this.#bodies.isHeld(body));
    for (const delivery of slow) note(delivery, now);
    slow.sort((one, other) => (one.rate ?? Infinity) - (other.rate ?? Infinity) || one.markedAt - other.markedAt);
    let resets = 0;
    const left = new Map<Body, number>();
    for (const { body } of slow) left.set(body, (left.get(body) ?? 0) + 1);
    for (const { socket, body } of slow) {
      if (held <= allowed) break;
      const readers = (left.get(body) ?? 1) - 1;
      left.set(body, readers);
      if (readers === 0) held -= body.buffer.length;
      // Its end comes as that of any other.
      socket.resetAndDestroy();
      resets += 1;
    }
    addon.inFlight(held, resets);
  }
}

/** Bytes that are with the system. */
function sent(socket: Socket): number {
  return socket.bytesWritten - socket.writableLength;
}

function note(delivery: Delivery, now: number): void {
  const time = now - delivery.markedAt;
  if (time < (delivery.rate === undefined ? YOUNG_MS : WINDOW_MS)) return;
  const before = delivery.sentThen;
  delivery.sentThen = sent(delivery.socket);
  delivery.rate = ((delivery.sentThen - before) * 1000) / time;
  delivery.markedAt = now;
}

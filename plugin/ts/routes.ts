// The routes on the Gateway's own port. They send what the addon answers; nothing is rendered here, and nothing waits.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import type { Addon, Answer } from './addon.ts';
import { Bodies, type Room } from './bodies.ts';
import { Deliveries } from './deliveries.ts';
import { parked } from './observer.ts';

/** How often it is asked again for what the render thread is making, and for how long. */
const PAUSE_MS = 2;
const PATIENCE_MS = 5000;

/** Where the live page itself is, which shows nothing without its data. */
export function shellPath(path: string): string {
  return path === '/' ? '/ui' : `${path}/ui`;
}

/** The path of the metrics, and those under it. */
export function paths(path: string): string[] {
  const base = path === '/' ? '' : path;
  return [path, ...['per-object', 'detailed', 'health', 'ui', 'ui/data', 'ui/families'].map((under) => `${base}/${under}`)];
}

/**
 * Answers one request; `isVouched` if the Gateway has let it in, `why` the exporter does not run, if it is known. Never
 * throws into the Gateway.
 */
export async function answer(
  addon: Addon,
  request: IncomingMessage,
  response: ServerResponse,
  isVouched: boolean,
  why: string | undefined,
): Promise<true> {
  // What came together with the request before is answered when that answer is with the system: with what is new by then.
  await deliveries.turn(request, response);
  const room = bodies.room();
  try {
    const answer = (await ask(addon, request, room, isVouched)) ?? notRunning(why);
    const body = bodies.take(answer, room);
    // Before anything waits: once the response is whole, or nobody waits for it any more, the body is another's.
    deliveries.begin(addon, response, body);
    await hold(answer.delayMs ?? 0);
    send(response, answer, body.bytes);
  } catch (error) {
    bodies.give(room);
    parked()?.failed('route', error);
    if (!response.headersSent) response.statusCode = 500;
    response.end();
  }
  return true;
}

const bodies = new Bodies();
const deliveries = new Deliveries(bodies);

/** Answers that are held back at a time at most: each keeps a connection of the Gateway's. */
const MAX_HELD = 16;
let held = 0;

/** Waits before the answer to a wrong token from an address that has sent several. */
async function hold(delayMs: number): Promise<void> {
  if (delayMs === 0 || held >= MAX_HELD) return;
  held += 1;
  await pause(delayMs);
  held -= 1;
}

/** How long the end of a body may take that is in chunks and empty. */
const BODY_MS = 250;

/** Whether a request has a body; whether there is anything in chunks is looked at where one is never taken. */
async function hasBytes(request: IncomingMessage): Promise<boolean> {
  const { method, headers, readableEnded } = request;
  if (headers['transfer-encoding'] === undefined) return Number(headers['content-length'] ?? 0) > 0;
  if (!['GET', 'HEAD', 'OPTIONS'].includes(method ?? '')) return true;
  if (readableEnded) return false;
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, BODY_MS, true);
    const tell = (hasBody: boolean) => {
      clearTimeout(timer);
      resolve(hasBody);
    };
    request.once('data', () => tell(true)).once('end', () => tell(false)).once('error', () => tell(true));
  });
}

/** What is answered without an exporter, on each of the paths. */
export function notRunning(why = 'it is stopped, or about to start'): Answer {
  const body = Buffer.from(JSON.stringify({ healthy: false, reasons: [`the exporter is not running: ${why}`] }));
  const headers = ['content-type', 'application/json', 'cache-control', 'no-store', 'retry-after', '1'];
  return { status: 503, headers, length: body.length, body };
}

/** What those are told whom the Gateway lets in and does not let read. */
export function refuse(response: ServerResponse): void {
  const body = Buffer.from('The Gateway gives this caller no scope operator.read.\n');
  const headers = ['content-type', 'text/plain; charset=utf-8', 'cache-control', 'no-store'];
  send(response, { status: 403, headers, length: body.length, body });
}

async function ask(addon: Addon, request: IncomingMessage, room: Room, isVouched: boolean): Promise<Answer | null> {
  const { method, url, headers, socket } = request;
  const hasBody = await hasBytes(request);
  const { accept = '', authorization = null } = headers;
  const encoding = String(headers['accept-encoding'] ?? '');
  // All there are: Node hands on the first alone.
  const hosts = request.headersDistinct.host ?? (request.httpVersion === '1.0' ? null : []);
  let answer = addon.respond(
    method ?? 'GET',
    url ?? '/',
    accept,
    encoding,
    authorization,
    hasBody,
    room.buffer,
    hosts?.join(', ') ?? null,
    socket.localAddress ?? null,
    socket.remoteAddress ?? null,
    bodies.known(),
    isVouched,
  );
  const until = performance.now() + PATIENCE_MS;
  while (typeof answer === 'number') {
    if (performance.now() > until) return null;
    await pause(PAUSE_MS);
    answer = addon.answer(answer, room.buffer, bodies.known());
  }
  return answer;
}

/** Sends an answer with this body, or its own. */
export function send(response: ServerResponse, { status, headers, body }: Answer, bytes: Buffer | undefined = body): void {
  response.statusCode = status;
  for (let at = 0; at + 1 < headers.length; at += 2) response.setHeader(headers[at] as string, headers[at + 1] as string);
  response.end(bytes);
}

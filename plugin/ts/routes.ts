// The routes on the Gateway's own port. They send what the addon answers; nothing is rendered here, and nothing waits.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';

import type { Addon, Answer } from './addon.ts';
import { parked } from './observer.ts';

/** How often it is asked again for what the render thread is making, and for how long. */
const PAUSE_MS = 2;
const PATIENCE_MS = 5000;

/** The path of the metrics, and those under it. */
export function paths(path: string): string[] {
  const base = path === '/' ? '' : path;
  return [path, `${base}/per-object`, `${base}/detailed`, `${base}/health`];
}

/** Answers one request; `why` the exporter does not run, if it is known. Never throws into the Gateway. */
export async function answer(
  addon: Addon,
  request: IncomingMessage,
  response: ServerResponse,
  why: string | undefined,
): Promise<true> {
  try {
    send(response, (await ask(addon, request)) ?? notRunning(why));
  } catch (error) {
    parked()?.failed('route', error);
    if (!response.headersSent) response.statusCode = 500;
    response.end();
  }
  return true;
}

/** What is answered without an exporter, on each of the paths. */
export function notRunning(why = 'it is stopped, or about to start'): Answer {
  return {
    status: 503,
    headers: ['content-type', 'application/json', 'cache-control', 'no-store', 'retry-after', '1'],
    body: Buffer.from(JSON.stringify({ healthy: false, reasons: [`the exporter is not running: ${why}`] })),
  };
}

async function ask(addon: Addon, { method, url, headers }: IncomingMessage): Promise<Answer | null> {
  const hasBody = headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  const { accept = '', authorization = null } = headers;
  const encoding = headers['accept-encoding'] ?? '';
  let answer = addon.respond(method ?? 'GET', url ?? '/', accept, String(encoding), authorization, hasBody);
  const until = performance.now() + PATIENCE_MS;
  while (typeof answer === 'number') {
    if (performance.now() > until) return null;
    await pause(PAUSE_MS);
    answer = addon.answer(answer);
  }
  return answer;
}

export function send(response: ServerResponse, { status, headers, body }: Answer): void {
  response.statusCode = status;
  for (let at = 0; at + 1 < headers.length; at += 2) response.setHeader(headers[at] as string, headers[at + 1] as string);
  response.end(body);
}

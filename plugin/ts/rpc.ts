// What only the Gateway's RPC knows: which way it is asked, and when.
//
// In process: a request of our own to a route of our own, which the Gateway lets in with its own credential, sets a batch of
// questions off; only within such a request may a plugin ask. Where that is not to be had the addon asks over a WebSocket.
import { randomBytes } from 'node:crypto';
import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';

import type { CronContext, Handler, PluginApi } from 'openclaw/plugin-sdk/plugin-entry';
import type { Dispatch } from 'openclaw/plugin-sdk/gateway-method-runtime';

import { type Addon, ID, reasonOf } from './addon.ts';
import { Batch, lateness, Refusal } from './batch.ts';
import type { Observer } from './observer.ts';
import { HOST, type Place, placeOf } from './place.ts';

/** Where a batch is set off. */
export const ROUTE = '/openclaw-prometheus/rpc';
/** By what our own request is known. */
const NONCE = 'x-openclaw-prometheus-batch';

/** A Gateway that is about to start, or to change its credential, is waited for. */
const PATIENCE_MS = 60_000;
/** The time between two attempts to get in. */
const AGAIN_MS = 2000;
/** While a WebSocket is used, the time between two attempts to get in. */
const RETRY_MS = 300_000;
/** The longest time between two looks at the event loop and at what is due. */
const LOOK_MS = 5000;
/** The time between two looks at the event loop for a client over a WebSocket. */
const TELL_MS = 1000;
/** A batch that takes longer is given up. */
const BATCH_MS = 90_000;

/** A batch that somebody waits for. */
type Open = { nonce: string; run: () => Promise<void> };

const PARKED = Symbol.for('openclaw-prometheus.batch');
type WithBatch = { [PARKED]?: Open | undefined };
/** The batch of the process: the copy of the plugin that has the route need not be the one that asks. */
const parking = globalThis as WithBatch;

/** The handler of [`ROUTE`]: sets off the batch that it is asked for by the one who has its nonce, once. */
export const batchHandler: Handler = async (request, response) => {
  const open = parking[PARKED];
  response.setHeader('cache-control', 'no-store');
  if (open === undefined || request.headers[NONCE] !== open.nonce) {
    response.statusCode = 404;
    response.end();
    return true;
  }
  parking[PARKED] = undefined;
  await open.run();
  response.statusCode = 204;
  response.end();
  return true;
};

/** Why a batch could not be set off, and whether that may pass. */
class NoEntry extends Error {
  readonly mayPass: boolean;

  constructor(why: string, mayPass: boolean) {
    super(why);
    this.mayPass = mayPass;
  }
}

export class RpcCollector {
  readonly #api: PluginApi;
  readonly #addon: Addon;
  readonly #observer: Observer;
  readonly #cron: CronContext;
  readonly #patienceMs: number;
  readonly #retryMs: number;
  readonly #ending = new AbortController();
  #way: 'in process' | 'WebSocket' | undefined;

  constructor(api: PluginApi, addon: Addon, observer: Observer, cron: CronContext, patienceMs = PATIENCE_MS, retryMs = RETRY_MS) {
    this.#api = api;
    this.#addon = addon;
    this.#observer = observer;
    this.#cron = cron;
    this.#patienceMs = patienceMs;
    this.#retryMs = retryMs;
  }

  start(): void {
    this.#run().catch((error: unknown) => this.#observer.failed('rpc', error));
  }

  stop(): void {
    this.#ending.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending;
    let dispatch: Dispatch | undefined;
    try {
      ({ dispatchGatewayMethod: dispatch } = await import('openclaw/plugin-sdk/gateway-method-runtime'));
    } catch (error) {
      this.#fallBack(`this Gateway offers its plugins no way to ask it (${reasonOf(error)})`);
    }
    /** Since when there is nothing but trouble. */
    let since: number | undefined = performance.now();
    /** While a WebSocket is used, when it is tried in process again. */
    let retryAt = 0;
    let pause = 0;
    for (;;) {
      const late = await lateness(pause, signal);
      if (signal.aborted) return;
      this.#addon.loopDelay(late);
      const isFallenBack = this.#way === 'WebSocket';
      pause = TELL_MS;
      if (dispatch === undefined || (isFallenBack && performance.now() < retryAt)) continue;
      const due = this.#addon.callPause();
      pause = Math.min(due, isFallenBack ? TELL_MS : LOOK_MS);
      if (due > 0 && !isFallenBack) continue;
      try {
        await this.#batch(dispatch);
        if (signal.aborted) return;
        since = undefined;
        this.#works();
      } catch (error) {
        if (signal.aborted) return;
        // What only another start of the Gateway changes is not tried again.
        if (error instanceof Refusal) dispatch = undefined;
        retryAt = performance.now() + this.#retryMs;
        if (isFallenBack) continue;
        pause = AGAIN_MS;
        since ??= performance.now();
        const isWaitedFor = error instanceof NoEntry && (error.mayPass || this.#way !== undefined);
        if (!isWaitedFor || performance.now() > since + this.#patienceMs) this.#fallBack(reasonOf(error));
      }
    }
  }

  #works(): void {
    if (this.#way === 'in process') return;
    const again = this.#way === undefined ? '' : ' again';
    this.#way = 'in process';
    this.#addon.reachedInProcess(null);
    this.#api.logger.info(`${ID}: the Gateway's RPC is asked in process${again}`);
  }

  /** Asks over a WebSocket until it works in process. */
  #fallBack(why: string): void {
    this.#way = 'WebSocket';
    this.#observer.guard('rpc', () => {
      this.#addon.reachedInProcess(why);
      const { port, isTls, token, password, certFile } = this.#place();
      const url = `${isTls ? 'wss' : 'ws'}://${HOST}:${port}`;
      const asked = this.#addon.connect(url, token, password, certFile);
      this.#api.logger.info(`${ID}: the Gateway's RPC is asked over a WebSocket (${asked}), not in process: ${why}`);
    });
  }

  #place(): Place {
    const config = this.#api.runtime?.config?.current?.() ?? this.#api.config;
    return placeOf(config, process.env, process.argv, this.#observer.gatewayPort);
  }

  /** Has the Gateway let a request of our own in, and asks within it. */
  async #batch(dispatch: Dispatch): Promise<void> {
    const place = this.#place();
    if (place.problem !== undefined) throw new NoEntry(place.problem, false);
    const ending = new AbortController();
    const signal = AbortSignal.any([this.#ending.signal, ending.signal]);
    const nonce = randomBytes(16).toString('hex');
    let outcome: unknown;
    const batch = new Batch(this.#addon, dispatch, this.#cron, signal, () => this.#works());
    const open = { nonce, run: () => batch.run().catch((error: unknown) => void (outcome = error)) };
    parking[PARKED] = open;
    try {
      const status = await knock(place, nonce, signal);
      if (outcome !== undefined) throw outcome;
      if (status !== 204) throw refused(status);
    } finally {
      ending.abort();
      if (parking[PARKED] === open) parking[PARKED] = undefined;
    }
  }
}

/** Why the Gateway did not let our own request in. */
function refused(status: number): NoEntry {
  const path = `${ROUTE} on its port`;
  switch (status) {
    case 401:
      return new NoEntry(`the Gateway answers 401 to its own token or password at ${path}; has it been changed since it started?`, false);
    case 403:
      return new NoEntry(`the Gateway answers 403 at ${path}: it gives its own credential no operator.read`, false);
    case 404:
      return new NoEntry(`the Gateway answers 404 at ${path}: its HTTP routes of plugins are off, or this is another Gateway's port`, true);
    case 429:
      return new NoEntry(`the Gateway answers 429 at ${path}: it was asked with wrong credentials too often`, true);
    default:
      return new NoEntry(`the Gateway answers ${status} at ${path}`, status >= 500);
  }
}

/** The status of the answer to a request of our own. */
function knock({ port, isTls, token, password }: Place, nonce: string, signal: AbortSignal): Promise<number> {
  const credential = token ?? password;
  const headers = {
    [NONCE]: nonce,
    // Where the Gateway asks for nothing it gives what is asked for.
    'x-openclaw-scopes': 'operator.read',
    ...(credential === null ? {} : { authorization: `Bearer ${credential}` }),
  };
  return new Promise((resolve, reject) => {
    const request = isTls ? requestHttps : requestHttp;
    // The certificate is this process's own, and loopback is no network: nothing is verified.
    const options = { host: HOST, port, path: ROUTE, method: 'POST', headers, agent: false, signal, rejectUnauthorized: false };
    const sent = request(options, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.setTimeout(BATCH_MS, () => sent.destroy(new Error(`no answer within ${BATCH_MS / 1000} s`)));
    sent.on('socket', (socket) => socket.unref());
    sent.on('error', (error: NodeJS.ErrnoException) => {
      reject(new NoEntry(`nobody answers at ${HOST}:${port} (${error.code ?? error.message})`, true));
    });
    sent.end();
  });
}

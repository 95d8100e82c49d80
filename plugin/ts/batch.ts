// A batch of questions to the Gateway in its own process: whatever is due, one after the other, with a pause before each.
import { performance } from 'node:perf_hooks';

import type { CronContext } from 'openclaw/plugin-sdk/plugin-entry';
import type { Dispatch } from 'openclaw/plugin-sdk/gateway-method-runtime';

import { type Addon, type Call, reasonOf } from './addon.ts';

/** The pause before each question: never two in one turn of the event loop, and it shows how late the loop is. */
const BREATH_MS = 50;
/** What is due within this time is asked in the same batch. */
const TOGETHER_MS = 1000;
/** How long a batch goes on; what is left is the next one's. */
const MOST_MS = 30_000;
/** The longest answer that is taken, in UTF-16 units. */
const MAX_TEXT = 32 << 20;

/** The Gateway refuses to be asked this way, whatever is asked. */
export class Refusal extends Error {}

/** Waits so long at least; how many milliseconds it was longer. Nobody stays alive for it. */
export function lateness(ms: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve) => {
    const began = performance.now();
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(Math.max(0, performance.now() - began - ms));
    };
    const timer = setTimeout(end, ms).unref();
    signal.addEventListener('abort', end);
  });
}

export class Batch {
  readonly #addon: Addon;
  readonly #dispatch: Dispatch;
  readonly #cron: CronContext;
  readonly #signal: AbortSignal;
  readonly #answers: () => void;

  /** `answers` is told that the Gateway answers, before each answer is handed on. */
  constructor(addon: Addon, dispatch: Dispatch, cron: CronContext, signal: AbortSignal, answers: () => void) {
    this.#addon = addon;
    this.#dispatch = dispatch;
    this.#cron = cron;
    this.#signal = signal;
    this.#answers = answers;
  }

  /** Asks until nothing is due, or the loop is late. Throws a [`Refusal`] if the Gateway takes no questions. */
  async run(): Promise<void> {
    const until = performance.now() + MOST_MS;
    while (performance.now() < until) {
      const pause = this.#addon.callPause();
      if (pause >= TOGETHER_MS) return;
      this.#addon.loopDelay(await lateness(Math.max(pause, BREATH_MS), this.#signal));
      if (this.#signal.aborted) return;
      const call = this.#addon.nextCall();
      if (call !== null) await this.#ask(call);
      if (this.#signal.aborted) return;
    }
  }

  async #ask({ method, params, deadlineMs }: Call): Promise<void> {
    const began = this.#addon.threadMs();
    try {
      const payload = await this.#payload(method, params, deadlineMs);
      if (this.#signal.aborted) return;
      const text = JSON.stringify(payload) ?? 'null';
      if (text.length > MAX_TEXT) throw new Error(`its answer is longer than ${MAX_TEXT >> 20} MB`);
      const cost = this.#addon.threadMs() - began;
      this.#answers();
      this.#addon.callAnswered(method, text, cost);
    } catch (error) {
      if (this.#signal.aborted) return;
      this.#addon.callFailed(method, reasonOf(error));
      if (error instanceof Refusal) throw error;
    }
  }

  async #payload(method: string, params: string, deadlineMs: number): Promise<unknown> {
    const given: unknown = JSON.parse(params);
    const cron = method === 'cron.list' ? this.#cron.getCron?.() : undefined;
    if (cron?.list !== undefined) return { jobs: await within(deadlineMs, cron.list(given as { includeDisabled?: boolean }), this.#signal) };
    const answer = this.#dispatch(method, given, { timeoutMs: deadlineMs }).catch((error: unknown) => {
      // So that a later Gateway may word it otherwise, but for the name of the contract.
      if (/gatewayMethodDispatch/.test(reasonOf(error))) throw new Refusal(NOT_GRANTED);
      throw error;
    });
    const { ok, payload, error } = await within(deadlineMs + 1000, answer, this.#signal);
    if (!ok) throw new Error(`the Gateway answers ${error?.code ?? 'an error'}: ${error?.message ?? 'it says no more'}`);
    return payload;
  }
}

const NOT_GRANTED =
  'the Gateway does not grant this plugin the contract gatewayMethodDispatch ("authenticated-request") of its manifest; reinstall the plugin';

/** What is promised, if it comes in time and nobody has ended it. */
function within<T>(ms: number, promise: T | Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', aborted);
    };
    const fail = (error: Error) => (end(), reject(error));
    const aborted = () => fail(new Error('it was stopped meanwhile'));
    const timer = setTimeout(() => fail(new Error(`no answer within ${Math.round(ms / 1000)} s`)), ms).unref();
    signal.addEventListener('abort', aborted);
    Promise.resolve(promise).then((value) => (end(), resolve(value)), fail);
  });
}

// What is seen of the Gateway besides its diagnostic events, and handed over as reports. Whatever fails here is caught,
// counted, and said once.
import type { Logger } from 'openclaw/plugin-sdk/plugin-entry';

import { ID, reasonOf } from './addon.ts';
import type { EventEncoder } from './encoder.ts';

/** What may fail; the addon knows these names. */
export type Callback =
  | 'event'
  | 'hook'
  | 'agent_event'
  | 'transcript'
  | 'sample'
  | 'gc'
  | 'activity'
  | 'providers'
  | 'route'
  | 'method'
  | 'rpc';

/** Accounts of channels that are asked for at most. */
const MAX_ACCOUNTS = 256;
/** What is longer is the name of nothing. */
const MAX_NAME = 256;

export type Account = { channel: string; account?: string };

/**
 * Of the hooks that are listened to, what is reported; the addon reads of it the fields that it knows. All of them only
 * observe: the Gateway waits for none, and none can change what it does.
 */
const HOOKS: Record<string, (event: Fields, context: Fields) => object> = {
  gateway_start: nothing,
  gateway_stop: nothing,
  session_start: nothing,
  session_end: (event) => event,
  before_reset: (event) => event,
  before_compaction: (event) => event,
  after_compaction: (event) => event,
  message_received: message,
  message_sent: message,
  channel_pairing_requested: (_, { channelId }) => ({ channel: channelId }),
  subagent_spawned: (event) => event,
  subagent_ended: (event) => event,
  cron_changed: (event) => event,
  cron_reconciled: (event) => event,
};

export type Fields = Record<string, unknown>;

const NOTHING = {};

function nothing(): object {
  return NOTHING;
}

function message(_: Fields, { channelId, accountId }: Fields): object {
  return { channel: channelId, account: accountId, atMs: Date.now() };
}

/** The names of the hooks that are listened to. */
export const HOOK_NAMES = Object.keys(HOOKS);

export class Observer {
  readonly encoder: EventEncoder;
  readonly #logger: Logger;
  readonly #said = new Set<Callback>();
  readonly #accounts = new Map<string, Account>();
  /** The port that the Gateway has told. */
  gatewayPort: number | undefined;

  constructor(encoder: EventEncoder, logger: Logger) {
    this.encoder = encoder;
    this.#logger = logger;
  }

  /** Does `work`. What it throws is counted, and said the first time. */
  guard<T>(callback: Callback, work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.failed(callback, error);
      return undefined;
    }
  }

  failed(callback: Callback, error: unknown): void {
    try {
      this.encoder.report('plugin.error', { callback });
      if (this.#said.has(callback)) return;
      this.#said.add(callback);
      const more = 'no more is said of others, openclaw_plugin_callback_errors_total counts them';
      this.#logger.error(`${ID}: ${callback} failed: ${reasonOf(error)}; ${more}`);
    } catch {
      // There is nobody left to tell.
    }
  }

  /** A hook was called. */
  hook(name: string, event: unknown, context: unknown): void {
    this.guard('hook', () => {
      const fields = (context ?? NOTHING) as Fields;
      this.encoder.report(`hook.${name}`, HOOKS[name]?.((event ?? NOTHING) as Fields, fields) ?? NOTHING);
      if (name === 'gateway_start' && typeof fields['port'] === 'number') this.gatewayPort = fields['port'];
      if (name === 'message_received' || name === 'message_sent') this.#remember(fields);
    });
  }

  #remember({ channelId, accountId }: Fields): void {
    if (typeof channelId !== 'string' || channelId.length > MAX_NAME) return;
    const isName = typeof accountId === 'string' && accountId.length <= MAX_NAME;
    this.remember(channelId, isName ? accountId : undefined);
  }

  /** Has this account of a channel asked for from now on. */
  remember(channel: string, account?: string): void {
    if (this.#accounts.size < MAX_ACCOUNTS) {
      this.#accounts.set(`${channel}\n${account ?? ''}`, account === undefined ? { channel } : { channel, account });
    }
  }

  /** The accounts of channels that are known. */
  get accounts(): Iterable<Account> {
    return this.#accounts.values();
  }
}

const PARKED = Symbol.for('openclaw-prometheus.observer');

type WithObserver = { [PARKED]?: Observer | undefined };

/** The observer of the process. The package is evaluated several times, and hooks are called in any of the copies. */
export function parked(): Observer | undefined {
  return (globalThis as WithObserver)[PARKED];
}

export function park(observer: Observer | undefined): void {
  (globalThis as WithObserver)[PARKED] = observer;
}

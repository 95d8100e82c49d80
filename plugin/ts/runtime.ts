// What is asked of the Gateway's runtime: how runs go on, transcripts, when channels were last used, and whether the
// watched providers can be used.
import type { PluginApi, ProviderAuth, Runtime } from 'openclaw/plugin-sdk/plugin-entry';

import type { Options } from './addon.ts';
import type { Fields, Observer } from './observer.ts';

/** The shortest time between two questions when channels were last used. The addon lets the ages grow in between. */
const LEAST_ACTIVITY_MS = 5000;
/** The parts of the runtime that are told of. */
const NAMESPACES = [
  'agent', 'channel', 'config', 'events', 'gateway', 'hooks', 'logging', 'media', 'modelAuth', 'state', 'system', 'tts',
];

type Outcome = { provider: string; status: 'ok' | 'missing' | 'error'; source?: string; mode?: string };

export class RuntimeCollector {
  readonly #api: PluginApi;
  readonly #observer: Observer;
  readonly #options: Options;
  #endings: (() => void)[] = [];
  #isProbing = false;

  constructor(api: PluginApi, observer: Observer, options: Options) {
    this.#api = api;
    this.#observer = observer;
    this.#options = options;
  }

  start(): void {
    const { encoder } = this.#observer;
    const { runtime } = this.#api;
    encoder.report('plugin.loaded', {
      atMs: Date.now(),
      version: runtime?.version,
      hasStateDir: this.#observer.guard('activity', () => typeof runtime?.state?.resolveStateDir?.() === 'string') ?? false,
      namespaces: NAMESPACES.map((name) => ({ name, isAvailable: runtime?.[name as keyof Runtime] !== undefined })),
    });
    this.#listen();
    for (const channel of Object.keys(this.#api.config.channels ?? {})) this.#accountsOf(channel);
    this.#every(Math.max(this.#options.snapshotIntervalMs / 2, LEAST_ACTIVITY_MS), () => this.#activity());
    if (this.#options.monitoredProviders.length > 0) {
      this.#every(this.#options.snapshotIntervalMs, () => void this.#probe());
    }
  }

  stop(): void {
    for (const end of this.#endings.splice(0)) this.#observer.guard('activity', end);
  }

  #listen(): void {
    const { events } = this.#api.runtime ?? {};
    const { encoder } = this.#observer;
    this.#until(events?.onAgentEvent?.((event: { stream: string; data?: unknown }) => {
      this.#observer.guard('agent_event', () => {
        // Of an item, what its data says; of the others nothing but that they were.
        const { kind, phase, status } = (event.stream === 'item' ? (event.data ?? {}) : {}) as Fields;
        encoder.report('agent.event', { stream: event.stream, kind, phase, status });
      });
    }));
    this.#until(events?.onSessionTranscriptUpdate?.(() => {
      this.#observer.guard('transcript', () => encoder.report('transcript.update', { atMs: Date.now() }));
    }));
  }

  #until(end: (() => void) | undefined): void {
    if (typeof end === 'function') this.#endings.push(end);
  }

  /** Now, and again and again; nobody stays alive for it. */
  #every(ms: number, work: () => void): void {
    const timer = setInterval(work, ms);
    timer.unref();
    this.#endings.push(() => clearInterval(timer));
    work();
  }

  /** The channel's own account, and those that its configuration names. */
  #accountsOf(channel: string): void {
    this.#observer.remember(channel);
    const { accounts } = this.#api.config.channels?.[channel] ?? {};
    for (const account of Object.keys(accounts ?? {})) this.#observer.remember(channel, account);
  }

  #activity(): void {
    const activity = this.#api.runtime?.channel?.activity;
    if (activity === undefined) return;
    this.#observer.guard('activity', () => {
      for (const { channel, account } of this.#observer.accounts) {
        const last = activity.get(account === undefined ? { channel } : { channel, accountId: account });
        const [inboundAtMs, outboundAtMs] = [last?.inboundAt, last?.outboundAt];
        this.#observer.encoder.report('channel.activity', { channel, account, inboundAtMs, outboundAtMs });
      }
    });
  }

  /** Asks for all watched providers, one after the other, and reports them together. */
  async #probe(): Promise<void> {
    // One that hangs is waited for, and not asked again meanwhile.
    if (this.#isProbing) return;
    this.#isProbing = true;
    try {
      const providers: Outcome[] = [];
      for (const provider of this.#options.monitoredProviders) providers.push(await this.#outcome(provider));
      this.#observer.guard('providers', () => this.#observer.encoder.report('providers.probed', { providers, atMs: Date.now() }));
    } finally {
      this.#isProbing = false;
    }
  }

  async #outcome(provider: string): Promise<Outcome> {
    const { modelAuth, config } = this.#api.runtime ?? {};
    try {
      const cfg = config?.current?.() ?? this.#api.config;
      const auth = await modelAuth?.resolveApiKeyForProvider?.({ provider, cfg }).then(withoutKey);
      return auth === undefined ? { provider, status: 'missing' } : { provider, ...auth };
    } catch (error) {
      if (isMissing(error)) return { provider, status: 'missing' };
      return { provider, status: 'error' };
    }
  }
}

/** What may be known of it. The key goes no further than this function, which looks only whether there is one. */
function withoutKey({ apiKey, source, mode }: ProviderAuth): Pick<Outcome, 'status' | 'source' | 'mode'> {
  const status = apiKey || mode === 'aws-sdk' ? 'ok' : 'missing';
  return { status, source: sourceOf(source), mode };
}

/** Where it comes from in one word: what follows may name an account, a variable or a file. */
function sourceOf(source: string): string {
  const word = /^[a-z-]+/i.exec(source)?.[0].toLowerCase() ?? 'other';
  return word.startsWith('models') ? 'config' : word;
}

/** Whether the host says that there is no key, rather than that something went wrong. */
function isMissing(error: unknown): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return /missing|no api key|not configured/i.test(`${String(code ?? '')} ${String(message ?? '')}`);
}

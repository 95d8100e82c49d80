// What runs between a start of the Gateway and its end: the exporter, and whatever tells it what happens.
import type { CronContext, Logger, PluginApi } from 'openclaw/plugin-sdk/plugin-entry';

import { type Addon, ID, reasonOf, type Started } from './addon.ts';
import { NodeCollector } from './node.ts';
import { Observer, park, parked } from './observer.ts';
import { RpcCollector } from './rpc.ts';
import { RuntimeCollector } from './runtime.ts';
import { ACCESS } from './access.ts';
import { buildOf } from './build.ts';
import { EventEncoder } from './encoder.ts';

/** How often it is looked whether something else is wrong than was told: a file or a port may change at any time. */
const TOLD_EVERY_MS = 5000;

/** Does `work`, and says what went wrong instead of throwing. */
export function guarded<T>(logger: Logger, what: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    logger.error(`${ID}: ${what}: ${reasonOf(error)}`);
    return undefined;
  }
}

/** What runs between a start of the service and its stop. */
export class Service {
  readonly #api: PluginApi;
  readonly #addon: Addon;
  #observer: Observer | undefined;
  #endings: (() => void)[] = [];
  /** What the log was told is wrong. */
  #warnings: string[] = [];
  /** Where the addon listens, as far as the log knows. */
  #address: string | null = null;
  /** Why it does not run, in words. */
  failure: string | undefined;

  constructor(api: PluginApi, addon: Addon) {
    this.#api = api;
    this.#addon = addon;
  }

  /** Starts. What fails is said, and leaves nothing running. */
  async tryStart(context: CronContext): Promise<void> {
    try {
      this.failure = undefined;
      await this.#start(context);
    } catch (error) {
      this.failure = reasonOf(error);
      this.#api.logger.error(`${ID}: not started: ${this.failure}`);
      this.stop();
    }
  }

  async #start(context: CronContext): Promise<void> {
    const { logger, pluginConfig } = this.#api;
    const { onInternalDiagnosticEvent } = await import('openclaw/plugin-sdk/diagnostic-runtime');
    const { redactSensitiveText } = await import('openclaw/plugin-sdk/security-runtime');
    const started = JSON.parse(this.#addon.start(JSON.stringify(pluginConfig ?? {}), this.#api.runtime?.version ?? null)) as Started;
    this.#warnings = [];
    this.#address = started.address;
    this.#tell(started.warnings);
    this.#end();
    const timer = setInterval(() => guarded(logger, 'status', () => this.#tellAnew()), TOLD_EVERY_MS).unref();
    this.#endings.push(() => clearInterval(timer));
    this.#addon.identify(`${process.pid}-${Math.round(performance.timeOrigin)}`, buildOf(this.#api.runtime?.version));
    const encoder = new EventEncoder(this.#addon, redactSensitiveText);
    const observer = new Observer(encoder, logger);
    this.#observer = observer;
    park(observer);
    this.#endings.push(
      onInternalDiagnosticEvent(
        (event, metadata) => {
          try {
            encoder.record(event, metadata);
          } catch (error) {
            observer.failed('event', error);
          }
        },
        { include: encoder.types },
      ),
    );
    const collectors: { start(): void; stop(): void }[] = [
      new RuntimeCollector(this.#api, observer, started.options),
      new RpcCollector(this.#api, this.#addon, observer, context),
    ];
    if (started.options.includeRuntime) collectors.push(new NodeCollector(observer));
    for (const watch of collectors) {
      this.#endings.push(() => watch.stop());
      observer.guard('sample', () => watch.start());
    }
    const own = started.address === null ? 'no listener of its own' : `also ${started.address}${started.path}`;
    logger.info(`${ID} ${started.version}: ${started.path} on the Gateway's port ${ACCESS[started.auth]}, ${own}`);
  }

  /** Says what is wrong now and was not before, and what is right again. */
  #tell(warnings: string[]): void {
    const { logger } = this.#api;
    for (const warning of warnings) if (!this.#warnings.includes(warning)) logger.warn(`${ID}: ${warning}`);
    for (const warning of this.#warnings) if (!warnings.includes(warning)) logger.info(`${ID}: no more: ${warning}`);
    this.#warnings = warnings;
  }

  #tellAnew(): void {
    const status = JSON.parse(this.#addon.status()) as { running: boolean } & Partial<Started>;
    if (!status.running) return;
    this.#tell(status.warnings ?? []);
    if (status.address && status.address !== this.#address) {
      this.#api.logger.info(`${ID}: listening on ${status.address}${status.path} after all`);
      this.#address = status.address;
    }
  }

  stop(): void {
    this.#end();
    // If another copy of the plugin has started meanwhile, the exporter is its own.
    const successor = parked();
    if (successor !== undefined && successor !== this.#observer) return;
    park(undefined);
    this.#addon.stop();
  }

  #end(): void {
    for (const end of this.#endings.splice(0)) guarded(this.#api.logger, 'stop', end);
  }
}

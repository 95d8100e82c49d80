// What runs between a start of the Gateway and its end: the exporter, and whatever tells it what happens.
import type { Logger, PluginApi } from 'openclaw/plugin-sdk/plugin-entry';

import { type Addon, ID, reasonOf, type Started } from './addon.ts';
import { NodeCollector } from './node.ts';
import { Observer, park, parked } from './observer.ts';
import { RuntimeCollector } from './runtime.ts';
import { EventEncoder } from './encoder.ts';

/** Events that are not asked for: every line that is logged would be copied for it. */
const LEFT_OUT = new Set(['log.record']);

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
  /** Why it does not run, in words. */
  failure: string | undefined;

  constructor(api: PluginApi, addon: Addon) {
    this.#api = api;
    this.#addon = addon;
  }

  /** Starts. What fails is said, and leaves nothing running. */
  async tryStart(): Promise<void> {
    try {
      this.failure = undefined;
      await this.#start();
    } catch (error) {
      this.failure = reasonOf(error);
      this.#api.logger.error(`${ID}: not started: ${this.failure}`);
      this.stop();
    }
  }

  async #start(): Promise<void> {
    const { logger, pluginConfig } = this.#api;
    const { onInternalDiagnosticEvent } = await import('openclaw/plugin-sdk/diagnostic-runtime');
    const { redactSensitiveText } = await import('openclaw/plugin-sdk/security-runtime');
    const started = JSON.parse(this.#addon.start(JSON.stringify(pluginConfig ?? {}))) as Started;
    for (const warning of started.warnings) logger.warn(`${ID}: ${warning}`);
    this.#end();
    this.#addon.identify(`${process.pid}-${Math.round(performance.timeOrigin)}`, null);
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
        { include: encoder.types.filter((type) => !LEFT_OUT.has(type)) },
      ),
    );
    const collectors: (RuntimeCollector | NodeCollector)[] = [new RuntimeCollector(this.#api, observer, started.options)];
    if (started.options.includeRuntime) collectors.push(new NodeCollector(observer));
    for (const watch of collectors) {
      this.#endings.push(() => watch.stop());
      observer.guard('sample', () => watch.start());
    }
    const own = started.address === null ? 'no listener of its own' : `also ${started.address}${started.path}`;
    logger.info(`${ID} ${started.version}: ${started.path} on the Gateway's port, ${own}`);
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

// The plugin: starts the exporter with the Gateway, hands it what happens there, and offers its pages on the Gateway's
// port. Whatever fails here is one line in the log; the Gateway goes on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { definePluginEntry, type Handler, type Logger, type PluginApi } from 'openclaw/plugin-sdk/plugin-entry';

import { type Addon, AddonError, load, reasonOf, type Started } from './addon.ts';
import { advice } from './advice.ts';
import { NodeWatch } from './node.ts';
import { HOOK_NAMES, Observer, park, parked } from './observer.ts';
import { answer, notRunning, paths, send } from './routes.ts';
import { RuntimeWatch } from './runtime.ts';
import { Stage } from './stage.ts';

const ID = 'openclaw-prometheus';
/** Events that are not asked for: every line that is logged would be copied for it. */
const LEFT_OUT = new Set(['log.record']);
/** The oldest Gateway that has what is used here. */
const OLDEST_HOST = '2026.9.6';

/** Does `work`, and says what went wrong instead of throwing. */
function guarded<T>(logger: Logger, what: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    logger.error(`${ID}: ${what}: ${reasonOf(error)}`);
    return undefined;
  }
}

function versionOf(rootDir: string): string {
  return (JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Whether this version, such as 2026.9.6 or 2026.10.1-beta.2, is older than the oldest that will do. */
export function isTooOld(version: string): boolean {
  const [host, oldest] = [version, OLDEST_HOST].map((text) => (text.match(/\d+/g) ?? []).slice(0, 3).map(Number));
  const at = oldest?.findIndex((part, place) => part !== host?.[place]) ?? -1;
  return at >= 0 && (host?.[at] ?? 0) < (oldest?.[at] ?? 0);
}

/** What runs between a start of the service and its stop. */
class Service {
  readonly #api: PluginApi;
  readonly #addon: Addon;
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
    const stage = new Stage(this.#addon, redactSensitiveText);
    const observer = new Observer(stage, logger);
    park(observer);
    this.#endings.push(
      onInternalDiagnosticEvent(
        (event, metadata) => {
          try {
            stage.record(event, metadata);
          } catch (error) {
            observer.failed('event', error);
          }
        },
        { include: stage.types.filter((type) => !LEFT_OUT.has(type)) },
      ),
    );
    const watches = [new RuntimeWatch(this.#api, observer, started.wishes)];
    for (const watch of started.wishes.includeRuntime ? [...watches, new NodeWatch(observer)] : watches) {
      this.#endings.push(() => watch.stop());
      observer.guard('sample', () => watch.start());
    }
    const own = started.address === null ? 'no listener of its own' : `also ${started.address}${started.path}`;
    logger.info(`${ID} ${started.version}: ${started.path} on the Gateway's port, ${own}`);
  }

  stop(): void {
    this.#end();
    park(undefined);
    this.#addon.stop();
  }

  #end(): void {
    for (const end of this.#endings.splice(0)) guarded(this.#api.logger, 'stop', end);
  }
}

function register(api: PluginApi): void {
  // Some hooks are called in copies that are evaluated for what they declare; whichever it is tells the one observer.
  for (const hook of HOOK_NAMES) {
    guarded(api.logger, `hook ${hook}`, () => {
      api.on?.(hook, (event, context) => parked()?.hook(hook, event, context));
    });
  }
  // Services and routes are the full copy's.
  if (api.registrationMode !== 'full') return;
  const { logger, config } = api;
  const given = JSON.stringify(api.pluginConfig ?? {});
  let path = wishedPath(api.pluginConfig?.['path']);
  let addon: Addon;
  try {
    const host = api.runtime?.version;
    if (host !== undefined && isTooOld(host)) {
      throw new AddonError(`the Gateway is ${host}; ${OLDEST_HOST} or newer is needed`);
    }
    const version = versionOf(api.rootDir);
    addon = load(api.rootDir, version);
    if (addon.version() !== version) {
      logger.warn(`${ID}: version ${addon.version()} goes on until the Gateway is restarted, then version ${version} comes`);
    }
    const problems = addon.check(given);
    if (problems.length > 0) throw new AddonError(problems.join('; '));
    path = addon.path(given) ?? path;
  } catch (error) {
    const reason = reasonOf(error);
    logger.error(`${ID}: not started: ${reason}`);
    unhealthy(api, path, reason);
    return;
  }
  for (const sentence of advice(ID, api.rootDir, config)) logger.warn(`${ID}: ${sentence}`);
  const service = new Service(api, addon);
  for (const route of paths(path)) {
    guarded(logger, `route ${route}`, () => {
      const handler: Handler = (request, response) => answer(addon, request, response, service.failure);
      api.registerHttpRoute({ path: route, auth: 'plugin', handler });
    });
  }
  guarded(logger, 'method openclaw.prometheus.status', () => {
    api.registerGatewayMethod('openclaw.prometheus.status', ({ respond }) => respond(true, JSON.parse(addon.status())), {
      scope: 'operator.read',
    });
  });
  api.registerService({
    id: ID,
    start: () => service.tryStart(),
    stop() {
      guarded(logger, 'stop', () => service.stop());
    },
  });
}

/** Where the metrics would be, as long as nobody has read the configuration. */
function wishedPath(path: unknown): string {
  return typeof path === 'string' && path.startsWith('/') ? path : '/metrics';
}

/** Tells whoever asks why there is nothing else. */
function unhealthy(api: PluginApi, path: string, reason: string): void {
  for (const route of paths(path)) {
    guarded(api.logger, `route ${route}`, () => {
      const handler: Handler = (_, response) => (send(response, notRunning(reason)), true);
      api.registerHttpRoute({ path: route, auth: 'plugin', handler });
    });
  }
}

export default definePluginEntry({
  id: ID,
  name: 'Prometheus metrics',
  description: 'Metrics of the Gateway for Prometheus, recorded natively.',
  register,
});

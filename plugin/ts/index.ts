// The plugin: starts the exporter with the Gateway, hands it the diagnostic events, and offers its pages on the Gateway's
// port. Whatever fails here is one line in the log; the Gateway goes on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { definePluginEntry, type Logger, type PluginApi } from 'openclaw/plugin-sdk/plugin-entry';

import { type Addon, AddonError, load, reasonOf, type Started } from './addon.ts';
import { answer, paths } from './routes.ts';
import { Stage } from './stage.ts';

const ID = 'openclaw-prometheus';
/** Exporters that count the same, and the switch that turns each off. */
const OTHERS = ['diagnostics-prometheus'];
/** Events that are not asked for: every line that is logged would be copied for it. */
const LEFT_OUT = new Set(['log.record']);

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

/** What runs between a start of the service and its stop. */
class Service {
  readonly #api: PluginApi;
  readonly #addon: Addon;
  #unsubscribe: (() => void) | undefined;

  constructor(api: PluginApi, addon: Addon) {
    this.#api = api;
    this.#addon = addon;
  }

  async start(): Promise<void> {
    const { logger, pluginConfig } = this.#api;
    const started = JSON.parse(this.#addon.start(JSON.stringify(pluginConfig ?? {}))) as Started;
    for (const warning of started.warnings) logger.warn(`${ID}: ${warning}`);
    const { onInternalDiagnosticEvent } = await import('openclaw/plugin-sdk/diagnostic-runtime');
    const { redactSensitiveText } = await import('openclaw/plugin-sdk/security-runtime');
    const stage = new Stage(this.#addon, redactSensitiveText);
    const include = stage.types.filter((type) => !LEFT_OUT.has(type));
    this.#addon.identify(`${process.pid}-${Math.round(performance.timeOrigin)}`, null);
    this.#unsubscribe?.();
    let hasFailed = false;
    this.#unsubscribe = onInternalDiagnosticEvent(
      (event, metadata) => {
        try {
          stage.record(event, metadata);
        } catch (error) {
          // The host would log each of them.
          if (!hasFailed) logger.error(`${ID}: an event was not recorded: ${String(error)}; no more is said of others`);
          hasFailed = true;
        }
      },
      { include },
    );
    const own = started.address === null ? 'no listener of its own' : `also ${started.address}${started.path}`;
    logger.info(`${ID} ${started.version}: ${started.path} on the Gateway's port, ${own}`);
  }

  stop(): void {
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#addon.stop();
  }
}

function register(api: PluginApi): void {
  // Other copies are evaluated for what they declare; services and routes are the full one's.
  if (api.registrationMode !== 'full') return;
  const { logger, config } = api;
  const path = typeof api.pluginConfig?.['path'] === 'string' ? api.pluginConfig['path'] : '/metrics';
  let addon: Addon;
  try {
    addon = load(api.rootDir, versionOf(api.rootDir));
    const problems = addon.check(JSON.stringify(api.pluginConfig ?? {}));
    if (problems.length > 0) throw new AddonError(problems.join('; '));
  } catch (error) {
    const reason = reasonOf(error);
    logger.error(`${ID}: not started: ${reason}`);
    unhealthy(api, path, reason);
    return;
  }
  for (const other of OTHERS) {
    if (config.plugins?.entries?.[other]?.enabled === true) {
      logger.warn(
        `${ID}: ${other} is enabled too and counts the same events again; ` +
          `set plugins.entries.${other}.enabled to false`,
      );
    }
  }
  for (const route of paths(path)) {
    guarded(logger, `route ${route}`, () => {
      api.registerHttpRoute({ path: route, auth: 'plugin', handler: (request, response) => answer(addon, request, response) });
    });
  }
  guarded(logger, 'method openclaw.prometheus.status', () => {
    api.registerGatewayMethod('openclaw.prometheus.status', ({ respond }) => respond(true, JSON.parse(addon.status())), {
      scope: 'operator.read',
    });
  });
  const service = new Service(api, addon);
  api.registerService({
    id: ID,
    async start() {
      await service.start().catch((error: unknown) => {
        const reason = reasonOf(error);
        logger.error(`${ID}: not started: ${reason}`);
      });
    },
    stop() {
      guarded(logger, 'stop', () => service.stop());
    },
  });
}

/** Tells who asks for the health why there is nothing else. */
function unhealthy(api: PluginApi, path: string, reason: string): void {
  guarded(api.logger, 'route', () => {
    api.registerHttpRoute({
      path: `${path}/health`,
      auth: 'plugin',
      handler(_, response) {
        response.statusCode = 503;
        response.setHeader('content-type', 'application/json');
        response.end(JSON.stringify({ healthy: false, reasons: [reason] }));
        return true;
      },
    });
  });
}

export default definePluginEntry({
  id: ID,
  name: 'Prometheus metrics',
  description: 'Metrics of the Gateway for Prometheus, recorded natively.',
  register,
});

// The plugin: what it registers with the Gateway. Whatever fails here is one line in the log; the Gateway goes on.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { definePluginEntry, type Handler, type PluginApi } from 'openclaw/plugin-sdk/plugin-entry';

import { route, shellRoute, warnOfOpenRoutes } from './access.ts';
import { type Addon, AddonError, ID, load, reasonOf, type RouteAuth } from './addon.ts';
import { configConflicts } from './conflicts.ts';
import { HOOK_NAMES, parked } from './observer.ts';
import { answer, notRunning, paths, send, shellPath } from './routes.ts';
import { batchHandler, ROUTE } from './rpc.ts';
import { guarded, Service } from './service.ts';

const STATUS = 'openclaw.prometheus.status';

function versionOf(rootDir: string): string {
  return (JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as { version: string }).version;
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
  let path = configuredPath(api.pluginConfig?.['path']);
  let auth = configuredAuth(api.pluginConfig?.['scrapeAuth']);
  let addon: Addon;
  try {
    const version = versionOf(api.rootDir);
    addon = load(api.rootDir, version);
    const host = api.runtime?.version;
    const problem = host === undefined ? null : addon.tooOld(host);
    if (problem !== null) throw new AddonError(problem);
    if (addon.version() !== version) {
      logger.warn(`${ID}: version ${addon.version()} goes on until the Gateway is restarted, then version ${version} comes`);
    }
    const problems = addon.check(given);
    if (problems.length > 0) throw new AddonError(problems.join('; '));
    [path, auth] = [addon.path(given) ?? path, addon.auth(given) ?? auth];
  } catch (error) {
    const reason = reasonOf(error);
    logger.error(`${ID}: not started: ${reason}`);
    unhealthy(api, path, auth, reason);
    return;
  }
  for (const sentence of configConflicts(ID, api.rootDir, config)) logger.warn(`${ID}: ${sentence}`);
  const service = new Service(api, addon);
  if (auth === 'open') warnOfOpenRoutes(api);
  const isVouched = auth === 'gateway';
  const handler: Handler = (request, response) => answer(addon, request, response, isVouched, service.failure);
  registerRoutes(api, path, auth, handler);
  guarded(logger, `route ${ROUTE}`, () => api.registerHttpRoute({ path: ROUTE, ...route(api, 'gateway', batchHandler) }));
  guarded(logger, `method ${STATUS}`, () => {
    api.registerGatewayMethod(STATUS, ({ respond }) => respond(...status(addon)), { scope: 'operator.read' });
  });
  api.registerService({
    id: ID,
    start: (context) => service.tryStart(context),
    stop() {
      guarded(logger, 'stop', () => service.stop());
    },
  });
}

/** What the Gateway method answers: whether it went well, and the state. */
function status(addon: Addon): [ok: boolean, payload: unknown] {
  try {
    return [true, JSON.parse(addon.status())];
  } catch (error) {
    parked()?.failed('method', error);
    return [false, { message: reasonOf(error) }];
  }
}

/** Where the metrics would be, as long as nobody has read the configuration. */
function configuredPath(path: unknown): string {
  return typeof path === 'string' && path.startsWith('/') ? path : '/metrics';
}

/** Who would be let in, as long as nobody has read the configuration. */
function configuredAuth(given: unknown): RouteAuth {
  const { enabled } = (given ?? {}) as { enabled?: unknown };
  if (typeof enabled !== 'boolean') return 'gateway';
  return enabled ? 'token' : 'open';
}

/** Tells whoever may know why there is nothing else. There is nobody to compare a token: then the log knows why. */
function unhealthy(api: PluginApi, path: string, auth: RouteAuth, reason: string): void {
  const told = auth === 'token' ? "the Gateway's log says why" : reason;
  const handler: Handler = (_, response) => (send(response, notRunning(told)), true);
  registerRoutes(api, path, auth, handler);
}

function registerRoutes(api: PluginApi, base: string, auth: RouteAuth, handler: Handler): void {
  const seen = route(api, auth, handler);
  for (const path of paths(base)) {
    const how = path === shellPath(base) ? shellRoute(path, handler) : seen;
    guarded(api.logger, `route ${path}`, () => api.registerHttpRoute({ path, ...how }));
  }
}

export default definePluginEntry({
  id: ID,
  name: 'Prometheus metrics',
  description: 'Metrics of the Gateway for Prometheus, recorded natively.',
  register,
});

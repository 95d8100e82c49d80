// Who may scrape on the Gateway's port: whoever the Gateway lets in and gives `operator.read`, whoever has the exporter's
// token, or everybody. The last two are answered by the addon; the first is checked here, as the Gateway looks only at who
// somebody is, and leaves to each route what he may see.
import type { Config, Handler, PluginApi, Route } from 'openclaw/plugin-sdk/plugin-entry';

import { ID, reasonOf, type RouteAuth } from './addon.ts';
import { refuse } from './routes.ts';

/** What a scrape needs, or one of what includes it. */
const SCOPES = ['operator.read', 'operator.write', 'operator.admin'];

/** In the log: who may scrape. */
export const ACCESS: Record<RouteAuth, string> = {
  gateway: "with the Gateway's own auth and operator.read",
  token: "with the exporter's token",
  open: 'open to everybody',
};

/** What a route is registered with, so that `handler` answers those who may see it. */
export function route(api: PluginApi, auth: RouteAuth, handler: Handler): Pick<Route, 'auth' | 'gatewayRuntimeScopeSurface' | 'handler'> {
  switch (auth) {
    case 'gateway':
      return { auth, gatewayRuntimeScopeSurface: 'trusted-operator', handler: readersOnly(api, handler) };
    case 'token':
      return { auth: 'plugin', handler };
    case 'open':
      return { auth: 'plugin', handler: watched(api, handler) };
  }
}

/** What the live page itself is registered with: a browser has no token before it has the page. Nothing else is answered. */
export function shellRoute(path: string, handler: Handler): Pick<Route, 'auth' | 'handler'> {
  return {
    auth: 'plugin',
    handler(request, response) {
      // As it was sent: however else the Gateway understands a path, this one is the page's.
      if (request.url?.split('?')[0] === path) return handler(request, response);
      refuse(response);
      return true;
    },
  };
}

/** Lets through those whom the Gateway has given the scope. */
function readersOnly({ logger }: PluginApi, handler: Handler): Handler {
  // At once, so that nobody waits for it, and not before somebody asks for metrics in this process.
  const runtime = import('openclaw/plugin-sdk/plugin-runtime').catch((error: unknown) => {
    logger.error(`${ID}: who may scrape cannot be asked of this Gateway (${reasonOf(error)}); set scrapeAuth.enabled`);
    return undefined;
  });
  return async (request, response) => {
    const scopes = (await runtime)?.getPluginRuntimeGatewayRequestScope()?.client?.connect?.scopes;
    if (scopes?.some((scope) => SCOPES.includes(scope))) return handler(request, response);
    refuse(response);
    return true;
  };
}

/** What lets others than this machine reach the Gateway's port, as configuration and command line have it. */
export function exposures({ gateway }: Config, argv: readonly string[]): string[] {
  const { customBindHost, tailscale } = gateway ?? {};
  const asked = argv.findIndex((word) => word === '--bind' || word.startsWith('--bind='));
  const bind = asked < 0 ? gateway?.bind : (argv[asked]?.split('=')[1] ?? argv[asked + 1]);
  const ways = [];
  // Where it is said to be automatic it is loopback, but in a container: that is seen when somebody comes.
  if (bind === 'custom' && !isLoopback(customBindHost)) ways.push(`gateway.customBindHost ${customBindHost ?? '0.0.0.0'}`);
  else if (bind !== undefined && !['loopback', 'auto', 'custom'].includes(bind)) ways.push(`gateway.bind ${bind}`);
  const mode = tailscale?.mode;
  if (mode === 'serve' || mode === 'funnel') ways.push(`gateway.tailscale.mode ${mode}`);
  return ways;
}

/** Warns where everybody may scrape and others than this machine can come. */
export function warnOfOpenRoutes({ logger, config }: PluginApi): void {
  const ways = exposures(config, process.argv);
  if (ways.length > 0) logger.warn(openTo(`the Gateway listens beyond this machine (${ways.join(', ')})`));
}

/** Answers everybody, and warns once when the first one comes to another address than loopback. */
function watched({ logger }: PluginApi, handler: Handler): Handler {
  let isTold = false;
  return (request, response) => {
    const at = request.socket.localAddress;
    if (!isTold && at !== undefined && !isLoopback(at)) {
      isTold = true;
      logger.warn(openTo(`a scrape came to ${at}`));
    }
    return handler(request, response);
  };
}

function openTo(how: string): string {
  return `${ID}: scrapeAuth.enabled is false, so that whoever reaches the Gateway's port reads the metrics, and ${how}; ` +
    'remove scrapeAuth.enabled, or set it to true and give a token';
}

function isLoopback(address = ''): boolean {
  return /^(::ffff:)?127\.\d+\.\d+\.\d+$|^::1$|^localhost$/i.test(address.trim());
}

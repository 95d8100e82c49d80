// As much of the host's SDK as the plugin imports, for tests without a Gateway, and a host that registers what it is given.
import { AsyncLocalStorage } from 'node:async_hooks';
import { registerHooks } from 'node:module';

/** What the Gateway knows of the request that is being answered. */
globalThis.testRequest = new AsyncLocalStorage();

const SDK = {
  'openclaw/plugin-sdk/plugin-entry': 'export const definePluginEntry = (entry) => entry;',
  'openclaw/plugin-sdk/diagnostic-runtime':
    'export const onInternalDiagnosticEvent = (listener, filter) => globalThis.testHost.subscribe(listener, filter);',
  'openclaw/plugin-sdk/plugin-runtime':
    'export const getPluginRuntimeGatewayRequestScope = () => globalThis.testRequest.getStore();',
  'openclaw/plugin-sdk/gateway-method-runtime':
    'export const dispatchGatewayMethod = (...given) => globalThis.testDispatch(...given);',
  'openclaw/plugin-sdk/security-runtime': 'export const redactSensitiveText = (text) => text;',
};

/** What of the SDK an older Gateway does not have. */
globalThis.testLacks = new Set();
/** How the Gateway answers to a method in process. */
globalThis.testDispatch = async () => ({ ok: false, error: { code: 'UNAVAILABLE', message: 'not in this test' } });

registerHooks({
  resolve(specifier, context, next) {
    const source = SDK[specifier];
    if (globalThis.testLacks.has(specifier)) {
      throw Object.assign(new Error(`Package subpath '${specifier.replace('openclaw', '.')}' is not defined by "exports"`), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
    }
    if (source === undefined) return next(specifier, context);
    return { url: `data:text/javascript,${encodeURIComponent(source)}`, shortCircuit: true };
  },
});

/** The plugin's entry. */
export const { default: entry } = await import('../dist/index.js');

/** What opens the Gateway. */
export const GATEWAY_TOKEN = 'of-the-gateway-itself';
/** What it gives to whoever has that. */
const OPERATOR = ['operator.admin', 'operator.read', 'operator.write', 'operator.approvals'];

/** What a copy of the plugin registers, and what it logs. */
export class Host {
  routes = new Map();
  hooks = new Map();
  methods = new Map();
  services = [];
  lines = [];
  listeners = new Set();
  #options;

  constructor(options = {}) {
    this.#options = options;
    globalThis.testHost = this;
  }

  subscribe(listener, { include }) {
    if (this.#options.refusesListeners) throw new Error('no listeners today');
    this.types = include;
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  get api() {
    const log = (level) => (line) => this.lines.push(`${level} ${line}`);
    return {
      id: 'openclaw-prometheus',
      registrationMode: 'full',
      config: {},
      pluginConfig: { port: 0, collectIntervalMs: 0 },
      logger: { info: log('info'), warn: log('warn'), error: log('error') },
      runtime: { version: '2026.9.6' },
      on: (hook, handler) => this.hooks.set(hook, handler),
      registerService: (service) => this.services.push(service),
      registerHttpRoute: (route) => this.routes.set(route.path, route),
      registerGatewayMethod: (name, handler) => this.methods.set(name, handler),
      ...this.#options.api,
    };
  }

  register() {
    entry.register(this.api);
    return this;
  }

  /** Registers, and starts the services. */
  async start() {
    this.register();
    for (const service of this.services) await service.start({});
    return this;
  }

  async stop() {
    for (const service of this.services) await service.stop({});
  }

  /**
   * Asks one of the routes as the Gateway does: where its own auth is asked for, nobody comes to the route without its
   * token, and the route sees the scopes that the surface gives; elsewhere everybody comes, and it sees none.
   */
  async ask(path, { token = GATEWAY_TOKEN, scopes = OPERATOR, name = 'localhost', at = '127.0.0.1' } = {}) {
    const route = this.routes.get(path.split('?')[0]);
    const isGateways = route.auth === 'gateway';
    if (isGateways && token !== GATEWAY_TOKEN) return { status: 401, body: 'Unauthorized', headers: new Map() };
    const given = route.gatewayRuntimeScopeSurface === 'trusted-operator' ? scopes : ['operator.write'];
    const headers = token === null ? {} : { authorization: `Bearer ${token}` };
    const answered = { headers: new Map() };
    await new Promise((resolve) => {
      const response = {
        once: () => {},
        setHeader: (name, value) => answered.headers.set(name, value),
        end: (body) => resolve((answered.body = String(body))),
        set statusCode(status) {
          answered.status = status;
        },
      };
      const socket = { localAddress: at };
      const request = { method: 'GET', url: path, httpVersion: '1.1', headers, headersDistinct: { host: [name] }, socket };
      const scope = { client: { connect: { role: 'operator', scopes: isGateways ? given : [] } } };
      globalThis.testRequest.run(scope, () => route.handler(request, response));
    });
    return answered;
  }

  said(word) {
    return this.lines.filter((line) => line.includes(word));
  }
}

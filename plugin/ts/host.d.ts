// What is used of the host's SDK, as of OpenClaw 2026.9.6; the package itself is the host. What another version may lack is
// optional here, but for `gateway-method-runtime`, which 2026.5.5 has none of.
declare module 'openclaw/plugin-sdk/plugin-entry' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export type Logger = {
    debug?(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  };

  export type Config = {
    plugins?: {
      entries?: Record<string, { enabled?: boolean } | undefined>;
      load?: { paths?: string[] };
    };
    diagnostics?: { enabled?: boolean };
    gateway?: {
      port?: number;
      bind?: string;
      customBindHost?: string;
      tailscale?: { mode?: string };
      /** What lets in: a text, or where a secret is. */
      auth?: { mode?: string; token?: unknown; password?: unknown };
      tls?: { enabled?: boolean; certPath?: string };
    };
    channels?: Record<string, { accounts?: Record<string, unknown> } | undefined>;
  };

  export type ProviderAuth = { apiKey?: string; source: string; mode: string };

  export type Runtime = {
    version?: string;
    config?: { current?(): Config };
    events?: {
      onAgentEvent?(listener: (event: { stream: string; data?: unknown }) => void): () => void;
      onSessionTranscriptUpdate?(listener: (update: object) => void): () => void;
    };
    channel?: {
      activity?: {
        get(of: { channel: string; accountId?: string }): { inboundAt?: number | null; outboundAt?: number | null } | undefined;
      };
    };
    modelAuth?: { resolveApiKeyForProvider?(of: { provider: string; cfg?: Config }): Promise<ProviderAuth> };
    state?: { resolveStateDir?(): string };
  };

  /** What a service is started with, as far as it is used: the Gateway's cron jobs. */
  export type CronContext = { getCron?(): { list?(options: { includeDisabled?: boolean }): Promise<unknown[]> } | undefined };

  export type Handler = (request: IncomingMessage, response: ServerResponse) => boolean | void | Promise<boolean | void>;

  export type Route = {
    path: string;
    auth: 'gateway' | 'plugin';
    match?: 'exact' | 'prefix';
    gatewayRuntimeScopeSurface?: 'write-default' | 'trusted-operator';
    handler: Handler;
  };

  export type PluginApi = {
    id: string;
    registrationMode: string;
    rootDir: string;
    config: Config;
    pluginConfig?: Record<string, unknown>;
    logger: Logger;
    runtime?: Runtime;
    on?(hook: string, handler: (event: unknown, context: unknown) => void): void;
    registerService(service: {
      id: string;
      start(context: CronContext): void | Promise<void>;
      stop(context: object): void | Promise<void>;
    }): void;
    registerHttpRoute(route: Route): void;
    registerGatewayMethod(
      name: string,
      handler: (call: { respond(ok: boolean, payload: unknown): void }) => void,
      options: { scope: string },
    ): void;
  };

  export function definePluginEntry<T extends { id: string; register(api: PluginApi): void }>(entry: T): T;
}

declare module 'openclaw/plugin-sdk/diagnostic-runtime' {
  export function onInternalDiagnosticEvent(
    listener: (event: { type: string }, metadata?: { trusted?: unknown; internal?: unknown }) => void,
    filter?: { include?: readonly string[] },
  ): () => void;
}

declare module 'openclaw/plugin-sdk/plugin-runtime' {
  /** Of the request that is being answered: whom the Gateway let in, and what he may. */
  export function getPluginRuntimeGatewayRequestScope(): { client?: { connect?: { scopes?: string[] } } } | undefined;
}

declare module 'openclaw/plugin-sdk/gateway-method-runtime' {
  type Answer = { ok: boolean; payload?: unknown; error?: { code?: string; message?: string } };
  export type Dispatch = (method: string, params: unknown, options: { timeoutMs: number }) => Promise<Answer>;
  /** Asks the Gateway within a request that it has let in. */
  export const dispatchGatewayMethod: Dispatch;
}

declare module 'openclaw/plugin-sdk/security-runtime' {
  export function redactSensitiveText(text: string): string;
}

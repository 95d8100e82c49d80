// What is used of the host's SDK, as of OpenClaw 2026.9.6; the package itself is the host.
declare module 'openclaw/plugin-sdk/plugin-entry' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export type Logger = {
    debug?(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  };

  export type PluginApi = {
    id: string;
    registrationMode: string;
    rootDir: string;
    config: { plugins?: { entries?: Record<string, { enabled?: boolean } | undefined> } };
    pluginConfig?: Record<string, unknown>;
    logger: Logger;
    registerService(service: {
      id: string;
      start(context: object): void | Promise<void>;
      stop(context: object): void | Promise<void>;
    }): void;
    registerHttpRoute(route: {
      path: string;
      auth: 'gateway' | 'plugin';
      match?: 'exact' | 'prefix';
      handler(request: IncomingMessage, response: ServerResponse): boolean | void | Promise<boolean | void>;
    }): void;
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

declare module 'openclaw/plugin-sdk/security-runtime' {
  export function redactSensitiveText(text: string): string;
}

// Where this Gateway listens and what it lets us in with, as far as its own process can tell.
//
// The order is the Gateway's own: port of the command line, of the environment, of the configuration; credentials of the
// command line, of the configuration, of the environment. Secrets go from here into a header or to the addon, nowhere else.
import type { Config } from 'openclaw/plugin-sdk/plugin-entry';

/** Where it listens whatever else it binds to. */
export const HOST = '127.0.0.1';
const DEFAULT_PORT = 18789;

export type Place = {
  port: number;
  isTls: boolean;
  /** Its certificate, where the configuration names a file. */
  certFile: string | null;
  token: string | null;
  password: string | null;
  /** Why it lets nobody in who comes from here. */
  problem: string | undefined;
};

type Secret = { value: string | null; problem?: string };

/** The place of the Gateway with this configuration; `known` is the port that it has told. */
export function placeOf(
  { gateway }: Config,
  env: Readonly<Record<string, string | undefined>>,
  argv: readonly string[],
  known: number | undefined,
): Place {
  const { mode, token, password } = gateway?.auth ?? {};
  const port = known ?? portOf(option(argv, 'port')) ?? portOf(env['OPENCLAW_GATEWAY_PORT']) ?? portOf(gateway?.port) ?? DEFAULT_PORT;
  const { enabled: isTls = false, certPath: certFile = null } = gateway?.tls ?? {};
  const place: Place = { port, isTls, certFile, token: null, password: null, problem: undefined };
  const asked = option(argv, 'auth') ?? mode;
  if (asked === 'none') return place;
  if (asked === 'trusted-proxy') {
    const problem = 'gateway.auth.mode is trusted-proxy, and nobody gets in past the proxy; ask over a WebSocket through it: gateway.url';
    return { ...place, problem };
  }
  const tokenGiven = secret(option(argv, 'token') ?? token, env, 'token', 'OPENCLAW_GATEWAY_TOKEN');
  const passwordGiven = secret(option(argv, 'password') ?? password, env, 'password', 'OPENCLAW_GATEWAY_PASSWORD');
  // Where nobody has said which one is asked for, the Gateway asks for a password if it has one.
  const asksPassword = asked === 'password' || (asked === undefined && passwordGiven.value !== null);
  const { value, problem } = asksPassword ? passwordGiven : tokenGiven;
  if (value === null) place.problem = problem ?? missing(asksPassword ? 'password' : 'token');
  return asksPassword ? { ...place, password: value } : { ...place, token: value };
}

function missing(what: 'token' | 'password'): string {
  return `the Gateway's ${what} is not known to its plugins: neither gateway.auth.${what} nor OPENCLAW_GATEWAY_${what.toUpperCase()} is set`;
}

/** A secret of the configuration, or of the environment if there is none; a reference to a variable is followed. */
function secret(given: unknown, env: Readonly<Record<string, string | undefined>>, key: string, variable: string): Secret {
  const reference = /^\$\{(\w+)\}$/.exec(typeof given === 'string' ? given : '')?.[1];
  if (reference !== undefined) return variableOf(env, reference, key);
  if (typeof given === 'string' && given.trim() !== '') return { value: given.trim() };
  if (typeof given === 'object' && given !== null) {
    const { source, id } = given as { source?: unknown; id?: unknown };
    if (source === 'env' && typeof id === 'string') return variableOf(env, id, key);
    const kind = typeof source === 'string' && /^[a-z-]{1,32}$/.test(source) ? source : 'another';
    return { value: null, problem: `gateway.auth.${key} is a reference to a secret of source ${kind}, which only the Gateway itself reads` };
  }
  return { value: env[variable]?.trim() || null };
}

function variableOf(env: Readonly<Record<string, string | undefined>>, name: string, key: string): Secret {
  const value = env[name]?.trim() || null;
  return value === null ? { value, problem: `gateway.auth.${key} refers to the variable ${name}, which is not set` } : { value };
}

function portOf(given: unknown): number | undefined {
  const port = typeof given === 'string' && /^\d+$/.test(given.trim()) ? Number(given) : given;
  return typeof port === 'number' && Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** What the command line gives for an option. */
export function option(argv: readonly string[], name: string): string | undefined {
  const at = argv.findIndex((word) => word === `--${name}` || word.startsWith(`--${name}=`));
  if (at < 0) return undefined;
  const word = argv[at] ?? '';
  return word.includes('=') ? word.slice(word.indexOf('=') + 1) : argv[at + 1];
}

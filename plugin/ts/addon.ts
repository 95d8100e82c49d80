// The native addon: what it offers, and how the one copy of it is found.
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';

/** The plugin's name in configuration and log. */
export const ID = 'openclaw-prometheus';

/** Grows when the addon's functions change; see `ABI` in the addon. */
export const ABI = 8;

/** What stands in a field of an event. */
export type Shape = 'text' | 'id' | 'number' | 'truth' | { object: Member[] } | { list: Shape };
export type Member = { key: string; shape: Shape };
export type TypeShape = { type: string; members: Member[] };
/** Who may scrape on the Gateway's port: whoever the Gateway lets in, whoever has the exporter's token, everybody. */
export type RouteAuth = 'gateway' | 'token' | 'open';
/** In the order of the numbers that `observe` takes for a type: reports behind events. And what nobody is to ask for. */
export type Shapes = { events: TypeShape[]; reports: TypeShape[]; unasked: string[] };

/** The body is a Buffer of its own, or so many bytes of the buffer that was given for it, or of a version that is known. */
export type Answer = {
  status: number;
  headers: string[];
  delayMs?: number;
  length: number;
  /** Which bytes these are, if others may get the same. */
  version?: number | null;
  body?: Buffer;
};
export type Started = {
  running: boolean;
  version: string;
  address: string | null;
  port: number;
  path: string;
  auth: RouteAuth;
  warnings: string[];
  options: Options;
};

/** What of the configuration concerns what is observed here. */
export type Options = { includeRuntime: boolean; snapshotIntervalMs: number; monitoredProviders: string[] };

export type Addon = {
  ABI: number;
  version(): string;
  shapes(): string;
  check(config: string): string[];
  path(config: string): string | null;
  auth(config: string): RouteAuth | null;
  /** Why a Gateway of this version cannot be observed. */
  tooOld(version: string): string | null;
  start(config: string, version: string | null): string;
  stop(): void;
  status(): string;
  identify(processInstanceId: string, buildId: string | null): void;
  beginTexts(): number;
  addText(generation: number, text: string): number | null;
  /** 0: done. 1: the texts are of another generation. 2: refused. */
  observe(generation: number, type: number, metadata: number, numbers: Float64Array, count: number): number;
  respond(
    method: string,
    url: string,
    accept: string,
    acceptEncoding: string,
    authorization: string | null,
    hasBody: boolean,
    buffer: Buffer | null,
    /** Empty if there is none where one is needed, joined if there are several; null where none is needed. */
    host: string | null,
    /** The address that the connection arrived at. */
    local: string | null,
    /** Where it comes from. */
    peer: string | null,
    /** Versions whose bytes are at hand. */
    known: number[],
    /** Whether the Gateway has let it in. */
    isVouched: boolean,
  ): Answer | number | null;
  answer(number: number, buffer: Buffer | null, known: number[]): Answer | number | null;
  /** Tells what Node holds of answers, and how many readers were reset for it; the bytes that may be held. */
  inFlight(bytes: number, resets: number): number;
  page(): Buffer;
  /** What to ask of the Gateway now; null if nothing is due, a call is open, or the event loop is late. */
  nextCall(): Call | null;
  /** Milliseconds for which there is no next call. */
  callPause(): number;
  /** Milliseconds of the processor that this thread has used. */
  threadMs(): number;
  /** Takes the payload of an answer, as JSON, and what it took of the main thread. It is read on another thread. */
  callAnswered(method: string, payload: string, costMs: number): void;
  callFailed(method: string, why: string): void;
  /** Notes how late the event loop was just now. */
  loopDelay(ms: number): void;
  /** Asks over a WebSocket until it works in process; the URL that is asked, which the configuration may name. */
  connect(url: string, token: string | null, password: string | null, caFile: string | null): string;
  /** Notes whether the Gateway can be asked in process, which ends the WebSocket, and if not why. */
  reachedInProcess(whyNot: string | null): void;
};

/** A method of the Gateway's RPC that is to be asked, and what with, as JSON. */
export type Call = { method: string; params: string; deadlineMs: number };

/** What went wrong, in words. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Why there is no addon: one sentence for the operator. */
export class AddonError extends Error {}

/** The version of Node-API that the addon asks for. */
const NODE_API = 3;

/** What this platform's file is called. */
export function fileName(version: string): string {
  return `openclaw_prometheus.${version}.${process.platform}-${process.arch}.node`;
}

/** Where it may be: in the plugin's package, or in that of the platform, which npm puts below or beside it. */
export function places(rootDir: string, version: string): string[] {
  const platform = `openclaw-prometheus-${process.platform}-${process.arch}`;
  const folders = [['native'], ['node_modules', platform], ['..', platform]];
  return folders.map((folder) => join(rootDir, ...folder, fileName(version)));
}

const PARKED = Symbol.for('openclaw-prometheus.addon');

/**
 * Loads the addon from the plugin's own folder. `require` would be sent to a copy of the file for each copy of the plugin,
 * and each would be an exporter of its own; `process.dlopen` with the one path is one library. The first that was loaded
 * in the process stays, so that totals outlive a reload, and an upgrade in place takes effect with the next start.
 */
export function load(rootDir: string, version: string): Addon {
  const parked = (globalThis as { [PARKED]?: Addon })[PARKED];
  if (parked !== undefined) {
    if (parked.ABI !== ABI) {
      throw new AddonError(
        `version ${parked.version()} is still loaded and does not fit version ${version}; restart the Gateway`,
      );
    }
    return parked;
  }
  if (!(Number(process.versions.napi) >= NODE_API)) {
    throw new AddonError(`Node ${process.version} is too old for the native addon; use the Node that the Gateway asks for`);
  }
  const all = places(rootDir, version);
  const path = all.find((place) => existsSync(place)) ?? (all[0] as string);
  const module_: { exports: Partial<Addon> } = { exports: {} };
  try {
    process.dlopen(module_ as unknown as NodeJS.Module, path, constants.dlopen.RTLD_NOW);
  } catch (error) {
    // Whoever asks for the health hears this too, and need not know where the plugin lies.
    const reason = reasonOf(error).split('\n')[0]?.replaceAll(path, fileName(version));
    throw new AddonError(
      `the native addon for ${process.platform}-${process.arch} cannot be loaded (${reason}); ` +
        'install the package for this platform, or build it: npm run build',
    );
  }
  const addon = module_.exports as Addon;
  if (addon.ABI !== ABI) {
    throw new AddonError(`the native addon is of another version (ABI ${addon.ABI}, not ${ABI}); reinstall the plugin`);
  }
  (globalThis as { [PARKED]?: Addon })[PARKED] = addon;
  return addon;
}

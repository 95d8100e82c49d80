// A real Gateway on this machine, with a folder, a token and ports of its own, for as long as a test takes.
//
// $OPENCLAW names the host's package.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { freePort } from '../addon.mjs';

export const TOKEN = 'test-0123456789';
/** What the Gateway lets in. */
export const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
export const ID = 'openclaw-prometheus';
const PLUGIN = fileURLToPath(new URL('../..', import.meta.url));
export const RECORDER = fileURLToPath(new URL('recorder', import.meta.url));

const model = (id, input) => ({
  id,
  name: id,
  reasoning: false,
  input: ['text'],
  cost: { input, output: 3 * input, cacheRead: 0.1, cacheWrite: 0 },
  contextWindow: 128_000,
  maxTokens: 4096,
});

/** Packs the plugin as npm would, and unpacks it into this folder; where it is then. */
export function unpack(folder) {
  mkdirSync(folder, { recursive: true });
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: PLUGIN });
  const { version } = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8'));
  const tarball = join(folder, `${ID}-${version}.tgz`);
  execFileSync('tar', ['xzf', tarball, '-C', folder]);
  return { package: join(folder, 'package'), tarball, version };
}

/** Waits until `is` is true. */
export async function until(what, is, { ms = 60_000, tell = () => '' } = {}) {
  const end = Date.now() + ms;
  for (;;) {
    if (await Promise.resolve(is()).catch(() => false)) return;
    assert.ok(Date.now() < end, `waited in vain for ${what}\n${tell()}`);
    await pause(100);
  }
}

export class Gateway {
  #child;

  /**
   * A folder for a Gateway that does not run yet. `paths` are the plugins that it loads, `entries` what they are told, `host` what
   * it is told itself; `openclaw` is its package and `node` what runs it, if not the ones that are tested as a whole. One that is
   * old is not told what it does not know, and has no recorder, which needs a Gateway of today.
   */
  static async create({ paths = [], entries = {}, provider, host = {}, openclaw = process.env.OPENCLAW, node = process.execPath, isOld = false } = {}) {
    const gateway = new Gateway();
    [gateway.program, gateway.node] = [join(openclaw, 'openclaw.mjs'), node];
    gateway.folder = mkdtempSync(join(tmpdir(), 'ocp-gateway-'));
    for (const name of ['home', 'state', 'workspace']) mkdirSync(join(gateway.folder, name));
    for (const name of ['note.txt', 'AGENTS.md']) writeFileSync(join(gateway.folder, 'workspace', name), 'A note.\n');
    gateway.port = await freePort();
    gateway.ownPort = await freePort();
    gateway.log = join(gateway.folder, 'gateway.log');
    writeFileSync(gateway.log, '');
    gateway.events = join(gateway.folder, 'events.jsonl');
    const plugins = {
      enabled: true,
      load: { paths: isOld ? paths : [...paths, RECORDER] },
      entries: { ...(isOld ? {} : { recorder: { enabled: true, config: { file: gateway.events } } }), ...gateway.#withPort(entries) },
    };
    const config = gateway.#config(plugins, provider, host);
    if (isOld) delete config.telemetry, delete config.models.catalogRefresh;
    writeFileSync(join(gateway.folder, 'openclaw.json'), JSON.stringify(config, null, 2));
    return gateway;
  }

  /** The plugin listens where nobody else does, unless the test says where. */
  #withPort(entries) {
    const entry = entries[ID];
    return entry === undefined ? entries : { ...entries, [ID]: { ...entry, config: { port: this.ownPort, ...entry.config } } };
  }

  #config(plugins, provider, host) {
    const { folder, port } = this;
    const baseUrl = `http://127.0.0.1:${provider?.port ?? 9}/v1`;
    return {
      gateway: {
        mode: 'local',
        port,
        bind: 'loopback',
        auth: { mode: 'token', token: TOKEN },
        controlUi: { enabled: false },
        http: { endpoints: { chatCompletions: { enabled: true } } },
        ...host,
      },
      discovery: { mdns: { mode: 'off' } },
      update: { checkOnStart: false },
      telemetry: { enabled: false },
      diagnostics: { enabled: true },
      logging: { level: 'info', consoleLevel: 'info', file: join(folder, 'openclaw.log') },
      models: {
        mode: 'replace',
        catalogRefresh: { enabled: false },
        providers: {
          local: { baseUrl, apiKey: 'none', api: 'openai-completions', models: [model('small', 1), model('large', 5)] },
        },
      },
      agents: {
        defaults: {
          model: { primary: 'local/small' },
          skipBootstrap: true,
          heartbeat: { every: '0m' },
          maxConcurrent: 4,
          workspace: join(folder, 'workspace'),
        },
      },
      plugins,
    };
  }

  get #environment() {
    return {
      PATH: process.env.PATH,
      HOME: join(this.folder, 'home'),
      OPENCLAW_STATE_DIR: join(this.folder, 'state'),
      OPENCLAW_CONFIG_PATH: join(this.folder, 'openclaw.json'),
      OPENCLAW_DISABLE_BONJOUR: '1',
      OPENCLAW_NO_RESPAWN: '1',
      OPENCLAW_NO_AUTO_UPDATE: '1',
      OPENCLAW_EXEC_SHELL_SNAPSHOT: '0',
      DO_NOT_TRACK: '1',
      ...this.environment,
    };
  }

  /** Starts it, and waits until it answers: to the token over HTTP, or to whatever `isUp` asks. */
  async start({ isUp } = {}) {
    this.#child = spawn(this.node, [this.program, 'gateway', '--port', String(this.port)], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.pid = this.#child.pid;
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (chunk) => appendFileSync(this.log, chunk));
    }
    if (isUp !== undefined) {
      await this.until('the Gateway', async () => (await isUp()).status === 200, 120_000);
      return this;
    }
    await this.until('the Gateway', async () => (await this.get('/readyz')).status === 200, 120_000);
    await this.until('the recorder', async () => (await this.get('/recorder/empty')).status === 200);
    return this;
  }

  /** Ends it by SIGTERM; the code that it ended with, or null. */
  async stop() {
    if (!this.isRunning) return null;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const [code, signal] = await Promise.race([ended, pause(30_000, ['still running', null], { ref: false })]);
    assert.ok(code === 0 && signal === null, `${code} ${signal}\n${this.said().slice(-2000)}`);
    return code;
  }

  get isRunning() {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Ends it, whatever it does, and takes its folder away. */
  async remove() {
    if (this.isRunning) {
      this.#child.kill('SIGKILL');
      await once(this.#child, 'exit');
    }
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** What it has written to its console. */
  said() {
    return readFileSync(this.log, 'utf8');
  }

  /** The lines of the plugin in it. */
  lines() {
    return this.said().split('\n').filter((line) => line.includes('openclaw-prometheus'));
  }

  until(what, is, ms) {
    const tell = () => this.said().slice(-3000);
    return until(what, is, ms === undefined ? { tell } : { ms, tell });
  }

  /** Asks the Gateway's port, with its token, or its plugin's with `at`. */
  async get(path, { at = this.port, headers = at === this.port ? AUTHORIZED : {}, ...options } = {}) {
    const began = performance.now();
    const response = await fetch(`http://127.0.0.1:${at}${path}`, { signal: AbortSignal.timeout(20_000), headers, ...options });
    const body = await response.text();
    return { status: response.status, headers: response.headers, body, ms: performance.now() - began };
  }

  /** One turn over HTTP; the status. */
  async turn(message, session) {
    const { status } = await this.get('/v1/chat/completions', {
      method: 'POST',
      headers: {
        authorization: `Bearer ${TOKEN}`,
        'content-type': 'application/json',
        ...(session === undefined ? {} : { 'x-openclaw-session-key': session }),
      },
      body: JSON.stringify({ model: 'openclaw', messages: [{ role: 'user', content: message }] }),
      signal: AbortSignal.timeout(120_000),
    });
    return status;
  }

  /** Runs a command of its program against it. */
  async cli(...parameters) {
    const options = { env: this.#environment, timeout: 120_000 };
    return (await promisify(execFile)(this.node, [this.program, ...parameters], options)).stdout;
  }
}

/** The samples of a page, by name and labels in order. */
export function samples(page) {
  const all = new Map();
  for (const line of page.split('\n')) {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null) continue;
    const labels = [...(found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([pair]) => pair).sort();
    all.set(`${found[1]}{${labels}}`, Number(found[3]));
  }
  return all;
}

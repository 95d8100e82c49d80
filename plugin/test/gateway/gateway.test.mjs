// The packed plugin in a real Gateway with a model provider of our own: what it shows is what a plain recorder saw, its
// port answers while the event loop is blocked, totals outlive a reload, and the Gateway ends as it would without it.
//
// $OPENCLAW names the host's package; the program under test beside it is $OCP_PROGRAM.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { freePort } from '../addon.mjs';
import { startProvider } from './provider.mjs';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const PLUGIN = fileURLToPath(new URL('../..', import.meta.url));
const { OPENCLAW, OCP_PROGRAM } = process.env;
const TOKEN = 'test-0123456789';
const TURNS = 60;
const WORDS = ['', '[read]', '', '[missing]', '[slow]', '', '[exec]', '', '[bad]', ''];

const folder = mkdtempSync(join(tmpdir(), 'ocp-gateway-'));
const events = join(folder, 'events.jsonl');
const log = join(folder, 'gateway.log');
let provider;
let gateway;
let port;
let ownPort;

const environment = () => ({
  PATH: process.env.PATH,
  HOME: join(folder, 'home'),
  OPENCLAW_STATE_DIR: join(folder, 'state'),
  OPENCLAW_CONFIG_PATH: join(folder, 'openclaw.json'),
  OPENCLAW_DISABLE_BONJOUR: '1',
  OPENCLAW_NO_RESPAWN: '1',
  OPENCLAW_NO_AUTO_UPDATE: '1',
  OPENCLAW_EXEC_SHELL_SNAPSHOT: '0',
  DO_NOT_TRACK: '1',
});

function configuration() {
  const model = (id, input) => ({
    id,
    name: id,
    reasoning: false,
    input: ['text'],
    cost: { input, output: 3 * input, cacheRead: 0.1, cacheWrite: 0 },
    contextWindow: 128_000,
    maxTokens: 4096,
  });
  return {
    gateway: {
      mode: 'local',
      port,
      bind: 'loopback',
      auth: { mode: 'token', token: TOKEN },
      controlUi: { enabled: false },
      http: { endpoints: { chatCompletions: { enabled: true } } },
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
        local: {
          baseUrl: `http://127.0.0.1:${provider.port}/v1`,
          apiKey: 'none',
          api: 'openai-completions',
          models: [model('small', 1), model('large', 5)],
        },
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
    plugins: {
      enabled: true,
      load: { paths: [join(folder, 'package'), join(HERE, 'recorder')] },
      entries: {
        'openclaw-prometheus': { enabled: true, config: { port: ownPort, collectIntervalMs: 0, instance: 'lab' } },
        recorder: { enabled: true, config: { file: events } },
      },
    },
  };
}

async function get(path, { at = port, ...options } = {}) {
  const began = performance.now();
  const response = await fetch(`http://127.0.0.1:${at}${path}`, { signal: AbortSignal.timeout(20_000), ...options });
  const body = await response.text();
  return { status: response.status, body, ms: performance.now() - began };
}

async function until(what, is, ms = 60_000) {
  const end = Date.now() + ms;
  for (;;) {
    if (await is().catch(() => false)) return;
    assert.ok(Date.now() < end, `waited in vain for ${what}\n${readFileSync(log, 'utf8').slice(-3000)}`);
    await pause(100);
  }
}

/** The samples of a page, by name and labels in order. */
function samples(page) {
  const all = new Map();
  for (const line of page.split('\n')) {
    const found = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
    if (found === null) continue;
    const labels = [...(found[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([pair]) => pair).sort();
    all.set(`${found[1]}{${labels}}`, Number(found[3]));
  }
  return all;
}

before(async () => {
  for (const name of ['home', 'state', 'workspace']) mkdirSync(join(folder, name));
  for (const name of ['note.txt', 'AGENTS.md']) writeFileSync(join(folder, 'workspace', name), 'A note.\n');
  execFileSync('npm', ['pack', '--silent', '--pack-destination', folder], { cwd: PLUGIN });
  execFileSync('tar', ['xzf', join(folder, 'openclaw-prometheus-0.1.0.tgz'), '-C', folder]);
  provider = await startProvider();
  [port, ownPort] = [await freePort(), await freePort()];
  writeFileSync(join(folder, 'openclaw.json'), JSON.stringify(configuration(), null, 2));
  const program = join(OPENCLAW, 'openclaw.mjs');
  gateway = spawn(process.execPath, [program, 'gateway', '--port', String(port)], {
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  for (const stream of [gateway.stdout, gateway.stderr]) {
    stream.on('data', (chunk) => writeFileSync(log, chunk, { flag: 'a' }));
  }
  writeFileSync(log, '');
  await until('the Gateway', async () => (await get('/readyz')).status === 200, 120_000);
  await until('the exporter', async () => (await get('/metrics')).status === 200);
  await until('the recorder', async () => (await get('/recorder/mark')).status === 200);
});

after(async () => {
  if (gateway !== undefined && gateway.exitCode === null && gateway.signalCode === null) {
    gateway.kill('SIGKILL');
    await once(gateway, 'exit');
  }
  provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

test('an idle Gateway shows its metrics on both ports', async () => {
  for (const at of [port, ownPort]) {
    const { status, body } = await get('/metrics', { at });
    assert.equal(status, 200);
    assert.match(body, /^openclaw_exporter_build_info\{version="0\.1\.0",instance="lab"\} 1$/m);
    assert.match(body, /^openclaw_gateway_build_info\{process_instance_id="/m);
    assert.match(body, /^openclaw_exporter_events_total\{event="run\.completed"\} 0$/m);
    const health = JSON.parse((await get('/metrics/health', { at })).body);
    assert.deepEqual([health.healthy, health.reasons], [true, []]);
    for (const view of ['per-object', 'detailed?family=rpc']) {
      assert.equal((await get(`/metrics/${view}`, { at })).status, 200);
    }
    assert.equal((await get('/metrics', { at, method: 'POST' })).status, 405);
  }
});

test('what is shown of real agent turns is what a recorder saw, to the unit', async (t) => {
  const begun = JSON.parse((await get('/recorder/mark')).body);
  let next = 0;
  const statuses = new Map();
  const work = async () => {
    while (next < TURNS) {
      const number = next++;
      const word = WORDS[number % WORDS.length];
      const { status } = await get('/v1/chat/completions', {
        method: 'POST',
        headers: {
          authorization: `Bearer ${TOKEN}`,
          'content-type': 'application/json',
          // A turn that failed leaves its words in its session.
          'x-openclaw-session-key': word === '[bad]' ? `bad-${number}` : `session-${number % 7}`,
        },
        body: JSON.stringify({ model: 'openclaw', messages: [{ role: 'user', content: `${word} message ${number}` }] }),
        signal: AbortSignal.timeout(120_000),
      });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  await Promise.all([work(), work(), work()]);
  await until('all runs to end', async () => /^openclaw_inflight_operations\{kind="run"\} 0$/m.test((await get('/metrics')).body));
  const ended = JSON.parse((await get('/recorder/mark')).body);

  const lines = readFileSync(events, 'utf8').split('\n').slice(begun.lines, ended.lines);
  assert.equal(lines.length, ended.lines - begun.lines);
  const replayed = execFileSync(OCP_PROGRAM, ['replay'], { input: `${lines.join('\n')}\n`, maxBuffer: 64 << 20 }).toString();
  const catalogue = JSON.parse(execFileSync(OCP_PROGRAM, ['catalogue', '--format', 'json'], { maxBuffer: 64 << 20 }));
  const fed = catalogue.families
    .filter(({ source, type, name }) => type !== 'gauge' && (source === 'event' || name.startsWith('openclaw_exporter_events')))
    .map(({ name }) => name);
  const isFed = (sample) => fed.some((name) => sample.startsWith(`${name}{`) || /^_(bucket|sum|count)\{/.test(sample.slice(name.length)) && sample.startsWith(name));
  const [first, last, expected] = [begun.page, ended.page, replayed].map(samples);
  let compared = 0;
  for (const sample of new Set([...last.keys(), ...expected.keys()])) {
    if (!isFed(sample)) continue;
    const shown = (last.get(sample) ?? 0) - (first.get(sample) ?? 0);
    const seen = expected.get(sample) ?? 0;
    assert.ok(Math.abs(shown - seen) <= 1e-9 * Math.max(1, Math.abs(last.get(sample) ?? 0)), `${sample}: ${shown}, recorded ${seen}`);
    compared += Number(seen !== 0);
  }
  const types = new Set(lines.map((line) => JSON.parse(line).event.type));
  t.diagnostic(`${TURNS} turns (${[...statuses].map(([status, count]) => `${count} times ${status}`)}), ${lines.length} events of ` +
    `${types.size} types, ${compared} samples equal`);
  assert.ok(lines.length > 500 && types.size > 15 && compared > 200);
  assert.equal(last.get('openclaw_exporter_events_rejected_total{reason="wrong_type"}'), 0);
  assert.equal(last.get('openclaw_exporter_events_rejected_total{reason="unknown_type"}'), 0);
  assert.ok(!ended.page.includes('agent:main:'), 'no session key is shown');
});

test('the own port answers while the event loop is blocked, and the route does not', async (t) => {
  const BLOCK_MS = 5000;
  const blocked = get(`/recorder/block?ms=${BLOCK_MS}`);
  await pause(500);
  const route = get('/metrics');
  const times = [];
  for (let ask = 0; ask < 100; ask += 1) {
    const { status, ms } = await get('/metrics', { at: ownPort });
    assert.equal(status, 200);
    times.push(ms);
    await pause(20);
  }
  times.sort((a, b) => a - b);
  t.diagnostic(`own port: median ${times[50].toFixed(1)} ms, slowest ${times.at(-1).toFixed(1)} ms; the route ${((await route).ms / 1000).toFixed(1)} s`);
  // On an idle machine each is far below 20 ms; the runs of a test have neighbours.
  assert.ok(times[50] < 20 && times[95] < 100, `${times[50]} and ${times[95]} ms`);
  assert.ok((await route).ms > 3000);
  await blocked;
});

test('totals outlive a reload of the plugin', async () => {
  const runs = /^openclaw_run_duration_seconds_count\{.*outcome="completed".*\} (\d+)$/gm;
  const count = async () => [...(await get('/metrics')).body.matchAll(runs)].reduce((sum, [, value]) => sum + Number(value), 0);
  const beforeIt = await count();
  assert.ok(beforeIt > 0);
  const program = join(OPENCLAW, 'openclaw.mjs');
  execFileSync(process.execPath, [program, 'plugins', 'reload', 'openclaw-prometheus'], { env: environment(), stdio: 'pipe' });
  await until('the exporter', async () => (await get('/metrics')).status === 200);
  await until('its port', async () => (await get('/metrics', { at: ownPort })).status === 200);
  assert.equal(await count(), beforeIt);
  const { status } = await get('/v1/chat/completions', {
    method: 'POST',
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'openclaw', messages: [{ role: 'user', content: 'again' }] }),
  });
  assert.equal(status, 200);
  await until('the run to be counted', async () => (await count()) === beforeIt + 1);
});

test('the Gateway ends on SIGTERM as it would without it', async () => {
  const ended = once(gateway, 'exit');
  gateway.kill('SIGTERM');
  const [code, signal] = await Promise.race([ended, pause(30_000).then(() => ['still running'])]);
  assert.deepEqual([code, signal], [0, null], readFileSync(log, 'utf8').slice(-2000));
  await assert.rejects(get('/metrics', { at: ownPort }));
});

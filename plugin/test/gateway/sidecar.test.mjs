// The program beside a real Gateway: it shows what the plugin inside shows of the same answers, nothing that only events tell,
// and goes on when the Gateway is started again.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { freePort } from '../addon.mjs';
import { connect } from './client.mjs';
import { Gateway, ID, samples, TOKEN, unpack, until } from './gateway.mjs';
import { startProvider } from './provider.mjs';

const PROGRAM = process.env.OCP_PROGRAM;
const CONFIG = { collectIntervalMs: 0, snapshotIntervalMs: 5000 };
const METHODS = 16;
/** What goes on by itself between two answers. */
const MOVES = /uptime|delay|utilization|load_average|memory|disk|cpu|duration|updated|counted|check|presence|age_seconds|remaining|quota/;
const folder = mkdtempSync(join(tmpdir(), 'ocp-sidecar-'));
let provider;
let gateway;
let sidecar;
let port;

before(async () => {
  provider = await startProvider();
  const packed = unpack(folder);
  gateway = await Gateway.create({ paths: [packed.package], entries: { [ID]: { enabled: true, config: CONFIG } }, provider });
  writeFileSync(join(folder, 'token'), TOKEN);
  port = await freePort();
  // Before the Gateway is there.
  const parameters = ['serve', '--gateway', `ws://127.0.0.1:${gateway.port}`, '--token-file', join(folder, 'token')];
  const environment = { ...process.env, OPENCLAW_PROMETHEUS_SNAPSHOT_INTERVAL_MS: '5000' };
  const at = ['--web.listen-address', `127.0.0.1:${port}`, '--collect-interval-ms', '0'];
  sidecar = spawn(PROGRAM, [...parameters, ...at], { env: environment, stdio: ['ignore', 'ignore', 'pipe'] });
  sidecar.said = '';
  sidecar.stderr.on('data', (chunk) => (sidecar.said += chunk));
});

after(async () => {
  if (sidecar.exitCode === null) sidecar.kill('SIGKILL');
  await gateway?.remove();
  provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const seen = async (at) => samples(await (await fetch(`http://127.0.0.1:${at}/metrics`)).text());
const succeeded = (all) => [...all].filter(([key, value]) => /^openclaw_metrics_collector_success\{collector="[a-z]+[.-]|collector="health"/.test(key) && value === 1);
const isUp = (all) => all.get('openclaw_rpc_up{way="websocket"}');

test('it waits for the Gateway, and shows what the plugin inside of it shows', async (t) => {
  await until('that it says why there is nothing', async () => isUp(await seen(port)) === 0, { tell: () => sidecar.said });
  const health = await fetch(`http://127.0.0.1:${port}/metrics/health`);
  assert.equal(health.status, 200);
  const { remarks, warnings } = await health.json();
  assert.match(remarks['rpc over a WebSocket'], /nobody listens/);
  assert.match(remarks['not seen'], /events/);
  assert.equal(warnings.length, 1);

  await gateway.start();
  assert.equal(await gateway.turn('a first turn', 'agent:main:one'), 200);
  assert.equal(await gateway.turn('[read] a second', 'agent:main:two'), 200);
  const client = await connect(gateway.port, TOKEN);
  const job = { name: 'nightly', schedule: { kind: 'every', everyMs: 3_600_000 }, sessionTarget: 'isolated', wakeMode: 'now', payload: { kind: 'agentTurn', message: 'again' } };
  await client.call('cron.add', job);
  for (const at of [port, gateway.ownPort]) {
    await until('every method', async () => succeeded(await seen(at)).length === METHODS, { ms: 120_000, tell: () => sidecar.said });
  }
  const { families } = JSON.parse(execFileSync(PROGRAM, ['catalogue', '--format', 'json']));
  const from = (...sources) => new Set(families.filter(({ source }) => sources.includes(source)).map(({ name }) => name));
  const [asked, told] = [from('rpc'), from('event', 'plugin', 'node')];
  const name = (key) => key.slice(0, key.indexOf('{'));
  const answers = (all) => [...all].filter(([key]) => asked.has(name(key)) && !name(key).startsWith('openclaw_rpc_') && !MOVES.test(key)).sort();
  let pair;
  await until('the same on both pages', async () => {
    pair = [answers(await seen(port)), answers(await seen(gateway.ownPort))];
    return JSON.stringify(pair[0]) === JSON.stringify(pair[1]);
  }, { ms: 90_000 }).catch(() => assert.deepEqual(pair[0], pair[1]));
  t.diagnostic(`${pair[0].length} samples of ${new Set(pair[0].map(([key]) => name(key))).size} families are the same on both pages`);
  assert.ok(pair[0].length > 100);
  const here = [...(await seen(port)).keys()].filter((key) => told.has(name(key)));
  const levels = here.filter((key) => name(key).startsWith('openclaw_sli_'));
  assert.deepEqual(here.filter((key) => !levels.includes(key)), [], 'zeros of what it cannot see');
  // Its own requests have service levels, and nothing else has.
  const named = new Set(levels.flatMap((key) => /sli="(\w+)"/.exec(key)?.[1] ?? []));
  assert.deepEqual([...named].sort(), ['http_request', 'scrape']);

  // What the RPC itself says to a client.
  const usage = await client.call('usage.cost', { range: '30d', mode: 'gateway', agentScope: 'all' });
  const { jobs } = await client.call('cron.list', { includeDisabled: true });
  await client.close();
  const all = await seen(port);
  assert.ok(usage.totals.totalTokens > 0);
  assert.equal(all.get('openclaw_usage_total_tokens{}') ?? all.get('openclaw_usage_total_tokens'), usage.totals.totalTokens);
  assert.equal([...all.keys()].filter((key) => name(key) === 'openclaw_cron_job_enabled').length || jobs.length, jobs.length);
  assert.ok(!sidecar.said.includes(TOKEN));
});

test('it outlives a restart of the Gateway, and ends when it is told to', async () => {
  await gateway.stop();
  await until('that it has noticed', async () => isUp(await seen(port)) === 0);
  await gateway.start();
  await until('that it asks again', async () => isUp(await seen(port)) === 1, { ms: 90_000 });
  const ended = once(sidecar, 'exit');
  sidecar.kill('SIGTERM');
  assert.equal((await ended)[0], 0, sidecar.said);
});

// What only the Gateway's RPC knows, asked in the process of a real Gateway: every method answers, and the page says what the
// RPC itself says to a client at the same time. Then the other way, where in process is not to be had.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { connect } from './client.mjs';
import { Gateway, ID, samples, TOKEN, unpack } from './gateway.mjs';
import { startProvider } from './provider.mjs';

const METHODS = [
  'last-heartbeat', 'system-presence', 'cron.status', 'cron.list', 'diagnostics.lanes', 'channels.status', 'health', 'node.list',
  'system.info', 'sessions.list', 'usage.cost', 'sessions.usage', 'models.list', 'models.authStatus', 'usage.status', 'skills.status',
];
const CONFIG = { collectIntervalMs: 0, snapshotIntervalMs: 5000 };
const folder = mkdtempSync(join(tmpdir(), 'ocp-rpc-'));
const packed = unpack(folder);
const open = [];
let provider;

async function create(options) {
  const gateway = await Gateway.create({ paths: [packed.package], entries: { [ID]: { enabled: true, config: CONFIG } }, provider, ...options });
  open.push(gateway);
  return gateway;
}

before(async () => {
  provider = await startProvider();
});

after(async () => {
  for (const one of open) await one.remove();
  provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const page = async (gateway) => samples((await gateway.get('/metrics', { at: gateway.ownPort })).body);
const sum = (all, name) => [...all].filter(([key]) => key.startsWith(`${name}{`)).reduce((total, [, value]) => total + value, 0);

/** What has succeeded and what has not, by method; health, where something has not. */
async function outcomes(gateway) {
  const all = await page(gateway);
  const by = METHODS.map((method) => [method, all.get(`openclaw_metrics_collector_success{collector="${method}"}`)]);
  return { by, all, asked: by.filter(([, value]) => value !== undefined).length, succeeded: by.filter(([, value]) => value === 1).length };
}

/** Waits until each method has succeeded. */
async function allSucceed(gateway) {
  let last;
  try {
    await gateway.until('every method', async () => (last = await outcomes(gateway)).succeeded === METHODS.length, 200_000);
  } catch {
    assert.fail(`${JSON.stringify(last.by)}\n${(await gateway.get('/metrics/health', { at: gateway.ownPort })).body}\n${gateway.lines().join('\n')}`);
  }
}

test('in process every method answers, and the page says what the RPC says', async (t) => {
  const gateway = await create();
  await gateway.start();
  assert.equal(await gateway.turn('a first turn', 'agent:main:one'), 200);
  assert.equal(await gateway.turn('[read] a second', 'agent:main:two'), 200);
  const client = await connect(gateway.port, TOKEN);
  const job = { name: 'nightly', schedule: { kind: 'every', everyMs: 3_600_000 }, sessionTarget: 'isolated', wakeMode: 'now', payload: { kind: 'agentTurn', message: 'again' } };
  await client.call('cron.add', job);
  await allSucceed(gateway);
  let all = await page(gateway);
  assert.equal(all.get('openclaw_rpc_up{way="in_process"}'), 1);
  assert.ok(!all.has('openclaw_rpc_up{way="websocket"}'));
  assert.equal(gateway.lines().filter((line) => line.includes('asked in process')).length, 1, gateway.lines().join('\n'));
  assert.ok(!gateway.said().includes(TOKEN));
  const costs = METHODS.map((method) => [method, 1000 * all.get(`openclaw_rpc_cost_seconds{method="${method}"}`)]);
  t.diagnostic(`ms of the main thread: ${costs.map(([method, ms]) => `${method} ${ms.toFixed(1)}`).join(', ')}`);
  for (const [method, ms] of costs) assert.ok(ms > 0 && ms < 5000, `${method}: ${ms}`);
  for (const method of METHODS) assert.equal(all.get(`openclaw_rpc_misfits_total{method="${method}"}`), 0, method);

  const { sessions, ...of } = await client.call('sessions.list', { limit: 200 });
  const cron = await client.call('cron.status', {});
  const { models } = await client.call('models.list', {});
  const usage = await client.call('usage.cost', { days: 30 });
  const info = await client.call('system.info', {});
  t.diagnostic(JSON.stringify({ sessions: sessions.length, ...of, path: undefined, cron, models: models.length, totals: usage.totals }));
  assert.ok(sessions.length >= 2 && models.length >= 2 && cron.jobs >= 1);
  const figures = {
    'openclaw_sessions_stored{}': of.totalCount,
    'openclaw_cron_stored_jobs{}': cron.jobs,
    'openclaw_cron_enabled{}': Number(cron.enabled),
    'openclaw_usage_total_tokens{}': usage.totals.totalTokens,
    'openclaw_usage_tokens{kind="input"}': usage.totals.input,
    'openclaw_host_cpus{}': info.cpuCount,
  };
  const found = () => Object.fromEntries(Object.keys(figures).map((key) => [key, all.get(key) ?? all.get(key.replace('{}', ''))]));
  await gateway.until('the same figures', async () => {
    all = await page(gateway);
    return JSON.stringify(found()) === JSON.stringify(figures);
  }, 120_000).catch((error) => assert.deepEqual(found(), figures, error.message.slice(0, 200)));
  assert.equal(sum(all, 'openclaw_models'), models.length);
  const { jobs } = await client.call('cron.list', { includeDisabled: true });
  const nightly = jobs.find(({ name }) => name === 'nightly');
  assert.equal(all.get('openclaw_cron_next_run_timestamp_seconds{cron_job="nightly"}'), nightly.state.nextRunAtMs / 1000);
  await client.close();
  // Asking leaves no trace in the log: over a WebSocket each method of 50 ms and more is a line.
  assert.deepEqual(gateway.said().split('\n').filter((line) => /\[ws\].*res.*(skills|usage)\.status/.test(line)), []);

  await gateway.cli('plugins', 'reload', ID);
  await gateway.until('the next beginning', () => gateway.lines().filter((line) => line.includes('asked in process')).length === 2);
  await allSucceed(gateway);
  assert.equal(await gateway.stop(), 0);
});

// The first of them has two at once; the others are run where $OCP_ALL_GATEWAYS asks for more of everything.
const WAYS = [
  [{ tls: { enabled: true }, auth: { mode: 'password', password: 'password-of-this-test' } }, 'password-of-this-test'],
  [{ tls: { enabled: true } }, TOKEN],
  [{ auth: { mode: 'none' } }, 'nothing-secret'],
];

test('TLS, a password, and no auth at all: in process, too', async () => {
  for (const [host, secret] of process.env.OCP_ALL_GATEWAYS ? WAYS : WAYS.slice(0, 1)) {
    const gateway = await create({ host });
    await gateway.start({ isUp: () => gateway.get('/metrics', { at: gateway.ownPort }) });
    await allSucceed(gateway);
    assert.equal((await page(gateway)).get('openclaw_rpc_up{way="in_process"}'), 1, gateway.lines().join('\n'));
    assert.ok(!gateway.said().includes(secret));
    assert.equal(await gateway.stop(), 0);
  }
});

test('without the contract a WebSocket is used, and health says why', async () => {
  const without = join(folder, 'without');
  const { package: other } = unpack(without);
  const manifest = join(other, 'openclaw.plugin.json');
  const { contracts, ...rest } = JSON.parse(readFileSync(manifest, 'utf8'));
  assert.deepEqual(contracts, { gatewayMethodDispatch: ['authenticated-request'] });
  writeFileSync(manifest, JSON.stringify(rest));
  const gateway = await create({ paths: [other] });
  await gateway.start();
  await allSucceed(gateway);
  const all = await page(gateway);
  assert.deepEqual([all.get('openclaw_rpc_up{way="in_process"}'), all.get('openclaw_rpc_up{way="websocket"}')], [0, 1]);
  const { body } = await gateway.get('/metrics/health', { at: gateway.ownPort });
  assert.match(body, /does not grant this plugin the contract/);
  assert.ok(gateway.lines().some((line) => line.includes(`asked over a WebSocket (ws://127.0.0.1:${gateway.port}), not in process`)));
  assert.equal(await gateway.stop(), 0);
});

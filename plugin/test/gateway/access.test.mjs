// Who may scrape on the port of a real Gateway: its own auth with operator.read, the exporter's token, everybody; one after the
// other, as its operator changes the configuration of a Gateway that runs.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { AUTHORIZED, Gateway, ID, TOKEN, unpack } from './gateway.mjs';
import { hasPrometheus, startPrometheus } from './prometheus.mjs';

const ROUTES = ['/metrics', '/metrics/per-object', '/metrics/detailed', '/metrics/health', '/metrics/ui/data', '/metrics/ui/families'];
const OURS = 'of-the-exporter-itself';
const folder = mkdtempSync(join(tmpdir(), 'ocp-access-'));
const packed = unpack(folder);
const open = [];

after(async () => {
  for (const one of open) await one.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options) {
  const gateway = await Gateway.create({ paths: [packed.package], entries: { [ID]: { enabled: true, config: { collectIntervalMs: 0 } } }, ...options });
  open.push(gateway);
  await gateway.start();
  await gateway.until('its port', async () => (await gateway.get('/metrics', { at: gateway.ownPort })).status === 200);
  return gateway;
}

const bearer = (token) => ({ authorization: `Bearer ${token}` });

/** What all routes answer with these headers: one status. */
async function statusOf(gateway, headers) {
  const all = [];
  for (const route of ROUTES) {
    const { status, body } = await gateway.get(route, { headers });
    all.push(status);
    if (status !== 200) assert.ok(!body.includes('openclaw_'), body.slice(0, 200));
  }
  const [status, ...others] = new Set(all);
  assert.deepEqual(others, [], `${all}`);
  return status;
}

/** The live page itself, which shows nothing, for a browser that has no token yet. */
async function assertPage(gateway) {
  for (const at of [gateway.port, gateway.ownPort]) {
    const { status, headers, body } = await gateway.get('/metrics/ui', { headers: {}, at });
    assert.equal(status, 200);
    assert.match(headers.get('content-security-policy'), /^default-src 'none';/);
    assert.match(body, /^<!doctype html>/i);
  }
}

async function accessOf(gateway, headers) {
  return JSON.parse((await gateway.get('/metrics/health', { headers })).body).access;
}

test('the three ways, each set in a Gateway that runs', async (t) => {
  const gateway = await start();
  assert.equal(await statusOf(gateway, {}), 401);
  assert.equal(await statusOf(gateway, bearer('wrong-0123456789')), 401);
  assert.equal(await statusOf(gateway, AUTHORIZED), 200);
  await assertPage(gateway);
  const shown = JSON.parse((await gateway.get('/metrics/ui/data', { headers: AUTHORIZED })).body);
  assert.equal(shown.name, ID);
  assert.ok(['well', 'watch', 'wrong'].includes(shown.verdict.level));
  assert.deepEqual(await accessOf(gateway, AUTHORIZED), { listener: 'open', routes: 'gateway' });
  assert.equal((await gateway.get('/metrics', { headers: AUTHORIZED, method: 'POST' })).status, 405);
  assert.ok(gateway.lines().some((line) => line.includes("on the Gateway's port with the Gateway's own auth and operator.read")), gateway.lines().join('\n'));
  if (hasPrometheus()) {
    const prometheus = await startPrometheus({ with: gateway.port }, { token: TOKEN });
    try {
      await gateway.until('Prometheus to scrape', async () => (await prometheus.query('up{job="with"}'))[0]?.value === 1);
    } finally {
      await prometheus.stop();
    }
  } else t.diagnostic('no Prometheus on this machine');

  const set = (value) => gateway.cli('config', 'set', `plugins.entries.${ID}.config.scrapeAuth`, JSON.stringify(value), '--strict-json');
  await set({ enabled: true, bearerToken: OURS });
  await gateway.until('the token to hold', async () => (await gateway.get('/metrics', { headers: bearer(OURS) })).status === 200);
  assert.equal(await statusOf(gateway, {}), 401);
  assert.equal(await statusOf(gateway, AUTHORIZED), 401, "the Gateway's token is not the exporter's");
  assert.equal(await statusOf(gateway, bearer(OURS)), 200);
  assert.deepEqual(await accessOf(gateway, bearer(OURS)), { listener: 'token', routes: 'token' });
  await assertPage(gateway);

  await set({ enabled: false });
  await gateway.until('the routes to open', async () => (await gateway.get('/metrics', { headers: {} })).status === 200);
  assert.equal(await statusOf(gateway, {}), 200);
  assert.deepEqual(await accessOf(gateway, {}), { listener: 'open', routes: 'open' });
  assert.ok(gateway.lines().some((line) => line.includes('open to everybody')));
  assert.ok(!gateway.lines().some((line) => line.includes('beyond this machine')), 'it listens on loopback');
  assert.equal(await gateway.stop(), 0);
});

test('a caller whom the Gateway gives no operator.read gets 403', async () => {
  // Where the Gateway asks for nothing, callers say themselves which scopes they want.
  const gateway = await start({ host: { auth: { mode: 'none' } } });
  const scoped = (scopes) => ({ 'x-openclaw-scopes': scopes });
  assert.equal(await statusOf(gateway, scoped('operator.pairing,operator.approvals')), 403);
  for (const scopes of ['operator.read', 'operator.write', 'operator.admin']) assert.equal(await statusOf(gateway, scoped(scopes)), 200, scopes);
  assert.match((await gateway.get('/metrics', { headers: scoped('operator.pairing') })).body, /operator\.read/);
  assert.equal(await gateway.stop(), 0);
});

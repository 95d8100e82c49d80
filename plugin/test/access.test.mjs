// Who may scrape on the Gateway's port: the Gateway's own auth unless the configuration says otherwise, the exporter's token,
// or everybody, which is warned of where others than this machine can come.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { exposures } from '../dist/access.js';
import { GATEWAY_TOKEN, Host } from './host.mjs';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const TOKEN = 'of-the-exporter-itself';
const ROUTES = ['/metrics', '/metrics/per-object', '/metrics/detailed', '/metrics/health', '/metrics/ui/data', '/metrics/ui/families'];
const CONFIG = { port: 0, collectIntervalMs: 0 };

const hosts = [];
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
  delete process.env.OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED;
});

async function start(scrapeAuth, config = {}) {
  const pluginConfig = scrapeAuth === undefined ? CONFIG : { ...CONFIG, scrapeAuth };
  const host = new Host({ api: { rootDir: PLUGIN, pluginConfig, config } });
  hosts.push(host);
  return host.start();
}

async function statuses(host, asked) {
  const all = [];
  for (const route of ROUTES) all.push((await host.ask(route, asked)).status);
  return [...new Set(all)];
}

/** The live page itself shows nothing, and a browser has no token before it has it. */
async function assertPage(host) {
  for (const asked of [{ token: null }, {}, { scopes: [] }]) {
    const { status, headers, body } = await host.ask('/metrics/ui', asked);
    assert.equal(status, 200);
    assert.match(headers.get('content-security-policy'), /^default-src 'none';/);
    assert.match(body, /^<!doctype html>/i);
  }
}

const accessOf = async (host, asked) => JSON.parse((await host.ask('/metrics/health', asked)).body).access;

test('without a word of it the Gateway lets in, and operator.read is needed', async () => {
  for (const scrapeAuth of [undefined, {}]) {
    const host = await start(scrapeAuth);
    assert.deepEqual(await statuses(host, { token: null }), [401]);
    await assertPage(host);
    assert.deepEqual(await statuses(host, { token: TOKEN }), [401]);
    assert.deepEqual(await statuses(host), [200]);
    for (const scope of ['operator.read', 'operator.write', 'operator.admin']) assert.deepEqual(await statuses(host, { scopes: [scope] }), [200], scope);
    for (const scopes of [[], ['operator.approvals', 'operator.pairing'], ['operator.reads']]) {
      const { status, body } = await host.ask('/metrics', { scopes });
      assert.equal(status, 403);
      assert.match(body, /operator\.read/);
      assert.ok(!body.includes('openclaw_'));
      assert.deepEqual(await statuses(host, { scopes }), [403]);
    }
    // Behind a proxy it is called by whatever name it has there.
    assert.deepEqual(await statuses(host, { name: 'gateway.example.org' }), [200]);
    assert.deepEqual(await accessOf(host), { listener: 'open', routes: 'gateway' });
    assert.equal(host.said("/metrics on the Gateway's port with the Gateway's own auth and operator.read, no listener").length, 1, host.lines.join('\n'));
    assert.deepEqual(host.said('warn'), []);
    await host.stop();
  }
});

test('with a token of ours it is that token that opens the routes, and not the Gateway\'s', async () => {
  const host = await start({ enabled: true, bearerToken: TOKEN });
  assert.deepEqual(await statuses(host, { token: null }), [401]);
  assert.deepEqual(await statuses(host, { token: GATEWAY_TOKEN }), [401]);
  assert.deepEqual(await statuses(host, { token: TOKEN }), [200]);
  assert.deepEqual(await accessOf(host, { token: TOKEN }), { listener: 'token', routes: 'token' });
  assert.equal(host.said("with the exporter's token").length, 1);
});

test('written down, false opens the routes, but not to a web page of another name', async () => {
  const host = await start({ enabled: false });
  assert.deepEqual(await statuses(host, { token: null }), [200]);
  assert.deepEqual(await statuses(host, { token: null, name: 'rebound.example' }), [403]);
  assert.deepEqual(await accessOf(host, { token: null }), { listener: 'open', routes: 'open' });
  assert.equal(host.said('open to everybody').length, 1);
  assert.deepEqual(host.said('warn'), []);
});

test('a variable of the environment counts as written down', async () => {
  process.env.OPENCLAW_PROMETHEUS_SCRAPE_AUTH_ENABLED = 'false';
  assert.deepEqual(await statuses(await start(undefined), { token: null }), [200]);
});

test('open routes are warned of where others can come, once', async () => {
  const local = await start({ enabled: false }, { gateway: { bind: 'loopback' } });
  await local.ask('/metrics');
  await local.ask('/metrics', { at: '::ffff:127.0.0.1' });
  assert.deepEqual(local.said('warn'), []);
  for (const at of ['192.168.1.7', '10.0.0.7']) await local.ask('/metrics', { at, name: at });
  assert.deepEqual(local.said('warn').map((line) => /a scrape came to (\S+);/.exec(line)?.[1]), ['192.168.1.7']);
  await local.stop();

  const open = await start({ enabled: false }, { gateway: { bind: 'lan' } });
  assert.equal(open.said('scrapeAuth.enabled is false').length, 1);
  assert.match(open.said('scrapeAuth.enabled is false')[0], /beyond this machine \(gateway\.bind lan\); remove scrapeAuth\.enabled/);
  await open.stop();
  for (const scrapeAuth of [undefined, { enabled: true, bearerToken: TOKEN }]) {
    const closed = await start(scrapeAuth, { gateway: { bind: 'lan' } });
    assert.deepEqual(closed.said('beyond this machine'), []);
    await closed.stop();
  }
});

test('every way in that the configuration or the command line opens is named', () => {
  const ways = (gateway, ...argv) => exposures(gateway === undefined ? {} : { gateway }, ['node', 'openclaw', 'gateway', ...argv]);
  for (const gateway of [undefined, {}, { bind: 'loopback' }, { bind: 'auto' }, { bind: 'custom', customBindHost: '127.0.0.1' }, { tailscale: { mode: 'off' } }]) {
    assert.deepEqual(ways(gateway), [], JSON.stringify(gateway));
  }
  assert.deepEqual(ways({ bind: 'lan' }), ['gateway.bind lan']);
  assert.deepEqual(ways({ bind: 'tailnet' }), ['gateway.bind tailnet']);
  assert.deepEqual(ways({ bind: '0.0.0.0' }), ['gateway.bind 0.0.0.0']);
  assert.deepEqual(ways({ bind: 'custom', customBindHost: '192.168.1.7' }), ['gateway.customBindHost 192.168.1.7']);
  assert.deepEqual(ways({ bind: 'custom' }), ['gateway.customBindHost 0.0.0.0']);
  for (const mode of ['serve', 'funnel']) assert.deepEqual(ways({ tailscale: { mode } }), [`gateway.tailscale.mode ${mode}`]);
  assert.deepEqual(ways({ bind: 'loopback' }, '--bind', 'lan'), ['gateway.bind lan']);
  assert.deepEqual(ways({ bind: 'lan' }, '--bind=loopback'), []);
});

test('what is wrong with a configuration is told to those alone who would be let in', async () => {
  const broken = (scrapeAuth) => {
    const pluginConfig = { ...CONFIG, prot: 1, ...(scrapeAuth && { scrapeAuth }) };
    return new Host({ api: { rootDir: PLUGIN, pluginConfig } }).start();
  };
  for (const scrapeAuth of [undefined, {}, { enabled: 'yes' }]) {
    const host = await broken(scrapeAuth);
    assert.deepEqual(await statuses(host, { token: null }), [401]);
    assert.deepEqual(await statuses(host, { scopes: [] }), [403]);
    const { status, body } = await host.ask('/metrics');
    assert.equal(status, 503);
    assert.match(body, /prot: not a key/);
  }
  const open = await (await broken({ enabled: false })).ask('/metrics', { token: null });
  assert.match(open.body, /prot: not a key/);
  const token = await (await broken({ enabled: true, bearerToken: TOKEN })).ask('/metrics', { token: null });
  assert.equal(token.status, 503);
  assert.match(token.body, /the Gateway's log says why/);
  assert.ok(!token.body.includes('prot'));
});

test('routes of another configuration than the exporter runs with open nothing', async () => {
  // A reload registers the routes anew before the exporter starts again: here the Gateway was to let in, and does not any more.
  const before = await start(undefined);
  const after = new Host({ api: { rootDir: PLUGIN, pluginConfig: { ...CONFIG, scrapeAuth: { enabled: true, bearerToken: TOKEN } } } }).register();
  assert.deepEqual(await statuses(after, { token: null }), [503]);
  await before.stop();
  for (const service of after.services) await service.start({});
  assert.deepEqual(await statuses(after, { token: null }), [401]);
  assert.deepEqual(await statuses(after, { token: TOKEN }), [200]);
  await after.stop();
});

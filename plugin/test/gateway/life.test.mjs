// The plugin's life in a real Gateway: reload, off and on, an upgrade in place, Workers, stop and start, two Gateways, a
// scrape at the end, and whatever can be wrong with it. The Gateway never suffers, and its operator is told.
import assert from 'node:assert/strict';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect as tcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { connect } from './client.mjs';
import { Gateway, ID, TOKEN, samples, unpack, until } from './gateway.mjs';
import { startProvider } from './provider.mjs';

const folder = mkdtempSync(join(tmpdir(), 'ocp-package-'));
const packed = unpack(folder);
const open = [];
let provider;
let gateway;

async function create(options) {
  const created = await Gateway.create({ provider, ...options });
  open.push(created);
  return created;
}

before(async () => {
  provider = await startProvider();
  gateway = await create({ paths: [packed.package], entries: { [ID]: { enabled: true, config: { collectIntervalMs: 0 } } } });
  await gateway.start();
  await isServed(gateway);
});

after(async () => {
  for (const one of open) await one.remove();
  provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function isServed(of) {
  await of.until('the route', async () => (await of.get('/metrics')).status === 200);
  await of.until('its port', async () => (await of.get('/metrics', { at: of.ownPort })).status === 200);
}

async function isReady(of) {
  const ready = async () => samples((await of.get('/metrics')).body).get('openclaw_ready{}');
  await of.until('it to be ready', async () => (await ready()) === 1);
}

const total = async (of) =>
  [...samples((await of.get('/metrics')).body)]
    .filter(([sample]) => sample.startsWith('openclaw_run_duration_seconds_count{'))
    .reduce((sum, [, value]) => sum + value, 0);

/** One more turn, which is counted once. */
async function oneMore(of) {
  const before_ = await total(of);
  assert.equal(await of.turn('again'), 200);
  await of.until('the run to be counted', async () => (await total(of)) > before_);
  assert.equal(await total(of), before_ + 1);
}

test('totals outlive a reload', async () => {
  await oneMore(gateway);
  const before_ = await total(gateway);
  await gateway.cli('plugins', 'reload', ID);
  await isServed(gateway);
  assert.equal(await total(gateway), before_);
  await isReady(gateway);
  await oneMore(gateway);
});

test('turned off it is gone, and turned on it goes on', async () => {
  const before_ = await total(gateway);
  await gateway.cli('plugins', 'disable', ID);
  await gateway.until('the route to go', async () => (await gateway.get('/metrics')).status === 404);
  await assert.rejects(gateway.get('/metrics', { at: gateway.ownPort }));
  assert.equal(await gateway.turn('without it'), 200);
  await gateway.cli('plugins', 'enable', ID);
  await isServed(gateway);
  assert.equal(await total(gateway), before_, 'what happened without it was not seen');
  await isReady(gateway);
  await oneMore(gateway);
});

test('turned on for the first time in a running Gateway it knows that the Gateway is ready, and which build it is', async () => {
  const late = await create({ paths: [packed.package], entries: { [ID]: { enabled: false, config: { collectIntervalMs: 0 } } } });
  await late.start();
  await late.cli('plugins', 'enable', ID);
  await isServed(late);
  await isReady(late);
  const { hello, close } = await connect(late.port, TOKEN);
  await close();
  const { body } = await late.get('/metrics');
  assert.match(body, /^openclaw_gateway_build_info\{build_id="20/m);
  assert.ok(body.includes(`openclaw_gateway_build_info{build_id="${hello.server.buildId}",process_instance_id="${late.pid}-`), hello.server.buildId);
  assert.equal(await late.stop(), 0);
});

test('an upgrade in place takes effect with the next start, and says so', async () => {
  const before_ = await total(gateway);
  const manifest = join(packed.package, 'package.json');
  const version = '0.1.99';
  writeFileSync(manifest, readFileSync(manifest, 'utf8').replace(`"version": "${packed.version}"`, `"version": "${version}"`));
  for (const name of readdirSync(join(packed.package, 'native'))) {
    // Another file, as an installer makes one.
    copyFileSync(join(packed.package, 'native', name), join(folder, name));
    renameSync(join(folder, name), join(packed.package, 'native', name.replace(packed.version, version)));
  }
  await gateway.cli('plugins', 'reload', ID);
  await isServed(gateway);
  await gateway.until('the line', async () => gateway.lines().some((line) => line.includes('until the Gateway is restarted')));
  assert.equal(await total(gateway), before_);
  await oneMore(gateway);
});

test('Workers that load the addon come and go, and are ended', async () => {
  const [addon] = readdirSync(join(packed.package, 'native')).filter((name) => name.includes(packed.version));
  const lengths = JSON.parse((await gateway.get(`/recorder/workers?count=12&addon=${join(packed.package, 'native', addon)}`)).body);
  assert.ok(lengths.length === 12 && lengths.every((length) => length > 10_000), `${lengths}`);
  await oneMore(gateway);
  await isServed(gateway);
});

test('two Gateways on one machine: the second says that the port is taken, its routes work, and a free port is taken back', async () => {
  const other = await create({
    paths: [packed.package],
    entries: {
      [ID]: {
        enabled: true,
        config: { port: gateway.ownPort, collectIntervalMs: 0, scrapeAuth: { enabled: true, bearerToken: 'right-0123456789' } },
      },
    },
  });
  await other.start();
  const authorization = 'Bearer right-0123456789';
  await other.until('the route', async () => (await other.get('/metrics', { headers: { authorization } })).status === 200);
  const taken = other.lines().filter((line) => line.includes(`${gateway.ownPort}`) && line.includes('taken'));
  assert.equal(taken.length, 1, other.lines().join('\n'));
  assert.match(taken[0], /tried again every 5 s/);
  for (const headers of [{}, { authorization: 'Bearer wrong' }, { authorization: 'Basic cmlnaHQ=' }]) {
    const { status, body, headers: answered } = await other.get('/metrics', { headers });
    assert.equal(status, 401);
    assert.match(answered.get('www-authenticate'), /^Bearer/);
    assert.ok(!body.includes('right-') && !body.includes('openclaw_'), body.slice(0, 200));
  }
  // The first one's port is the first one's.
  assert.equal((await gateway.get('/metrics', { at: gateway.ownPort })).status, 200);
  const token = { headers: { authorization } };
  const warned = async (of, asked) => JSON.parse((await of.get('/metrics/health', asked)).body).warnings.filter((told) => told.startsWith('listener'));
  const up = async (of, asked) => /^openclaw_metrics_listener_up (\d)$/m.exec((await of.get('/metrics', asked)).body)?.[1];
  assert.match((await warned(other, token)).join('\n'), /is taken by another process/);
  assert.equal(await up(other, token), '0');

  // Free, it is the second one's; the first one, started again, waits for it.
  await gateway.cli('plugins', 'disable', ID);
  await gateway.until('the route to go', async () => (await gateway.get('/metrics')).status === 404);
  const free = performance.now();
  const at = gateway.ownPort;
  await other.until('the port', async () => (await other.get('/metrics', { at, ...token }).catch(() => ({}))).status === 200);
  assert.ok(performance.now() - free < 10_000, `${performance.now() - free} ms`);
  assert.equal(await up(other, { at, ...token }), '1');
  assert.deepEqual(await warned(other, token), []);
  await other.until('the line', async () => other.lines().some((line) => line.includes(`:${at}/metrics after all`)));
  await gateway.cli('plugins', 'enable', ID);
  await gateway.until('the route', async () => (await gateway.get('/metrics')).status === 200);
  assert.equal(await up(gateway), '0');
  assert.equal((await warned(gateway)).length, 1);
  assert.equal(await other.stop(), 0);
  await isServed(gateway);
  assert.equal(await up(gateway), '1');
  assert.deepEqual(await warned(gateway), []);
});

test('SIGTERM in the middle of a scrape ends it in time, and the next start begins anew', async () => {
  const socket = tcp(gateway.ownPort, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  // Asked for a hundred times, and not read: it stays in the middle.
  socket.pause();
  socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(100));
  await pause(200);
  const began = performance.now();
  assert.equal(await gateway.stop(), 0);
  assert.ok(performance.now() - began < 15_000);
  socket.destroy();
  await assert.rejects(gateway.get('/metrics', { at: gateway.ownPort }));

  await gateway.start();
  await isServed(gateway);
  assert.equal(await total(gateway), 0);
  await oneMore(gateway);
  assert.match((await gateway.get('/metrics')).body, /^openclaw_exporter_build_info\{version="0\.1\.0"/m);
  assert.equal(await gateway.stop(), 0);
});

/** A Gateway with a package that something is wrong with: it starts, says one line, and tells whoever asks for the health. */
async function isTold(what, { damage, config = {}, says }) {
  const broken = join(folder, what);
  cpSync(packed.package, broken, { recursive: true });
  damage?.(join(broken, 'native'));
  const sick = await create({ paths: [broken], entries: { [ID]: { enabled: true, config } } });
  await sick.start();
  await sick.until('the line', () => sick.lines().some((line) => line.includes('not started')));
  const said = sick.lines().filter((line) => line.includes('not started'));
  assert.equal(said.length, 1, said.join('\n'));
  assert.match(said[0], says);
  for (const path of ['/metrics/health', '/metrics']) {
    const { status, body } = await sick.get(path);
    assert.equal(status, 503);
    const health = JSON.parse(body);
    assert.equal(health.healthy, false);
    assert.ok(!body.includes(folder), 'no path of the machine is told to whoever asks');
  }
  assert.equal(await sick.turn('it works all the same'), 200);
  assert.equal(await sick.stop(), 0);
}

const natives = (native) => readdirSync(native).map((name) => join(native, name));

test('a corrupt addon', () =>
  isTold('corrupt', {
    damage: (native) => natives(native).forEach((file) => (rmSync(file), writeFileSync(file, 'no library'))),
    says: /the native addon for linux-x64 cannot be loaded.*npm run build/,
  }));

test('a missing addon', () =>
  isTold('missing', {
    damage: (native) => natives(native).forEach((file) => rmSync(file)),
    says: /the native addon for linux-x64 cannot be loaded.*npm run build/,
  }));

test('a configuration with mistakes', () =>
  isTold('mistaken', {
    config: { collectIntervalMs: -5, prot: 9464 },
    says: /collectIntervalMs.*; .*prot.*port/,
  }));

test('nothing is left of any of them', async () => {
  await until('the ports to be free', async () => {
    for (const { port, ownPort } of open) {
      for (const at of [port, ownPort]) await assert.rejects(fetch(`http://127.0.0.1:${at}/`));
    }
    return true;
  });
});

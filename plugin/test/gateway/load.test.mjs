// What the plugin costs a Gateway: what a scrape of its route takes of the event loop, and that 100,000 events and 10,000
// scrapes leave nothing behind. Beside it runs a Gateway whose plugins only listen and send bytes.
import assert from 'node:assert/strict';
import http from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { Gateway, ID, samples, unpack } from './gateway.mjs';

const SERIES = 1024;
const ROUNDS = 5;
const [EVENTS, SCRAPES] = [20_000, 2000];

const folder = mkdtempSync(join(tmpdir(), 'ocp-package-'));
const packed = unpack(folder);
const open = [];
after(async () => {
  for (const one of open) await one.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function start(options) {
  // Without a file the recorder listens, and does nothing.
  const gateway = await Gateway.create({ ...options, entries: { ...options.entries, recorder: { enabled: true } } });
  open.push(gateway);
  gateway.environment = { NODE_OPTIONS: '--expose-gc' };
  return gateway.start();
}

/** Asks `count` times over one connection; how many bytes came. */
async function ask(port, path, count, headers = {}) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let bytes = 0;
  for (let time = 0; time < count; time += 1) {
    await new Promise((resolve, reject) => {
      http.get({ host: '127.0.0.1', port, path, agent, headers }, (response) => {
        if (response.statusCode !== 200) reject(new Error(`${path}: ${response.statusCode}`));
        response.on('data', (chunk) => (bytes += chunk.length)).on('end', resolve);
      }).on('error', reject);
    });
  }
  agent.destroy();
  return bytes;
}

/**
 * Milliseconds of the Gateway's event loop for an answer on each of these paths: the least of some rounds in which all take
 * turns, as others work there too.
 */
async function loopTimes(gateway, paths, { count = 40, rounds = 12 } = {}) {
  const busy = async () => JSON.parse((await gateway.get('/recorder/busy')).body).ms;
  const least = paths.map(() => Infinity);
  for (let round = 0; round < rounds; round += 1) {
    for (const [at, { path, headers }] of paths.entries()) {
      const before = await busy();
      await ask(gateway.port, path, count, headers);
      least[at] = Math.min(least[at], ((await busy()) - before) / count);
    }
  }
  return least;
}

let ours;

test('a scrape of the route takes little more of the event loop than any other answer of that size', async (t) => {
  ours = await start({ paths: [packed.package], entries: { [ID]: { enabled: true, config: { maxSeries: 8192, scrapeAuth: { enabled: false } } } } });
  await ours.get(`/recorder/series?count=${SERIES}`);
  const lines = async () => (await ours.get('/metrics')).body;
  const counted = (page, name) => page.split('\n').filter((line) => line.startsWith(name)).length;
  await ours.until('the series', async () => counted(await lines(), 'openclaw_webhook_received_total{') >= SERIES);
  const page = await lines();
  assert.equal(counted(page, 'openclaw_webhook_duration_seconds_count{'), SERIES);
  const bytes = Buffer.byteLength(page);
  await ours.get(`/recorder/fill?bytes=${bytes}`);
  const gzip = { headers: { 'accept-encoding': 'gzip' } };
  // Once, so that the packed form is there; whoever scrapes finds it from then on.
  await ask(ours.port, '/metrics', 20, gzip.headers);
  const packedBytes = await ask(ours.port, '/metrics', 1, gzip.headers);
  const [empty, packed_, constant, plain] = await loopTimes(ours, [
    { path: '/recorder/empty' },
    { path: '/metrics', ...gzip },
    { path: '/recorder/constant' },
    { path: '/metrics' },
  ]);
  t.diagnostic(`event loop per scrape of ${page.split('\n').length} lines, ${bytes} bytes: gzip (${packedBytes} bytes) ${packed_.toFixed(3)} ms, an empty answer ${empty.toFixed(3)} ms; ` +
    `identity ${plain.toFixed(3)} ms, a constant buffer ${constant.toFixed(3)} ms (${(plain / constant).toFixed(2)} times)`);
  assert.ok(packed_ - empty <= 0.3, `${packed_} and ${empty} ms`);
  // 1.3 to 1.5: the bytes are those that another core has just written, a constant buffer lies in the cache. New memory for
  // each answer would take five times.
  assert.ok(plain <= 2 * constant, `${plain} and ${constant} ms`);
});

/** Memory after each round of events and scrapes, in MB. */
async function rounds(gateway, path, port = gateway.port) {
  const memory = async () => {
    const { rss, heapUsed, external } = JSON.parse((await gateway.get('/recorder/memory')).body);
    return { rss: rss / 2 ** 20, heap: (heapUsed + external) / 2 ** 20 };
  };
  const all = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    await gateway.get(`/recorder/emit?count=${EVENTS}`, { signal: AbortSignal.timeout(120_000) });
    await ask(gateway.port, path, SCRAPES / 2, { 'accept-encoding': 'gzip' });
    await ask(port, path, SCRAPES / 2, { 'accept-encoding': 'gzip' });
    all.push(await memory());
  }
  // The first warms up.
  return all.slice(1);
}

const growth = (all, what) => (all.at(-1)[what] - all[0][what]) / (all.length - 1);

test('100,000 events and 10,000 scrapes leave nothing behind', async (t) => {
  const bounded = ['openclaw_metrics_series{}', 'openclaw_metrics_label_bytes{}', 'openclaw_metrics_recording_threads{}'];
  const look = async () => {
    const page = samples((await ours.get('/metrics')).body);
    return bounded.map((name) => [name, page.get(name) ?? [...page].find(([sample]) => sample.startsWith(name.slice(0, -1)))?.[1]]);
  };
  const emitted = async () => samples((await ours.get('/metrics')).body).get('openclaw_exporter_events_total{event="model.usage"}');
  const before = await emitted();
  for (const port of [ours.port, ours.ownPort]) await ask(port, '/metrics', 20, { 'accept-encoding': 'gzip' });
  await ours.get(`/recorder/emit?count=${EVENTS}`);
  await ours.until('a page with them', async () => (await emitted()) === before + EVENTS / 4);
  // And what the Gateway does for the first time after its start.
  await pause(3000);
  const first = await look();
  const with_ = await rounds(ours, '/metrics', ours.ownPort);
  await ours.until('a page with all', async () => (await emitted()) === before + ((ROUNDS + 2) * EVENTS) / 4);
  const [was, is] = [first, await look()].map((figures) => new Map(figures));
  t.diagnostic(`the addon's own figures: ${[...was].map(([name, value]) => `${name} ${value} then ${is.get(name)}`).join(', ')}`);
  // The Gateway itself may do something for the first time meanwhile.
  assert.ok(is.get('openclaw_metrics_series{}') <= was.get('openclaw_metrics_series{}') + 20, 'series grow');
  assert.ok(is.get('openclaw_metrics_label_bytes{}') <= was.get('openclaw_metrics_label_bytes{}') + 400, 'labels grow');
  assert.ok(is.get('openclaw_metrics_recording_threads{}') <= was.get('openclaw_metrics_recording_threads{}') + 1, 'threads grow');
  const rejected = samples((await ours.get('/metrics')).body).get('openclaw_exporter_events_rejected_total{reason="bad_text"}');
  assert.equal(rejected, 0);
  assert.equal(await ours.stop(), 0);

  const other = await start({});
  await other.get('/recorder/fill?bytes=60000');
  const without = await rounds(other, '/recorder/constant');
  assert.equal(await other.stop(), 0);
  const tell = (all, what) => all.map((one) => one[what].toFixed(0)).join(' ');
  t.diagnostic(`RSS in MB after each ${EVENTS} events and ${SCRAPES} scrapes: ${tell(with_, 'rss')}; without the plugin ${tell(without, 'rss')}`);
  t.diagnostic(`heap and external: ${tell(with_, 'heap')}; without ${tell(without, 'heap')}`);
  // The Gateway's own memory moves by tens of megabytes; what a scrape or an event left behind would be far more.
  assert.ok(growth(with_, 'heap') <= growth(without, 'heap') + 2, 'the heap grows');
  assert.ok(growth(with_, 'rss') <= Math.max(0, growth(without, 'rss')) + 15, 'the process grows');
});

// What the plugin stands on, proven against a real Node: one exporter per process behind an addon, that answers while the
// event loop is blocked and survives Workers, reloads, bad arguments and the end of the process.
//
// Series of different tests differ in their labels, so every count is exact on its own.
import assert from 'node:assert/strict';
import { fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { gunzipSync } from 'node:zlib';

import { EventEncoder } from '../dist/encoder.js';
import { addonPath, CALLS, engineThreads, freePort, labelsOf, load, recorderOf, SECONDS, startOn, valueOf } from './addon.mjs';

const WORKERS = 20;
const BLOCK_MS = 2000;

const addon = load();
const record = recorderOf(addon, EventEncoder);
const PORT = await freePort();
const start = (config = {}, from = addon) => startOn(from, { port: PORT, ...config });

/** Calls and seconds recorded for a series, which must agree. */
function recorded(labels, from = addon) {
  const page = from.page();
  const calls = valueOf(page, CALLS, labels) ?? 0;
  assert.equal(valueOf(page, `${SECONDS}_count`, labels) ?? 0, calls);
  assert.equal(valueOf(page, `${SECONDS}_bucket`, { ...labels, le: '+Inf' }) ?? 0, calls);
  return calls;
}

function get(port, path = '/metrics') {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk)).on('end', () => resolve({ response, body }));
    }).on('error', reject);
  });
}

/** Runs `script` in a Node of its own, with the addon as `addon`. */
function runAlone(script, flags = [], variables = {}) {
  const helper = JSON.stringify(new URL('./addon.mjs', import.meta.url).href);
  const encoder = JSON.stringify(new URL('../dist/encoder.js', import.meta.url).href);
  const source = `import { addonPath, CALLS, engineThreads, freePort, labelsOf, load, recorderOf, startOn, valueOf } from ${helper};
    import { EventEncoder } from ${encoder};\n${script}`;
  const env = { ...process.env, OCP_ADDON: addonPath, ...variables };
  // A child of the test runner would report to it instead of printing.
  delete env.NODE_TEST_CONTEXT;
  const args = [...flags, '--input-type=module', '--eval', source];
  const child = spawnSync(process.execPath, args, { env, encoding: 'utf8', timeout: 60_000 });
  const { status, signal, stdout, stderr } = child;
  return { status, signal, stdout, stderr };
}

// Each Worker loads the addon from the same path, as a Worker of the Gateway would.
const WORKER = `
  const os = require('node:os');
  const { parentPort, workerData } = require('node:worker_threads');
  const module_ = { exports: {} };
  process.dlopen(module_, workerData.path, os.constants.dlopen.RTLD_NOW);
  import(workerData.encoder).then(({ EventEncoder }) => import(workerData.helper).then(({ recorderOf }) => {
    const record = recorderOf(module_.exports, EventEncoder);
    for (let turn = 0; turn < workerData.turns; turn += 1) record(...workerData.labels, 0.5);
    parentPort.postMessage('done');
    if (workerData.then === 'wait') setInterval(() => {}, 1000);
    if (workerData.then === 'go on') {
      const turns = new Int32Array(workerData.shared);
      for (;;) { record(...workerData.labels, 0.5); Atomics.add(turns, 0, 1); }
    }
  }));
`;
const ENCODER = new URL('../dist/encoder.js', import.meta.url).href;
const HELPER = new URL('./addon.mjs', import.meta.url).href;

async function withWorker(workerData, end) {
  const worker = new Worker(WORKER, { eval: true, workerData: { path: addonPath, encoder: ENCODER, helper: HELPER, ...workerData } });
  const ended = once(worker, 'exit');
  await once(worker, 'message');
  await end?.(worker);
  await ended;
}

before(() => {
  assert.ok(Number(process.versions.node.split('.')[0]) >= 24, `Node 24 or later, not ${process.version}`);
  start({ collectIntervalMs: 0 });
});

after(() => addon.stop());

test('events appear exactly, on the listener and on the route', async () => {
  assert.equal(addon.ABI, 8);
  assert.equal(addon.version(), '0.1.0');
  const labels = labelsOf('exact', 'gpt-5', 'sse');
  for (const seconds of [0.25, 0.5, 1.75]) assert.ok(record('exact', 'gpt-5', 'sse', seconds));
  const page = addon.page();
  assert.ok(Buffer.isBuffer(page));
  assert.equal(recorded(labels), 3);
  assert.equal(valueOf(page, `${SECONDS}_sum`, labels), 2.5);
  const buckets = [['0.1', 0], ['0.25', 1], ['0.5', 2], ['1', 2], ['2.5', 3], ['600', 3], ['+Inf', 3]];
  for (const [le, count] of buckets) {
    assert.equal(valueOf(page, `${SECONDS}_bucket`, { ...labels, le }), count, `le="${le}"`);
  }
  const { response, body } = await get(start());
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(valueOf(body, CALLS, labels), 3);
  let answer = addon.respond('GET', '/metrics', '', '', null, false);
  while (typeof answer === 'number') answer = addon.answer(answer);
  assert.equal(answer.status, 200);
  assert.ok(answer.headers.includes('text/plain; version=0.0.4; charset=utf-8'));
  assert.equal(valueOf(answer.body, CALLS, labels), 3);
});

test('every route answers, and none waits', async () => {
  const ask = async (...request) => {
    let answer = addon.respond(...request);
    for (let turn = 0; typeof answer === 'number' && turn < 1000; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      answer = addon.answer(answer);
    }
    return answer;
  };
  for (const path of ['/metrics/per-object', '/metrics/detailed?family=model_call', '/metrics/health']) {
    const { status, headers, body } = await ask('GET', path, '', '', null, false);
    assert.equal(status, 200, path);
    assert.ok(headers.includes('application/json'));
    assert.equal(typeof JSON.parse(body), 'object');
  }
  const metrics = await ask('GET', '/metrics', 'application/openmetrics-text;version=1.0.0', 'gzip', null, false);
  assert.equal(metrics.status, 200);
  assert.ok(metrics.headers.includes('gzip'));
  assert.match(gunzipSync(metrics.body).toString(), /# EOF\n$/);
  const head = await ask('HEAD', '/metrics', '', '', null, false);
  assert.deepEqual([head.status, head.body.length], [200, 0]);
  assert.equal((await ask('POST', '/metrics', '', '', null, false)).status, 405);
  assert.equal((await ask('GET', '/metrics', '', '', null, true)).status, 413);
  assert.equal((await ask('GET', '/nothing', '', '', null, false)).status, 404);
  assert.equal(addon.answer(4_000_000), null);
});

/** Series enough for a large page. */
function makeLarge() {
  for (let number = 0; number < 300; number += 1) record('large', `model-${number}`, 'sse', 1);
}

/** Asks for the page until it is there; the answer and its bytes. */
async function whole(room) {
  let answer = addon.respond('GET', '/metrics', '', '', null, false, room);
  while (typeof answer === 'number') {
    await new Promise((resolve) => setTimeout(resolve, 1));
    answer = addon.answer(answer, room);
  }
  return { answer, text: (answer.body ?? room.subarray(0, answer.length)).toString() };
}

test('a page is copied into room that is used again', async () => {
  makeLarge();
  const first = await whole(null);
  assert.equal(first.answer.body.length, first.answer.length);
  assert.ok(first.text.endsWith('\n') && first.text.startsWith('# HELP'));
  const room = Buffer.alloc(first.answer.length + 100_000, '?');
  const again = await whole(room);
  assert.equal(again.answer.body, undefined, 'it is in the room');
  assert.equal(valueOf(again.text, CALLS, labelsOf('large', 'model-7', 'sse')), 1);
  assert.ok(again.text.endsWith('\n') && !again.text.includes('\0') && !again.text.includes('??'));
  assert.equal(room.at(-1), '?'.charCodeAt(0), 'no byte behind it is touched');
  // Room that is too small is not used, and many at once do not meet.
  const small = Buffer.alloc(1000, '!');
  const own = await whole(small);
  assert.ok(own.answer.body.length === own.answer.length && own.text.startsWith('# HELP') && own.text.endsWith('\n'));
  assert.ok(small.every((byte) => byte === '!'.charCodeAt(0)));
  const many = await Promise.all(Array.from({ length: 20 }, () => whole(Buffer.alloc(room.length))));
  for (const { text } of many) assert.ok(text.startsWith('# HELP') && text.endsWith('\n'));
});

test('Workers that are ended while they ask for pages harm nobody', async () => {
  makeLarge();
  const source = `
    const { workerData } = require('node:worker_threads');
    const module_ = { exports: {} };
    process.dlopen(module_, workerData, require('node:os').constants.dlopen.RTLD_NOW);
    const ask = () => { const answer = module_.exports.respond('GET', '/metrics', '', '', null, false, null); setTimeout(ask, answer?.length % 2); };
    for (let at = 0; at < 8; at += 1) ask();
    require('node:worker_threads').parentPort.postMessage('asking');`;
  for (let round = 0; round < 10; round += 1) {
    const worker = new Worker(source, { eval: true, workerData: addonPath });
    await once(worker, 'message');
    await new Promise((resolve) => setTimeout(resolve, round));
    await worker.terminate();
  }
  assert.ok((await whole(null)).text.startsWith('# HELP'));
});

test('a page is a copy: writing to it changes nothing', () => {
  const first = addon.page();
  const text = first.toString();
  first.fill(0);
  // Made anew, it tells its own time; the families are in order, and ours come first.
  assert.equal(addon.page().toString('utf8', 0, 10_000), text.slice(0, 10_000));
});

test('a second load of the same path shares the engine', () => {
  const other = load();
  assert.notEqual(other, addon);
  assert.equal(start({}, other), start(), 'a second start finds the running engine');
  // Both have a table of texts in this thread: each begins it anew, and the other hands its texts over again.
  const its = recorderOf(other, EventEncoder);
  for (let turn = 0; turn < 1000; turn += 1) (turn % 4 ? record : its)('shared', 'm', 'ok', 0.5);
  assert.equal(recorded(labelsOf('shared', 'm'), addon), 1000);
  assert.equal(recorded(labelsOf('shared', 'm'), other), 1000);
});

test('the listener answers while the event loop is blocked', async (t) => {
  addon.stop();
  const port = start({ collectIntervalMs: 100 });
  const route = http.createServer((_, response) => response.end(addon.page()));
  route.listen(0, '127.0.0.1');
  await once(route, 'listening');
  const poller = fork(new URL('./poller.mjs', import.meta.url), { execArgv: [] });
  const hear = async () => (await once(poller, 'message'))[0];
  poller.send({ port, route: route.address().port, everyMs: 20 });
  assert.equal(await hear(), 'polling');
  // The request to the main thread is on its way when the block begins.
  poller.send('route');
  const call = ['blocked', 'm', 'ok'];
  for (let turn = 0; turn < 777; turn += 1) record(...call, 0.5);
  const began = process.hrtime.bigint();
  while (process.hrtime.bigint() - began < BigInt(BLOCK_MS) * 1_000_000n);
  const end = process.hrtime.bigint();
  assert.equal(await hear(), 'asked');
  poller.send('stop');
  const { answers, routed } = await hear();
  await new Promise((resolve) => route.close(resolve));
  // Before anything is judged: other tests read pages that are made on demand.
  addon.stop();
  start({ collectIntervalMs: 0 });

  const within = answers.filter((answer) => BigInt(answer.start) >= began && BigInt(answer.end) <= end);
  const ms = within.map((answer) => Number(BigInt(answer.end) - BigInt(answer.start)) / 1e6).sort((a, b) => a - b);
  const at = (share) => ms[Math.min(ms.length - 1, Math.floor(ms.length * share))].toFixed(2);
  const routeMs = Number(BigInt(routed.end) - BigInt(routed.start)) / 1e6;
  t.diagnostic(`${within.length} answers in a block of ${BLOCK_MS} ms: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ` +
    `max ${at(1)} ms; the main thread's own route took ${routeMs.toFixed(0)} ms`);
  assert.ok(within.length >= 50, `${within.length} answers`);
  assert.ok(within.every((answer) => answer.status === 200));
  // On a busy machine single ones wait for a core. One that waited for the loop would not be within the block at all.
  assert.ok(ms[ms.length >> 1] < 50, `half of them took ${at(0.5)} ms`);
  assert.ok(ms.at(-1) < BLOCK_MS / 2, `the slowest took ${at(1)} ms`);
  // Rendered during the block: two ticks after it began, every page has all that was recorded before it.
  const later = within.filter((answer) => BigInt(answer.start) - began > 250_000_000n);
  assert.ok(later.length >= 40);
  for (const { body } of later) assert.equal(valueOf(body, CALLS, labelsOf('blocked', 'm')), 777);
  assert.equal(routed.status, 200);
  assert.ok(BigInt(routed.end) > end, 'the main thread answered during its own block');
});

test('a Worker that loads the addon, records and ends takes nothing with it', async () => {
  const labels = ['worker-exit', 'm', 'ok'];
  for (let round = 1; round <= WORKERS; round += 1) {
    await withWorker({ labels, turns: 1000 });
    assert.equal(recorded(labelsOf('worker-exit', 'm')), round * 1000);
  }
  const port = start();
  assert.equal((await get(port)).response.statusCode, 200);
  assert.deepEqual(await engineThreads(4), ['ocp-http', 'ocp-render', 'ocp-rpc', 'ocp-views']);
  const call = labels;
  for (let turn = 0; turn < 1000; turn += 1) record(...call, 0.5);
  assert.equal(recorded(labelsOf('worker-exit', 'm')), (WORKERS + 1) * 1000);
});

test('a Worker that is terminated while it waits takes nothing with it', async () => {
  const labels = ['worker-idle', 'm', 'ok'];
  for (let round = 1; round <= WORKERS; round += 1) {
    await withWorker({ labels, turns: 1000, then: 'wait' }, (worker) => worker.terminate());
    assert.equal(recorded(labelsOf('worker-idle', 'm')), round * 1000);
  }
  assert.deepEqual(await engineThreads(4), ['ocp-http', 'ocp-render', 'ocp-rpc', 'ocp-views']);
});

test('a Worker that is terminated while it records loses nothing', async () => {
  const shared = new SharedArrayBuffer(4);
  const turns = new Int32Array(shared);
  const labels = ['worker-busy', 'm', 'ok'];
  for (let round = 1; round <= WORKERS; round += 1) {
    await withWorker({ labels, turns: 1000, then: 'go on', shared }, (worker) => worker.terminate());
    // It may have been stopped between its recording and its own count of it, once each.
    const beyond = recorded(labelsOf('worker-busy', 'm')) - round * 1000 - turns[0];
    assert.ok(beyond >= 0 && beyond <= round, `${beyond} beyond`);
  }
});

test('Workers and the main thread record at the same time', async () => {
  const labels = ['together', 'm', 'ok'];
  const workers = Array.from({ length: 4 }, () => withWorker({ labels, turns: 50_000 }));
  const call = labels;
  for (let turn = 0; turn < 50_000; turn += 1) record(...call, 0.5);
  await Promise.all(workers);
  assert.equal(recorded(labelsOf('together', 'm')), 250_000);
});

test('totals outlive every Worker of a process whose main thread never loaded the addon', () => {
  // Each Worker that ends closes its load. glibc keeps the library while the thread still has destructors to run and
  // unmaps it when the next library is closed: here a copy of the addon, as a plugin reload makes. Without
  // `-z nodelete` the totals start anew then.
  const folder = mkdtempSync(join(tmpdir(), 'ocp-'));
  const copy = join(folder, 'copy.node');
  copyFileSync(addonPath, copy);
  try {
    const alone = runAlone(`
      import assert from 'node:assert/strict';
      import { once } from 'node:events';
      import { Worker } from 'node:worker_threads';
      const source = \`
        const os = require('node:os');
        const { parentPort, workerData } = require('node:worker_threads');
        const module_ = { exports: {} };
        process.dlopen(module_, workerData, os.constants.dlopen.RTLD_NOW);
        const addon = module_.exports;
        addon.start('{ port: 0, collectIntervalMs: 0 }');
        import(${JSON.stringify(new URL('../dist/encoder.js', import.meta.url).href)}).then(({ EventEncoder }) =>
          import(${JSON.stringify(new URL('./addon.mjs', import.meta.url).href)}).then(({ recorderOf }) => {
            const record = recorderOf(addon, EventEncoder);
            for (let turn = 0; turn < 1000; turn += 1) record('p', 'm', 'ok', 0.5);
            parentPort.postMessage(addon.page().toString());
          }));
      \`;
      for (let round = 1; round <= ${WORKERS}; round += 1) {
        for (const path of [addonPath, ${JSON.stringify(copy)}]) {
          const worker = new Worker(source, { eval: true, execArgv: [], workerData: path });
          const [[page]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
          assert.equal(valueOf(page, CALLS, labelsOf('p', 'm')), round * 1000);
          assert.deepEqual(await engineThreads(), [], 'the last environment that ends has the threads joined');
        }
      }
    `);
    assert.deepEqual(alone, { status: 0, signal: null, stdout: '', stderr: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bad arguments record nothing and do no harm', () => {
  const encoder = new EventEncoder(addon);
  const generation = addon.beginTexts();
  const place = JSON.parse(addon.shapes()).events.findIndex(({ type }) => type === 'webhook.received');
  const [channel, webhook] = ['bad', 'm'].map((text) => addon.addText(generation, text));
  const numbers = Float64Array.of(channel, webhook);
  const good = [generation, place, 1, numbers, 2];
  assert.equal(addon.observe(...good), 0);
  const wrong = ['0', undefined, null, {}, [], 0n, true, Symbol('0'), () => 0];
  for (const at of good.keys()) {
    for (const bad of wrong) assert.equal(addon.observe(...good.with(at, bad)), 2, `${at} ${String(bad)}`);
  }
  assert.equal(addon.observe(), 2);
  for (const bad of [-1, 0.5, NaN, Infinity, 1000, 2 ** 32, 2 ** 64]) {
    assert.equal(addon.observe(...good.with(0, bad)), 1, 'texts of another generation');
    assert.equal(addon.observe(...good.with(1, bad)), 2, 'a type that there is not');
    assert.equal(addon.observe(...good.with(4, bad)), 2, 'more numbers than there are');
  }
  for (const bad of [-1, 0.5, NaN, Infinity, 2 ** 64]) assert.equal(addon.observe(...good.with(2, bad)), 2);
  for (const array of [new Float32Array(2), new Int32Array(2), new DataView(new ArrayBuffer(16)), new Float64Array(1)]) {
    assert.equal(addon.observe(...good.with(3, array)), 2);
  }
  // Texts that nobody gave out, and fields that are cut off, are broken and missing fields.
  for (const bad of [-1, 0.5, NaN, 4096, 2 ** 53]) assert.equal(addon.observe(...good.with(3, Float64Array.of(bad, bad))), 0);
  assert.equal(addon.observe(...good.with(4, 0)), 0);
  assert.equal(valueOf(addon.page(), 'openclaw_webhook_received_total', { channel: 'bad', webhook: 'm' }), 1);

  assert.equal(addon.addText(generation, 'x'.repeat(1025)), null);
  assert.equal(addon.addText(generation + 1, 'x'), null);
  for (const bad of wrong) {
    if (typeof bad !== 'string') assert.throws(() => addon.addText(generation, bad), /Expect value to be String/);
    if (typeof bad !== 'string') assert.throws(() => addon.start(bad), /Expect value to be String/);
  }
});

test('a configuration is checked in the words of the program', () => {
  const check = (config) => addon.check(JSON.stringify(config));
  assert.deepEqual(check({ port: 19464, path: '/metrics', collectIntervalMs: 1000 }), []);
  const [port] = check({ port: 65_536 });
  assert.match(port, /port.*65536/);
  assert.match(check({ prot: 1 })[0], /prot.*port/s);
  assert.equal(check({ port: -1, collectIntervalMs: 'x', nonsense: 1 }).length, 3, 'all problems at once');
  for (const config of [{ port: 65_536 }, { collectIntervalMs: -1 }, { prot: 1 }]) {
    assert.throws(() => addon.start(JSON.stringify(config)), { code: 'InvalidArg' });
  }
  assert.throws(() => addon.start('{'));
});

test('texts beyond the table are handed over again, and nothing is lost', () => {
  const encoder = new EventEncoder(addon);
  let texts = 0;
  for (let number = 0; number < 10_000; number += 1) {
    assert.ok(encoder.record({ type: 'run.started', channel: 'flood', sessionKey: `agent:a:flood:${number}` }, { trusted: true }));
    texts = Math.max(texts, encoder.texts);
  }
  assert.ok(texts <= 4096, `${texts} texts`);
  const labels = { agent_id: 'a', channel: 'flood' };
  assert.equal(valueOf(addon.page(), 'openclaw_agent_runs_started_total', labels), 10_000);
});

test('what the host redacts is never shown, and it is asked once a text', () => {
  const asked = [];
  const encoder = new EventEncoder(addon, (text) => {
    asked.push(text);
    return text.includes('hush') ? '***' : text;
  });
  for (let turn = 0; turn < 3; turn += 1) {
    encoder.record({ type: 'webhook.received', channel: 'hush-hush', updateType: 'redacted' }, { internal: true });
  }
  assert.deepEqual(asked, ['hush-hush', 'redacted']);
  const page = addon.page().toString();
  assert.ok(!page.includes('hush'));
  assert.equal(valueOf(page, 'openclaw_webhook_received_total', { channel: 'unknown', webhook: 'redacted' }), 3);
});

test('an event that nobody vouches for is not recorded, and of an unknown type none is', () => {
  const encoder = new EventEncoder(addon);
  for (const metadata of [undefined, {}, { trusted: 1 }, { trusted: 'true' }, { internal: null }]) {
    assert.ok(encoder.record({ type: 'webhook.received', channel: 'guest' }, metadata));
  }
  assert.equal(encoder.record({ type: 'not.yet.known' }, { trusted: true }), false);
  assert.ok(!addon.page().includes('guest'));
});

test('a port that is taken is a warning: the routes work, and another port does', async () => {
  addon.stop();
  assert.throws(() => addon.page(), /not running; call start\(\) first/);
  assert.equal(addon.respond('GET', '/metrics', '', '', null, false), null);
  assert.deepEqual(JSON.parse(addon.status()), { running: false });
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  const started = JSON.parse(addon.start(JSON.stringify({ port, collectIntervalMs: 0 })));
  assert.equal(started.address, null);
  assert.match(started.warnings.join(), new RegExp(`127\\.0\\.0\\.1:${port} is taken`));
  assert.deepEqual(await engineThreads(4), ['ocp-listen', 'ocp-render', 'ocp-rpc', 'ocp-views']);
  assert.ok(addon.page().length > 0);
  addon.stop();
  taken.close();
  await once(taken, 'close');
  assert.equal(start({ port, collectIntervalMs: 0 }), port);
  addon.stop();
  start({ collectIntervalMs: 0 });
});

test('stop joins the threads, start goes on with the totals', async () => {
  const call = ['again', 'm', 'ok'];
  for (let round = 1; round <= 5; round += 1) {
    record(...call, 0.5);
    const port = start({ collectIntervalMs: 0 });
    assert.deepEqual(await engineThreads(4), ['ocp-http', 'ocp-render', 'ocp-rpc', 'ocp-views']);
    addon.stop();
    assert.deepEqual(await engineThreads(), []);
    await assert.rejects(get(port), { code: 'ECONNREFUSED' });
    // Recording needs no listener.
    record(...call, 0.5);
    addon.stop();
    start({ collectIntervalMs: 0 });
    assert.equal(recorded(labelsOf('again', 'm')), 2 * round);
    // Of an earlier life, and not touched since.
    assert.equal(recorded(labelsOf('shared', 'm')), 1000);
  }
});

test('stop and start leave a gap in the history of the live page, which goes on', async () => {
  /** What the page is told, with calls by second, of all providers together. */
  const asked = async (since = '') => {
    const data = JSON.parse((await get(start(), `/ui/data${since}`)).body);
    const lists = data.fine.values.filter((_, column) => data.columns[column].id === 'calls');
    const add = (sum, value) => (value === null ? sum : (sum ?? 0) + value);
    return { ...data, calls: data.fine.values[0].map((_, second) => lists.map((list) => list[second]).reduce(add, null)) };
  };
  const sum = ({ calls }) => calls.reduce((sum, value) => sum + value, 0);
  const seen = async (count, since) => {
    const until = Date.now() + 5000;
    for (;;) {
      const data = await asked(since);
      if (sum(data) >= count || Date.now() > until) return data;
      await pause(100);
    }
  };
  const counted = sum(await asked());
  record('gap', 'm', 'ok', 0.5);
  const before_ = await seen(counted + 1);
  assert.deepEqual([before_.full, sum(before_)], [true, counted + 1]);
  addon.stop();
  record('gap', 'm', 'ok', 0.5);
  await pause(2500);
  start({ collectIntervalMs: 0 });
  const new_ = await seen(1, `?since=${before_.seq}`);
  assert.deepEqual([new_.full, sum(new_), new_.started], [false, 1, before_.started]);
  assert.ok(new_.calls.includes(null), 'nobody looked meanwhile');
  addon.stop();
  start({ collectIntervalMs: 0, ui: false });
  addon.stop();
  start({ collectIntervalMs: 0 });
  assert.equal((await asked(`?since=${new_.seq}`)).full, true, 'without the page it was forgotten');
});

test('a WebAssembly trap stays a JavaScript error: no signal handler was replaced', () => {
  const alone = runAlone(`
    import assert from 'node:assert/strict';
    import { readFileSync } from 'node:fs';
    const caught = () => /SigCgt:\\s*(\\w+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
    // (memory 1) (func (export "at") (param i32) (result i32) (i32.load (local.get 0)))
    const bytes = [0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1,
      7, 6, 1, 2, 97, 116, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11];
    const { at } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(bytes))).exports;
    const before = caught();
    const addon = load();
    startOn(addon, { port: await freePort() });
    assert.equal(at(0), 0);
    for (let turn = 0; turn < 100; turn += 1) {
      assert.throws(() => at(0x7fffff00), { name: 'RuntimeError', message: 'memory access out of bounds' });
    }
    assert.equal(caught(), before, 'the set of handled signals');
  `);
  assert.deepEqual(alone, { status: 0, signal: null, stdout: '', stderr: '' });
});

test('a process in which only the engine runs ends by itself, silently', () => {
  const began = performance.now();
  const alone = runAlone(`
    const addon = load();
    startOn(addon, { port: await freePort(), collectIntervalMs: 10 });
    recorderOf(addon, EventEncoder)('p', 'm', 'ok', 0.5);
    addon.page();
  `);
  assert.deepEqual(alone, { status: 0, signal: null, stdout: '', stderr: '' });
  assert.ok(performance.now() - began < 10_000);
});

test('process.exit() ends a process under scrapes with its own status', () => {
  for (let round = 0; round < 10; round += 1) {
    const alone = runAlone(`
      import http from 'node:http';
      const addon = load();
      const port = startOn(addon, { port: await freePort(), collectIntervalMs: 10 });
      const record = recorderOf(addon, EventEncoder);
      const scrape = () => { record('p', 'm', 'ok', 0.5); http.get({ port, path: '/metrics' }, (r) => r.resume()); };
      setInterval(() => { for (let turn = 0; turn < 20; turn += 1) scrape(); }, 1);
      setTimeout(() => process.exit(7), 60);
    `);
    assert.deepEqual(alone, { status: 7, signal: null, stdout: '', stderr: '' });
  }
});

test('memory stands still over recordings and scrapes', (t) => {
  // What is freed is to leave RSS at once. As they are set, V8 sweeps pages of page() in threads of its own, after gc() has
  // returned, and glibc keeps some for the next: whole ones of more than a MiB, more or fewer by chance.
  const flags = ['--expose-gc', '--single-threaded-gc', '--max-semi-space-size=1'];
  const variables = { MALLOC_ARENA_MAX: '1', MALLOC_MMAP_THRESHOLD_: '65536', MALLOC_TRIM_THRESHOLD_: '65536' };
  // The scraper is another process: Node's own HTTP client takes tens of MiB when it is kept busy.
  const alone = runAlone(`
    import assert from 'node:assert/strict';
    import { spawn } from 'node:child_process';
    import { once } from 'node:events';
    import { setImmediate as turn } from 'node:timers/promises';
    const addon = load();
    const port = startOn(addon, { port: await freePort(), collectIntervalMs: 0 });
    const record = recorderOf(addon, EventEncoder);
    const models = Array.from({ length: 200 }, (_, number) => 'model-' + number);
    const scraper = \`
      import http from 'node:http';
      const agent = new http.Agent({ keepAlive: true });
      const scrape = () => new Promise((resolve, reject) => {
        const request = http.get({ port: \${port}, path: '/metrics', agent }, (response) => {
          response.resume().on('error', reject);
          response.on('end', () => (response.statusCode === 200 ? resolve() : reject(new Error(response.statusCode))));
        });
        request.on('error', reject);
      });
      // On a busy machine an answer is given up that would be too old at its first byte.
      let whole = 0;
      for (let tries = 0; whole < 50 && tries < 500; tries += 1) {
        await scrape().then(() => (whole += 1), (error) => console.error('a scrape failed: ' + error));
      }
      agent.destroy();
      process.exitCode = whole < 50 ? 1 : 0;
    \`;
    async function round() {
      const child = spawn(process.execPath, ['--input-type=module', '--eval', scraper], { stdio: ['ignore', 'ignore', 'inherit'] });
      const ended = once(child, 'exit');
      for (let batch = 0; batch < 50; batch += 1) {
        for (let call = 0; call < 2000; call += 1) record('p', models[call % 200], 'ok', call / 100);
        addon.page();
        await turn();
      }
      assert.equal((await ended)[0], 0);
      gc();
      return process.memoryUsage.rss() / 1024;
    }
    // What is filled once is filled before it counts: code, heaps, the engine's pages.
    for (let warm = 0; warm < 3; warm += 1) await round();
    const rss = [];
    for (let count = 0; count < 10; count += 1) rss.push(await round());
    console.log(JSON.stringify({ rss, page: addon.page().length }));
  `, flags, variables);
  assert.equal(alone.status, 0, alone.stderr);
  const { rss, page } = JSON.parse(alone.stdout);
  // A leak grows in every round, so the least of each half tells it; what is taken for a moment does not.
  const half = rss.length / 2;
  const growth = (Math.min(...rss.slice(half)) - Math.min(...rss.slice(0, half))) / half;
  t.diagnostic(`RSS per 100,000 recordings, 50 scrapes and 50 page() of ${(page / 1024).toFixed(0)} KiB: ` +
    `${growth.toFixed(0)} KiB, over ${rss.length} rounds (of ${rss[0].toFixed(0)} KiB) ${alone.stderr}`);
  assert.ok(page > 200 * 1024);
  // One page leaked per scrape would be more than 60 MiB a round; 16 bytes per recording 3 MiB, as an allocation takes 32.
  assert.ok(growth < 1024, `${growth} KiB a round: ${rss}`);
});

test('what a call costs (told, not judged)', (t) => {
  const models = Array.from({ length: 256 }, (_, number) => `speed-${number}`);
  const perCall = (turns, call) => {
    const rounds = Array.from({ length: 7 }, () => {
      const start = process.hrtime.bigint();
      for (let turn = 0; turn < turns; turn += 1) call(turn);
      return Number(process.hrtime.bigint() - start) / turns;
    });
    const [least, , , median] = rounds.sort((a, b) => a - b);
    return `${least.toFixed(0)} to ${median.toFixed(0)} ns`;
  };
  const one = perCall(300_000, () => record('p', 'speed', 'ok', 0.25));
  const many = perCall(300_000, (turn) => record('p', models[turn & 255], 'ok', 0.25));
  const page = perCall(2000, () => addon.page());
  t.diagnostic(`least to median of 7 rounds: record ${one} into one series, ${many} into 256; ` +
    `page() of ${addon.page().length} bytes, made on demand, ${page}`);
});

test('all loads of one path are one mapping', () => {
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n').filter((line) => line.includes('r-xp'));
  assert.equal(maps.filter((line) => line.endsWith('.node')).length, 1);
});

// What the plugin will stand on, proven against a real Node: one engine per process behind an addon, that answers while
// the event loop is blocked and survives Workers, reloads, bad arguments and the end of the process.
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
import { Worker } from 'node:worker_threads';

import { addonPath, engineThreads, load, valueOf } from './addon.mjs';

const WORKERS = 20;
const BLOCK_MS = 2000;

const addon = load();
const idsOf = (...texts) => texts.map((text) => addon.intern(text));
const labelsOf = (provider, model, outcome = 'ok') => ({ provider, model, outcome });

/** Calls and seconds recorded for a series, which must agree. */
function recorded(labels, from = addon) {
  const page = from.page();
  const calls = valueOf(page, 'spike_calls_total', labels) ?? 0;
  assert.equal(valueOf(page, 'spike_call_seconds_count', labels) ?? 0, calls);
  assert.equal(valueOf(page, 'spike_call_seconds_bucket', { ...labels, le: '+Inf' }) ?? 0, calls);
  return calls;
}

function get(port) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path: '/metrics', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk)).on('end', () => resolve({ response, body }));
    }).on('error', reject);
  });
}

/** Runs `script` in a Node of its own, with the addon as `addon`. */
function runAlone(script, ...flags) {
  const helper = JSON.stringify(new URL('./addon.mjs', import.meta.url).href);
  const source = `import { addonPath, engineThreads, load, valueOf } from ${helper};\n${script}`;
  const env = { ...process.env, OCP_ADDON: addonPath };
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
  const addon = module_.exports;
  const ids = workerData.labels.map((text) => addon.intern(text));
  for (let turn = 0; turn < workerData.turns; turn += 1) addon.record(...ids, 0.5);
  parentPort.postMessage('done');
  if (workerData.then === 'wait') setInterval(() => {}, 1000);
  if (workerData.then === 'go on') {
    const turns = new Int32Array(workerData.shared);
    for (;;) { addon.record(...ids, 0.5); Atomics.add(turns, 0, 1); }
  }
`;

async function withWorker(workerData, end) {
  const worker = new Worker(WORKER, { eval: true, workerData: { path: addonPath, ...workerData } });
  const ended = once(worker, 'exit');
  await once(worker, 'message');
  await end?.(worker);
  await ended;
}

before(() => {
  assert.ok(Number(process.versions.node.split('.')[0]) >= 24, `Node 24 or later, not ${process.version}`);
  addon.start({ port: 0, collectIntervalMs: 0 });
});

after(() => addon.stop());

test('values recorded through ids appear exactly', async () => {
  assert.equal(addon.ABI, 1);
  assert.equal(addon.version(), '0.1.0');
  const labels = labelsOf('exact', 'gpt "5"\n\\', 'ok');
  const ids = idsOf('exact', 'gpt "5"\n\\', 'ok');
  assert.deepEqual(ids, idsOf('exact', 'gpt "5"\n\\', 'ok'), 'a text keeps its number');
  for (const seconds of [0.25, 0.5, 1.75]) addon.record(...ids, seconds);
  const page = addon.page();
  assert.ok(Buffer.isBuffer(page));
  const escaped = { ...labels, model: 'gpt \\"5\\"\\n\\\\' };
  assert.equal(recorded(escaped), 3);
  assert.equal(valueOf(page, 'spike_call_seconds_sum', escaped), 2.5);
  const buckets = [['0.1', 0], ['0.25', 1], ['0.5', 2], ['1', 2], ['2.5', 3], ['600', 3], ['+Inf', 3]];
  for (const [le, count] of buckets) {
    assert.equal(valueOf(page, 'spike_call_seconds_bucket', { ...escaped, le }), count, `le="${le}"`);
  }
  const port = addon.start({ port: 0 });
  const { response, body } = await get(port);
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
  assert.equal(body, page.toString(), 'the listener serves the same bytes');
});

test('a page is a copy: writing to it changes nothing', () => {
  const first = addon.page();
  const text = first.toString();
  first.fill(0);
  assert.equal(addon.page().toString(), text);
});

test('a second load of the same path shares the engine', () => {
  const other = load();
  assert.notEqual(other, addon);
  const [mine, its] = [addon, other].map((copy) => ['shared', 'm', 'ok'].map((text) => copy.intern(text)));
  assert.deepEqual(mine, its);
  assert.equal(other.start({ port: 0 }), addon.start({ port: 0 }), 'a second start finds the running engine');
  for (let turn = 0; turn < 1000; turn += 1) (turn % 4 ? addon : other).record(...mine, 0.5);
  assert.equal(recorded(labelsOf('shared', 'm'), addon), 1000);
  assert.equal(recorded(labelsOf('shared', 'm'), other), 1000);
});

test('the listener answers while the event loop is blocked', async (t) => {
  addon.stop();
  const port = addon.start({ port: 0, collectIntervalMs: 100 });
  const route = http.createServer((_, response) => response.end(addon.page()));
  route.listen(0, '127.0.0.1');
  await once(route, 'listening');
  const poller = fork(new URL('./poller.mjs', import.meta.url), { execArgv: [] });
  const hear = async () => (await once(poller, 'message'))[0];
  poller.send({ port, route: route.address().port, everyMs: 20 });
  assert.equal(await hear(), 'polling');
  // The request to the main thread is on its way when the block begins.
  poller.send('route');
  const ids = idsOf('blocked', 'm', 'ok');
  for (let turn = 0; turn < 777; turn += 1) addon.record(...ids, 0.5);
  const start = process.hrtime.bigint();
  while (process.hrtime.bigint() - start < BigInt(BLOCK_MS) * 1_000_000n);
  const end = process.hrtime.bigint();
  assert.equal(await hear(), 'asked');
  poller.send('stop');
  const { answers, routed } = await hear();
  await new Promise((resolve) => route.close(resolve));

  const within = answers.filter((answer) => BigInt(answer.start) >= start && BigInt(answer.end) <= end);
  const ms = within.map((answer) => Number(BigInt(answer.end) - BigInt(answer.start)) / 1e6).sort((a, b) => a - b);
  const at = (share) => ms[Math.min(ms.length - 1, Math.floor(ms.length * share))].toFixed(2);
  const routeMs = Number(BigInt(routed.end) - BigInt(routed.start)) / 1e6;
  t.diagnostic(`${within.length} answers in a block of ${BLOCK_MS} ms: p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, ` +
    `max ${at(1)} ms; the main thread's own route took ${routeMs.toFixed(0)} ms`);
  assert.ok(within.length >= 50, `${within.length} answers`);
  assert.ok(within.every((answer) => answer.status === 200));
  assert.ok(ms.at(-1) < 50, `the slowest took ${at(1)} ms`);
  // Rendered during the block: two ticks after it began, every page has all that was recorded before it.
  const later = within.filter((answer) => BigInt(answer.start) - start > 250_000_000n);
  assert.ok(later.length >= 40);
  for (const { body } of later) assert.equal(valueOf(body, 'spike_calls_total', labelsOf('blocked', 'm')), 777);
  assert.equal(routed.status, 200);
  assert.ok(BigInt(routed.end) > end, 'the main thread answered during its own block');
  addon.stop();
  addon.start({ port: 0, collectIntervalMs: 0 });
});

test('a Worker that loads the addon, records and ends takes nothing with it', async () => {
  const labels = ['worker-exit', 'm', 'ok'];
  for (let round = 1; round <= WORKERS; round += 1) {
    await withWorker({ labels, turns: 1000 });
    assert.equal(recorded(labelsOf('worker-exit', 'm')), round * 1000);
  }
  const port = addon.start({ port: 0 });
  assert.equal((await get(port)).response.statusCode, 200);
  assert.deepEqual(await engineThreads(2), ['ocp-http', 'ocp-render']);
  const ids = idsOf(...labels);
  for (let turn = 0; turn < 1000; turn += 1) addon.record(...ids, 0.5);
  assert.equal(recorded(labelsOf('worker-exit', 'm')), (WORKERS + 1) * 1000);
});

test('a Worker that is terminated while it waits takes nothing with it', async () => {
  const labels = ['worker-idle', 'm', 'ok'];
  for (let round = 1; round <= WORKERS; round += 1) {
    await withWorker({ labels, turns: 1000, then: 'wait' }, (worker) => worker.terminate());
    assert.equal(recorded(labelsOf('worker-idle', 'm')), round * 1000);
  }
  assert.deepEqual(await engineThreads(2), ['ocp-http', 'ocp-render']);
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
  const ids = idsOf(...labels);
  for (let turn = 0; turn < 50_000; turn += 1) addon.record(...ids, 0.5);
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
        addon.start({ port: 0, collectIntervalMs: 0 });
        const ids = ['p', 'm', 'ok'].map((text) => addon.intern(text));
        for (let turn = 0; turn < 1000; turn += 1) addon.record(...ids, 0.5);
        parentPort.postMessage(addon.page().toString());
      \`;
      for (let round = 1; round <= ${WORKERS}; round += 1) {
        for (const path of [addonPath, ${JSON.stringify(copy)}]) {
          const worker = new Worker(source, { eval: true, execArgv: [], workerData: path });
          const [[page]] = await Promise.all([once(worker, 'message'), once(worker, 'exit')]);
          const labels = { provider: 'p', model: 'm', outcome: 'ok' };
          assert.equal(valueOf(page, 'spike_calls_total', labels), round * 1000);
          assert.deepEqual(await engineThreads(), [], 'the last environment that ends has the threads joined');
        }
      }
    `);
    assert.deepEqual(alone, { status: 0, signal: null, stdout: '', stderr: '' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('bad ids and arguments are clear errors and record nothing', () => {
  const ids = idsOf('bad', 'm', 'ok');
  const beyond = Math.max(...idsOf('bad', 'm', 'ok', 'one more id')) + 1;
  const unknown = [-1, 0.5, NaN, Infinity, -Infinity, beyond, 4096, 2 ** 32, 2 ** 53, 2 ** 64, 1e300];
  const wrong = ['0', undefined, null, {}, [], 0n, true, Symbol('0'), () => 0];
  for (const [place, name] of ['provider', 'model', 'outcome'].entries()) {
    for (const bad of unknown) {
      const error = { name: 'RangeError', message: `record: ${name} is not a number that intern() gave` };
      assert.throws(() => addon.record(...ids.with(place, bad), 0.5), error, String(bad));
    }
    for (const bad of wrong) {
      const error = { name: 'TypeError', message: `record: ${name} must be a number that intern() gave` };
      assert.throws(() => addon.record(...ids.with(place, bad), 0.5), error, String(bad));
    }
  }
  for (const bad of wrong) assert.throws(() => addon.record(...ids, bad), /seconds must be a number/);
  assert.throws(() => addon.record(), /provider must be a number/);
  assert.equal(recorded(labelsOf('bad', 'm')), 0);

  for (const bad of wrong) {
    if (typeof bad !== 'string') assert.throws(() => addon.intern(bad), /Expect value to be String/);
    assert.throws(() => addon.start({ port: bad }), /port/);
  }
  assert.throws(() => addon.intern('x'.repeat(1025)), /value_too_long/);
  for (const port of [-1, 65_536, 1.5, NaN]) assert.throws(() => addon.start({ port }), /use a whole number from 0 to/);
  assert.throws(() => addon.start({ port: 0, collectIntervalMs: -1 }), /collectIntervalMs: -1 given/);
  assert.throws(() => addon.start(), /Expect value to be Object/);
});

test('a length that makes no sense is refused and counted, and the call counts', () => {
  const ids = idsOf('length', 'm', 'ok');
  for (const seconds of [NaN, -1, Infinity, 0.5]) addon.record(...ids, seconds);
  const page = addon.page();
  assert.equal(valueOf(page, 'spike_calls_total', labelsOf('length', 'm')), 4);
  assert.equal(valueOf(page, 'spike_call_seconds_count', labelsOf('length', 'm')), 1);
  const refused = { family: 'spike_call_seconds', reason: 'bad_amount' };
  assert.equal(valueOf(page, 'metrics_refused_total', refused), 3);
});

test('a port that is taken is a clear error, and another works', async () => {
  addon.stop();
  const taken = net.createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const { port } = taken.address();
  assert.throws(() => addon.start({ port }), { message: new RegExp(`127\\.0\\.0\\.1:${port} is taken`) });
  assert.deepEqual(await engineThreads(), []);
  assert.throws(() => addon.page(), /not running; call start\(\) first/);
  taken.close();
  await once(taken, 'close');
  assert.equal(addon.start({ port, collectIntervalMs: 0 }), port);
});

test('stop joins the threads, start goes on with the totals', async () => {
  const ids = idsOf('again', 'm', 'ok');
  for (let round = 1; round <= 5; round += 1) {
    addon.record(...ids, 0.5);
    const port = addon.start({ port: 0, collectIntervalMs: 0 });
    assert.deepEqual(await engineThreads(2), ['ocp-http', 'ocp-render']);
    addon.stop();
    assert.deepEqual(await engineThreads(), []);
    await assert.rejects(get(port), { code: 'ECONNREFUSED' });
    // Recording needs no listener.
    addon.record(...ids, 0.5);
    addon.stop();
    addon.start({ port: 0, collectIntervalMs: 0 });
    assert.equal(recorded(labelsOf('again', 'm')), 2 * round);
    // Of an earlier life, and not touched since.
    assert.equal(recorded(labelsOf('shared', 'm')), 1000);
  }
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
    addon.start({ port: 0 });
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
    addon.start({ port: 0, collectIntervalMs: 10 });
    addon.record(...['p', 'm', 'ok'].map(addon.intern), 0.5);
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
      const port = addon.start({ port: 0, collectIntervalMs: 1 });
      const ids = ['p', 'm', 'ok'].map(addon.intern);
      const scrape = () => { addon.record(...ids, 0.5); http.get({ port, path: '/metrics' }, (r) => r.resume()); };
      setInterval(() => { for (let turn = 0; turn < 20; turn += 1) scrape(); }, 1);
      setTimeout(() => process.exit(7), 60);
    `);
    assert.deepEqual(alone, { status: 7, signal: null, stdout: '', stderr: '' });
  }
});

test('memory stands still over recordings and scrapes', (t) => {
  // The scraper is another process: Node's own HTTP client takes tens of MiB when it is kept busy.
  const alone = runAlone(`
    import assert from 'node:assert/strict';
    import { spawn } from 'node:child_process';
    import { once } from 'node:events';
    import { setImmediate as turn } from 'node:timers/promises';
    const addon = load();
    const port = addon.start({ port: 0, collectIntervalMs: 0 });
    const models = Array.from({ length: 200 }, (_, number) => addon.intern('model ' + number));
    const [provider, outcome] = ['p', 'ok'].map(addon.intern);
    const scraper = \`
      import http from 'node:http';
      const agent = new http.Agent({ keepAlive: true });
      const scrape = () => new Promise((resolve, reject) => {
        const request = http.get({ port: \${port}, path: '/metrics', agent }, (response) => {
          response.resume().on('end', response.statusCode === 200 ? resolve : reject);
        });
        request.on('error', reject);
      });
      for (let count = 0; count < 200; count += 1) await scrape();
      agent.destroy();
    \`;
    async function round() {
      const ended = once(spawn(process.execPath, ['--input-type=module', '--eval', scraper]), 'exit');
      for (let batch = 0; batch < 200; batch += 1) {
        for (let call = 0; call < 1000; call += 1) addon.record(provider, models[call % 200], outcome, call / 100);
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
  `, '--expose-gc');
  assert.equal(alone.status, 0, alone.stderr);
  const { rss, page } = JSON.parse(alone.stdout);
  // A leak grows in every round; V8 takes a few MiB in one of them now and then.
  const growth = rss.slice(1).map((kib, at) => kib - rss[at]).sort((a, b) => a - b);
  const median = growth[growth.length >> 1];
  t.diagnostic(`RSS per 200,000 recordings, 200 scrapes and 200 page() of ${(page / 1024).toFixed(0)} KiB: ` +
    `${median.toFixed(0)} KiB, the median of ${growth.length} rounds (of ${rss[0].toFixed(0)} KiB)`);
  assert.ok(page > 200 * 1024);
  // One page leaked per scrape would be 60 MiB a round, 16 bytes per recording 3 MiB.
  assert.ok(median < 1024, `${median} KiB a round: ${rss}`);
});

test('what a call costs (told, not judged)', (t) => {
  const ids = idsOf('speed', 'm', 'ok');
  const models = Array.from({ length: 256 }, (_, number) => addon.intern(`speed ${number}`));
  const [provider, , outcome] = ids;
  const perCall = (turns, call) => {
    const rounds = Array.from({ length: 7 }, () => {
      const start = process.hrtime.bigint();
      for (let turn = 0; turn < turns; turn += 1) call(turn);
      return Number(process.hrtime.bigint() - start) / turns;
    });
    const [least, , , median] = rounds.sort((a, b) => a - b);
    return `${least.toFixed(0)} to ${median.toFixed(0)} ns`;
  };
  const one = perCall(1_000_000, () => addon.record(provider, ids[1], outcome, 0.25));
  const many = perCall(1_000_000, (turn) => addon.record(provider, models[turn & 255], outcome, 0.25));
  const page = perCall(2000, () => addon.page());
  t.diagnostic(`least to median of 7 rounds: record ${one} into one series, ${many} into 256; ` +
    `page() of ${addon.page().length} bytes, made on demand, ${page}`);
});

test('all loads of one path are one mapping', () => {
  const maps = readFileSync('/proc/self/maps', 'utf8').split('\n').filter((line) => line.includes('r-xp'));
  assert.equal(maps.filter((line) => line.endsWith('.node')).length, 1);
});

// The plugin's own parts, without a Gateway: what it says of its configuration is what the program says, other exporters are
// noticed, and what fails in a callback is counted and said once.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { configConflicts } from '../dist/conflicts.js';
import { HOOK_NAMES, Observer } from '../dist/observer.js';
import { paths } from '../dist/routes.js';
import { EventEncoder, hashOf } from '../dist/encoder.js';
import { freePort, load, startOn, valueOf } from './addon.mjs';

const addon = load();
const folder = mkdtempSync(join(tmpdir(), 'ocp-plugin-'));

before(() => startOn(addon, { port: 0, collectIntervalMs: 0 }));
after(() => {
  addon.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What the program says of this configuration: the lines, without its name. */
function program(config) {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(config));
  return new Promise((resolve) => {
    // It reads its configuration, and does not come to listening: one mistake is always there.
    execFile(process.env.OCP_PROGRAM, ['serve', '--config', file], { env: {}, timeout: 20_000 }, (error, _, stderr) => {
      resolve({ code: error?.code, lines: stderr.trim().split('\n').map((line) => line.replace(/^openclaw-prometheus: /, '')) });
    });
  });
}

const text = (length) => 'x'.repeat(length);
/** Of each key, what is just allowed, and what is just not. */
const KEYS = {
  path: [['/', '/m', '/metrics', `/${text(255)}`, '/a/b-c_d.e~f'], ['', 'metrics', `/${text(256)}`, '/a b', '/a?b', '/a/', 7, null, {}]],
  port: [[0, 1, 65_535], [-1, 65_536, 1.5, '80', true, [], {}]],
  listenAddress: [['127.0.0.1', 'localhost', '::1'], ['', 'example.org', '127.0.0.1:80', 7, true]],
  collectIntervalMs: [[0, 10, 3_600_000], [9, 3_600_001, -1, 0.5, '10', false]],
  snapshotIntervalMs: [[5000, 86_400_000], [0, 4999, 86_400_001, '5000']],
  workloadWindowMs: [[10_000, 86_400_000], [0, 9999, 86_400_001, '10000']],
  includeRuntime: [[true, false], ['true', 1, 0, 'yes', []]],
  ui: [[true, false], ['true', 1, 0, 'yes', []]],
  monitoredProviders: [[[], ['openai'], [text(128)], Array.from({ length: 64 }, (_, number) => `p${number}`)],
    ['openai', [''], [text(129)], [7], ['a\nb'], Array.from({ length: 65 }, (_, number) => `p${number}`), {}]],
  instance: [['a', text(256)], ['', text(257), 'a\nb', 7, true]],
  maxSeries: [[1, 1_000_000], [0, 1_000_001, 1.5, '8192']],
  collectors: [[{}, { disabled: [] }, { disabled: ['cron', 'skills'] }], [{ disabled: ['crom'] }, { disabled: 'cron' }, { disabled: [7] }, { enabled: [] }, ['cron'], true]],
  formats: [[{}, { openMetrics: false }, { created: true, gzip: false }], [{ openMetrics: 'yes' }, { gzip: 1 }, { html: true }, [], 'text']],
  scrapeAuth: [[{}, { enabled: false }, { enabled: true, bearerToken: 'secret-of-this-test' }, { bearerTokenFile: '/run/token' }],
    [{ enabled: 'yes' }, { bearerToken: 'two words of a secret' }, { bearerToken: text(4097) }, { bearerTokenFile: 'token' }, { token: 'x' }, true]],
};

test('what is wrong in a configuration is told as the program tells it, and what is right is taken', async (t) => {
  let compared = 0;
  for (const [key, [right, wrong]] of Object.entries(KEYS)) {
    for (const value of right) assert.deepEqual(addon.check(JSON.stringify({ [key]: value })), [], `${key}: ${JSON.stringify(value)}`);
    for (const [values, isRight] of [[right, true], [wrong, false]]) {
      await Promise.all(values.map(async (value) => {
        const config = { [key]: value, anotherMistake: 1 };
        const said = addon.check(JSON.stringify(config));
        const { code, lines } = await program(config);
        assert.equal(code, 2);
        assert.deepEqual(said, lines, `${key}: ${JSON.stringify(value)}`);
        assert.equal(said.length >= 2, !isRight, said.join('\n'));
        for (const sentence of said) assert.ok(!/secret/.test(sentence), sentence);
        compared += 1;
      }));
    }
  }
  for (const config of [{ prot: 1 }, { Port: 1 }, { scrapeAuth: { enable: true } }, { nothing: null, like: {}, it: [] }]) {
    assert.deepEqual(addon.check(JSON.stringify(config)), (await program(config)).lines);
  }
  for (const text_ of ['', '[]', '7', 'null', '{']) {
    assert.ok(addon.check(text_).length > 0, text_);
  }
  t.diagnostic(`${compared} configurations compared`);
});

test('routes are where the configuration says', () => {
  assert.equal(addon.path('{}'), '/metrics');
  assert.equal(addon.path('{ "path": "/m" }'), '/m');
  assert.equal(addon.path('{ "path": 7 }'), null);
  assert.deepEqual(paths('/m'), ['/m', '/m/per-object', '/m/detailed', '/m/health', '/m/ui', '/m/ui/data', '/m/ui/families']);
  assert.deepEqual(paths('/'), ['/', '/per-object', '/detailed', '/health', '/ui', '/ui/data', '/ui/families']);
});

test('other exporters and diagnostics that are off are noticed, with the setting that changes it', () => {
  const id = 'openclaw-prometheus';
  const own = join(folder, 'own');
  const other = join(folder, 'other');
  for (const [place, named] of [[own, id], [other, id], [join(folder, 'third'), 'something']]) {
    mkdirSync(place);
    writeFileSync(join(place, 'openclaw.plugin.json'), JSON.stringify({ id: named }));
  }
  assert.deepEqual(configConflicts(id, own, {}), []);
  const paths = [own, join(folder, 'third'), join(folder, 'nowhere')];
  assert.deepEqual(configConflicts(id, own, { plugins: { entries: { 'diagnostics-prometheus': { enabled: false } }, load: { paths } } }), []);
  const entries = { 'diagnostics-prometheus': { enabled: true } };
  const said = configConflicts(id, own, { plugins: { entries, load: { paths: [...paths, other] } } });
  assert.equal(said.length, 2);
  assert.match(said[0], /set plugins\.entries\.diagnostics-prometheus\.enabled to false/);
  assert.ok(said[1].startsWith(other) && said[1].includes('plugins.load.paths'));
  assert.deepEqual(configConflicts(id, own, { diagnostics: { enabled: true } }), []);
  assert.match(configConflicts(id, own, { diagnostics: { enabled: false } })[0], /set diagnostics\.enabled to true/);
});

test('a callback that fails is counted, and said once', () => {
  const said = [];
  const observer = new Observer(new EventEncoder(addon), { error: (line) => said.push(line) });
  const errors = (callback) => valueOf(addon.page(), 'openclaw_plugin_callback_errors_total', { callback });
  const before_ = errors('hook');
  const bad = { get reason() { throw new Error('no reason'); } };
  for (let time = 0; time < 3; time += 1) observer.hook('session_end', bad, {});
  assert.equal(errors('hook'), before_ + 3);
  assert.equal(said.length, 1);
  assert.match(said[0], /hook failed: no reason/);
  // Whatever a host may call it with.
  for (const event of [undefined, null, 7, 'text', [], { reason: 7 }, { reason: 'x'.repeat(1e6) }]) {
    for (const hook of HOOK_NAMES) observer.hook(hook, event, event);
  }
  observer.hook('a hook of tomorrow', {}, {});
  assert.equal(errors('hook'), before_ + 3);
  assert.equal(observer.guard('sample', () => 7), 7);
});

test('of long texts only the beginning is kept', () => {
  const encoder = new EventEncoder(addon);
  const host = { trusted: true };
  const used = () => {
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    return (heapUsed + external) / 2 ** 20;
  };
  const before_ = used();
  for (let number = 0; number < 300; number += 1) {
    // Flat, as texts of events are.
    const channel = Buffer.from(`long-${number}-${'x'.repeat(1 << 20)}`).toString();
    assert.ok(encoder.record({ type: 'webhook.received', channel, updateType: 'message' }, host));
  }
  assert.ok(used() - before_ < 50, `${used() - before_} MB`);
  assert.equal(encoder.texts, 301);
});

test('lists within lists reach the addon, and what is absurdly long is cut', () => {
  const encoder = new EventEncoder(addon);
  const host = { trusted: true };
  const retired = [{ reason: 'idle', count: 2 }, { reason: 'exit', count: 1 }];
  const memory = { rssBytes: 1, heapTotalBytes: 1, heapUsedBytes: 1, externalBytes: 1, arrayBuffersBytes: 1 };
  const workers = [{ script: 'a.js', started: 4, retired }, { script: 'b.js', started: 1, retired: [] }];
  assert.ok(encoder.record({ type: 'diagnostic.memory.sample', memory: { ...memory, workerLifecycle: workers } }, host));
  assert.equal(valueOf(addon.page(), 'openclaw_worker_started_total', { script: 'a.js' }), 4);
  assert.equal(valueOf(addon.page(), 'openclaw_worker_retired_total', { reason: 'idle', script: 'a.js' }), 2);
  const many = Array.from({ length: 10_000 }, (_, number) => ({ script: `s${number % 5}.js`, started: 1, retired }));
  assert.ok(encoder.record({ type: 'diagnostic.memory.sample', memory: { ...memory, workerLifecycle: many } }, host));
  // A hundred at most, and no more than the numbers have room for.
  const started = valueOf(addon.page(), 'openclaw_worker_started_total', { script: 's0.js' });
  assert.ok(started > 10 && started <= 20, `${started}`);
});

test('an id is a number of its own and takes no place among the texts', () => {
  const ids = Array.from({ length: 100_000 }, (_, number) => `chatcmpl_9f4f8270-63d6-4f2a-9c34-${number.toString(16).padStart(12, '0')}:model:1`);
  const numbers = new Set(ids.map(hashOf));
  assert.equal(numbers.size, ids.length);
  assert.ok([...numbers].every((number) => Number.isSafeInteger(number) && number >= 0));
  assert.equal(hashOf(`${'x'.repeat(1 << 20)}`), hashOf('x'.repeat(1 << 20)));
  assert.notEqual(hashOf(''), hashOf('\0'));
  const encoder = new EventEncoder(addon);
  for (const id of ids.slice(0, 1000)) {
    const of = { runId: id, callId: id, ts: Date.now(), sessionKey: 'agent:main:x', provider: 'p', model: 'm' };
    assert.ok(encoder.record({ type: 'model.call.started', ...of }, { trusted: true }));
    assert.ok(encoder.record({ type: 'model.call.completed', ...of, durationMs: 1 }, { trusted: true }));
  }
  assert.equal(encoder.texts, 3);
  const untracked = valueOf(addon.page(), 'openclaw_inflight_untracked_total', { kind: 'model_call' });
  assert.equal(untracked, 0, 'each end found its beginning: there is room for 256');
});

test('accounts of channels are bounded', () => {
  const observer = new Observer(new EventEncoder(addon), { error: () => {} });
  for (let number = 0; number < 1000; number += 1) observer.hook('message_received', {}, { channelId: 'telegram', accountId: `bot${number}` });
  assert.equal([...observer.accounts].length, 256);
});

test('the client of before asks by the program, with the token of either variable', async () => {
  const port = await freePort();
  const client = (env, ...parameters) => new Promise((resolve) => {
    const script = fileURLToPath(new URL('client.mjs', import.meta.url));
    const environment = { PATH: process.env.PATH, OCP_PROGRAM: process.env.OCP_PROGRAM, ...env };
    const url = `http://127.0.0.1:${port}/metrics`;
    execFile(process.execPath, [script, url, ...parameters], { env: environment, timeout: 20_000 }, (error, out, said) => resolve({ code: error?.code ?? 0, out, said }));
  });
  addon.stop();
  try {
    startOn(addon, { port, scrapeAuth: { enabled: true, bearerToken: 'of-sixteen-and-more' } });
    for (const name of ['OPENCLAW_PROMETHEUS_BEARER_TOKEN', 'openclaw-prometheus_BEARER_TOKEN']) {
      const { code, out, said } = await client({ [name]: 'of-sixteen-and-more' });
      assert.equal(code, 0, said);
      assert.match(out, /series/);
      assert.ok(!out.includes('of-sixteen'));
    }
    const { code, said } = await client({});
    assert.equal(code, 2);
    assert.match(said, /401/);
  } finally {
    addon.stop();
    startOn(addon, { port: 0, collectIntervalMs: 0 });
  }
});

// Asking the Gateway: which way is used and why, one question at a time, and an end that leaves nothing. A fake Gateway serves
// the route and answers in process; the addon is a fake too, but in the last test.
import assert from 'node:assert/strict';
import http from 'node:http';
import { afterEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { GATEWAY_TOKEN, Host } from './host.mjs';
import { placeOf } from '../dist/place.js';
import { batchHandler, ROUTE, RpcCollector } from '../dist/rpc.js';
import { engineThreads, freePort } from './addon.mjs';

const RUNTIME = 'openclaw/plugin-sdk/gateway-method-runtime';
const NONCE = 'x-openclaw-prometheus-batch';
const endings = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

async function until(what, is, ms = 5000) {
  const end = performance.now() + ms;
  while (!is()) {
    assert.ok(performance.now() < end, `waited in vain for ${what}`);
    await pause(5);
  }
}

/** As much of the addon as asking needs: what is due is what is in `due`, and a late loop is left alone for a second. */
class FakeAddon {
  due;
  answers = [];
  failures = [];
  delays = [];
  reached = [];
  connected = [];
  #late = false;

  constructor(due) {
    this.due = due.map((call) => ({ params: '{}', deadlineMs: 1000, ...call }));
  }

  nextCall() {
    return this.#late ? null : (this.due.shift() ?? null);
  }

  callPause() {
    return this.#late ? 1000 : this.due.length > 0 ? 0 : 60_000;
  }

  loopDelay(ms) {
    this.delays.push(ms);
    this.#late = ms >= 50;
  }

  /** As the addon does, but in steps. */
  threadMs() {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  }

  callAnswered(...answer) {
    assert.equal(this.reached.at(-1), null, 'no answer comes before the way that it came');
    this.answers.push(answer);
  }

  callFailed(...failure) {
    this.failures.push(failure);
  }

  reachedInProcess(why) {
    this.reached.push(why);
  }

  connect(...given) {
    this.connected.push(given);
    return given[0];
  }
}

/** The Gateway's port: lets in who has its token, and gives the route to the plugin. */
async function gateway({ status, port = 0, handler = batchHandler } = {}) {
  const seen = [];
  const server = http.createServer(async (request, response) => {
    seen.push(request);
    const answered = status?.(seen.length) ?? (request.headers.authorization === `Bearer ${GATEWAY_TOKEN}` ? undefined : 401);
    if (answered === undefined && request.url === ROUTE) return void handler(request, response);
    response.statusCode = answered ?? 404;
    response.end();
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  endings.push(() => new Promise((resolve) => (server.close(resolve), server.closeAllConnections())));
  return { port: server.address().port, seen };
}

function start(addon, { port, auth = { token: GATEWAY_TOKEN }, dispatch, cron = {}, patienceMs = 400, retryMs, gatewayPort } = {}) {
  globalThis.testDispatch = dispatch ?? (async (method) => ({ ok: true, payload: { method } }));
  const said = [];
  const config = { gateway: { port, auth } };
  const api = { config, logger: { info: (line) => said.push(line), warn: (line) => said.push(line), error: (line) => said.push(line) } };
  const failed = [];
  const observer = {
    gatewayPort,
    failed: (...given) => failed.push(given),
    guard(callback, work) {
      try {
        return work();
      } catch (error) {
        failed.push([callback, error]);
      }
    },
  };
  const collector = new RpcCollector(api, addon, observer, cron, patienceMs, retryMs);
  collector.start();
  endings.push(() => collector.stop());
  return { said, failed, collector, config };
}

const all = (addon, count) => until(`${count} calls`, () => addon.answers.length + addon.failures.length === count, 9000);

test('an older Gateway has no such way, and is asked over a WebSocket', async () => {
  globalThis.testLacks.add(RUNTIME);
  const addon = new FakeAddon([{ method: 'health' }]);
  const { said } = start(addon, { port: 4321 });
  await until('the other way', () => addon.connected.length > 0);
  globalThis.testLacks.delete(RUNTIME);
  assert.deepEqual(addon.connected, [['ws://127.0.0.1:4321', GATEWAY_TOKEN, null, null]]);
  assert.equal(addon.reached.length, 1);
  assert.match(addon.reached[0], /offers its plugins no way to ask it .*gateway-method-runtime/);
  assert.equal(said.length, 1);
  assert.match(said[0], /over a WebSocket \(ws:\/\/127\.0\.0\.1:4321\), not in process: this Gateway/);
  assert.ok(!said[0].includes(GATEWAY_TOKEN));
  // The thread that asks has to know how late the loop is.
  const told = addon.delays.length;
  await pause(2500);
  const more = addon.delays.length - told;
  assert.ok(more >= 2 && more <= 3, `${more}`);
  assert.equal(addon.due.length, 1, 'what is due is left to it');
});

test('one request of our own sets off all that is due, one a turn, with what each cost', async () => {
  const { port, seen } = await gateway();
  const began = [];
  let open = 0;
  const dispatch = async (method, params, { timeoutMs }) => {
    began.push(performance.now());
    assert.equal((open += 1), 1, 'one at a time');
    const until_ = performance.now() + 30;
    while (performance.now() < until_);
    await pause(60);
    open -= 1;
    return { ok: true, payload: { method, params, timeoutMs } };
  };
  const addon = new FakeAddon([{ method: 'health' }, { method: 'sessions.list', params: '{"limit":200}', deadlineMs: 700 }, { method: 'node.list' }]);
  const { said, failed } = start(addon, { port, dispatch });
  await all(addon, 3);
  await until('the outcome', () => addon.reached.length > 0);
  assert.deepEqual(addon.answers.map(([method, text]) => [method, JSON.parse(text)]), [
    ['health', { method: 'health', params: {}, timeoutMs: 1000 }],
    ['sessions.list', { method: 'sessions.list', params: { limit: 200 }, timeoutMs: 700 }],
    ['node.list', { method: 'node.list', params: {}, timeoutMs: 1000 }],
  ]);
  // What the thread works, and not what is waited for. Its clock goes on by ticks of up to 4 ms.
  for (const [method, , cost] of addon.answers) assert.ok(cost > 0 && cost < 70, `${method}: ${cost} ms`);
  for (let at = 1; at < began.length; at += 1) assert.ok(began[at] - began[at - 1] >= 135, `${began}`);
  assert.equal(seen.length, 1);
  assert.equal(seen[0].method, 'POST');
  assert.deepEqual(addon.reached, [null]);
  assert.deepEqual(said, ["openclaw-prometheus: the Gateway's RPC is asked in process"]);
  assert.deepEqual([failed, addon.connected], [[], []]);
  // Nothing is due: nobody knocks.
  await pause(300);
  assert.equal(seen.length, 1);
});

test('while the event loop is late nothing is asked, and the rest comes later', async () => {
  const { port, seen } = await gateway();
  const dispatch = async () => {
    if (seen.length === 1) {
      setTimeout(() => {
        const until_ = performance.now() + 250;
        while (performance.now() < until_);
      }, 10);
    }
    return { ok: true, payload: 1 };
  };
  const addon = new FakeAddon([{ method: 'health' }, { method: 'node.list' }]);
  start(addon, { port, dispatch });
  await until('the loop to be late', () => addon.delays.some((ms) => ms > 100));
  assert.equal(addon.answers.length, 1);
  await all(addon, 2);
  assert.equal(seen.length, 2);
});

test('a method that fails is told with a sentence, and the next one is asked', async () => {
  const { port } = await gateway();
  const cyclic = {};
  cyclic.self = cyclic;
  const answers = {
    refused: async () => ({ ok: false, error: { code: 'MISSING_SCOPE', message: 'operator.admin is needed' } }),
    bare: async () => ({ ok: false }),
    thrown: async () => {
      throw new Error('the store is locked');
    },
    'at once': () => {
      throw new Error('not even a promise');
    },
    never: () => new Promise(() => {}),
    cyclic: async () => ({ ok: true, payload: cyclic }),
    long: async () => ({ ok: true, payload: 'x'.repeat((32 << 20) + 1) }),
    nothing: async () => ({ ok: true }),
  };
  const addon = new FakeAddon([...Object.keys(answers).map((method) => ({ method, deadlineMs: 50 })), { method: 'health' }]);
  answers.health = async () => ({ ok: true, payload: {} });
  start(addon, { port, dispatch: (method) => answers[method]() });
  await all(addon, 9);
  const failures = Object.fromEntries(addon.failures);
  assert.equal(failures.refused, 'the Gateway answers MISSING_SCOPE: operator.admin is needed');
  assert.equal(failures.bare, 'the Gateway answers an error: it says no more');
  assert.equal(failures.thrown, 'the store is locked');
  assert.equal(failures['at once'], 'not even a promise');
  assert.match(failures.never, /^no answer within 1 s$/);
  assert.match(failures.cyclic, /circular/);
  assert.equal(failures.long, 'its answer is longer than 32 MB');
  assert.deepEqual(addon.answers.map(([method, text]) => [method, text]), [['nothing', 'null'], ['health', '{}']]);
  assert.deepEqual(addon.reached, [null]);
});

test('cron jobs are asked of the service, where the Gateway gives it', async () => {
  const { port } = await gateway();
  const asked = [];
  const dispatch = async (method) => (asked.push(method), { ok: true, payload: {} });
  const jobs = [{ id: 'a', name: 'nightly' }];
  const given = [];
  const cron = { getCron: () => ({ list: async (options) => (given.push(options), jobs) }) };
  const due = [{ method: 'cron.list', params: '{"includeDisabled":true}' }, { method: 'cron.status' }];
  const addon = new FakeAddon(due);
  start(addon, { port, dispatch, cron });
  await all(addon, 2);
  assert.deepEqual(JSON.parse(addon.answers[0][1]), { jobs });
  assert.deepEqual([given, asked], [[{ includeDisabled: true }], ['cron.status']]);
  for (const without of [{}, { getCron: () => undefined }, { getCron: () => ({}) }]) {
    asked.length = 0;
    const other = new FakeAddon(due);
    const { collector } = start(other, { port, dispatch, cron: without });
    await all(other, 2);
    assert.deepEqual(asked, ['cron.list', 'cron.status']);
    collector.stop();
  }
});

test('a contract that is not granted is no reason to ask again', async () => {
  const { port, seen } = await gateway();
  const dispatch = async () => {
    throw new Error('Gateway method dispatch is reserved for … that declare contracts.gatewayMethodDispatch: ["authenticated-request"]');
  };
  const addon = new FakeAddon([{ method: 'health' }, { method: 'node.list' }]);
  start(addon, { port, dispatch });
  await until('the other way', () => addon.connected.length > 0);
  assert.match(addon.reached[0], /does not grant this plugin the contract gatewayMethodDispatch.*reinstall the plugin/);
  assert.deepEqual([addon.failures.length, addon.due.length, seen.length], [1, 1, 1]);
});

test('who is not let in says so, at once where nothing will change, and after a while where the Gateway may be about to start', async () => {
  const rows = [
    [401, /answers 401 to its own token or password/, 1],
    [403, /gives its own credential no operator\.read/, 1],
    [404, /answers 404 .*another Gateway's port/, 2],
    [429, /too often/, 2],
    [503, /answers 503/, 2],
    [302, /answers 302/, 1],
  ];
  for (const [status, says, least] of rows) {
    const { port, seen } = await gateway({ status: () => status });
    const addon = new FakeAddon([{ method: 'health' }]);
    const { said, collector } = start(addon, { port });
    await until(`the other way of ${status}`, () => addon.connected.length > 0);
    assert.match(addon.reached[0], says);
    assert.ok(least === 1 ? seen.length === 1 : seen.length >= least, `${status}: ${seen.length}`);
    assert.ok(!said.join('').includes(GATEWAY_TOKEN));
    assert.equal(addon.due.length, 1, 'nothing was taken');
    collector.stop();
  }
  const port = await freePort();
  const addon = new FakeAddon([{ method: 'health' }]);
  start(addon, { port });
  await until('the other way', () => addon.connected.length > 0);
  assert.equal(addon.reached[0], `nobody answers at 127.0.0.1:${port} (ECONNREFUSED)`);
});

test('a Gateway that is about to start is waited for, and one that has worked is forgiven for a while', async () => {
  const port = await freePort();
  const addon = new FakeAddon([{ method: 'health' }]);
  const { said } = start(addon, { port, patienceMs: 60_000 });
  await pause(100);
  const { seen } = await gateway({ port, status: (count) => [503, 404, undefined, 401, undefined][count - 1] });
  await all(addon, 1);
  assert.equal(seen.length, 3);
  await until('the outcome', () => addon.reached.length > 0);
  // Its token is being changed.
  addon.due.push({ method: 'node.list', params: '{}', deadlineMs: 1000 });
  await until('the next look', () => addon.answers.length === 2, 9000);
  assert.deepEqual([addon.reached, addon.connected], [[null], []]);
  assert.equal(said.length, 1);
});

test('over a WebSocket it is tried in process again, seldom, and that is used as soon as it works', async () => {
  const port = await freePort();
  const addon = new FakeAddon([{ method: 'health' }]);
  const { said, failed } = start(addon, { port, patienceMs: 0, retryMs: 1500 });
  await until('the other way', () => addon.connected.length > 0);
  const { seen } = await gateway({ port, status: (count) => [401, undefined][count - 1] });
  // Whatever is due is the other way's meanwhile.
  addon.due = [];
  await until('the way in process', () => addon.reached.includes(null), 9000);
  assert.deepEqual([seen.length, addon.connected.length, addon.reached.length, failed], [2, 1, 2, []]);
  assert.match(said[1], /asked in process again$/);
  addon.due.push({ method: 'node.list', params: '{}', deadlineMs: 1000 });
  await all(addon, 1);
  assert.equal(said.length, 2);
});

test('a place that lets nobody in is told without a knock', async () => {
  for (const [auth, says] of [
    [{ mode: 'trusted-proxy' }, /gateway\.auth\.mode is trusted-proxy/],
    [{ mode: 'token' }, /token is not known to its plugins: neither gateway\.auth\.token nor OPENCLAW_GATEWAY_TOKEN is set/],
    [{ token: { source: 'file', provider: 'vault', id: '/run/secret-of-this-test' } }, /of source file, which only the Gateway itself reads/],
  ]) {
    const { port, seen } = await gateway();
    const addon = new FakeAddon([{ method: 'health' }]);
    const { said, collector } = start(addon, { port, auth });
    await until('the other way', () => addon.connected.length > 0);
    assert.match(addon.reached[0], says);
    assert.ok(!said.join('').includes('secret-of-this-test'));
    assert.equal(seen.length, 0);
    collector.stop();
  }
});

test('nobody else sets a batch off', async () => {
  const { port, seen } = await gateway();
  let release;
  const dispatch = () => new Promise((resolve) => (release = () => resolve({ ok: true, payload: 1 })));
  const addon = new FakeAddon([{ method: 'health' }]);
  const knock = async (headers) => (await fetch(`http://127.0.0.1:${port}${ROUTE}`, { method: 'POST', headers: { authorization: `Bearer ${GATEWAY_TOKEN}`, ...headers } })).status;
  assert.equal(await knock({}), 404, 'before there is one');
  start(addon, { port, dispatch });
  await until('the call', () => release !== undefined);
  const used = seen.at(-1).headers[NONCE];
  assert.match(used, /^[0-9a-f]{32}$/);
  for (const headers of [{}, { [NONCE]: '' }, { [NONCE]: 'wrong' }, { [NONCE]: used }]) assert.equal(await knock(headers), 404);
  release();
  await all(addon, 1);
  assert.equal(await knock({ [NONCE]: used }), 404, 'once');
});

test('an end leaves nothing open, and a new beginning is a new one', async () => {
  const { port, seen } = await gateway();
  const addon = new FakeAddon([{ method: 'health' }, { method: 'node.list' }]);
  let release;
  const dispatch = () => new Promise((resolve) => (release = () => resolve({ ok: true, payload: 1 })));
  const { collector, failed } = start(addon, { port, dispatch });
  await until('the call', () => release !== undefined);
  const gone = new Promise((resolve) => seen[0].socket.once('close', resolve));
  collector.stop();
  await gone;
  release();
  await pause(150);
  assert.deepEqual([addon.answers, addon.failures, addon.reached, addon.connected, failed], [[], [], [], [], []]);
  assert.equal(addon.due.length, 1, 'nothing more is asked');
  const next = new FakeAddon([{ method: 'health' }]);
  start(next, { port });
  await all(next, 1);
  assert.notEqual(seen.at(-1).headers[NONCE], seen[0].headers[NONCE]);
});

test('many beginnings and ends leave no timer and no connection', async () => {
  const { port } = await gateway();
  const counted = () => process.getActiveResourcesInfo().filter((type) => /Timeout|TCPSocketWrap/.test(type)).length;
  const before_ = counted();
  for (let time = 0; time < 30; time += 1) {
    const addon = new FakeAddon([{ method: 'health' }]);
    const { collector } = start(addon, { port });
    if (time % 2 === 0) await all(addon, 1);
    collector.stop();
  }
  await until('nothing to be left', () => counted() <= before_);
});

test('where the Gateway is and what it lets us in with is found as the Gateway itself does', () => {
  const place = (gateway_, env = {}, argv = [], known) => {
    const { port, token, password, isTls, problem } = placeOf({ gateway: gateway_ }, env, argv, known);
    return { port, given: token ?? password, isTls, isPassword: password !== null, problem };
  };
  assert.equal(place(undefined).port, 18789);
  assert.equal(place({ port: 1 }).port, 1);
  assert.equal(place({ port: 1 }, { OPENCLAW_GATEWAY_PORT: '2' }).port, 2);
  assert.equal(place({ port: 1 }, { OPENCLAW_GATEWAY_PORT: 'nonsense' }).port, 1);
  assert.equal(place({ port: 1 }, { OPENCLAW_GATEWAY_PORT: '2' }, ['node', 'gateway', '--port', '3']).port, 3);
  assert.equal(place({ port: 1 }, {}, ['node', 'gateway', '--port=3']).port, 3);
  assert.equal(place({ port: 1 }, {}, ['--port', '3'], 4).port, 4);
  assert.equal(place({ tls: { enabled: true } }).isTls, true);
  const env = { OPENCLAW_GATEWAY_TOKEN: ' env-token ', OPENCLAW_GATEWAY_PASSWORD: 'env-password', NAMED: 'named' };
  assert.equal(place({ auth: { token: 'config' } }, { OPENCLAW_GATEWAY_TOKEN: 'other' }).given, 'config');
  assert.equal(place({ auth: { mode: 'token' } }, env).given, 'env-token');
  assert.equal(place({}, { OPENCLAW_GATEWAY_TOKEN: 'env' }).given, 'env');
  assert.deepEqual([place({ auth: { mode: 'password' } }, env).given, place({ auth: { mode: 'password' } }, env).isPassword], ['env-password', true]);
  assert.equal(place({ auth: { password: 'p' } }).isPassword, true);
  assert.equal(place({ auth: { token: 'config' } }, {}, ['--token', 'line']).given, 'line');
  assert.equal(place({ auth: { mode: 'token', token: { source: 'env', provider: 'default', id: 'NAMED' } } }, env).given, 'named');
  assert.equal(place({ auth: { mode: 'token', token: '${NAMED}' } }, env).given, 'named');
  assert.match(place({ auth: { token: { source: 'env', id: 'GONE' } } }).problem, /refers to the variable GONE, which is not set/);
  assert.match(place({ auth: { mode: 'password', password: { source: 'exec', id: 'x' } } }).problem, /gateway\.auth\.password is a reference .* of source exec/);
  const open = place({ auth: { mode: 'none', token: 'config' } }, env);
  assert.deepEqual([open.given, open.problem], [null, undefined]);
});

test('with the addon: a batch feeds families, health tells the way, and stop ends the thread', async () => {
  const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
  let host;
  const { port } = await gateway({
    handler: (request, response) => {
      const scope = { client: { connect: { scopes: ['operator.read'] } } };
      globalThis.testRequest.run(scope, () => host.routes.get(ROUTE).handler(request, response));
    },
  });
  globalThis.testDispatch = async (method) =>
    method === 'cron.status' ? { ok: true, payload: { enabled: true, jobs: 3 } } : { ok: false, error: { code: 'UNAVAILABLE', message: 'not today' } };
  host = new Host({ api: { rootDir: PLUGIN, config: { gateway: { port, auth: { token: GATEWAY_TOKEN } } } } });
  await host.start();
  endings.push(() => host.stop());
  const page = async () => (await host.ask('/metrics')).body;
  let body = '';
  const end = performance.now() + 15_000;
  while (!/^openclaw_metrics_collector_success\{collector="skills\.status"\} 0$/m.test(body)) {
    assert.ok(performance.now() < end, body.slice(0, 3000));
    await pause(100);
    body = await page();
  }
  assert.match(body, /^openclaw_cron_stored_jobs 3$/m);
  assert.match(body, /^openclaw_metrics_collector_success\{collector="cron\.status"\} 1$/m);
  assert.match(body, /^openclaw_rpc_up\{way="in_process"\} 1$/m);
  const cost = Number(/^openclaw_rpc_cost_seconds\{method="cron\.status"\} (\S+)$/m.exec(body)[1]);
  assert.ok(cost > 0 && cost < 0.1, `${cost}`);
  const health = (await host.ask('/metrics/health')).body;
  assert.match(health, /rpc in process.*the Gateway answers/);
  assert.ok(!health.includes(GATEWAY_TOKEN));
  assert.equal(host.said('asked in process').length, 1);
  assert.ok((await engineThreads(3)).includes('ocp-rpc'));
  await host.stop();
  assert.deepEqual(await engineThreads(), []);
});

// The routes on a server of Node's own: whatever clients do, each gets whole bytes of the page it asked for, though the room
// that bodies lie in is used again and again.
import assert from 'node:assert/strict';
import http from 'node:http';
import net from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { answer } from '../dist/routes.js';
import { EventEncoder } from '../dist/encoder.js';
import { load, recorderOf, startOn } from './addon.mjs';

const addon = load();
const server = http.createServer((request, response) => void answer(addon, request, response, false, undefined));
let port;

before(async () => {
  // One page for the whole test: what differs would be another's bytes. And one that no socket's buffer holds.
  const config = { port: 0, collectIntervalMs: 3_600_000, maxSeries: 20_000 };
  startOn(addon, config);
  const record = recorderOf(addon, EventEncoder);
  for (let number = 0; number < 2400; number += 1) record('provider', `model-${number}`, 'sse', number);
  addon.stop();
  startOn(addon, config);
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = server.address().port;
});

after(() => {
  server.closeAllConnections();
  server.close();
  addon.stop();
});

function get(path, headers = {}) {
  return new Promise((resolve, reject) => {
    http.get({ host: '127.0.0.1', port, path, headers, agent: false }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk)).on('end', () => resolve({ status: response.statusCode, body: Buffer.concat(chunks) }));
      response.on('error', reject);
    }).on('error', reject);
  });
}

/** Reads an answer in small bites. */
async function nibble(path, ms) {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`);
  const chunks = [];
  for await (const chunk of socket) {
    chunks.push(chunk);
    await pause(ms);
  }
  const whole = Buffer.concat(chunks);
  return whole.subarray(whole.indexOf('\r\n\r\n') + 4);
}

/** Begins to be answered, and reads no more. */
async function standing(path) {
  const socket = net.connect(port, '127.0.0.1');
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`GET ${path} HTTP/1.1\r\nhost: localhost\r\n\r\n`);
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  return socket;
}

/** Sends a head as it is; the status of the answer. */
async function statusOf(lines) {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.write(`${lines.join('\r\n')}\r\nconnection: close\r\n\r\n`);
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  return Number(Buffer.concat(chunks).toString('latin1').split(' ')[1]);
}

test('a web page whose name leads here gets nothing of the metrics', async () => {
  for (const path of ['/metrics', '/metrics/per-object', '/metrics/health']) {
    const get = `GET ${path} HTTP/1.1`;
    assert.equal(await statusOf([get, 'host: rebound.example']), 403, path);
    assert.equal(await statusOf([get, `host: rebound.example:${port}`, 'origin: http://rebound.example']), 403);
    assert.equal(await statusOf([get, 'host: localhost', 'host: rebound.example']), 400, 'Node hands on the first alone');
    assert.equal(await statusOf([get]), 400);
    for (const host of ['localhost', `127.0.0.1:${port}`, 'LOCALHOST:1']) {
      assert.equal(await statusOf([get, `host: ${host}`]), 200, host);
    }
  }
});

test('wrong tokens are slowed down, a right one never waits, and a token that cannot be used is said at the start', async () => {
  const bearer = (token) => ({ authorization: `Bearer ${token}` });
  const auth = { enabled: true, bearerToken: 'of-sixteen-and-more' };
  addon.stop();
  try {
    startOn(addon, { port: 0, scrapeAuth: auth });
    const began = performance.now();
    for (let number = 0; number < 7; number += 1) assert.equal((await get('/metrics', bearer('wrong'))).status, 401);
    assert.ok(performance.now() - began >= 300, 'the last two are held back for 100 and 200 ms');
    const wrong = get('/metrics', bearer('wrong')).then(() => 'wrong');
    const right = get('/metrics', bearer(auth.bearerToken)).then(({ status }) => status);
    assert.equal(await Promise.race([wrong, right]), 200);
    await wrong;
    addon.stop();
    const missing = { enabled: true, bearerTokenFile: '/nowhere/token' };
    const { warnings } = JSON.parse(addon.start(JSON.stringify({ port: 0, scrapeAuth: missing })));
    assert.match(warnings.join('\n'), /bearerTokenFile: does not exist; write the token into it; until then scrapes are answered with 503/);
    const { status, body } = await get('/metrics');
    assert.equal(status, 503);
    assert.ok(!body.includes('/nowhere'));
  } finally {
    addon.stop();
    startOn(addon, { port: 0, collectIntervalMs: 3_600_000, maxSeries: 20_000 });
  }
});

test('a body in chunks without a byte is none', async () => {
  const send = async (method, chunks) => {
    const socket = net.connect(port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(`${method} /metrics HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n`);
    socket.write(chunks);
    let text = '';
    for await (const chunk of socket) text += chunk.toString('latin1');
    return Number(text.split(' ')[1]);
  };
  assert.equal(await send('GET', '0\r\n\r\n'), 200);
  assert.equal(await send('GET', '5\r\nhello\r\n0\r\n\r\n'), 413);
  assert.equal(await send('GET', ''), 413, 'one that does not come is not waited for');
  assert.equal(await send('POST', '0\r\n\r\n'), 405);
});

test('slow and fast readers of different pages get each their own bytes', async () => {
  const page = (await get('/metrics')).body;
  assert.ok(page.length > 8 << 20 && page.length < 16 << 20, `${page.length}`);
  const slow = Array.from({ length: 8 }, (_, number) => nibble('/metrics', 1 + (number % 4)));
  const fast = async (number) => {
    for (let time = 0; time < 8; time += 1) {
      const isPage = (time + number) % 2 === 0;
      const { status, body } = await get(isPage ? '/metrics' : '/metrics/per-object');
      assert.equal(status, 200);
      if (isPage) assert.ok(body.equals(page), 'another page');
      else assert.equal(typeof JSON.parse(body), 'object');
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, number) => fast(number)));
  for (const body of await Promise.all(slow)) assert.ok(body.equals(page), `${body.length} of ${page.length} bytes`);
});

test('those who are sent the same page share its bytes', async () => {
  await get('/metrics');
  const before = process.memoryUsage().arrayBuffers;
  const sockets = await Promise.all(Array.from({ length: 20 }, () => standing('/metrics')));
  const held = process.memoryUsage().arrayBuffers - before;
  for (const socket of sockets) socket.destroy();
  assert.ok(held < 32 << 20, `${held} bytes for twenty readers of one page`);
});

test('slow readers keep no page from anybody and hold a bounded number of bytes', async () => {
  addon.stop();
  startOn(addon, { port: 0, collectIntervalMs: 200, maxSeries: 20_000 });
  const record = recorderOf(addon, EventEncoder);
  const slow = [];
  try {
    await get('/metrics');
    global.gc();
    const before = process.memoryUsage().arrayBuffers;
    let [most, last, changes] = [0, '', 0];
    for (let number = 0; number < 14; number += 1) {
      record('provider', 'model-0', 'sse', number);
      await pause(250);
      slow.push(await standing('/metrics'));
      const { status, body } = await get('/metrics');
      assert.equal(status, 200);
      const lines = body.toString('latin1').match(/^openclaw_model_call_total.*model-0".*$/gm)?.join('\n') ?? '';
      changes += Number(lines !== last);
      last = lines;
      global.gc();
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
    }
    assert.ok(changes >= 13, `${changes} of 14 pages were new`);
    // Fourteen pages would be 140 MB: two of the bound, the newest, what a scrape of this test takes, and room for the next.
    assert.ok(most < 90 << 20, `${most} bytes`);
    const health = JSON.parse((await get('/metrics/health')).body);
    assert.ok(health.readers.resets.over_budget >= 5, JSON.stringify(health.readers));
  } finally {
    for (const socket of slow) socket.destroy();
    addon.stop();
    startOn(addon, { port: 0, collectIntervalMs: 3_600_000, maxSeries: 20_000 });
  }
});

test('requests that come together are answered in order, each when the answer before is gone', async () => {
  const socket = net.connect(port, '127.0.0.1');
  await new Promise((resolve) => socket.once('connect', resolve));
  const request = (path, last) => `GET ${path} HTTP/1.1\r\nhost: localhost\r\n${last ? 'connection: close\r\n' : ''}\r\n`;
  socket.write(request('/metrics') + request('/metrics/health') + request('/metrics', true));
  const chunks = [];
  for await (const chunk of socket) chunks.push(chunk);
  const types = Buffer.concat(chunks).toString('latin1').match(/^content-type: .*$/gim);
  assert.deepEqual(types.map((type) => type.slice(14, 24)), ['text/plain', 'applicatio', 'text/plain']);
});

test('those who leave in the middle take nothing along', async () => {
  const page = (await get('/metrics')).body;
  for (let time = 0; time < 20; time += 1) {
    const socket = net.connect(port, '127.0.0.1');
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write('GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n');
    if (time % 3 === 0) await new Promise((resolve) => socket.once('data', resolve));
    if (time % 3 === 1) await pause(1);
    socket.destroy();
    assert.ok((await get('/metrics')).body.equals(page));
  }
});

test('what is asked wrong is answered so', async () => {
  assert.equal((await get('/metrics/nothing')).status, 404);
  const { status, body } = await get('/metrics', { 'accept-encoding': 'gzip', accept: 'application/openmetrics-text' });
  assert.equal(status, 200);
  assert.deepEqual([...body.subarray(0, 2)], [0x1f, 0x8b]);
  addon.stop();
  const stopped = await get('/metrics');
  assert.equal(stopped.status, 503);
  assert.match(JSON.parse(stopped.body).reasons[0], /not running/);
});

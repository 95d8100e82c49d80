// The addon's own port when another process has it: health, a metric and the log tell, both at the start and when the plugin
// is started again, nobody waits, and the port is taken back when it is free.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { spawn } from 'node:child_process';
import { get } from 'node:http';
import { afterEach, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { engineThreads, freePort, load } from './addon.mjs';
import { Host } from './host.mjs';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const addon = load();
const hosts = [];
const foreigners = [];

afterEach(async () => {
  for (const child of foreigners.splice(0)) child.kill('SIGKILL');
  for (const host of hosts.splice(0)) await host.stop();
});

/** Another process that has the port and answers in its own way, until it is told to go. */
async function foreigner(port) {
  const script = `require('http').createServer((_, answer) => answer.end('foreign')).listen(${port}, '127.0.0.1', () => console.log('up'))`;
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
  foreigners.push(child);
  await once(child.stdout, 'data');
  return async () => {
    child.kill('SIGKILL');
    await once(child, 'exit');
  };
}

/** A started plugin with its own port at `port`, and how long that took. */
async function started(port, listenAddress = '127.0.0.1') {
  const host = new Host({ api: { rootDir: PLUGIN, pluginConfig: { port, listenAddress, collectIntervalMs: 0 } } });
  hosts.push(host);
  const began = performance.now();
  await host.start();
  return { host, took: performance.now() - began };
}

const up = (page) => /^openclaw_metrics_listener_up (\d)$/m.exec(page)?.[1];

/** Of health, whether all is well and what it says of the listener; of the Gateway, which is not there, it says something too. */
async function health(host) {
  const { healthy, warnings, remarks } = JSON.parse((await host.ask('/metrics/health')).body);
  return [healthy, warnings.filter((warning) => warning.startsWith('listener')), remarks.listener];
}

/** The threads that wait for the port or listen on it. */
const threads = async () => (await engineThreads(4)).filter((name) => ['ocp-listen', 'ocp-http'].includes(name));

/** What the port answers; undefined if nobody does. */
function own(port) {
  return new Promise((resolve) => {
    const asked = get({ host: '127.0.0.1', port, path: '/metrics', agent: false }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => (body += text)).on('end', () => resolve(body));
    });
    asked.on('error', () => resolve(undefined));
  });
}

async function isTakenBack(host, port, word) {
  const free = performance.now();
  let page;
  while (!(page = await own(port))?.includes('openclaw_metrics_listener_up')) {
    assert.ok(performance.now() - free < 10_000, 'the port is not taken back within 10 s');
    await pause(50);
  }
  const after_ = performance.now() - free;
  while (host.said(word).length === 0) {
    assert.ok(performance.now() - free < 11_000, host.lines.join('\n'));
    await pause(50);
  }
  return { page, after_ };
}

/** What is to be seen while a foreign process has the port. */
async function isTold(host, port, took) {
  assert.ok(took < 2000, `${took} ms`);
  assert.equal(await own(port), 'foreign');
  const sentence = `127.0.0.1:${port} is taken by another process; choose another port, or 0 for any; it is tried again every 5 s`;
  assert.deepEqual(await health(host), [true, [`listener: ${sentence}`], sentence]);
  assert.equal(up((await host.ask('/metrics')).body), '0');
  assert.equal(host.said(sentence).length, 1, host.lines.join('\n'));
  assert.ok(host.said(sentence)[0].startsWith('warn '));
  const { address, warnings: told } = JSON.parse(addon.status());
  assert.ok(address === null && told.includes(`listener: ${sentence}`), told.join('\n'));
  assert.deepEqual(await threads(), ['ocp-listen']);
}

async function isWell(host, port, page) {
  assert.equal(up(page), '1', 'on the own port');
  assert.equal(up((await host.ask('/metrics')).body), '1', "on the Gateway's port");
  assert.deepEqual(await health(host), [true, [], `listening on http://127.0.0.1:${port}`]);
  assert.deepEqual(await threads(), ['ocp-http'], 'nobody tries any more');
}

test('a foreign process has the port before the start, and while it is started again', async (t) => {
  const port = await freePort();
  let go = await foreigner(port);
  let { host, took } = await started(port);
  await isTold(host, port, took);
  await go();
  const first = await isTakenBack(host, port, `listening on http://127.0.0.1:${port}/metrics after all`);
  assert.equal(host.said(`no more: listener: 127.0.0.1:${port} is taken`).length, 1);
  await isWell(host, port, first.page);

  await host.stop();
  assert.deepEqual(await engineThreads(), []);
  assert.equal(await own(port), undefined);
  go = await foreigner(port);
  ({ host, took } = await started(port));
  await isTold(host, port, took);
  await go();
  const second = await isTakenBack(host, port, 'after all');
  await isWell(host, port, second.page);
  t.diagnostic(`taken back after ${[first, second].map(({ after_ }) => `${(after_ / 1000).toFixed(1)} s`).join(' and ')}`);
});

test('stop, start and reload while it waits leave nothing behind, and nobody waits for them', async () => {
  const port = await freePort();
  const go = await foreigner(port);
  for (let round = 0; round < 5; round += 1) {
    const { host, took } = await started(port);
    await isTold(host, port, took);
    // As a reload does it: another copy starts before or after this one ends.
    const next = round % 2 === 0 ? await started(port) : undefined;
    const began = performance.now();
    await host.stop();
    await next?.host.stop();
    assert.ok(performance.now() - began < 1000);
    assert.deepEqual(await engineThreads(), []);
  }
  assert.equal(await own(port), 'foreign', 'whose port it is has never noticed');
  const { host } = await started(0);
  assert.equal(up((await host.ask('/metrics')).body), undefined, 'no port of its own, and no metric of one');
  assert.deepEqual(await health(host), [true, [], undefined]);
  await host.stop();
  await go();
});

test('a port beyond this machine without a token is told like one that is taken', async () => {
  const port = await freePort();
  const { host } = await started(port, '0.0.0.0');
  const [isHealthy, [warning]] = await health(host);
  assert.ok(isHealthy && /^listener: .*0\.0\.0\.0/.test(warning), warning);
  assert.equal(up((await host.ask('/metrics')).body), '0');
  assert.deepEqual(await threads(), [], 'time does not change it');
  await host.stop();
});

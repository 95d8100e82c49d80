// What asking costs a real Gateway whose store has many sessions: the delay of its event loop and the work of its main thread,
// with the plugin asking, with nobody asking, and with a client that asks once a minute what the Gateway's own page asks when
// it is opened, in turns. Run it alone:
//
//   OPENCLAW=… OCP_ADDON=… node rpc-cost.mjs [--minutes 3] [--rounds 2] [--sessions 2000]
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';

import { connect } from './client.mjs';
import { Gateway, ID, samples, TOKEN, unpack } from './gateway.mjs';
import { startProvider } from './provider.mjs';

const option = (value) => ({ type: 'string', default: value });
const { values } = parseArgs({ options: { minutes: option('3'), rounds: option('2'), sessions: option('2000') } });
const [minutes, rounds, sessions] = [values.minutes, values.rounds, values.sessions].map(Number);
/** After a reload the Gateway is at work for other reasons, and all methods are asked. */
const SETTLE_MS = 30_000;
const EVERY = { on: 60_000, off: 86_400_000, ui: 86_400_000 };
/** What the pages of the Gateway's own user interface ask, with its parameters. */
const UI = [
  ['sessions.list', { limit: 200, includeGlobal: true, includeUnknown: true }],
  ['usage.cost', { range: '30d', mode: 'gateway', agentScope: 'all' }],
  ['sessions.usage', { range: '30d', mode: 'gateway', agentScope: 'all', limit: 1000 }],
  ['models.list', {}],
  ['models.authStatus', {}],
  ['usage.status', {}],
  ['channels.status', { probe: false }],
  ['cron.list', { includeDisabled: true }],
  ['skills.status', {}],
  ['health', {}],
];

const folder = mkdtempSync(join(tmpdir(), 'ocp-rpc-cost-'));
const packed = unpack(folder);
const provider = await startProvider();
const gateway = await Gateway.create({ paths: [packed.package], entries: { [ID]: { enabled: true, config: { snapshotIntervalMs: EVERY.off } } }, provider });
const page = async () => samples((await gateway.get('/metrics', { at: gateway.ownPort })).body);

/** How the main thread fared since the last reset. */
async function loop(reset = false) {
  return JSON.parse((await gateway.get(`/recorder/loop${reset ? '?reset=1' : ''}`)).body);
}

/** Looks at the pages once a minute. */
async function look(until) {
  const client = await connect(gateway.port, TOKEN);
  for (let next = performance.now(); next < until; next += 60_000) {
    await pause(Math.max(0, next - performance.now()));
    for (const [method, params] of UI) await client.call(method, params).catch((error) => console.log(`${method}: ${error.message}`));
  }
  await client.close();
}

try {
  await gateway.start();
  const client = await connect(gateway.port, TOKEN);
  const began = performance.now();
  for (let number = 0; number < sessions; number += 1) {
    await client.call('sessions.create', { key: `agent:main:store-${number}`, label: `Session ${number}` });
  }
  // Some have been used: their transcripts are what usage is counted from.
  for (let number = 0; number < 20; number += 1) assert.equal(await gateway.turn(`turn ${number}`, `agent:main:store-${number}`), 200);
  const { totalCount } = await client.call('sessions.list', { limit: 1 });
  await client.close();
  console.log(`${totalCount} sessions after ${((performance.now() - began) / 1000).toFixed(0)} s`);
  const figures = { on: [], off: [], ui: [] };
  let costs = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const state of Object.keys(figures)) {
      await gateway.cli('config', 'set', `plugins.entries.${ID}.config.snapshotIntervalMs`, String(EVERY[state]), '--strict-json');
      await pause(SETTLE_MS);
      await loop(true);
      const until = performance.now() + minutes * 60_000;
      if (state === 'ui') await look(until);
      await pause(until - performance.now());
      const { p999Ms, maxMs, cpuMs, wallMs, samples: count } = await loop();
      const row = { p999Ms, maxMs, cpuPercent: (100 * cpuMs) / wallMs, count };
      figures[state].push(row);
      if (state === 'on') costs = [...(await page())].filter(([key]) => /^openclaw_rpc_(cost|interval)_seconds/.test(key));
      console.log(state, Object.entries(row).map(([key, value]) => `${key} ${value.toFixed(3)}`).join(', '));
    }
  }
  const median = (state, key) => figures[state].map((row) => row[key]).sort((a, b) => a - b)[figures[state].length >> 1];
  for (const key of ['p999Ms', 'maxMs', 'cpuPercent']) console.log(`${key}: ${Object.keys(figures).map((state) => `${state} ${median(state, key).toFixed(3)}`).join(', ')}`);
  // What each method last cost while it was asked.
  for (const [key, value] of costs) console.log(key, value);
} finally {
  await gateway.remove();
  provider.stop();
  rmSync(folder, { recursive: true, force: true });
}

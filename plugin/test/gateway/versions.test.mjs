// The packed plugin in Gateways older than the one that is tested as a whole: it loads, both ports answer, what it counts of real
// turns is what the model provider counted itself, and health names what this Gateway does not tell.
//
// Each is installed with a Node of its own below $OCP_TOOLS, as `run` does it with the newest. $OCP_ALL_GATEWAYS asks for those
// too that are tried now and then only.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { Gateway, ID, samples, unpack } from './gateway.mjs';
import { startProvider } from './provider.mjs';

const { OCP_TOOLS, OCP_ALL_GATEWAYS } = process.env;
/** What is new since a version; families of it have no sample before. */
const NEW = { '2026.9.3': ['openclaw_gc_duration_seconds', 'openclaw_gateway_rpc_', 'openclaw_gateway_event_loop_'] };
const GATEWAYS = [
  { version: '2026.6.6', node: 22, untold: ['diagnostic.gc', 'gateway.event_loop.sample', 'gateway.rpc', 'security.event'], way: 'in_process' },
  { version: '2026.7.35', node: 24, isRare: true, untold: ['diagnostic.gc', 'gateway.event_loop.sample', 'gateway.rpc'], way: 'in_process' },
  { version: '2026.5.5', node: 22, isRare: true, isWarned: true, untold: ['message.processed', 'queue.lane.dequeue', 'session.state'] },
];
const WORDS = ['', '[read]', '[slow]', '', '[exec]', ''];

const folder = mkdtempSync(join(tmpdir(), 'ocp-versions-'));
let plugin;
let provider;

before(async () => {
  plugin = unpack(folder).package;
  provider = await startProvider();
});

after(() => {
  provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** The Gateway of this version, and a Node that it runs with. */
function installed({ version, node }) {
  const prefix = join(OCP_TOOLS, `gateway-${version}`);
  const place = (name) => join(prefix, 'node_modules', name);
  if (!existsSync(place('node/bin/node')) || !existsSync(place('openclaw/openclaw.mjs'))) {
    mkdirSync(prefix, { recursive: true });
    const npm = (...words) => execFileSync('npm', [words[0], '--prefix', prefix, '--silent', ...words.slice(1)], { stdio: 'inherit' });
    npm('install', '--no-audit', '--no-fund', '--ignore-scripts', `node@${node}`, `openclaw@${version}`);
    npm('rebuild', '--ignore-scripts=false', 'node');
  }
  return { openclaw: place('openclaw'), node: place('node/bin/node') };
}

for (const old of GATEWAYS) {
  const { version, untold, way, isWarned = false } = old;
  const skip = old.isRare && !OCP_ALL_GATEWAYS ? 'a part of tests/all --long' : false;
  test(`in a Gateway ${version} it counts what the provider counts, and says what is not told`, { skip }, async (t) => {
    const began = performance.now();
    const host = installed(old);
    const begun = performance.now();
    const config = { collectIntervalMs: 0 };
    const gateway = await Gateway.create({ ...host, paths: [plugin], entries: { [ID]: { enabled: true, config } }, provider, isOld: true });
    t.after(() => gateway.remove());
    const isUp = () => gateway.get('/metrics', { at: gateway.ownPort });
    await gateway.start({ isUp });
    await gateway.until('the Gateway to be ready', async () => (await gateway.get('/readyz')).status === 200);
    const page = async (at) => samples((await gateway.get('/metrics', { at })).body);

    const seen = { ...provider.told };
    for (const [number, word] of WORDS.entries()) {
      assert.equal(await gateway.turn(`${word} message ${number}`, `agent:main:old-${number % 2}`), 200);
    }
    const [calls, bytes] = [provider.told.calls - seen.calls, provider.told.bytes - seen.bytes];
    assert.ok(calls > WORDS.length);
    const sum = (all, family) => [...all].reduce((total, [name, value]) => total + (name.startsWith(`${family}{`) ? value : 0), 0);
    await gateway.until('all runs to end', async () => sum(await page(), 'openclaw_run_completed_total') === WORDS.length);
    for (const at of [gateway.port, gateway.ownPort]) {
      const all = await page(at);
      assert.equal(sum(all, 'openclaw_model_call_total'), calls);
      assert.equal(sum(all, 'openclaw_model_call_request_bytes_count'), calls);
      assert.equal(sum(all, 'openclaw_model_call_request_bytes_sum'), bytes);
      assert.equal(sum(all, 'openclaw_run_duration_seconds_count'), WORDS.length);
      assert.equal(sum(all, 'openclaw_tool_execution_total'), 2);
      assert.equal(all.get(`openclaw_gateway_version_info{version="${version}"}`), 1);
      // Lines are logged, and where the Gateway knows no filter they are told too.
      assert.equal(all.get('openclaw_exporter_events_total{event="log.record"}'), 0);
      assert.deepEqual([...all.keys()].filter((name) => NEW['2026.9.3'].some((family) => name.startsWith(family))), []);
      const rejected = [...all].filter(([name, value]) => name.startsWith('openclaw_exporter_events_rejected_total{') && value > 0);
      t.diagnostic(`rejected: ${JSON.stringify(rejected)}`);
    }
    const health = JSON.parse((await gateway.get('/metrics/health')).body);
    assert.equal(health.healthy, true);
    for (const type of untold) assert.ok(health.remarks.events.includes(type), `${type}: ${health.remarks.events}`);
    assert.ok(health.remarks.events.includes(`Gateway ${version} does not tell`));
    assert.equal(health.warnings.some((warning) => warning.startsWith('events: ')), isWarned, `${health.warnings}`);
    assert.equal(gateway.lines().some((line) => line.includes('does not tell')), isWarned);
    if (way === undefined) {
      // It speaks an older protocol than ours, and has no way for plugins.
      await gateway.until('the refusal', async () => (await page()).get('openclaw_rpc_up{way="websocket"}') === 0);
    } else {
      await gateway.until('the RPC', async () => (await page()).get(`openclaw_rpc_up{way="${way}"}`) === 1);
      await gateway.until('its answers', async () => (await page()).has('openclaw_sessions_stored{}'));
    }
    assert.equal(await gateway.stop(), 0);
    assert.deepEqual(gateway.lines().filter((line) => /failed|not started|panicked/.test(line)), []);
    const seconds = (ms) => (ms / 1000).toFixed(1);
    t.diagnostic(`${calls} calls of ${bytes} bytes; ${seconds(performance.now() - begun)} s, installed in ${seconds(begun - began)} s`);
  });
}

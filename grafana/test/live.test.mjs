// The dashboards over a running demo, scraped by a Prometheus: every query gives data, or it is written down why not. Beside it a
// fleet in which something goes wrong at once; all faults are those of `run --judges`.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { NO_DATA, unlike } from './panels.mjs';
import { demo } from './program.mjs';
import { discovered, named, prometheus } from './prometheus.mjs';
import { RECORDED } from './sources.mjs';

/** Long enough that everything which the demo does came once. */
const SECONDS = 110;
const FAULTS = { 'gw-001': 'stuck-session', 'gw-002': 'loop-blocked' };
const RAISED = ['gw-001 OpenClawSessionStuck critical', 'gw-002 OpenClawLoopStalls critical', 'gw-002 OpenClawLoopStalls warning'];

let gateway, fleet, server;
before(async () => {
  gateway = await demo();
  fleet = await demo('--instances', '3', ...Object.entries(FAULTS).flatMap(([instance, fault]) => ['--fault', `${fault}@${instance}:after=10s`]));
  server = await prometheus({ openclaw: named({ 'gateway-1': gateway.address }), faulty: discovered(fleet.address) });
  await server.has(`count_over_time(up{job="openclaw"}[${SECONDS}s]) >= ${SECONDS / 2 - 5}`, 3 * SECONDS);
}, { timeout: 400_000 });
after(async () => {
  await server?.stop();
  gateway?.stop();
  fleet?.stop();
});

test('every panel query gives data from the demo, or it is written down why not', async () => {
  assert.deepEqual(await unlike(NO_DATA, server, { interval: `${SECONDS - 10}s`, range: `${SECONDS}s`, job: 'openclaw' }), []);
});

test('every rule that records has recorded something', { timeout: 200_000 }, async () => {
  // The group of the long windows is evaluated each two minutes.
  await server.has('instance_sli:openclaw_errors:ratio_rate3d', 150);
  const silent = [];
  for (const name of RECORDED) if ((await server.query(name)).length === 0) silent.push(name);
  assert.deepEqual(silent, []);
});

test('a demo without a fault raises nothing', async () => {
  assert.deepEqual((await server.query('ALERTS{alertstate="firing",job="openclaw"}')).map(({ metric }) => metric), []);
});

test('what goes wrong in a fleet is told of the Gateway that it is of, and of no other', async () => {
  const firing = await server.query('ALERTS{alertstate="firing",job="faulty"}');
  assert.deepEqual(firing.map(({ metric }) => `${metric.instance} ${metric.alertname} ${metric.severity}`).sort(), RAISED);
});

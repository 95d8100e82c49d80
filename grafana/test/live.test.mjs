// The dashboards over a running demo, scraped by a Prometheus: every query gives data, or it is written down why not.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { asked, queries } from './dashboards.mjs';
import { demo } from './program.mjs';
import { named, prometheus } from './prometheus.mjs';
import { FOLDER, RECORDED } from './sources.mjs';

/** Long enough that everything which the demo does came once. */
const SECONDS = 110;
const NO_DATA = new Map(readFileSync(join(FOLDER, 'test/no-data.tsv'), 'utf8').trim().split('\n').slice(1).map(line => line.split('\t')).map(([dashboard, panel, ref, why]) => [`${dashboard}: ${panel} ${ref}`, why]));

let gateway, server;
before(async () => {
  gateway = await demo();
  server = await prometheus(named({ 'gateway-1': gateway.address }));
  await server.has(`count_over_time(up[${SECONDS}s]) >= ${SECONDS / 2 - 5}`, 3 * SECONDS);
}, { timeout: 400_000 });
after(async () => {
  await server?.stop();
  gateway?.stop();
});

test('every panel query gives data from the demo, or it is written down why not', async () => {
  const missing = [], needless = [];
  for (const { target, where } of queries) {
    const found = await server.query(asked(target.expr, { interval: `${SECONDS - 10}s`, range: `${SECONDS}s` }));
    if (found.length === 0 && !NO_DATA.has(where)) missing.push(where);
    if (found.length > 0 && NO_DATA.has(where)) needless.push(where);
  }
  assert.equal(missing.join('\n'), '', 'no data, and no reason written down');
  assert.equal(needless.join('\n'), '', 'data, and a reason why there is none');
  const all = new Set(queries.map(({ where }) => where));
  for (const [where, why] of NO_DATA) assert.ok(all.has(where) && why.length > 10, where);
});

test('every rule that records has recorded something', { timeout: 200_000 }, async () => {
  // The group of the long windows is evaluated each two minutes.
  await server.has('instance_sli:openclaw_errors:ratio_rate3d', 150);
  const silent = [];
  for (const name of RECORDED) if ((await server.query(name)).length === 0) silent.push(name);
  assert.deepEqual(silent, []);
});

test('a demo without a fault raises nothing', async () => {
  assert.deepEqual((await server.query('ALERTS{alertstate="firing"}')).map(({ metric }) => metric), []);
});

// What an event costs in the listener, beside a stand-in for the official exporter and a listener that does nothing: over
// recorded events, each parsed anew and frozen, as the host hands them over.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { after, test } from 'node:test';

import { EventEncoder } from '../../dist/encoder.js';
import { load } from '../addon.mjs';
import { METRIC_BEARING, StandIn } from './standin.mjs';

const ROUNDS = 15;
const EVENTS = 6000;
const ATTEMPTS = 4;
/** What the official algorithm takes where an event is to cost less than a microsecond; a slower machine gets as much more. */
const OFFICIAL_NS = 8000;

const file = process.env.OCP_CORPUS ?? new URL('../../../cli/data/sample.jsonl', import.meta.url);
const lines = readFileSync(file, 'utf8').trim().split('\n').filter((line) => !line.includes('"type":"log.record"'));
const addon = load();
addon.start(JSON.stringify({ port: 0 }));
after(() => addon.stop());

function freeze(value) {
  if (value !== null && typeof value === 'object') {
    Object.values(value).forEach(freeze);
    Object.freeze(value);
  }
  return value;
}

function thaw(texts) {
  const events = [];
  while (events.length < EVENTS) for (const text of texts) events.push(freeze(JSON.parse(text)));
  return events;
}

/** Nanoseconds of an event: the least and the median of rounds in which all take turns. */
function timed(recorders, texts) {
  const times = recorders.map(() => []);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (let turn = 0; turn < recorders.length; turn += 1) {
      const at = (turn + round) % recorders.length;
      const events = thaw(texts);
      const began = process.hrtime.bigint();
      for (const { event, metadata } of events) recorders[at].record(event, metadata);
      times[at].push(Number(process.hrtime.bigint() - began) / events.length);
    }
  }
  return times.map((all) => all.sort((a, b) => a - b)).map((all) => ({ least: all[0], median: all[all.length >> 1] }));
}

test('an event costs less than a microsecond, and a tenth of what the official algorithm takes', async (t) => {
  const { redactSensitiveText } = await import(pathToFileURL(join(process.env.OPENCLAW, 'dist/plugin-sdk/security-runtime.js')).href);
  const recorders = [new EventEncoder(addon, redactSensitiveText), new StandIn(), { record() {} }];
  const bearing = lines.filter((line) => METRIC_BEARING.has(JSON.parse(line).event.type));
  const tell = ({ least, median }) => `${least.toFixed(0)} to ${median.toFixed(0)} ns`;
  let ours, official, nothing, all;
  const limit = () => 1000 * Math.max(1, official.least / OFFICIAL_NS);
  // What is asked for is the cost on a core of one's own: where another program takes turns, it is measured again.
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    [ours, official, nothing] = timed(recorders, bearing);
    [all] = timed(recorders, lines);
    t.diagnostic(`an event that touches an official metric (${bearing.length} of ${lines.length}): ${tell(ours)}, the official algorithm ${tell(official)}, ` +
      `a listener that does nothing ${tell(nothing)}; ratio ${(ours.least / official.least).toFixed(3)}; all events: ${tell(all)}`);
    if (all.least < limit() && ours.least <= 0.1 * official.least) break;
  }
  const calls = lines.filter((line) => JSON.parse(line).event.type === 'model.call.completed');
  const [call, officialCall] = timed(recorders, calls);
  t.diagnostic(`model.call.completed: ${tell(call)}, the official algorithm ${tell(officialCall)}`);
  // It is known to take 6 to 10 us on one machine; far from that it would be no stand-in.
  assert.ok(official.least > 3000 && official.least < 30_000, `${official.least}`);
  assert.ok(all.least < limit(), `${all.least} ns, and the official algorithm ${official.least}`);
  assert.ok(ours.least <= 0.1 * official.least, `${ours.least} beside ${official.least} ns`);
});

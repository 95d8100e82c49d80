// A day and some hours that demos have played: one that is well, and one for each fault that alerts know only by what was usual.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FAULTS } from '../faults.mjs';
import { history } from './history.mjs';

/** When faults begin, and when it ends: a silence is told after three hours and more. */
const DAY = 24, HOURS = 29;
const HEALTHY = 'healthy';
const faults = FAULTS.filter(({ alerts }) => alerts.some(({ needsHistory }) => needsHistory));

let played, fired;
before(async () => {
  played = await history([{ instance: HEALTHY }, ...faults.map(({ name }) => ({ instance: name, fault: name, fault_at: DAY }))], HOURS);
  fired = await played.fired();
}, { timeout: 900_000 });
after(() => played?.stop());

test('a day that is well has been recorded from its beginning to its end', async () => {
  for (const name of ['up', 'instance:openclaw_watched:group15m', 'instance_sli:openclaw_errors:ratio_rate1d', 'instance_sli:openclaw_error_budget_burn:ratio_rate1h']) {
    const found = await played.server.range(`${name}{instance="${HEALTHY}"}`, played.start, played.end, 600);
    assert.ok(found.length > 0, name);
    // What is a share of something that ended takes a while to have one.
    for (const { values } of found) assert.ok(values.at(-1)[0] === played.end && values[0][0] <= played.start + 3600, name);
  }
});

test('no alert fires in a day that is well', () => {
  assert.deepEqual(fired.filter(({ instance }) => instance === HEALTHY || instance === undefined), []);
});

for (const { name, alerts } of faults) {
  test(`after a day that was well, ${name} raises what the table says, in time, and no more`, () => {
    const told = fired.filter(({ instance }) => instance === name);
    assert.deepEqual(told.map(({ alert, severity }) => `${alert} ${severity}`), alerts.map(({ alert, severity }) => `${alert} ${severity}`));
    for (const [place, { at, alert }] of told.entries()) {
      const minutes = (at - played.start) / 60 - DAY * 60;
      assert.ok(minutes > 0 && minutes <= alerts[place].minutes, `${alert} after ${minutes} minutes`);
    }
  });
}

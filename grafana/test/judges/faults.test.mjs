// Each fault of the demo, for as long as its alerts take: it raises what cli/data/faults.tsv says and nothing else, Alertmanager hears
// of that, and every panel shows something of it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { FAULTS } from '../faults.mjs';
import { NO_DATA_OF_FAULTS, unlike } from '../panels.mjs';
import { until } from '../prometheus.mjs';
import { GROUPS } from '../sources.mjs';
import { watchedFleet } from './fleet.mjs';

/** What is raised without a day before it, as it is written in the table. */
const expected = fault => (fault?.alerts ?? []).filter(({ needsHistory }) => !needsHistory);
const MINUTES = Math.max(...FAULTS.flatMap(expected).map(({ minutes }) => minutes));
const RULES = new Map(GROUPS.flatMap(group => group.rules).filter(({ alert }) => alert !== undefined).map(rule => [`${rule.alert} ${rule.severity}`, rule]));
const written = ({ alert, alertname = alert, severity }) => `${alertname} ${severity}`;
/** What is told of whom, each once: one alert may be of several models. */
const told = alerts => [...new Set(alerts.map(labels => `${labels.instance} ${written(labels)}`))].sort();

let fleet, end, wanted;
before(async () => {
  fleet = await watchedFleet();
  wanted = [...fleet.instances].flatMap(([instance, fault]) => expected(fault).map(alert => `${instance} ${written(alert)}`)).sort();
  end = fleet.began + 60 * MINUTES;
  await until(end - Date.now() / 1000);
}, { timeout: 60_000 * (MINUTES + 5) });
after(() => fleet?.stop());

test('each fault raises what the table says, in time, and no more; and what is well raises nothing', async () => {
  const began = new Map();
  for (const { metric, values } of await fleet.server.range('ALERTS{alertstate="firing"}', fleet.began - 90, end, 15)) {
    const what = `${metric.instance} ${written(metric)}`;
    began.set(what, Math.min(began.get(what) ?? Infinity, values[0][0]));
  }
  const late = [];
  for (const [instance, fault] of fleet.instances) {
    for (const alert of expected(fault)) {
      const minutes = (began.get(`${instance} ${written(alert)}`) - fleet.began) / 60;
      console.log(`${fault.name}: ${written(alert)} after ${minutes.toFixed(1)} minutes`);
      if (!(minutes <= alert.minutes)) late.push(`${fault.name}: ${written(alert)} after ${minutes} minutes`);
    }
  }
  assert.deepEqual([...began.keys()].sort(), wanted);
  assert.deepEqual(late, []);
});

test('what a fault raises goes on while the fault does', async () => {
  const firing = await fleet.server.query('ALERTS{alertstate="firing"}');
  assert.deepEqual(told(firing.map(({ metric }) => metric)), wanted);
});

test('Alertmanager has each of them with what they are told by', async () => {
  const alerts = await fleet.pager.alerts();
  assert.deepEqual(told(alerts.map(({ labels }) => labels)), wanted);
  for (const { labels, annotations, generatorURL } of alerts) {
    const rule = RULES.get(written(labels));
    assert.equal(labels.job, 'openclaw');
    assert.equal(annotations.summary, rule.summary);
    says(annotations.description, rule.description, labels);
    assert.match(annotations.runbook_url, new RegExp(`^https://.*#${rule.alert.toLowerCase()}$`));
    assert.ok(generatorURL.length > 0);
  }
});

test('the pager is told what is critical, and tickets are made of the rest', async () => {
  const at = path => told(fleet.pager.told[path].map(({ labels }) => labels));
  assert.deepEqual(at('/critical'), wanted.filter(text => text.endsWith(' critical')));
  const alone = wanted.filter(text => text.endsWith(' warning') && !wanted.includes(text.replace(' warning', ' critical')));
  const warnings = at('/warning');
  // One that a critical one of its name follows, or a faster burn, may have been told before that.
  assert.deepEqual(alone.filter(text => !warnings.includes(text) && !text.includes('ErrorBudget')), []);
  assert.deepEqual(warnings.filter(text => !wanted.includes(text) || !text.endsWith(' warning')), []);
  const kept = (await fleet.pager.alerts()).filter(({ status }) => status.inhibitedBy.length > 0);
  assert.deepEqual(told(kept.map(({ labels }) => labels)), wanted.filter(text => text.endsWith(' warning') && !alone.includes(text) || text.includes('LastsTenDays')));
});

test('every panel query gives data from all faults together, or it is written down why not', async () => {
  assert.deepEqual(await unlike(NO_DATA_OF_FAULTS, fleet.server, { interval: '1m', range: `${MINUTES}m`, job: 'openclaw', instance: [...fleet.instances.keys()].join('|') }), []);
});

/** That a description is what its template says: with the labels that it names, and with a number for its value. */
function says(text, template, labels) {
  const filled = [];
  const pattern = template.split(/(\{\{.*?\}\})/).map(part => {
    if (!part.startsWith('{{')) return part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
    filled.push(part);
    return '(.*?)';
  }).join('');
  const found = new RegExp(`^${pattern}$`).exec(text);
  assert.ok(found !== null, `${text} is not ${template}`);
  for (const [place, part] of filled.entries()) {
    const value = found[place + 1];
    if (part.includes('$value')) assert.match(value, /^-?\d/, text);
    const label = /^\{\{ \$labels\.(\w+) \}\}$/.exec(part)?.[1];
    if (label !== undefined) assert.equal(value, labels[label] ?? '', text);
  }
}

// The page of logs: valid LogQL over the chosen Gateways, in intervals that fit the time shown.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parser } from '@grafana/lezer-logql';
import { FOLDER } from './sources.mjs';

const LOGS = JSON.parse(readFileSync(join(FOLDER, 'logs.json'), 'utf8'));
const queries = LOGS.panels.flatMap(panel => panel.targets.map(target => ({ title: panel.title, expr: target.expr })));
const asked = expr => expr.replaceAll('$__auto', '1m').replaceAll('${search}', 'x').replace(/\$\w+/g, '.+');

function faults(expr) {
  const found = [];
  parser.parse(asked(expr)).iterate({ enter: node => { if (node.type.isError) found.push(`not LogQL at ${node.from}: ${asked(expr)}`); } });
  return found;
}

test('16 every query of logs is LogQL, and its ranges fit the time shown', () => {
  assert.ok(faults('sum by (level (count_over_time({a="b"}[1m]))').length > 0);
  for (const { title, expr } of queries) {
    assert.deepEqual(faults(expr), [], title);
    for (const [, range] of expr.matchAll(/\[([^\]]+)\]/g)) assert.equal(range, '$__auto', title);
    assert.ok(expr.includes('job=~"$job",instance=~"$instance"'), title);
  }
});

test('logs has the variables of the other pages, for Loki', () => {
  const [datasource, job, instance] = LOGS.templating.list;
  assert.deepEqual([datasource.name, datasource.label, datasource.query], ['loki_datasource', 'Loki data source', 'loki']);
  for (const [one, name] of [[job, 'job'], [instance, 'instance']]) {
    assert.deepEqual([one.name, one.label, one.multi, one.allValue, one.refresh], [name, name, true, '.+', 2]);
  }
  assert.deepEqual([LOGS.schemaVersion, LOGS.uid, LOGS.id, LOGS.editable], [42, 'openclaw-logs', null, false]);
});

test('every panel of logs is a question, numbered once, with a unit and the source that is chosen', () => {
  assert.equal(new Set(LOGS.panels.map(panel => panel.id)).size, LOGS.panels.length);
  for (const { title, description, datasource, fieldConfig } of LOGS.panels) {
    assert.match(title, /\?$/);
    assert.match(description, /^[A-Z].{59,}\.$/);
    assert.deepEqual([datasource, fieldConfig.defaults.unit], [{ type: 'loki', uid: '${loki_datasource}' }, 'short'], title);
  }
});

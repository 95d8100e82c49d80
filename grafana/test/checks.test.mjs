// The checks themselves: that they find what they are for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { faults } from './catalogue.mjs';
import { complaints } from './promtool.mjs';
import { read } from './promql.mjs';
import { join } from 'node:path';
import { FOLDER } from './sources.mjs';

test('a metric, label, value or grouping that is not there is found', () => {
  assert.deepEqual(faults('sum by (provider) (rate(openclaw_model_call_total{outcome="error"}[5m]))'), []);
  assert.deepEqual(faults('rate(openclaw_model_calls_total[5m])'), ['no metric openclaw_model_calls_total']);
  assert.deepEqual(faults('openclaw_model_call_total{colour="red"}'), ['openclaw_model_call_total has no label colour']);
  assert.deepEqual(faults('openclaw_model_call_total{outcome="failed"}'), ['outcome of openclaw_model_call_total is never failed']);
  assert.deepEqual(faults('openclaw_model_call_total{outcome=~"error|failed"}'), ['outcome of openclaw_model_call_total is never failed']);
  assert.deepEqual(faults('sum by (colour) (openclaw_model_call_total)'), ['nothing here has the label colour']);
  assert.deepEqual(faults('openclaw_model_call_total_bucket'), ['no metric openclaw_model_call_total_bucket']);
});

test('what is no PromQL is found', () => {
  assert.throws(() => read('sum by (a (b)'), SyntaxError);
  assert.throws(() => read('rate(a[5m]) ) / b'), SyntaxError);
});

test('a label that an expression makes is known, and ranges and functions are seen', () => {
  assert.deepEqual(faults('sum by (sli) (label_replace(openclaw_ready, "sli", "x", "", ""))'), []);
  const [selector] = read('sum(rate(openclaw_model_call_total{a="b"}[5m] offset 1d))').selectors;
  assert.deepEqual(selector, { name: 'openclaw_model_call_total', matchers: [{ label: 'a', op: '=', value: 'b' }], range: '5m', functions: ['rate'] });
});

test('an alert that should fire and does not is told, and one that should not and does', () => {
  const rules = join(FOLDER, 'rules/openclaw.yml');
  const series = { openclaw_ready: '0x60' };
  assert.match(complaints(rules, [{ name: 'x', series, firing: { '10m': [] } }]), /OpenClawNotReady/);
  assert.match(complaints(rules, [{ name: 'x', series: {}, firing: { '10m': ['OpenClawNotReady critical'] } }]), /exp:.*OpenClawNotReady/s);
});

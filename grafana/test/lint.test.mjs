// Dashboards by the rules that Grafana's own linter has, numbered as they are described there; every exception has its reason.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as units from '@grafana/grafana-foundation-sdk/units';
import { DASHBOARDS, asked, panels, queries, variables } from './dashboards.mjs';
import { family } from './program.mjs';
import { read } from './promql.mjs';

const UNITS = new Set(Object.values(units));
const DATASOURCE = '${datasource}';
const RATES = ['rate', 'irate', 'increase'];

/** Ranges that are meant as they stand: panel, range, why. */
const FIXED_RANGES = new Map([
  ['What did each day cost?', ['1d', 'a day is what is asked for']],
  ['Who spent what on what?', ['$__range', 'the time that is shown is what is asked for']],
  ['Which channel costs most?', ['$__range', 'the time that is shown is what is asked for']],
  ['What will a month cost?', ['$__range', 'the mean of the time that is shown is what is asked for']],
]);
/** Counters that are read as they stand: panel, why. */
const RAW_COUNTERS = new Map([['What took the start so long?', 'a start is once: its phases do not come again']]);

const variable = (dashboard, name) => variables(dashboard).find(one => one.name === name);
const selectors = ({ target }) => read(asked(target.expr)).selectors;
const broken = found => found.map(({ where }) => where);

for (const dashboard of DASHBOARDS) {
  test(`1 ${dashboard.name} has one data source variable, named and labelled as usual`, () => {
    const found = variables(dashboard).filter(one => one.type === 'datasource');
    assert.deepEqual(found.map(({ name, label, query }) => [name, label, query]), [['datasource', 'Data source', 'prometheus']]);
  });
  for (const [rule, name] of [[2, 'job'], [3, 'instance']]) {
    test(`${rule} ${dashboard.name} has a variable ${name} of many values`, () => {
      const { type, label, multi, allValue, datasource } = variable(dashboard, name);
      assert.deepEqual({ type, label, multi, allValue, uid: datasource.uid }, { type: 'query', label: name, multi: true, allValue: '.+', uid: DATASOURCE });
    });
  }
  test(`4 the variables of ${dashboard.name} are asked for in PromQL`, () => {
    for (const name of ['job', 'instance']) {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(variable(dashboard, name).query);
      assert.equal(label, name);
      assert.equal(read(asked(selector)).selectors.length, 1);
    }
  });
  test(`5 the variables of ${dashboard.name} are asked for when the time changes`, () => {
    for (const one of variables(dashboard).filter(one => one.type === 'query')) assert.equal(one.refresh, 2, one.name);
  });
  test(`6 ${dashboard.name} is not edited by hand`, () => assert.equal(dashboard.json.editable, false));
  test(`7 every panel of ${dashboard.name} takes the data source that is chosen`, () => {
    for (const panel of panels(dashboard)) {
      for (const source of [panel.datasource, ...panel.targets.map(target => target.datasource)]) assert.deepEqual(source, { type: 'prometheus', uid: DATASOURCE }, panel.title);
    }
  });
  test(`8 every panel of ${dashboard.name} is a question, and says what to do`, () => {
    for (const { title, description } of panels(dashboard)) {
      assert.match(title, /\?$/, title);
      assert.match(description ?? '', /^[A-Z\d].{59,}[.?]$/s, title);
    }
  });
  test(`9 every panel of ${dashboard.name} has a unit that Grafana knows`, () => {
    for (const { title, fieldConfig } of panels(dashboard)) {
      assert.ok(UNITS.has(fieldConfig.defaults.unit), `${title}: ${fieldConfig.defaults.unit}`);
      for (const { properties } of fieldConfig.overrides) {
        for (const { id, value } of properties) if (id === 'unit') assert.ok(UNITS.has(value), `${title}: ${value}`);
      }
    }
  });
  test(`10 every panel of ${dashboard.name} asks for something`, () => {
    for (const { title, targets } of panels(dashboard)) assert.ok(targets.length > 0 && targets.every(target => target.expr !== ''), title);
  });
}

test('11 every query is PromQL', () => {
  for (const { target, where } of queries) assert.doesNotThrow(() => read(asked(target.expr)), where);
});

for (const [rule, name] of [[12, 'job'], [13, 'instance']]) {
  test(`${rule} every selector asks for the ${name} that is chosen`, () => {
    const matcher = one => one.label === name && one.op === '=~' && one.value === '.+';
    assert.deepEqual(broken(queries.filter(query => !selectors(query).every(selector => selector.matchers.some(matcher)))), []);
    assert.deepEqual(broken(queries.filter(({ target }) => !target.expr.includes(`${name}=~"$${name}"`))), []);
  });
}

test('14 rates are over the interval that fits the time shown', () => {
  const wrong = queries.filter(({ panel, target }) => {
    const [exempt] = FIXED_RANGES.get(panel.title) ?? [];
    return [...target.expr.matchAll(/\b(\w+) ?\(\w*[^()]*?\[([^\]]+)\]/g)].some(([, name, range]) => RATES.includes(name) && range !== '$__rate_interval' && range !== exempt);
  });
  assert.deepEqual(broken(wrong), []);
});

test('15 counters are only read through a rate', () => {
  const isCounter = name => name.endsWith('_total') || family(name)?.type === 'counter' || family(name)?.type === 'histogram';
  const wrong = queries.filter(query => !RAW_COUNTERS.has(query.panel.title)
    && selectors(query).some(selector => isCounter(selector.name) && !selector.functions.some(name => [...RATES, 'resets', 'changes'].includes(name))));
  assert.deepEqual(broken(wrong), []);
});

test('16 there is no LogQL among the queries for Prometheus', () => {
  for (const { target, where } of queries) assert.equal(target.datasource.type, 'prometheus', where);
});

test('every exception is of a panel that is there', () => {
  const titles = new Set(queries.map(({ panel }) => panel.title));
  for (const title of [...FIXED_RANGES.keys(), ...RAW_COUNTERS.keys()]) assert.ok(titles.has(title), title);
});

// Dashboards: what a page shows at once, that it asks for what exists, and that everything that is measured has a place.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faults } from './catalogue.mjs';
import { DASHBOARDS, asked, panels, queries, rows, variables } from './dashboards.mjs';
import { FAMILIES, family } from './program.mjs';
import { read } from './promql.mjs';
import { ALERTS, FOLDER, GROUPS } from './sources.mjs';

test('what is committed is what the sources say', () => {
  execFileSync('node', ['build', '--check'], { cwd: FOLDER, stdio: 'pipe' });
});

for (const dashboard of DASHBOARDS) {
  test(`${dashboard.name} is of the schema of now, has its own address, and no number of one Grafana`, () => {
    const { schemaVersion, uid, id, __inputs } = dashboard.json;
    assert.deepEqual({ schemaVersion, uid, id, __inputs }, { schemaVersion: 42, uid: `openclaw-${dashboard.name}`, id: null, __inputs: undefined });
  });
  test(`${dashboard.name} numbers and names each panel once`, () => {
    const all = [...rows(dashboard), ...panels(dashboard)];
    assert.equal(new Set(all.map(panel => panel.id)).size, all.length);
    const titles = panels(dashboard).map(panel => panel.title);
    assert.equal(new Set(titles).size, titles.length);
  });
  test(`${dashboard.name} shows at most twenty panels before a row is opened`, () => {
    const open = dashboard.json.panels.filter(panel => panel.type !== 'row');
    assert.ok(open.length <= 20, `${open.length}`);
    for (const row of rows(dashboard)) assert.equal(row.collapsed, row.panels.length > 0, row.title);
  });
  test(`${dashboard.name} lays no panel over another`, () => {
    for (const list of [dashboard.json.panels, ...rows(dashboard).map(row => row.panels)]) {
      for (const [at, { gridPos: one, title }] of list.entries()) {
        assert.ok(one.x + one.w <= 24, title);
        for (const { gridPos: other } of list.slice(at + 1)) {
          assert.ok(one.x + one.w <= other.x || other.x + other.w <= one.x || one.y + one.h <= other.y || other.y + other.h <= one.y, title);
        }
      }
    }
  });
  test(`${dashboard.name} marks restarts and versions, and leads on with time and variables`, () => {
    assert.deepEqual(dashboard.json.annotations.list.map(mark => mark.name), ['Restarts', 'Versions']);
    for (const { expr } of dashboard.json.annotations.list) assert.deepEqual(faults(asked(expr)), []);
    const [link] = dashboard.json.links;
    assert.deepEqual([link.type, link.tags, link.keepTime, link.includeVars], ['dashboards', ['openclaw'], true, true]);
  });
}

test('every metric, label and value that a panel asks for is in the catalogue', () => {
  assert.deepEqual(queries.flatMap(({ target, where }) => faults(asked(target.expr)).map(fault => `${where}: ${fault}`)), []);
});

test('no query fills in what is missing', () => {
  for (const { target, where } of queries) assert.ok(!/or\s+(on\s*\(\s*\)\s*)?vector\s*\(/.test(target.expr), where);
});

test('limits of panels are those of the alert that the panel leads to', () => {
  for (const { panel, dashboard } of queries) {
    const link = panel.links?.[0];
    if (link === undefined) continue;
    const alert = link.title.replace('Runbook of ', '');
    assert.ok(ALERTS.includes(alert), `${dashboard}: ${panel.title}: ${alert}`);
    const numbers = panel.fieldConfig.defaults.thresholds.steps.map(step => step.value).filter(value => value !== null);
    const exprs = GROUPS.flatMap(group => group.rules).filter(rule => rule.alert === alert).map(rule => rule.expr).join('\n');
    for (const number of numbers.filter(number => number > 1 || (number < 1 && number > 0))) {
      assert.ok(new RegExp(`(?<![\\d.])${String(number).replace('.', '\\.')}(?![\\d.]*\\d)`).test(exprs), `${panel.title}: ${number} is not in ${alert}`);
    }
  }
  });

/** Families that no panel and no alert asks for, and where they are instead. */
const PLACES = new Map(readFileSync(join(FOLDER, 'places.tsv'), 'utf8').trim().split('\n').slice(1).map(line => line.split('\t')));

test('every family has a panel, an alert, or a place that is written down', () => {
  const exprs = [...queries.map(({ target }) => asked(target.expr)), ...GROUPS.flatMap(group => group.rules).map(rule => rule.expr)];
  const used = new Set(exprs.flatMap(expr => read(expr).selectors).flatMap(({ name }) => family(name)?.name ?? []));
  const nowhere = [...FAMILIES.keys()].filter(name => !used.has(name) && !PLACES.has(name));
  assert.deepEqual(nowhere, []);
  const needless = [...PLACES.keys()].filter(name => used.has(name) || !FAMILIES.has(name));
  assert.deepEqual(needless, []);
  for (const [name, place] of PLACES) assert.ok(place?.length > 10, `${name} has no reason`);
});

test('the panels that runbooks and places name are there', () => {
  const titles = DASHBOARDS.flatMap(dashboard => panels(dashboard)).map(panel => panel.title);
  const isTitle = text => titles.some(title => text.endsWith(title));
  for (const file of ['runbooks/README.md', 'runbooks/README.zh-CN.md']) {
    for (const [, question] of readFileSync(join(FOLDER, file), 'utf8').matchAll(/\*([A-Z][^*\n]+\?)\*/g)) assert.ok(isTitle(question), `${file}: ${question}`);
  }
  for (const { description, title } of DASHBOARDS.flatMap(panels)) {
    for (const { index } of description.matchAll(/\?/g)) assert.ok(isTitle(description.slice(0, index + 1)), `${title}: ${description}`);
  }
  for (const [name, place] of PLACES) {
    for (const { index } of place.matchAll(/\?/g)) assert.ok(isTitle(place.slice(0, index + 1)), `${name}: ${place}`);
  }
});

test('with Loki each panel leads to the logs of its Gateways and its time, and differs in nothing else', () => {
  const target = JSON.parse(readFileSync(join(FOLDER, 'logs.json'), 'utf8'));
  for (const dashboard of DASHBOARDS) {
    const linked = { json: JSON.parse(readFileSync(join(FOLDER, 'with-logs', `${dashboard.name}.json`), 'utf8')) };
    for (const panel of panels(linked)) {
      const { url } = panel.links.pop();
      const [, uid, query] = /^\/d\/([\w-]+)\?(.*)$/.exec(url);
      assert.equal(uid, target.uid);
      assert.deepEqual(query.split('&'), ['${__url_time_range}', '${job:queryparam}', '${instance:queryparam}']);
      for (const name of ['job', 'instance']) for (const of of [linked, { json: target }]) assert.ok(variables(of).some(one => one.name === name), name);
    }
    const plain = structuredClone(dashboard.json);
    for (const panel of panels({ json: plain })) panel.links ??= [];
    assert.deepEqual(linked.json, plain);
  }
});

test('a budget is compared with what those have spent who have one', () => {
  const compared = queries.filter(({ target }) => /\/.*openclaw_budget_usd/.test(target.expr));
  assert.equal(compared.length, 2);
  for (const { target, where } of compared) assert.match(target.expr, /openclaw_usage_daily_cost_usd\{[^}]*\} and on \(job, instance\) openclaw_budget_usd/, where);
});

// Rules: that they are what the sources say, ask for what exists, fire when they should and not else, and have a runbook.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { faults } from './catalogue.mjs';
import { FAULTS } from './faults.mjs';
import { alertLabels, complaints } from './promtool.mjs';
import { CASES } from './rule-cases.mjs';
import { ALERTS, FOLDER, GROUPS } from './sources.mjs';

const RULES = join(FOLDER, 'rules/openclaw.yml');
const rules = GROUPS.flatMap(group => group.rules);

test('promtool accepts the rules, and those that record older names', () => {
  execFileSync('promtool', ['check', 'rules', '--lint=all', '--lint-fatal', RULES, join(FOLDER, 'rules/partme-names.yml')], { stdio: 'pipe' });
});

test('the object for the Prometheus Operator holds the same groups', () => {
  const plain = readFileSync(RULES, 'utf8').split('\n').slice(1);
  const [, ...object] = readFileSync(join(FOLDER, 'rules/openclaw-prometheusrule.yml'), 'utf8').split('\n');
  const spec = object.slice(object.indexOf('spec:') + 1).map(line => line.replace(/^ {2}/, ''));
  assert.deepEqual(spec, plain);
});

test('every metric, label and value that a rule asks for is in the catalogue', () => {
  assert.deepEqual(rules.flatMap(rule => faults(rule.expr).map(fault => `${rule.alert ?? rule.record}: ${fault}`)), []);
});

test('what is recorded is named level:metric:operations, and asked for by a rule or a dashboard', () => {
  const dashboards = ['gateway', 'fleet', 'costs'].map(name => readFileSync(join(FOLDER, `${name}.json`), 'utf8')).join('\n');
  for (const { record } of rules.filter(rule => rule.record !== undefined)) {
    assert.match(record, /^[a-z_]+:[a-z_]+:[a-z0-9_]+$/);
    const users = rules.filter(rule => rule.record !== record && rule.expr.includes(record));
    assert.ok(users.length > 0 || dashboards.includes(record), `nobody asks for ${record}`);
  }
});

test('every alert says how bad it is, what its value is and where, and names only labels that it has', () => {
  for (const { alert, severity, summary, description } of rules.filter(rule => rule.alert !== undefined)) {
    assert.match(severity, /^(critical|warning|info)$/, alert);
    assert.ok(summary.length > 0 && !summary.includes('{{'), `${alert}: a summary is the same for all, so that they can be grouped`);
    assert.match(description, /\{\{ \$value\b/, `${alert} does not say its value`);
    if (alert !== 'OpenClawAbsent') assert.match(description, /\{\{ \$labels\.instance \}\}/, `${alert} does not say where`);
    const fired = CASES.flatMap(one => Object.values(one.firing).flat()).map(alertLabels).filter(labels => labels.alertname === alert && labels.severity === severity);
    assert.ok(fired.length > 0, `no case shows ${alert} at ${severity}`);
    for (const [, label] of description.matchAll(/\$labels\.(\w+)/g)) {
      assert.ok(fired.some(labels => label in labels), `${alert} names the label ${label}, which it did not have in any case`);
    }
  }
});

test('what a fault of the demo raises is an alert of these, at that severity', () => {
  const known = new Set(rules.map(({ alert, severity }) => `${alert} ${severity}`));
  assert.deepEqual(FAULTS.flatMap(({ alerts }) => alerts).map(({ alert, severity }) => `${alert} ${severity}`).filter(text => !known.has(text)), []);
  assert.ok(FAULTS.every(({ alerts }) => alerts.length > 0));
});

test('every alert is silent in a case that is near to it', () => {
  for (const alert of ALERTS) {
    const shown = CASES.filter(one => Object.values(one.firing).flat().some(text => text.startsWith(`${alert} `)));
    const isSilentToo = shown.some(one => Object.values(one.firing).some(alerts => !alerts.some(text => text.startsWith(`${alert} `))));
    assert.ok(isSilentToo || /Lasts/.test(alert), `no case shows ${alert} both silent and firing`);
  }
});

for (const [language, file] of [['English', 'README.md'], ['Chinese', 'README.zh-CN.md']]) {
  test(`every alert has its section in the ${language} runbook, and no section is of another`, () => {
    const text = readFileSync(join(FOLDER, 'runbooks', file), 'utf8');
    const sections = text.split(/^### /m).slice(1);
    assert.deepEqual(sections.map(section => section.split('\n')[0]).sort(), [...ALERTS].sort());
    const parts = language === 'English' ? ['**It means**', '**Look**', '**Do**'] : ['**含义**', '**查看**', '**处理**'];
    for (const section of sections) {
      for (const part of parts) assert.ok(section.includes(part), `${section.split('\n')[0]} lacks ${part}`);
    }
  });
}

for (const one of CASES) {
  test(`alerts: ${one.name}`, () => assert.equal(complaints(RULES, [one]), ''));
}

// Cases of rules, put to `promtool test rules`.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const TARGET = { job: 'openclaw', instance: 'a' };
/** What every target has, unless a case says otherwise. It has run for ten hours. */
const ALWAYS = { up: '1x1000', openclaw_exporter_build_info: '1x1000', process_start_time_seconds: '-36000x1000' };
const DEFAULT_INTERVAL = '1m';

const written = labels => Object.entries(labels).map(([name, value]) => `${name}="${value}"`).join(',');

function ofTarget(selector) {
  const [, name, labels] = /^(\w+)(?:\{(.*)\})?$/.exec(selector);
  return `${name}{${[labels, written(TARGET)].filter(Boolean).join(',')}}`;
}

/** "Name severity label=value -job": `-job` takes a label away that targets have. */
export function alertLabels(text) {
  const [alertname, severity, ...rest] = text.split(' ');
  const labels = { alertname, severity, ...TARGET };
  for (const word of rest) {
    if (word.startsWith('-')) delete labels[word.slice(1)];
    else {
      const at = word.indexOf('=');
      labels[word.slice(0, at)] = word.slice(at + 1);
    }
  }
  return labels;
}

function test({ name, interval = DEFAULT_INTERVAL, series, firing, recorded = [] }) {
  return {
    name, interval,
    input_series: Object.entries({ ...ALWAYS, ...series }).map(([selector, values]) => ({ series: ofTarget(selector), values })),
    promql_expr_test: [
      ...Object.entries(firing).map(([eval_time, alerts]) => ({
        expr: 'ALERTS{alertstate="firing"}', eval_time,
        exp_samples: alerts.map(alert => ({ labels: `ALERTS{${written({ ...alertLabels(alert), alertstate: 'firing' })}}`, value: 1 })),
      })),
      ...recorded,
    ],
  };
}

/** Runs cases of one interval, and gives what promtool said against them: an empty text if nothing. */
export function complaints(rules, cases) {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-rules-'));
  try {
    const file = join(folder, 'test.yml');
    const interval = cases[0].interval ?? DEFAULT_INTERVAL;
    // Without an order of groups promtool takes any, and an alert may see what was recorded a step before.
    const group_eval_order = [...readFileSync(rules, 'utf8').matchAll(/^ {2}- name: (\S+)$/gm)].map(match => match[1]);
    writeFileSync(file, JSON.stringify({ rule_files: [rules], evaluation_interval: interval, group_eval_order, tests: cases.map(test) }));
    execFileSync('promtool', ['test', 'rules', file], { encoding: 'utf8', stdio: 'pipe' });
    return '';
  } catch (error) {
    return `${error.stdout}${error.stderr}`.trim() || String(error);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

// Whether what an expression asks for exists: every metric and label in the catalogue, every value in its list.
import { read } from './promql.mjs';
import { family } from './program.mjs';
import { RECORDED } from './sources.mjs';

/** Labels that a target has, that a histogram's buckets have, and that rules give to what they record. */
const OF_TARGET = ['job', 'instance'];
const OF_RECORDED = ['sli', 'provider', 'le'];
/** What Prometheus itself tells of each target, and of alerts. */
const OF_PROMETHEUS = { up: [], scrape_duration_seconds: [], scrape_samples_scraped: [], ALERTS: ['alertname', 'alertstate', 'severity'] };

function labelsOf(metric) {
  if (metric in OF_PROMETHEUS) return OF_PROMETHEUS[metric];
  if (RECORDED.has(metric)) return OF_RECORDED;
  const found = family(metric);
  if (found === undefined) return undefined;
  return [...found.labels.map(label => label.name), ...metric.endsWith('_bucket') ? ['le'] : []];
}

const listed = (metric, label) => family(metric)?.labels.find(one => one.name === label)?.values ?? null;

/** What is wrong with an expression, a line each. */
export function faults(expr) {
  let query;
  try {
    query = read(expr);
  } catch (error) {
    return [error.message];
  }
  const known = new Set([...OF_TARGET, ...query.made]);
  const found = [];
  for (const { name, matchers } of query.selectors) {
    const labels = labelsOf(name);
    if (labels === undefined) {
      found.push(`no metric ${name}`);
      continue;
    }
    for (const label of labels) known.add(label);
    for (const { label, op, value } of matchers) {
      if (OF_TARGET.includes(label)) continue;
      if (!labels.includes(label)) found.push(`${name} has no label ${label}`);
      const values = listed(name, label);
      // Dashboards ask for what a variable says.
      if (values === null || value.includes('$')) continue;
      for (const one of op.includes('~') ? value.split('|') : [value]) {
        if (one !== '' && !/[.*+]/.test(one) && !values.includes(one)) found.push(`${label} of ${name} is never ${one}`);
      }
    }
  }
  for (const label of query.labels) if (!known.has(label)) found.push(`nothing here has the label ${label}`);
  return found;
}

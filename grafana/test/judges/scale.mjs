// How much one Prometheus has to do for many Gateways: a fleet of the demo, scraped with all rules loaded, and what Prometheus says of
// itself after a while. Prints the figures of SCALE.md.
//
//   node test/judges/scale.mjs [NAME]     all of it, or one of RUNS; OCP_SCALE_MINUTES minutes each
//   node test/judges/scale.mjs names      what is kept of a page, as a regular expression
import { readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { asked, queries } from '../dashboards.mjs';
import { demo, family } from '../program.mjs';
import { ITSELF, discovered, prometheus, until } from '../prometheus.mjs';
import { read } from '../promql.mjs';
import { GROUPS, RECORDED } from '../sources.mjs';
import { history, seconds } from './history.mjs';

/** What alerts, the fleet and the costs ask for: the rest of a page is for a look at one Gateway. */
const asks = [...GROUPS.flatMap(group => group.rules).map(rule => rule.expr), ...queries.filter(({ dashboard }) => dashboard !== 'gateway').map(({ target }) => asked(target.expr))];
const ofPages = name => !RECORDED.has(name) && family(name) !== undefined;
const names = [...new Set(asks.flatMap(expr => read(expr).selectors).map(({ name }) => name))].filter(ofPages).sort();
const FEWER = [{ source_labels: ['__name__'], regex: names.join('|'), action: 'keep' }];

const RUNS = {
  'a day at 30 s': { measure: day, instances: 8, hours: 26 },
  '200 at 15 s': { instances: 200, interval: 15, relabel: FEWER },
  '1000 at 60 s': { instances: 1000, interval: 60, relabel: FEWER },
  '200 at 15 s, whole pages': { instances: 200, interval: 15, relabel: [] },
};
const MINUTES = Number(process.env.OCP_SCALE_MINUTES ?? 20);

const figure = async (server, expr) => Number((await server.query(expr))[0]?.value[1] ?? NaN);

/** What a day of one Gateway takes on disk, and all rules once, when each has a day to look at. */
async function day({ instances, hours }) {
  const played = await history(Array.from({ length: instances }, (_, place) => ({ instance: `gateway-${place + 1}` })), hours);
  try {
    const { samples, series, bytes } = played.scrapedBlocks;
    // The least of three, without what a query takes that asks for nothing.
    const took = async expr => {
      const times = [];
      for (let time = 0; time < 3; time += 1) {
        const began = performance.now();
        await played.server.range(expr, played.end, played.end, 30);
        times.push(performance.now() - began);
      }
      return Math.min(...times);
    };
    const nothing = await took('vector(1)');
    const costs = [];
    for (const { interval, rules } of GROUPS) {
      for (const { expr } of rules) costs.push({ interval, milliseconds: Math.max(0, await took(expr) - nothing) / instances });
    }
    const share = usual => costs.reduce((sum, { interval = usual, milliseconds }) => sum + milliseconds / 1000 / seconds(interval), 0);
    return {
      'series of a Gateway': series / instances,
      'samples of a Gateway a day': samples / instances / hours * 24,
      'bytes of a Gateway a day': bytes / instances / hours * 24,
      'bytes a sample': bytes / samples,
      'all rules once, ms a Gateway': costs.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
      'rules, cores for 1000 Gateways, evaluated each 15 s': 1000 * share('15s'),
      'rules, cores for 1000 Gateways, evaluated each 60 s': 1000 * share('60s'),
    };
  } finally {
    await played.stop();
  }
}

/** Each query of the fleet's page as Grafana sends it for the time that was watched, and how many milliseconds it took. */
async function fleetPage(server, interval) {
  const end = Math.floor(Date.now() / 1000), start = end - 60 * MINUTES;
  const took = [];
  for (const { target, where } of queries.filter(({ dashboard }) => dashboard === 'fleet')) {
    const expr = asked(target.expr, { interval: `${4 * interval}s`, range: `${MINUTES}m`, job: 'openclaw' });
    const began = performance.now();
    await (target.instant ? server.query(expr) : server.range(expr, start, end, interval));
    took.push({ where, milliseconds: performance.now() - began });
  }
  return took.sort((one, other) => other.milliseconds - one.milliseconds);
}

async function fleet({ instances, interval, relabel }) {
  const gateways = await demo('--instances', String(instances), '--collect-interval-ms', '15000');
  const job = { ...discovered(gateways.address), metric_relabel_configs: relabel };
  const server = await prometheus({ openclaw: job, itself: ITSELF }, { interval });
  try {
    await server.has(`count(up{job="openclaw"} == 1) == ${instances}`, 300);
    await until(60 * MINUTES);
    const ask = expr => figure(server, expr);
    const window = '5m';
    const groups = await server.query('sort_desc(prometheus_rule_group_last_duration_seconds)');
    const page = await fleetPage(server, interval);
    return {
      'targets that answer': await ask('sum(up{job="openclaw"})'),
      'samples of a page': await ask('max(scrape_samples_scraped{job="openclaw"})'),
      'of them kept': await ask('max(scrape_samples_post_metric_relabeling{job="openclaw"})'),
      'samples a second': await ask(`rate(prometheus_tsdb_head_samples_appended_total{type="float"}[${window}])`),
      'series in the head': await ask('prometheus_tsdb_head_series'),
      'resident MiB': await ask('process_resident_memory_bytes / 2^20'),
      'resident MiB, the most': await ask(`max_over_time(process_resident_memory_bytes[${MINUTES}m]) / 2^20`),
      'cores': await ask(`rate(process_cpu_seconds_total[${window}])`),
      'longest scrape, s': await ask('max(scrape_duration_seconds{job="openclaw"})'),
      'all rules once, s': await ask('sum(prometheus_rule_group_last_duration_seconds)'),
      'slowest group, s': `${Number(groups[0].value[1]).toFixed(3)} (${groups[0].metric.rule_group.split(';')[1]})`,
      'evaluations missed': await ask('sum(prometheus_rule_group_iterations_missed_total)'),
      'alerts firing': await ask('count(ALERTS{alertstate="firing"}) or vector(0)'),
      'slowest queries of the fleet page, ms': page.slice(0, 3).map(({ where, milliseconds }) => `${milliseconds.toFixed(0)} (${where})`).join(', '),
      'all queries of the fleet page, ms': page.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
    };
  } finally {
    await server.stop();
    gateways.stop();
  }
}

const chosen = process.argv[2];
if (chosen === 'names') {
  console.log(FEWER[0].regex);
  process.exit();
}
if (chosen !== undefined && RUNS[chosen] === undefined) throw new Error(`no run ${chosen}; they are ${Object.keys(RUNS).join(', ')}`);
console.log(`${cpus().length} cores (${cpus()[0].model}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB; ${MINUTES} minutes each`);
console.log(`kept: ${names.length} metrics`);
for (const [name, run] of Object.entries(RUNS)) {
  if (chosen !== undefined && chosen !== name) continue;
  const load = () => readFileSync('/proc/loadavg', 'utf8').split(' ')[0];
  console.log(`\n${name} (load ${load()})`);
  for (const [what, value] of Object.entries(await (run.measure ?? fleet)(run))) console.log(`  ${what}: ${typeof value === 'number' ? Number(value.toPrecision(4)) : value}`);
  console.log(`  load at the end: ${load()}`);
}

// Hours that demos have played before, in a Prometheus: what it would have scraped, what its rules would have recorded, and when its
// alerts would have fired.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prometheus } from '../prometheus.mjs';
import { read } from '../promql.mjs';
import { FOLDER, GROUPS, RECORDED } from '../sources.mjs';

const PLAYER = 'serve::demo::history::days_are_played_and_written_for_prometheus';
/** A block of Prometheus of 54 hours, the longest that these days need, and when one begins: on the first of November 2026 at noon. */
const BLOCK_HOURS = 54;
const START = 9226 * BLOCK_HOURS * 3600;
/** Seconds between two scrapes, and two evaluations, as in grafana/prometheus-fleet.yml. */
const EVERY = 30;

const rules = GROUPS.flatMap(group => group.rules);
const selected = rule => read(rule.expr).selectors.map(({ name }) => name);
const scraped = [...new Set(rules.flatMap(selected))].filter(name => name !== 'up' && !RECORDED.has(name));

/** How many rules are to be evaluated one after the other to have what this one asks for. */
function depth(rule) {
  const asked = new Set(selected(rule));
  return 1 + Math.max(0, ...rules.filter(one => one.record !== undefined && asked.has(one.record)).map(depth));
}

/** Plays them all for so many hours, and starts a Prometheus that has them. `plays` are an instance each, and a fault and when it begins. */
export async function history(plays, hours) {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-history-'));
  try {
    return await played(folder, plays, hours);
  } catch (error) {
    rmSync(folder, { recursive: true });
    throw error;
  }
}

async function played(folder, plays, hours) {
  const data = join(folder, 'data');
  const end = START + hours * 3600;
  const promtool = (...args) => execFileSync('promtool', ['tsdb', ...args], { encoding: 'utf8', stdio: 'pipe', maxBuffer: 1 << 26 });
  const plan = { folder, start: START, every: EVERY, metrics: scraped, plays: plays.map(play => ({ ...play, hours })) };
  writeFileSync(join(folder, 'plan.json'), JSON.stringify(plan));
  execFileSync('cargo', ['test', '--quiet', '--profile', 'quick', '-p', 'openclaw-prometheus-cli', '--lib', '--', '--ignored', '--exact', PLAYER], {
    cwd: join(FOLDER, '..'), env: { ...process.env, OCP_HISTORY: join(folder, 'plan.json') }, stdio: ['ignore', 'ignore', 'inherit'],
  });
  for (const { instance } of plays) {
    const file = join(folder, `${instance}.om`);
    promtool('create-blocks-from', 'openmetrics', `--max-block-duration=${BLOCK_HOURS}h`, file, data);
    rmSync(file);
  }
  const scrapedBlocks = blocks(promtool('list', data));
  // What a rule records another may ask for, and Prometheus sees new blocks when it starts.
  const recordings = GROUPS.map(group => ({ ...group, rules: group.rules.filter(rule => rule.record !== undefined) }));
  const deepest = Math.max(...recordings.flatMap(group => group.rules).map(depth));
  for (let level = 1; level <= deepest; level += 1) {
    const file = join(folder, 'rules.yml');
    const groups = recordings.map(group => ({ ...group, rules: group.rules.filter(rule => depth(rule) === level) }));
    writeFileSync(file, JSON.stringify({ groups: groups.filter(group => group.rules.length > 0) }));
    const server = await prometheus({}, { data });
    await server.has('vector(1)', 60);
    try {
      promtool('create-blocks-from', 'rules', `--url=${server.address}`, `--start=${START}`, `--end=${end}`, `--eval-interval=${EVERY}s`, `--output-dir=${data}`, file);
    } finally {
      await server.stop();
    }
  }
  const server = await prometheus({}, { data });
  await server.has('vector(1)', 60);
  const stop = async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  };
  return { server, fired: () => fired(server, end), scrapedBlocks, start: START, end, stop };
}

/** What `promtool tsdb list` says of all blocks together. */
function blocks(list) {
  const lines = list.trim().split('\n').slice(1).map(line => line.trim().split(/\s+/).slice(-4).map(Number));
  const [samples, , series, bytes] = lines.reduce((sum, line) => sum.map((value, place) => value + line[place]), [0, 0, 0, 0]);
  return { samples, series, bytes };
}

/** Every alert that fires: its rule, its labels, and the second in which it begins to. */
async function fired(server, end) {
  const found = [];
  for (const rule of rules.filter(({ alert }) => alert !== undefined)) {
    for (const { metric, values } of await server.range(rule.expr, START, end, EVERY)) {
      const at = held(values.map(([time]) => time), seconds(rule.for ?? '0s'));
      if (at !== undefined) found.push({ alert: rule.alert, severity: rule.severity, instance: metric.instance, labels: metric, at });
    }
  }
  return found;
}

/** When something has been so for long enough: `times` are those in which it was. */
function held(times, long) {
  let since;
  return times.find((time, place) => {
    if (place === 0 || time - times[place - 1] > EVERY) since = time;
    return time - since >= long;
  });
}

export function seconds(duration) {
  const [, number, unit] = /^(\d+)([smhd])$/.exec(duration);
  return Number(number) * { s: 1, m: 60, h: 3600, d: 86_400 }[unit];
}

// A Prometheus of its own, which scrapes what it is told to, with the rules loaded.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FOLDER } from './sources.mjs';

const PROMETHEUS = process.env.OCP_PROMETHEUS ?? 'prometheus';
export const until = seconds => new Promise(resolve => setTimeout(resolve, 1000 * seconds));

export function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** A job that scrapes hosts and ports by instance. */
export const named = targets => ({ static_configs: Object.entries(targets).map(([instance, target]) => ({ targets: [target], labels: { instance } })) });
/** A job that scrapes a fleet, which lists its instances itself. */
export const discovered = fleet => ({ http_sd_configs: [{ url: `http://${fleet}/sd`, refresh_interval: '5s' }] });

/** The job that scrapes the Prometheus itself. */
export const ITSELF = {};

/**
 * Starts it for jobs by name; without any it only answers, and has no rules. `alertmanager` is a host and port; `data` a folder with
 * what was there before, which is kept.
 */
export async function prometheus(jobs, { interval = 2, alertmanager, data } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-prometheus-'));
  const port = await freePort();
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify({
    global: { scrape_interval: `${interval}s`, scrape_timeout: `${interval}s`, evaluation_interval: `${interval}s` },
    rule_files: Object.keys(jobs).length === 0 ? [] : [join(FOLDER, 'rules/openclaw.yml')],
    alerting: { alertmanagers: alertmanager === undefined ? [] : [{ static_configs: [{ targets: [alertmanager] }] }] },
    scrape_configs: Object.entries(jobs).map(([job_name, job]) => ({ job_name, ...job === ITSELF ? named({ prometheus: `127.0.0.1:${port}` }) : job })),
  }));
  const running = spawn(PROMETHEUS, [
    `--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${data ?? join(folder, 'data')}`, '--storage.tsdb.retention.time=100y',
    `--web.listen-address=127.0.0.1:${port}`, '--log.level=error',
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  const address = `http://127.0.0.1:${port}`;
  const ask = async (path, parameters) => {
    const answer = await (await fetch(`${address}/api/v1/${path}`, { method: 'POST', body: new URLSearchParams(parameters) })).json();
    if (answer.status !== 'success') throw new Error(`${answer.error}: ${parameters.query}`);
    return answer.data.result;
  };
  const query = expr => ask('query', { query: expr });
  /** The same from second to second, all `step` seconds. */
  const range = (expr, start, end, step) => ask('query_range', { query: expr, start, end, step });
  /** Waits until an expression has a value. */
  const has = async (expr, seconds) => {
    for (let left = seconds; left > 0; left -= 1) {
      const found = await query(expr).catch(() => []);
      if (found.length > 0) return;
      await until(1);
    }
    throw new Error(`nothing came in ${seconds} s: ${expr}`);
  };
  const stop = () => new Promise(resolve => {
    running.on('exit', () => { rmSync(folder, { recursive: true, force: true }); resolve(); });
    running.kill();
  });
  return { address, query, range, has, stop };
}

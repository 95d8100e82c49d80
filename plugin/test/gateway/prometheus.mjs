// A Prometheus of its own that scrapes these ports every second.
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { freePort } from '../addon.mjs';
import { until } from './gateway.mjs';

/** Whether there is a Prometheus on this machine. */
export const hasPrometheus = () => spawnSync('prometheus', ['--version']).status === 0;

/** Starts it with a job for each name and port; `query` gives the results of an expression. */
export async function startPrometheus(jobs, { token } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'ocp-prometheus-'));
  const port = await freePort();
  const scrape_configs = Object.entries(jobs).map(([job_name, target]) => ({
    job_name,
    ...(token === undefined ? {} : { authorization: { credentials: token } }),
    static_configs: [{ targets: [`127.0.0.1:${target}`] }],
  }));
  const configuration = { global: { scrape_interval: '1s', scrape_timeout: '1s' }, scrape_configs };
  // JSON is YAML.
  writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(configuration));
  const child = spawn(
    'prometheus',
    [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`],
    { stdio: 'ignore' },
  );
  const get = async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).json();
  await until('Prometheus', async () => (await fetch(`http://127.0.0.1:${port}/-/ready`)).status === 200);
  return {
    async query(expression) {
      const { status, data, error } = await get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
      if (status !== 'success') throw new Error(error);
      return data.result.map(({ metric, value: [, value] }) => ({ ...metric, value: Number(value) }));
    },
    targets: async () => (await get('/api/v1/targets')).data.activeTargets,
    async stop() {
      child.kill('SIGTERM');
      await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

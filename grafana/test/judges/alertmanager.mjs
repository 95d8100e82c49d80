// An Alertmanager of its own with grafana/alertmanager.yml, and who is told by it.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../prometheus.mjs';
import { FOLDER } from '../sources.mjs';

const ALERTMANAGER = process.env.OCP_ALERTMANAGER ?? 'prometheus-alertmanager';
/** Where the committed configuration sends what it tells. */
const RECEIVER = '127.0.0.1:9095';

export async function alertmanager() {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-alertmanager-'));
  const port = await freePort();
  /** What each receiver was told, by the path that it is told at. */
  const told = { '/critical': [], '/warning': [] };
  const receiver = createServer(async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    told[request.url].push(...JSON.parse(Buffer.concat(chunks).toString()).alerts);
    response.end();
  });
  await new Promise(resolve => receiver.listen(0, '127.0.0.1', resolve));
  const config = readFileSync(join(FOLDER, 'alertmanager.yml'), 'utf8').replaceAll(RECEIVER, `127.0.0.1:${receiver.address().port}`);
  writeFileSync(join(folder, 'alertmanager.yml'), config);
  const running = spawn(ALERTMANAGER, [
    `--config.file=${join(folder, 'alertmanager.yml')}`, `--storage.path=${join(folder, 'data')}`, `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=', '--log.level=error',
  ], { stdio: ['ignore', 'inherit', 'inherit'] });
  const address = `127.0.0.1:${port}`;
  /** All alerts that it has and that are not over. */
  const alerts = async () => (await fetch(`http://${address}/api/v2/alerts`)).json();
  const stop = () => new Promise(resolve => {
    running.on('exit', () => {
      receiver.close();
      receiver.closeAllConnections();
      rmSync(folder, { recursive: true, force: true });
      resolve();
    });
    running.kill();
  });
  return { address, told, alerts, stop };
}

// Lines of a real Gateway through the OpenTelemetry configuration into a store: `test/collector/build FOLDER`, and OCP_LOGS=FOLDER.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { FOLDER } from './sources.mjs';

const TOOLS = process.env.OCP_LOGS;
const skip = TOOLS === undefined && 'OCP_LOGS names no folder with a collector and VictoriaLogs';
const LINES = readFileSync(join(FOLDER, 'test/openclaw.log'), 'utf8').trim().split('\n').map(line => JSON.parse(line));
const pause = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));

/** The last line once more, as the Gateway writes a message of two lines. */
const last = LINES.at(-1);
const TWO_LINES = { ...last, message: 'one\ntwo', time: last.time.replace(/\.\d+/, '.999') };

const freePort = () => new Promise((resolve, reject) => {
  const server = createServer().on('error', reject).listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => resolve(port));
  });
});

let folder, store, collector, found;
before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'openclaw-logs-'));
  const port = await freePort();
  store = spawn(join(TOOLS, 'victoria-logs'), [`-storageDataPath=${folder}/store`, `-httpListenAddr=127.0.0.1:${port}`, '-retentionPeriod=100y'], { stdio: 'ignore' });
  writeFileSync(join(folder, 'openclaw-2026-11-28.log'), [...LINES, TWO_LINES].map(line => `${JSON.stringify(line)}\n`).join(''));
  writeFileSync(join(folder, 'openclaw-2026-11-28.1.log'), `${JSON.stringify({ ...last, message: 'of an archive' })}\n`);
  // It would tell its own metrics on a port that may be taken.
  writeFileSync(join(folder, 'quiet.yaml'), 'service: {telemetry: {metrics: {level: none}, logs: {level: error}}}\n');
  collector = spawn(join(TOOLS, 'collector'), [`--config=${join(FOLDER, 'logs/openclaw-otel.yaml')}`, `--config=${join(folder, 'quiet.yaml')}`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, OPENCLAW_LOGS: folder, OPENCLAW_JOB: 'openclaw', OPENCLAW_INSTANCE: 'gateway-1', OTLP_LOGS_URL: `http://127.0.0.1:${port}/insert/opentelemetry/v1/logs` },
  });
  const ask = async () => {
    const answer = await fetch(`http://127.0.0.1:${port}/select/logsql/query`, { method: 'POST', body: new URLSearchParams({ query: '*', limit: '1000' }) });
    return (await answer.text()).trim().split('\n').filter(line => line !== '').map(line => JSON.parse(line));
  };
  for (let left = 120; left > 0; left -= 1) {
    found = await ask().catch(() => []);
    if (found.length >= LINES.length + 1) break;
    await pause(500);
  }
  // Whatever should not come has had the time to.
  await pause(2000);
  found = await ask();
}, { timeout: 120_000 });
after(() => {
  collector?.kill();
  store?.kill();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

test('every line arrives once, with its time, level, subsystem and trace, and archives do not', { skip }, () => {
  const name = line => { try { return JSON.parse(line._meta.name); } catch { return {}; } };
  const wanted = [...LINES, TWO_LINES].map(line => ({
    time: Date.parse(line.time), message: line.message, level: line._meta.logLevelName, subsystem: name(line).subsystem ?? name(line).module, traceId: line.traceId, instance: 'gateway-1', job: 'openclaw',
  }));
  const got = found.map(line => ({ time: Date.parse(line._time), message: line._msg, level: line.severity ?? line.severity_text, subsystem: line.subsystem, traceId: line.traceId ?? line.trace_id, instance: line.instance, job: line.job }));
  const sorted = list => list.map(line => JSON.stringify(line)).sort();
  assert.deepEqual(sorted(got), sorted(wanted));
});

test('nothing else of a line is kept, so that no identity is', { skip }, () => {
  const known = ['_time', '_msg', '_stream', '_stream_id', 'severity', 'severity_text', 'severity_number', 'subsystem', 'traceId', 'trace_id', 'span_id', 'job', 'instance', 'service.name', 'scope.name', 'scope.version', 'dropped_attributes_count', 'flags'];
  assert.ok(found.length > 0);
  const keys = new Set(found.flatMap(line => Object.keys(line)));
  assert.deepEqual([...keys].filter(key => !known.includes(key)), []);
});

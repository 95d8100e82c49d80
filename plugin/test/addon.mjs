// Finds the addon and loads it the way the plugin will: by process.dlopen and one path.
import os from 'node:os';
import { fileURLToPath } from 'node:url';

/** Where the addon is: $OCP_ADDON, or where `test/run` puts it. */
export const addonPath =
  process.env.OCP_ADDON ?? fileURLToPath(new URL('../build/openclaw_prometheus_node.node', import.meta.url));

/** Loads the addon into a module object of its own, as each copy of the plugin does. */
export function load() {
  const module = { exports: {} };
  process.dlopen(module, addonPath, os.constants.dlopen.RTLD_NOW);
  return module.exports;
}

/**
 * Names of the engine's threads that run in this process. A thread names itself, a moment after it was started: so many
 * are waited for, for at most two seconds.
 */
export async function engineThreads(count = 0) {
  const { readdir, readFile } = await import('node:fs/promises');
  const until = Date.now() + 2000;
  for (;;) {
    const names = [];
    for (const task of await readdir('/proc/self/task')) {
      // A thread may end between the listing and the reading.
      const name = await readFile(`/proc/self/task/${task}/comm`, 'utf8').catch(() => '');
      if (name.startsWith('ocp-')) names.push(name.trim());
    }
    if (names.length >= count || Date.now() > until) return names.sort();
  }
}

/** The value of one series in a page, or undefined. Labels in the order of the page. */
export function valueOf(page, name, labels) {
  const text = Object.entries(labels).map(([label, value]) => `${label}="${value}"`).join(',');
  const prefix = `${name}{${text}} `;
  const line = page.toString().split('\n').find((line) => line.startsWith(prefix));
  return line === undefined ? undefined : Number(line.slice(prefix.length));
}

/** A recorder of calls: provider, model, a third text, seconds. */
export function recorderOf(addon, EventEncoder) {
  const encoder = new EventEncoder(addon);
  const host = { trusted: true };
  return (provider, model, transport, seconds) =>
    encoder.record({ type: 'model.call.completed', provider, model, transport, durationMs: seconds * 1000 }, host);
}

/** The labels of such a call, in the order of the page. */
export const labelsOf = (provider, model, transport = 'ok') => ({
  api: 'unknown',
  error_category: 'none',
  model,
  observation_unit: 'request',
  outcome: 'completed',
  provider,
  transport,
});
export const CALLS = 'openclaw_model_call_total';
export const SECONDS = 'openclaw_model_call_duration_seconds';

/** Starts with a configuration, open to everybody unless it says otherwise, and tells the port. */
export const startOn = (addon, config) =>
  JSON.parse(addon.start(JSON.stringify({ scrapeAuth: { enabled: false }, ...config }))).port;

/** A port that is free at this moment: 0 means no listener to the addon. */
export async function freePort() {
  const { createServer } = await import('node:net');
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

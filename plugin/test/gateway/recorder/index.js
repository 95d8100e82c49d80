// A plugin for tests: writes every diagnostic event to a file as it came, and does to the Gateway what a test asks for.
import { openSync, writeSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';

import { emitTrustedDiagnosticEvent, onInternalDiagnosticEvent, waitForDiagnosticEventsDrained } from 'openclaw/plugin-sdk/diagnostic-runtime';
import { definePluginEntry } from 'openclaw/plugin-sdk/plugin-entry';

/** Between two looks at the event loop. */
const LOOK_MS = 10;
const ADDON = Symbol.for('openclaw-prometheus.addon');

/** Events as a busy Gateway sends them, with some variety. */
function event(number) {
  const [model, provider] = [`model-${number % 7}`, `provider-${number % 3}`];
  const kinds = [
    { type: 'model.call.completed', provider, model, durationMs: number % 900, timeToFirstByteMs: number % 90, api: 'responses' },
    { type: 'tool.execution.completed', toolName: `tool-${number % 11}`, durationMs: number % 50, paramsSummary: { kind: 'object' } },
    { type: 'model.usage', provider, model, agentId: 'main', channel: 'webchat', usage: { input: number % 1000, output: 7 }, durationMs: 5 },
    { type: 'message.processed', channel: `channel-${number % 5}`, outcome: 'completed', durationMs: number % 400 },
  ];
  return { runId: `run-${number}`, callId: `call-${number}`, sessionKey: `agent:main:s${number % 40}`, ...kinds[number % kinds.length] };
}

/** Loads the addon in a Worker of its own, which then ends by itself or is ended. */
async function inWorker(path, isTerminated) {
  const source = `
    const { parentPort, workerData } = require('node:worker_threads');
    const module_ = { exports: {} };
    process.dlopen(module_, workerData, require('node:os').constants.dlopen.RTLD_NOW);
    parentPort.postMessage(module_.exports.page().length);
    ${isTerminated ? 'setInterval(() => module_.exports.status(), 0);' : ''}`;
  const worker = new Worker(source, { eval: true, workerData: path });
  const [ended, length] = [new Promise((resolve) => worker.once('exit', resolve)), await new Promise((resolve) => worker.once('message', resolve))];
  if (isTerminated) await worker.terminate();
  await ended;
  return length;
}

export default definePluginEntry({
  id: 'recorder',
  name: 'Recorder',
  description: 'Records events for a test.',
  register(api) {
    if (api.registrationMode !== 'full') return;
    const { file } = api.pluginConfig ?? {};
    const recording = file === undefined ? undefined : openSync(file, 'a');
    let lines = 0;
    const route = (path, handler) =>
      api.registerHttpRoute({
        path: `/recorder/${path}`,
        auth: 'plugin',
        async handler(request, response) {
          const answer = await handler(new URL(request.url, 'http://x').searchParams);
          response.end(answer instanceof Buffer ? answer : JSON.stringify(answer ?? {}));
          return true;
        },
      });

    // In one turn of the event loop: no event comes between the count and the page, which is made on demand.
    route('mark', () => ({ lines, page: globalThis[ADDON]?.page().toString() }));
    route('block', (query) => {
      const until = performance.now() + Number(query.get('ms'));
      while (performance.now() < until);
    });
    route('emit', async (query) => {
      for (let number = 0; number < Number(query.get('count')); number += 1) {
        emitTrustedDiagnosticEvent(event(number));
        if (number % 200 === 0) await turn();
      }
      await waitForDiagnosticEventsDrained();
    });
    // A counter and a histogram for each.
    route('series', async (query) => {
      for (let number = 0; number < Number(query.get('count')); number += 1) {
        const labels = { channel: `channel-${number % 32}`, updateType: `update-${Math.floor(number / 32)}` };
        emitTrustedDiagnosticEvent({ type: 'webhook.received', ...labels });
        emitTrustedDiagnosticEvent({ type: 'webhook.processed', ...labels, durationMs: number });
        if (number % 100 === 0) await turn();
      }
    });
    // How long the event loop has worked.
    route('busy', () => ({ ms: performance.eventLoopUtilization().active }));
    // How late it was, looked at a hundred times a second, and what the main thread worked; since the last reset.
    let late;
    let since;
    const lookAt = () => ({ cpu: process.threadCpuUsage(), at: performance.now() });
    route('loop', (query) => {
      if (query.has('reset')) {
        late ??= monitorEventLoopDelay({ resolution: LOOK_MS });
        late.enable();
        late.reset();
        since = lookAt();
      }
      const { cpu, at } = lookAt();
      const delay = (nanoseconds) => Math.max(0, nanoseconds / 1e6 - LOOK_MS);
      return {
        p999Ms: delay(late.percentile(99.9)),
        maxMs: delay(late.max),
        samples: late.count,
        cpuMs: (cpu.user + cpu.system - since.cpu.user - since.cpu.system) / 1000,
        wallMs: at - since.at,
      };
    });
    route('memory', async () => {
      for (let round = 0; round < 4; round += 1) {
        globalThis.gc?.();
        await turn();
      }
      return process.memoryUsage();
    });
    route('workers', async (query) => {
      const lengths = [];
      for (let number = 0; number < Number(query.get('count')); number += 1) {
        lengths.push(await inWorker(query.get('addon'), number % 2 === 1));
      }
      return lengths;
    });
    route('activity', (query) => {
      api.runtime.channel.activity.record({ channel: query.get('channel'), accountId: query.get('account'), direction: query.get('direction') });
    });
    route('failing', (query) => {
      // Something that the exporter cannot expect: an event whose field throws when it is looked at.
      globalThis[Symbol.for('openclaw-prometheus.observer')].hook('session_end', {
        get reason() {
          throw new Error(query.get('with'));
        },
      });
    });
    let constant = Buffer.alloc(0);
    route('empty', () => Buffer.alloc(0));
    route('constant', () => constant);
    route('fill', (query) => {
      constant = Buffer.alloc(Number(query.get('bytes')), 'x');
    });

    api.registerService({
      id: 'recorder',
      start() {
        // Without a file it is a listener that does nothing.
        onInternalDiagnosticEvent(
          (event_, metadata) => {
            if (recording === undefined) return;
            writeSync(recording, `${JSON.stringify({ event: event_, metadata })}\n`);
            lines += 1;
          },
          { exclude: ['log.record'] },
        );
      },
      stop() {},
    });
  },
});

// A stand-in for the official exporter: the same work for each event, in our own words. Labels go through the host's own
// `normalizeDiagnosticValue`, but for those that it copies as they are (here: plain texts); of what is counted and measured
// they are put together twice; a series is found by its name and its sorted labels as JSON, and a histogram looks at all of
// its buckets. It is there to be compared with, and counts no more than a fair comparison needs.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const sdk = pathToFileURL(join(process.env.OPENCLAW, 'dist/plugin-sdk/diagnostic-runtime.js')).href;
const { normalizeDiagnosticValue, normalizeDiagnosticLane } = await import(sdk);

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

const call = ({ api, errorCategory, model, observationUnit, provider, transport }, outcome) => ({
  api: [api],
  error_category: [errorCategory, 'none'],
  model: [model],
  observation_unit: [observationUnit, 'request'],
  outcome,
  provider: [provider],
  transport: [transport],
});
const tool = ({ toolName, toolOwner, toolSource, paramsSummary, errorCategory }, outcome) => ({
  error_category: [errorCategory, 'none'],
  outcome,
  params_kind: [paramsSummary?.kind],
  tool: [toolName, 'tool'],
  tool_owner: [toolOwner, 'none'],
  tool_source: [toolSource, 'core'],
});
const run = ({ channel, model, outcome, provider, trigger }) => ({ channel: [channel], model: [model], outcome, provider: [provider], trigger });
const harness = ({ channel, harnessId, model, pluginId, provider, outcome }) => ({ channel: [channel], harness: [harnessId], model: [model], plugin: [pluginId], provider: [provider], outcome });
const usage = ({ agentId, channel, model, provider }) => ({ agent: [agentId], channel: [channel], model: [model], provider: [provider] });
const dispatch = ({ channel, outcome, source }) => ({ channel: [channel], outcome, source: [source] });
const processed = ({ channel, outcome }) => ({ channel: [channel], outcome });

const lane = (event) => ({ lane: normalizeDiagnosticLane(event.lane) });

/** Labels as they are shown. */
function shown(labels) {
  const pairs = Object.entries(labels);
  return Object.fromEntries(pairs.map(([key, of]) => [key, Array.isArray(of) ? normalizeDiagnosticValue(of[0], of[1] ?? 'unknown') : of]));
}

/** The types that touch a metric: the labels, and what is counted and measured by them. */
const TYPES = {
  'model.call.completed': (e, x) => x.both('model_call', () => call(e, 'completed'), e.durationMs),
  'model.call.error': (e, x) => x.both('model_call', () => call(e, 'error'), e.durationMs),
  'tool.execution.completed': (e, x) => x.both('tool_execution', () => tool(e, 'completed'), e.durationMs),
  'tool.execution.error': (e, x) => x.both('tool_execution', () => tool(e, 'error'), e.durationMs),
  'run.completed': (e, x) => x.both('run', () => run(e), e.durationMs),
  'harness.run.completed': (e, x) => x.both('harness_run', () => harness(e), e.durationMs),
  'model.usage': (e, x) => {
    const labels = shown(usage(e));
    for (const [token_type, tokens] of Object.entries(e.usage ?? {})) {
      if (typeof tokens === 'number' && tokens > 0) x.add('tokens', { ...labels, token_type }, tokens);
    }
    x.add('cost', labels, e.costUsd ?? 0);
    x.observe('usage_duration', labels, (e.durationMs ?? 0) / 1000);
  },
  'queue.lane.enqueue': (e, x) => x.set('lane_size', lane(e), e.queueSize),
  'queue.lane.dequeue': (e, x) => {
    const labels = lane(e);
    x.set('lane_size', labels, e.queueSize);
    x.observe('lane_wait', labels, (e.waitMs ?? 0) / 1000);
  },
  'session.state': (e, x) => {
    x.add('session_state', { reason: [e.reason, 'none'], state: e.state }, 1);
    if (e.queueDepth !== undefined) x.set('session_queue_depth', { state: e.state }, e.queueDepth);
  },
  'session.turn.created': (e, x) => x.add('turns', { agent: [e.agentId], channel: [e.channel], trigger: e.trigger }, 1),
  'gateway.rpc': (e, x) => x.add('rpc', { method: e.method }, 1),
  'diagnostic.gc': (e, x) => x.observe('gc', {}, e.durationMs / 1000),
  'gateway.event_loop.sample': (e, x) => x.observe('loop', {}, (e.delayMaxMs ?? 0) / 1000),
  'message.received': (e, x) => x.add('received', { channel: [e.channel], source: [e.source] }, 1),
  'message.dispatch.started': (e, x) => x.add('dispatch_started', { channel: [e.channel], source: [e.source] }, 1),
  'message.dispatch.completed': (e, x) => x.both('dispatch', () => dispatch(e), e.durationMs),
  'message.processed': (e, x) => x.both('processed', () => processed(e), e.durationMs),
};

export const METRIC_BEARING = new Set(Object.keys(TYPES));

export class StandIn {
  #series = new Map();

  record(event, metadata) {
    if (metadata?.trusted || metadata?.internal) TYPES[event.type]?.(event, this);
  }

  both(name, labels, ms) {
    this.add(`${name}_total`, labels(), 1);
    if (typeof ms === 'number') this.observe(`${name}_seconds`, labels(), ms / 1000);
  }

  #find(name, labels, make) {
    const sorted = Object.entries(shown(labels)).sort(([a], [b]) => a.localeCompare(b));
    const key = `${name}|${JSON.stringify(sorted)}`;
    let series = this.#series.get(key);
    if (series === undefined) this.#series.set(key, (series = make()));
    return series;
  }

  add(name, labels, amount) {
    this.#find(name, labels, () => ({ value: 0 })).value += amount;
  }

  set(name, labels, value) {
    this.#find(name, labels, () => ({ value: 0 })).value = value;
  }

  observe(name, labels, seconds) {
    const series = this.#find(name, labels, () => ({ counts: SECONDS.map(() => 0), count: 0, sum: 0 }));
    series.count += 1;
    series.sum += seconds;
    for (let at = 0; at < SECONDS.length; at += 1) if (seconds <= SECONDS[at]) series.counts[at] += 1;
  }
}

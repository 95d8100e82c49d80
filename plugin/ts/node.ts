// What Node tells of itself, every few seconds: memory, event loop, garbage collection, what keeps the loop alive.
import { constants, monitorEventLoopDelay, PerformanceObserver, performance } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';

import type { Observer } from './observer.ts';

const SAMPLE_MS = 5000;
/**
 * How often the delay of the loop is looked at. Each look wakes an idle process: fifty a second cost 0.33 % of a core, ten
 * cost 0.1 %. Delays of a tenth of a second and more are all seen; the longest of all the Gateway tells itself.
 */
const RESOLUTION_MS = 100;

const GC_KINDS = new Map([
  [constants.NODE_PERFORMANCE_GC_MINOR, 'minor'],
  [constants.NODE_PERFORMANCE_GC_MAJOR, 'major'],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, 'incremental'],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, 'weakcb'],
]);

export class NodeCollector {
  readonly #observer: Observer;
  #timer: NodeJS.Timeout | undefined;
  #delay: ReturnType<typeof monitorEventLoopDelay> | undefined;
  #collections: PerformanceObserver | undefined;
  #utilization = performance.eventLoopUtilization();

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  start(): void {
    const [major, minor, patch] = process.versions.node.split('.');
    this.#observer.encoder.report('node.version', { version: process.version, major, minor, patch });
    this.#delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    this.#delay.enable();
    this.#collections = new PerformanceObserver((list) => this.#collected(list.getEntries()));
    this.#collections.observe({ entryTypes: ['gc'] });
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
    this.#timer.unref();
    this.#sample();
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#delay?.disable();
    this.#collections?.disconnect();
    this.#delay = undefined;
  }

  #collected(entries: { duration: number; detail?: unknown }[]): void {
    this.#observer.guard('gc', () => {
      for (const { duration, detail } of entries) {
        const kind = GC_KINDS.get((detail as { kind: number } | undefined)?.kind ?? -1) ?? 'other';
        this.#observer.encoder.report('node.gc', { kind, durationMs: duration });
      }
    });
  }

  /** How late a callback is that was due at once is a part of the sample. */
  #sample(): void {
    const asked = performance.now();
    setImmediate(() => {
      const lastSeconds = (performance.now() - asked) / 1000;
      this.#observer.guard('sample', () => this.#report(lastSeconds));
    }).unref();
  }

  #report(lastSeconds: number): void {
    const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const utilization = performance.eventLoopUtilization();
    const { utilization: share } = performance.eventLoopUtilization(utilization, this.#utilization);
    this.#utilization = utilization;
    this.#observer.encoder.report('node.sample', {
      rssBytes: rss,
      heapTotalBytes: heapTotal,
      heapUsedBytes: heapUsed,
      externalBytes: external,
      arrayBuffersBytes: arrayBuffers,
      uptimeSeconds: process.uptime(),
      cpuUserSeconds: user / 1e6,
      cpuSystemSeconds: system / 1e6,
      utilization: share,
      lag: { lastSeconds, ...this.#delays() },
      spaces: getHeapSpaceStatistics().map((space) => ({
        space: space.space_name.replace(/_space$/, ''),
        totalBytes: space.space_size,
        usedBytes: space.space_used_size,
        availableBytes: space.space_available_size,
      })),
      resources: counted(process.getActiveResourcesInfo()),
    });
  }

  /** The delays since the last sample, in seconds. Node counts the time between two looks, so that one is taken off. */
  #delays(): Record<string, number> {
    const delay = this.#delay;
    if (delay === undefined || delay.count === 0) return {};
    const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000);
    const delays = {
      minSeconds: seconds(delay.min),
      maxSeconds: seconds(delay.max),
      meanSeconds: seconds(delay.mean),
      stddevSeconds: delay.stddev / 1e9,
      p50Seconds: seconds(delay.percentile(50)),
      p90Seconds: seconds(delay.percentile(90)),
      p99Seconds: seconds(delay.percentile(99)),
    };
    delay.reset();
    return delays;
  }
}

function counted(types: string[]): { type: string; count: number }[] {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => ({ type, count }));
}

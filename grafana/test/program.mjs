// The program: its catalogue, and its demo.
import { execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

const PROGRAM = process.env.OCP_PROGRAM;
if (PROGRAM === undefined) throw new Error('OCP_PROGRAM is not set: run test/run, or name the openclaw-prometheus to test against');

const { families } = JSON.parse(execFileSync(PROGRAM, ['catalogue', '--format', 'json'], { encoding: 'utf8', maxBuffer: 1 << 26 }));
export const FAMILIES = new Map(families.map(family => [family.name, family]));

/** The family that a metric is of, also a histogram's parts; none if there is none. */
export function family(metric) {
  const found = FAMILIES.get(metric);
  if (found !== undefined) return found;
  const histogram = FAMILIES.get(metric.replace(/_(bucket|count|sum)$/, ''));
  return histogram?.type === 'histogram' ? histogram : undefined;
}

/** Starts the demo on a free port, with more arguments if they are given, and gives its host and port. */
export async function demo(...more) {
  const running = spawn(PROGRAM, ['serve', '--demo', '--web.listen-address', '127.0.0.1:0', ...more], { stdio: ['ignore', 'ignore', 'pipe'] });
  for await (const line of createInterface({ input: running.stderr })) {
    const address = /http:\/\/([^/]+)\/(?:i\/[^/]+\/)?metrics/.exec(line)?.[1];
    if (address !== undefined) return { address, stop: () => running.kill() };
  }
  throw new Error('the demo did not start');
}

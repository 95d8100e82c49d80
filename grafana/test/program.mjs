// The program: its catalogue, and its demo.
import { execFileSync } from 'node:child_process';
import { run } from '../../ui/test/program.mjs';

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
  // A thousand instances take their time.
  const { port, stop } = await run(['serve', '--demo', '--web.listen-address', '127.0.0.1:0', ...more], 600);
  return { address: `127.0.0.1:${port}`, stop };
}

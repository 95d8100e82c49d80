// What each fault of the demo has to raise: the last column of cli/data/faults.tsv.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER } from './sources.mjs';

/** "OpenClawToolFails warning 8, …": name, severity, and within how many minutes; `1d` after it where it needs a day of history. */
function alerts(text) {
  return text.split(', ').map(one => {
    const [, alert, severity, minutes, history] = /^(OpenClaw\w+) (critical|warning|info) (\d+)( 1d)?$/.exec(one) ?? [];
    if (alert === undefined) throw new Error(`cli/data/faults.tsv: no alert: ${one}`);
    return { alert, severity, minutes: Number(minutes), needsHistory: history !== undefined };
  });
}

export const FAULTS = readFileSync(join(FOLDER, '../cli/data/faults.tsv'), 'utf8').trim().split('\n').filter(line => !line.startsWith('#'))
  .map(line => line.split('\t')).map(fields => ({ name: fields[0], alerts: alerts(fields[6]) }));

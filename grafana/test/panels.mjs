// Whether every query of every panel gives data, or is in no-data.tsv with the reason why not.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asked, queries } from './dashboards.mjs';
import { FOLDER } from './sources.mjs';

const lines = readFileSync(join(FOLDER, 'test/no-data.tsv'), 'utf8').trim().split('\n').slice(1).map(line => line.split('\t'));
const where = ([dashboard, panel, ref]) => `${dashboard}: ${panel} ${ref}`;
/** What gives no data from a demo, and what gives none from all faults together. */
export const NO_DATA = new Set(lines.map(where));
export const NO_DATA_OF_FAULTS = new Set(lines.filter(line => line[4] === 'none').map(where));

/** What is asked for nothing though data is meant to come, and the other way about; and lines that are none. */
export async function unlike(noData, server, variables) {
  const found = [];
  for (const { target, where } of queries) {
    const has = (await server.query(asked(target.expr, variables))).length > 0;
    if (!has && !noData.has(where)) found.push(`${where}: no data, and no reason written down`);
    if (has && noData.has(where)) found.push(`${where}: data, and a reason why there is none`);
  }
  const all = new Set(queries.map(({ where }) => where));
  for (const line of lines) {
    if (!all.has(where(line)) || line[3].length <= 10 || !['data', 'none'].includes(line[4])) found.push(`no-data.tsv: ${line.join(' ')}`);
  }
  return found;
}

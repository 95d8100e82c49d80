// The committed dashboards, and what Grafana would ask for them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER } from './sources.mjs';

export const NAMES = ['gateway', 'fleet', 'costs'];
export const DASHBOARDS = NAMES.map(name => ({ name, json: JSON.parse(readFileSync(join(FOLDER, `${name}.json`), 'utf8')) }));

export const rows = ({ json }) => json.panels.filter(panel => panel.type === 'row');
/** All panels but rows, also those within rows that are closed. */
export const panels = ({ json }) => json.panels.flatMap(panel => panel.type === 'row' ? panel.panels : [panel]);
export const variables = ({ json }) => json.templating.list;

/** An expression as Grafana sends it. */
export function asked(expr, { interval = '30s', range = '1h', job = '.+', instance = '.+' } = {}) {
  return expr.replaceAll('$__rate_interval', interval).replaceAll('$__interval', '1m').replaceAll('$__range', range).replaceAll('$job', job).replaceAll('$instance', instance);
}

/** Every query with where it stands. */
export const queries = DASHBOARDS.flatMap(dashboard => panels(dashboard).flatMap(panel =>
  (panel.targets ?? []).map(target => ({ dashboard: dashboard.name, panel, target, where: `${dashboard.name}: ${panel.title} ${target.refId}` }))));

// What grafana/src says, for the tests, and where things are.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

export const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..');

const { outputFiles } = await build({
  absWorkingDir: FOLDER, entryPoints: ['src/main.ts'], bundle: true, write: false, platform: 'node', format: 'esm', target: 'node20', logLevel: 'warning',
});
export const { files, GROUPS, LIMITS } = await import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].text).toString('base64')}`);

/** Every alert once, also one that has two severities. */
export const ALERTS = [...new Set(GROUPS.flatMap(group => group.rules).flatMap(rule => rule.alert ?? []))];
export const RECORDED = new Set(GROUPS.flatMap(group => group.rules).flatMap(rule => rule.record ?? []));

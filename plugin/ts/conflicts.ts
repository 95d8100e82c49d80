// What in the Gateway's configuration stands against the metrics: other exporters that are on too, diagnostics that are off,
// each with the setting that changes it.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import type { Config } from 'openclaw/plugin-sdk/plugin-entry';

const OFFICIAL = 'diagnostics-prometheus';

/** A sentence for each thing that should be changed. */
export function configConflicts(id: string, rootDir: string, { plugins, diagnostics }: Config): string[] {
  const sentences = [];
  if (diagnostics?.enabled === false) {
    sentences.push('diagnostics are off, so that the Gateway tells of nothing that happens; set diagnostics.enabled to true');
  }
  if (plugins?.entries?.[OFFICIAL]?.enabled === true) {
    sentences.push(`${OFFICIAL} is enabled too and counts the same events again; set plugins.entries.${OFFICIAL}.enabled to false`);
  }
  // The plugin that this one replaces has the same id, so that one entry enables both.
  for (const folder of plugins?.load?.paths ?? []) {
    if (isOther(id, folder, rootDir)) {
      sentences.push(`${folder} has another plugin ${id}, which would be loaded instead or beside; remove it from plugins.load.paths`);
    }
  }
  return sentences;
}

function isOther(id: string, folder: string, rootDir: string): boolean {
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'openclaw.plugin.json'), 'utf8')) as { id?: unknown };
    return manifest.id === id && realpathSync(folder) !== realpathSync(rootDir);
  } catch {
    // Not a folder of one plugin: nothing to warn of.
    return false;
  }
}

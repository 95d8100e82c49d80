// Other exporters that are on too, and the setting that turns each off.
import { readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';

import type { Config } from 'openclaw/plugin-sdk/plugin-entry';

const OFFICIAL = 'diagnostics-prometheus';

/** A sentence for each other exporter that the configuration turns on. */
export function besides(id: string, rootDir: string, { plugins }: Config): string[] {
  const sentences = [];
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

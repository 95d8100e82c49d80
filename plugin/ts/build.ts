// Which build of the Gateway runs: its package says so beside its own code, and tells no plugin.
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FILE = 'build-info.json';

/** Where the Gateway's code may be: around what it offers plugins, and around the program that was started. */
function* folders(program: string | undefined): Generator<string> {
  try {
    yield join(dirname(fileURLToPath(import.meta.resolve('openclaw/plugin-sdk/plugin-entry'))), '..');
  } catch {
    // It is offered under no name of a file.
  }
  if (program === undefined) return;
  const folder = dirname(realpathSync(program));
  yield join(folder, 'dist');
  yield folder;
}

/**
 * The name of the build that is this version, as `build_id` of the Gateway's own hello. Null where nobody names it, as in 2026.7.35, or
 * where another version has been installed since this one was started.
 */
export function buildOf(version: string | undefined, program = process.argv[1]): string | null {
  try {
    for (const folder of folders(program)) {
      const told = read(join(folder, FILE));
      if (told !== undefined) return told.version === version && typeof told.buildId === 'string' ? told.buildId : null;
    }
  } catch {
    // Then nobody knows it.
  }
  return null;
}

function read(file: string): { version?: unknown; buildId?: unknown } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { version?: unknown; buildId?: unknown };
  } catch {
    return undefined;
  }
}

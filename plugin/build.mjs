// Builds the native addon for this platform and puts it where the plugin looks for it: `npm run build`.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const cargo = (...args) => execFileSync('cargo', args, { cwd: here, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
const { target_directory: target } = JSON.parse(cargo('metadata', '--format-version', '1', '--no-deps', '--quiet'));
cargo('build', '--release', '--quiet', '-p', 'openclaw-prometheus-node');
const library = { darwin: 'libopenclaw_prometheus_node.dylib', win32: 'openclaw_prometheus_node.dll' }[process.platform] ??
  'libopenclaw_prometheus_node.so';
const file = join(here, 'native', `openclaw_prometheus.${version}.${process.platform}-${process.arch}.node`);
mkdirSync(dirname(file), { recursive: true });
// A library that is being executed may not be written to: a new file under the old name.
rmSync(file, { force: true });
copyFileSync(join(target, 'release', library), file);
console.log(file);

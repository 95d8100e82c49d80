// Builds the native addon for this platform and puts it where the plugin looks for it: `npm run build`. Prints the file.
//
//   node build.mjs              with the linker of this machine: for this machine, and others no older
//   node build.mjs --portable   on Linux, against glibc 2.28 (2018), which is checked: what is published. Needs Python, as
//                               cargo-zigbuild and its linker come from PyPI if they are not installed
import { execFileSync, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const OLDEST_GLIBC = [2, 28];

const here = dirname(fileURLToPath(import.meta.url));
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const isPortable = process.argv.includes('--portable') && process.platform === 'linux';

function run(command, parameters, path = process.env.PATH) {
  // Names of functions are not needed by who runs it, and are most of the file.
  const env = { ...process.env, PATH: path, CARGO_PROFILE_RELEASE_DEBUG: 'false', CARGO_PROFILE_RELEASE_STRIP: 'symbols' };
  return execFileSync(command, parameters, { cwd: here, encoding: 'utf8', env, stdio: ['ignore', 'pipe', 'inherit'] });
}

const metadata = JSON.parse(run('cargo', ['metadata', '--format-version', '1', '--no-deps', '--quiet']));
const target = metadata.target_directory;

/** Where cargo-zigbuild is; brings it if it is nowhere. */
function zigPath() {
  if (spawnSync('cargo-zigbuild', ['--version']).status === 0) return process.env.PATH;
  const tools = join(process.env.OCP_TOOLS ?? join(target, 'tools'), 'zig');
  const path = [join(tools, 'bin'), process.env.PATH].join(delimiter);
  if (spawnSync(join(tools, 'bin', 'cargo-zigbuild'), ['--version']).status !== 0) {
    run('python3', ['-m', 'venv', tools]);
    run(join(tools, 'bin', 'pip'), ['install', '--quiet', 'cargo-zigbuild', 'ziglang']);
  }
  return path;
}

/** Builds; the folder of the library. */
function build() {
  const parameters = ['--release', '--quiet', '-p', 'openclaw-prometheus-node'];
  if (!isPortable) {
    run('cargo', ['build', ...parameters]);
    return join(target, 'release');
  }
  const triple = `${{ x64: 'x86_64', arm64: 'aarch64' }[process.arch]}-unknown-linux-gnu`;
  run('cargo', ['zigbuild', ...parameters, '--target', `${triple}.${OLDEST_GLIBC.join('.')}`], zigPath());
  return join(target, triple, 'release');
}

/** The newest version of glibc that a library asks for. */
function newestGlibc(file) {
  const asked = [...readFileSync(file, 'latin1').matchAll(/\0GLIBC_(\d+)\.(\d+)/g)].map(([, major, minor]) => [Number(major), Number(minor)]);
  return asked.sort(([a, b], [c, d]) => a - c || b - d).at(-1);
}

const library = { darwin: 'libopenclaw_prometheus_node.dylib', win32: 'openclaw_prometheus_node.dll' }[process.platform] ??
  'libopenclaw_prometheus_node.so';
const built = join(build(), library);
if (isPortable) {
  const [major, minor] = newestGlibc(built);
  if (major > OLDEST_GLIBC[0] || minor > OLDEST_GLIBC[1]) {
    throw new Error(`${built} asks for glibc ${major}.${minor}; ${OLDEST_GLIBC.join('.')} is the newest that it may ask for`);
  }
}
const file = join(here, 'native', `openclaw_prometheus.${version}.${process.platform}-${process.arch}.node`);
mkdirSync(dirname(file), { recursive: true });
// A library that is being executed may not be written to: a new file under the old name.
rmSync(file, { force: true });
copyFileSync(built, file);
console.log(file);

// Lays the package out for publishing on several platforms: `node platforms.mjs FOLDER`, after `native` holds the addons of
// all of them. Each platform gets a package of its own, which npm installs only where it fits; the plugin's package names
// them all, as optional dependencies for npm, and as required for the Gateway, which refuses to install without the one for
// its host. The plugin looks in both places, so the package of one platform that `npm pack` makes is as good.
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { ADDON, notice } from './third-party.mjs';

const CPUS = { x64: 'x86_64', arm64: 'aarch64' };
const SYSTEMS = { linux: 'unknown-linux-gnu', darwin: 'apple-darwin', win32: 'pc-windows-msvc' };

const here = dirname(fileURLToPath(import.meta.url));
const out = process.argv[2];
if (out === undefined) throw new Error('usage: node platforms.mjs FOLDER');
const manifest = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));

function write(folder, contents) {
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(contents, null, 2)}\n`);
}

const names = [];
for (const file of readdirSync(join(here, 'native'))) {
  const [, platform, cpu] = /\.(\w+)-(\w+)\.node$/.exec(file) ?? [];
  if (!file.startsWith(`openclaw_prometheus.${manifest.version}.`) || platform === undefined) continue;
  const name = `${manifest.name}-${platform}-${cpu}`;
  const folder = join(out, name);
  mkdirSync(folder, { recursive: true });
  copyFileSync(join(here, 'native', file), join(folder, file));
  // What is linked differs between them.
  writeFileSync(join(folder, 'THIRD-PARTY.md'), notice(ADDON, `${CPUS[cpu]}-${SYSTEMS[platform]}`));
  const { version, license } = manifest;
  const description = `The native addon of ${manifest.name} for ${platform}-${cpu}`;
  write(folder, { name, version, license, description, os: [platform], cpu: [cpu], ...(platform === 'linux' ? { libc: ['glibc'] } : {}), files: [file, 'THIRD-PARTY.md'] });
  names.push(name);
}
if (names.length === 0) throw new Error(`native holds no addon of version ${manifest.version}; npm run build makes one`);

const main = join(out, manifest.name);
const files = manifest.files.filter((file) => file !== 'native' && file !== 'THIRD-PARTY.md');
for (const file of [...files, 'README.md']) cpSync(join(here, file), join(main, file), { recursive: true });
const install = { ...manifest.openclaw.install, requiredPlatformPackages: names };
const { scripts: _, devDependencies: __, ...rest } = manifest;
write(main, {
  ...rest,
  files,
  optionalDependencies: Object.fromEntries(names.map((name) => [name, manifest.version])),
  openclaw: { ...manifest.openclaw, install },
});
console.log(main);

// `npm run test:client [-- URL]`: asks a running exporter as Prometheus does and says what is wrong with its page, by the program's
// `probe`. The token comes from the environment: OPENCLAW_PROMETHEUS_BEARER_TOKEN, or what the plugin before this one called it.
// The program is $OCP_PROGRAM, the one of that name on the PATH, or that of this repository, which cargo then builds.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const NAME = 'openclaw-prometheus';
/** Where the replaced plugin's client asked, too: the Gateway's port. */
const URL_ = 'http://127.0.0.1:18789/metrics';

const given = process.argv.slice(2);
const parameters = ['probe', ...(given.some((word) => !word.startsWith('-')) ? [] : [URL_]), ...given];
const manifest = fileURLToPath(new URL('../../Cargo.toml', import.meta.url));
const cargo = ['run', '--quiet', '--release', '-p', 'openclaw-prometheus-cli', '--manifest-path', manifest, '--'];
const programs = process.env.OCP_PROGRAM === undefined ? [[NAME, []], ['cargo', cargo]] : [[process.env.OCP_PROGRAM, []]];

for (const [program, before] of programs) {
  const { error, status } = spawnSync(program, [...before, ...parameters], { stdio: 'inherit' });
  if (error?.code === 'ENOENT') continue;
  if (error !== undefined) console.error(`${program}: ${error.message}`);
  process.exit(status ?? 2);
}
console.error(`no program: put ${programs.map(([program]) => program).join(' or ')} on the PATH, or name it in OCP_PROGRAM`);
process.exit(2);

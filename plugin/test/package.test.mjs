// The package: what it asks of a machine, how it finds its addon however npm laid it out, and how it meets a host that is not
// as it should be.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chosen } from '../third-party.mjs';
import { addonPath } from './addon.mjs';
import { Host } from './host.mjs';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(join(PLUGIN, 'package.json'), 'utf8'));
const folder = mkdtempSync(join(tmpdir(), 'ocp-package-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const npm = (parameters, cwd) => execFileSync('npm', parameters, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });

test('it runs where glibc is of 2018', { skip: process.platform !== 'linux' }, (t) => {
  const asked = [...readFileSync(addonPath, 'latin1').matchAll(/\0GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor));
  assert.ok(asked.length > 3, 'symbols with versions');
  t.diagnostic(`the newest is 2.${Math.max(...asked)}`);
  assert.ok(Math.max(...asked) <= 28, `2.${Math.max(...asked)}`);
});

test('npm pack makes a package with all of it and no more', () => {
  const [{ files, size }] = JSON.parse(npm(['pack', '--json', '--dry-run', '--silent'], PLUGIN));
  const names = files.map(({ path }) => path);
  for (const name of ['openclaw.plugin.json', 'dist/index.js', 'LICENSE', 'README.md', 'README.zh-CN.md', 'METRICS.md', 'THIRD-PARTY.md', `native/${basename(addonPath)}`]) {
    assert.ok(names.includes(name), `${name} is missing`);
  }
  assert.ok(!names.some((name) => /^(ts|src|test|target|node_modules)\//.test(name)), `${names}`);
  assert.ok(size < 7 << 19, `${size} bytes`);
  assert.equal(readFileSync(join(PLUGIN, 'LICENSE'), 'utf8'), readFileSync(join(PLUGIN, '../LICENSE'), 'utf8'));
});

test('what of others is in the addon is named, with its licenses', () => {
  execFileSync(process.execPath, ['third-party.mjs', '--check'], { cwd: PLUGIN, stdio: 'inherit' });
  const text = readFileSync(join(PLUGIN, 'THIRD-PARTY.md'), 'utf8');
  for (const part of ['[napi](', '[hyper](', '[ring](', 'uPlot', 'Apache License', 'Permission is hereby granted', 'Copyright (c) 2022 Leon Sorokin']) {
    assert.ok(text.includes(part), part);
  }
  // Parts of the build only, and of the program only.
  assert.doesNotMatch(text, /\[(napi-derive|syn|clap|openclaw-prometheus)\]\(/);
});

test('of the licenses of a crate one of each choice is taken, and none that is not accepted', () => {
  for (const [expression, expected] of [
    ['MIT', ['MIT']],
    ['MIT OR Apache-2.0', ['Apache-2.0']],
    ['MIT/Apache-2.0', ['Apache-2.0']],
    ['Unlicense OR MIT', ['MIT']],
    ['Apache-2.0 WITH LLVM-exception OR Apache-2.0 OR MIT', ['Apache-2.0']],
    ['Apache-2.0 AND ISC', ['Apache-2.0', 'ISC']],
    ['(MIT OR Apache-2.0) AND ISC', ['Apache-2.0', 'ISC']],
    ['MIT AND GPL-3.0-only OR ISC', ['ISC']],
    ['Apache-2.0 WITH LLVM-exception', null],
    ['(MIT OR Apache-2.0) AND GPL-3.0-only', null],
    ['GPL-3.0-only', null],
  ]) {
    assert.deepEqual(chosen(expression), expected, expression);
  }
});

test('the packages of several platforms name each other, and npm puts the addon where it is found', () => {
  const out = join(folder, 'platforms');
  execFileSync(process.execPath, ['platforms.mjs', out], { cwd: PLUGIN });
  const main = JSON.parse(readFileSync(join(out, 'openclaw-prometheus/package.json'), 'utf8'));
  assert.ok(!main.files.includes('THIRD-PARTY.md'), 'it is with the addon');
  const platform = `openclaw-prometheus-${process.platform}-${process.arch}`;
  assert.deepEqual(main.openclaw.install.requiredPlatformPackages, [platform]);
  assert.deepEqual(main.optionalDependencies, { [platform]: version });
  const own = JSON.parse(readFileSync(join(out, platform, 'package.json'), 'utf8'));
  assert.ok(own.files.includes('THIRD-PARTY.md'));
  assert.deepEqual([own.os, own.cpu], [[process.platform], [process.arch]]);

  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"private": true}');
  const tarballs = [platform, 'openclaw-prometheus'].map((name) => {
    const [{ filename }] = JSON.parse(npm(['pack', '--json', '--silent', '--pack-destination', folder], join(out, name)));
    return join(folder, filename);
  });
  npm(['install', '--silent', '--offline', '--ignore-scripts', '--omit=dev', '--omit=peer', '--no-audit', '--no-fund', ...tarballs], project);
  const installed = join(project, 'node_modules/openclaw-prometheus');
  assert.ok(!readdirSync(installed).includes('native'));
  const source = `
    const { load } = await import(${JSON.stringify(join(installed, 'dist/addon.js'))});
    console.log(load(${JSON.stringify(installed)}, ${JSON.stringify(version)}).version());`;
  const loads = () => execFileSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' }).trim();
  assert.equal(loads(), version, 'beside the plugin');
  cpSync(join(project, 'node_modules', platform), join(installed, 'node_modules', platform), { recursive: true });
  rmSync(join(project, 'node_modules', platform), { recursive: true });
  assert.equal(loads(), version, 'below the plugin');
});

test('a Gateway that is too old is refused in one sentence', async () => {
  const host = await new Host({ api: { rootDir: PLUGIN, runtime: { version: '2026.4.7' } } }).start();
  const reason = 'the Gateway is 2026.4.7; 2026.5.5 or newer is needed, and for an older one the program beside it';
  assert.deepEqual(host.lines, [`error openclaw-prometheus: not started: ${reason}`]);
  assert.equal(host.services.length, 0);
  const { status, body } = await host.ask('/metrics/health');
  assert.equal(status, 503);
  assert.match(JSON.parse(body).reasons[0], /2026\.5\.5 or newer/);
});

test('a host that lacks what newer ones have is observed as far as it goes', async () => {
  const host = await new Host({ api: { rootDir: PLUGIN, runtime: undefined, on: undefined } }).start();
  assert.deepEqual(host.said('error'), []);
  assert.equal((await host.ask('/metrics')).status, 200);
  assert.ok(host.types.includes('run.completed') && !host.types.includes('log.record'));
  // A Gateway that knows no filter tells everything.
  for (const listener of host.listeners) {
    listener({ type: 'log.record', level: 'info', message: 'x' }, { trusted: true });
    listener({ type: 'diagnostic.heartbeat', active: 0, waiting: 0, queued: 0 }, { trusted: true });
  }
  const { body } = await host.ask('/metrics');
  for (const line of ['openclaw_exporter_events_total{event="log.record"} 0', 'openclaw_exporter_events_total{event="diagnostic.heartbeat"} 1']) {
    assert.ok(body.includes(`${line}\n`), line);
  }
  await host.stop();
});

test('other copies tell the one that runs, and start nothing', async () => {
  const full = await new Host({ api: { rootDir: PLUGIN } }).start();
  const copy = new Host({ api: { rootDir: PLUGIN, registrationMode: 'discovery' } }).register();
  assert.deepEqual([copy.services, copy.routes.size, copy.methods.size, copy.lines], [[], 0, 0, []]);
  const compactions = async () => Number(/session_compaction_events_total\{phase="before"\} (\d+)/.exec((await full.ask('/metrics')).body)[1]);
  const before = await compactions();
  copy.hooks.get('before_compaction')({ tokenCount: 7 }, {});
  assert.equal(await compactions(), before + 1);
  await full.stop();
  copy.hooks.get('before_compaction')({ tokenCount: 7 }, {});
  assert.equal(full.listeners.size, 0);
  assert.equal((await full.ask('/metrics')).status, 503);
  // And once more, with the totals.
  for (const service of full.services) await service.start({});
  assert.equal(await compactions(), before + 1);
  await full.stop();
});

test('a copy that is stopped after the next one has started takes nothing from it', async () => {
  const first = await new Host({ api: { rootDir: PLUGIN } }).start();
  const second = await new Host({ api: { rootDir: PLUGIN } }).start();
  await first.stop();
  assert.equal(first.listeners.size, 0);
  assert.equal((await second.ask('/metrics')).status, 200);
  await second.stop();
  assert.equal((await second.ask('/metrics')).status, 503);
});

test('a start that fails half way leaves nothing running, and says why', async () => {
  const host = await new Host({ refusesListeners: true, api: { rootDir: PLUGIN } }).start();
  assert.deepEqual(host.lines, ['error openclaw-prometheus: not started: no listeners today']);
  const { status, body } = await host.ask('/metrics');
  assert.equal(status, 503);
  assert.match(body, /no listeners today/);
  let told;
  host.methods.get('openclaw.prometheus.status')({ respond: (_, payload) => (told = payload) });
  assert.equal(told.running, false);
});

test('an addon of another version is not used', async () => {
  const other = join(folder, 'other');
  mkdirSync(join(other, 'native'), { recursive: true });
  writeFileSync(join(other, 'package.json'), JSON.stringify({ version: '9.9.9' }));
  copyFileSync(addonPath, join(other, 'native', basename(addonPath).replace(version, '9.9.9')));
  // The one that runs already goes on.
  const host = await new Host({ api: { rootDir: other } }).start();
  assert.equal(host.said(`version ${version} goes on until the Gateway is restarted, then version 9.9.9 comes`).length, 1);
  await host.stop();

  const parked = Symbol.for('openclaw-prometheus.addon');
  const running = globalThis[parked];
  globalThis[parked] = { ABI: 1, version: () => '0.0.9' };
  try {
    const refused = await new Host({ api: { rootDir: PLUGIN } }).start();
    assert.deepEqual(refused.lines, [
      `error openclaw-prometheus: not started: version 0.0.9 is still loaded and does not fit version ${version}; restart the Gateway`,
    ]);
    assert.match((await refused.ask('/metrics/health')).body, /restart the Gateway/);
  } finally {
    globalThis[parked] = running;
  }
});

test('the build of the Gateway is told as long as it is the one that runs', async () => {
  const { buildOf } = await import('../dist/build.js');
  const package_ = mkdtempSync(join(tmpdir(), 'ocp-build-'));
  mkdirSync(join(package_, 'dist'));
  const program = join(package_, 'openclaw.mjs');
  writeFileSync(program, '');
  const file = join(package_, 'dist', 'build-info.json');
  const build = { version: '2026.9.6', buildId: '2026.9.6-release-eb377ac59e6c-2026-09-23T16-33-12.144Z' };
  assert.equal(buildOf('2026.9.6', program), null, 'there is no such file');
  for (const [told, expected] of [
    [JSON.stringify(build), build.buildId],
    [JSON.stringify({ version: '2026.9.6' }), null],
    [JSON.stringify({ ...build, buildId: 7 }), null],
    [JSON.stringify({ ...build, version: '2026.9.7' }), null],
    ['no JSON', null],
  ]) {
    writeFileSync(file, told);
    assert.equal(buildOf('2026.9.6', program), expected, told);
    assert.equal(buildOf('2026.9.6', join(package_, 'dist', 'build-info.json')), expected, 'started from within');
  }
  assert.equal(buildOf('2026.9.6', join(package_, 'nowhere.mjs')), null);
  rmSync(package_, { recursive: true });
});

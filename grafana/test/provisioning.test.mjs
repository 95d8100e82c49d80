// What comes with the dashboards: configurations that their own programs accept, and that agree with each other.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { FOLDER, GROUPS } from './sources.mjs';

const text = name => readFileSync(join(FOLDER, name), 'utf8');
const read = name => parse(text(name), { merge: true });

for (const name of ['prometheus.yml', 'prometheus-fleet.yml']) {
  test(`promtool accepts ${name}`, () => execFileSync('promtool', ['check', 'config', join(FOLDER, name)], { stdio: 'pipe' }));
}

test('promtool accepts prometheus-kubernetes.yml, but for the discovery that not every build has', () => {
  const folder = mkdtempSync(join(tmpdir(), 'openclaw-config-'));
  try {
    const config = read('prometheus-kubernetes.yml');
    config.rule_files = [join(FOLDER, 'rules/openclaw.yml')];
    const [job] = config.scrape_configs;
    assert.deepEqual(job.kubernetes_sd_configs, [{ role: 'pod' }]);
    delete job.kubernetes_sd_configs;
    job.static_configs = [{ targets: ['localhost:19464'] }];
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    execFileSync('promtool', ['check', 'config', join(folder, 'prometheus.yml')], { stdio: 'pipe' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('amtool accepts alertmanager.yml', { skip: spawnSync('amtool', ['--version']).error && 'amtool is not installed (Debian\'s package prometheus-alertmanager)' }, () => {
  execFileSync('amtool', ['check-config', join(FOLDER, 'alertmanager.yml')], { stdio: 'pipe' });
  const route = (...labels) => execFileSync('amtool', ['config', 'routes', 'test', `--config.file=${join(FOLDER, 'alertmanager.yml')}`, ...labels], { encoding: 'utf8' }).trim();
  assert.deepEqual(['critical', 'warning', 'info'].map(severity => route('alertname=X', `severity=${severity}`)), ['pager', 'tickets', 'nobody']);
});

test('vmalert accepts the rules', { skip: process.env.OCP_VMALERT === undefined && 'OCP_VMALERT names no vmalert' }, () => {
  const { status, stderr } = spawnSync(process.env.OCP_VMALERT, ['-dryRun', `-rule=${FOLDER}/rules/openclaw.yml`, `-rule=${FOLDER}/rules/partme-names.yml`], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('the object for the Prometheus Operator is one', () => {
  const { apiVersion, kind, metadata, spec } = read('rules/openclaw-prometheusrule.yml');
  assert.deepEqual([apiVersion, kind, metadata.name], ['monitoring.coreos.com/v1', 'PrometheusRule', 'openclaw']);
  assert.deepEqual(spec.groups, read('rules/openclaw.yml').groups);
  assert.equal(spec.groups.length, GROUPS.length);
});

test('what the containers are given is there', () => {
  const { services } = read('compose.yaml');
  assert.deepEqual(Object.keys(services).sort(), ['alertmanager', 'alloy', 'grafana', 'loki', 'prometheus']);
  for (const { volumes, network_mode } of Object.values(services)) {
    assert.equal(network_mode, 'host');
    for (const [path] of volumes.map(volume => volume.split(':')).filter(([path]) => path.startsWith('./'))) assert.ok(existsSync(join(FOLDER, path)), path);
  }
  const shown = services.grafana.volumes.flatMap(volume => /^\.\/(?:with-logs\/)?(\w+)\.json:/.exec(volume)?.[1] ?? []);
  assert.deepEqual(shown.sort(), readdirSync(FOLDER).flatMap(name => /^(?!package)(\w+)\.json$/.exec(name)?.[1] ?? []).filter(name => name !== 'tsconfig').sort());
});

test('nothing listens beyond this machine', () => {
  const { services } = read('compose.yaml');
  assert.ok(services.prometheus.command.includes('--web.listen-address=127.0.0.1:9090'));
  assert.ok(services.alertmanager.command.includes('--web.listen-address=127.0.0.1:9093'));
  assert.ok(services.alloy.command.includes('--server.http.listen-addr=127.0.0.1:12345'));
  assert.equal(services.grafana.environment.GF_SERVER_HTTP_ADDR, '127.0.0.1');
  assert.equal(read('logs/loki.yml').server.http_listen_address, '127.0.0.1');
});

test('Grafana is given the sources that the dashboards ask for, at the interval of the scrapes', () => {
  const { datasources } = read('provisioning/datasources/openclaw.yml');
  assert.deepEqual(datasources.map(one => one.type), ['prometheus', 'alertmanager', 'loki']);
  assert.equal(datasources[0].jsonData.timeInterval, read('prometheus.yml').global.scrape_interval);
  assert.equal(read('provisioning/dashboards/openclaw.yml').providers[0].options.path, '/var/lib/grafana/dashboards/openclaw');
  assert.equal(read('provisioning/alerting/openclaw.yml').contactPoints.length, 1);
});

test('logs and metrics of a Gateway have the same job and instance, and nobody\'s name is a label', () => {
  const [job] = read('prometheus.yml').scrape_configs;
  const { OPENCLAW_JOB, OPENCLAW_INSTANCE } = read('compose.yaml').services.alloy.environment;
  assert.deepEqual([OPENCLAW_JOB, OPENCLAW_INSTANCE], [job.job_name, job.static_configs[0].labels.instance]);
  const alloy = text('logs/openclaw.alloy');
  assert.match(alloy, /stage\.labels \{\s*values = \{ level = "" \}\s*\}/);
  assert.deepEqual([...alloy.matchAll(/^ {4}(job|instance) += sys\.env/gm)].map(match => match[1]), ['job', 'instance']);
});

test('what the documents show is there, and all pictures together are small', () => {
  for (const name of ['README.md', 'README.zh-CN.md']) {
    for (const [, path] of text(name).matchAll(/\]\(([^)#]+)\)/g)) assert.ok(existsSync(join(FOLDER, path)), `${name}: ${path}`);
  }
  const bytes = readdirSync(join(FOLDER, 'pictures')).map(name => statSync(join(FOLDER, 'pictures', name)).size).reduce((sum, size) => sum + size, 0);
  assert.ok(bytes < 1.5e6, `${bytes}`);
});

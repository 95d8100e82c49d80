// The addon's own port behind a web configuration: TLS, client certificates and passwords, as other exporters have them. The routes
// on the Gateway's port are the Gateway's matter.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get as getPlain } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, afterEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { engineThreads, freePort } from './addon.mjs';
import { Host } from './host.mjs';

const PLUGIN = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(path.join(tmpdir(), 'ocp-secure-'));
const file = (name) => path.join(folder, name);
const hosts = [];

/** A certificate and its key, of the authority or of itself. */
function certificate(name, issuer, extension) {
  const openssl = (...words) => execFileSync('openssl', words, { stdio: 'pipe' });
  const [pem, key] = [file(`${name}.pem`), file(`${name}.key`)];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-subj', `/CN=${name}`];
  if (issuer === undefined) return openssl('req', '-x509', ...made, '-out', pem, '-days', '30', '-addext', extension);
  openssl('req', '-new', ...made, '-out', file(`${name}.csr`));
  writeFileSync(file(`${name}.ext`), extension);
  const by = ['-CA', file(`${issuer}.pem`), '-CAkey', file(`${issuer}.key`), '-CAcreateserial'];
  openssl('x509', '-req', '-in', file(`${name}.csr`), '-out', pem, '-days', '30', '-extfile', file(`${name}.ext`), ...by);
}

certificate('authority', undefined, 'keyUsage=keyCertSign');
certificate('server', 'authority', 'subjectAltName=IP:127.0.0.1');
certificate('prometheus', 'authority', 'subjectAltName=DNS:prometheus.example');
certificate('stranger', undefined, 'subjectAltName=DNS:prometheus.example');

// The password is `scrape-me`, at a cost that suits a test.
const HASH = '$2b$04$hPMJz4lsrhEEilHsFLKJpezp8ZvJfyrfAte1yWANPJladWWXIYrR2';

afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop();
});
after(() => rmSync(folder, { recursive: true }));

async function started(webConfig) {
  const port = await freePort();
  writeFileSync(file('web.yml'), webConfig);
  const host = new Host({ api: { rootDir: PLUGIN, pluginConfig: { port, webConfigFile: file('web.yml'), collectIntervalMs: 0 } } });
  hosts.push(host);
  await host.start();
  return { host, port };
}

/** Status and body of the own port's page, or what kept us from it. */
function ask(port, options = {}, getter = get) {
  return new Promise((resolve) => {
    const asked = getter({ host: '127.0.0.1', port, path: '/metrics', agent: false, ca: readFileSync(file('authority.pem')), ...options }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (text) => (body += text)).on('end', () => resolve({ status: answer.statusCode, body }));
    });
    asked.on('error', (error) => resolve({ status: error.code ?? error.message }));
  });
}

const client = (name) => ({ cert: readFileSync(file(`${name}.pem`)), key: readFileSync(file(`${name}.key`)) });

test('the own port asks for a certificate of the authority and for a password, and the routes stay as they are', async () => {
  const { host, port } = await started(`tls_server_config:
  cert_file: server.pem
  key_file: server.key
  client_auth_type: RequireAndVerifyClientCert
  client_ca_file: authority.pem
  client_allowed_sans: [prometheus.example]
basic_auth_users:
  prometheus: '${HASH}'
`);
  const answer = await ask(port, { ...client('prometheus'), auth: 'prometheus:scrape-me' });
  assert.equal(answer.status, 200, host.lines.join('\n'));
  assert.equal(host.said(`https://127.0.0.1:${port}/metrics`).length, 1, host.lines.join('\n'));
  assert.match(answer.body, /^openclaw_metrics_listener_up 1$/m);
  assert.equal((await ask(port, { ...client('prometheus'), auth: 'prometheus:guessed' })).status, 401);
  assert.equal((await ask(port, client('prometheus'))).status, 401);
  for (const options of [{}, client('stranger')]) {
    assert.notEqual(typeof (await ask(port, { ...options, auth: 'prometheus:scrape-me' })).status, 'number');
  }
  assert.equal((await ask(port, {}, getPlain)).status, 400);
  assert.equal((await host.ask('/metrics')).status, 200);
  const { healthy, access } = JSON.parse((await host.ask('/metrics/health')).body);
  assert.deepEqual([healthy, access.listener], [true, 'password']);
  await hosts.pop().stop();
  assert.deepEqual(await engineThreads(0), []);
});

test('a web configuration that is of no use closes the own port, and health says why', async () => {
  const { host, port } = await started('tls_server_config:\n  cert_file: server.pem\n  key_file: nowhere.key\n');
  assert.equal((await ask(port)).status, 'ECONNREFUSED');
  assert.equal((await host.ask('/metrics')).status, 200);
  const { warnings } = JSON.parse((await host.ask('/metrics/health')).body);
  assert.ok(warnings.some((warning) => warning.includes(`tls_server_config.key_file: ${file('nowhere.key')} does not exist`)), warnings.join('\n'));
});

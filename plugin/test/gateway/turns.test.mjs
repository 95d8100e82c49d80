// The packed plugin in a real Gateway with a model provider of our own: what it shows of real turns is what a plain recorder
// saw, to the unit, a Prometheus scrapes both ports meanwhile, and the addon's port answers while the event loop is blocked.
//
// $OCP_PROGRAM is the program whose `replay` is compared with.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { connect } from './client.mjs';
import { Gateway, ID, TOKEN, samples, unpack } from './gateway.mjs';
import { hasPrometheus, startPrometheus } from './prometheus.mjs';
import { startProvider } from './provider.mjs';

const { OCP_PROGRAM } = process.env;
const TURNS = 66;
const WORDS = ['', '[read]', '', '[missing]', '[slow]', '', '[exec]', '', '[bad]', '[trickle]', ''];
/** HTTP, the `agent` method and `chat.send` in turn. */
const ROUTES = ['http', 'agent', 'http', 'chat', 'agent', 'http', 'chat'];

const folder = mkdtempSync(join(tmpdir(), 'ocp-package-'));
let provider;
let gateway;
let client;

before(async () => {
  provider = await startProvider();
  const config = { collectIntervalMs: 0, instance: 'lab', monitoredProviders: ['local', 'nobody'] };
  gateway = await Gateway.create({
    paths: [unpack(folder).package],
    entries: { [ID]: { enabled: true, config } },
    provider,
  });
  await gateway.start();
  await gateway.until('the exporter', async () => (await gateway.get('/metrics')).status === 200);
  client = await connect(gateway.port, TOKEN);
});

after(async () => {
  await client?.close();
  await gateway?.remove();
  provider?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const page = async () => samples((await gateway.get('/metrics')).body);
const mark = async () => JSON.parse((await gateway.get('/recorder/mark')).body);

test('an idle Gateway shows something useful on both ports', async () => {
  for (const at of [gateway.port, gateway.ownPort]) {
    const { status, body } = await gateway.get('/metrics', { at });
    assert.equal(status, 200);
    for (const line of [
      /^openclaw_exporter_build_info\{version="0\.1\.0",instance_name="lab",plugin="openclaw-prometheus"\} 1$/m,
      /^openclaw_gateway_build_info\{build_id="20[^"]+",process_instance_id="/m,
      /^openclaw_exporter_events_total\{event="run\.completed"\} 0$/m,
      /^openclaw_up 1$/m,
      /^openclaw_gateway_version_info\{version="20\d\d\./m,
      /^nodejs_version_info\{.*version="v24/m,
    ]) assert.ok(line.test(body), `${line}`);
    const health = JSON.parse((await gateway.get('/metrics/health', { at })).body);
    assert.deepEqual([health.healthy, health.reasons], [true, []]);
    for (const view of ['per-object', 'detailed?family=rpc']) {
      assert.equal((await gateway.get(`/metrics/${view}`, { at })).status, 200);
    }
    assert.equal((await gateway.get('/metrics', { at, method: 'POST' })).status, 405);
  }
  for (const sample of ['openclaw_ready{}', 'openclaw_cron_scheduler_enabled{}']) {
    await gateway.until(sample, async () => (await page()).get(sample) === 1);
  }
});

/** Makes the turns, three at a time; how many ended in which way, and in how many sessions. */
async function makeTurns() {
  const ends = new Map();
  const sessions = new Set();
  let next = 0;
  const work = async () => {
    while (next < TURNS) {
      const number = next++;
      const [word, route] = [WORDS[number % WORDS.length], ROUTES[number % ROUTES.length]];
      // A turn that failed leaves its words in its session.
      const session = `agent:main:${word === '[bad]' ? `bad-${number}` : `session-${number % 7}`}`;
      sessions.add(session);
      const text = `${word} message ${number}`;
      const turns = { http: () => gateway.turn(text, session), agent: () => client.agent(text, session), chat: () => client.chat(text, session) };
      const end = await turns[route]().catch(() => 'refused');
      ends.set(`${route} ${end}`, (ends.get(`${route} ${end}`) ?? 0) + 1);
    }
  };
  await Promise.all([work(), work(), work()]);
  return { ends, sessions: sessions.size };
}

test('what is shown of real turns is what a recorder saw, to the unit', async (t) => {
  const prometheus = hasPrometheus() ? await startPrometheus({ gateway: gateway.port, own: gateway.ownPort }, { token: TOKEN }) : undefined;
  if (prometheus === undefined) t.diagnostic('no Prometheus is installed');
  const begun = await mark();
  const before_ = { ...provider.told };
  const { ends, sessions } = await makeTurns();
  const runs = 'openclaw_inflight_operations{kind="run"}';
  await gateway.until('all runs to end', async () => (await page()).get(runs) === 0);
  const ended = await mark();

  const lines = readFileSync(gateway.events, 'utf8').split('\n').slice(begun.lines, ended.lines);
  assert.equal(lines.length, ended.lines - begun.lines);
  const replayed = execFileSync(OCP_PROGRAM, ['replay'], { input: `${lines.join('\n')}\n`, maxBuffer: 64 << 20 }).toString();
  const catalogue = JSON.parse(execFileSync(OCP_PROGRAM, ['catalogue', '--format', 'json'], { maxBuffer: 64 << 20 }));
  // Service levels count requests, too, of which a replay has none.
  const isFed = ({ source, type, name }) =>
    type !== 'gauge' && (source === 'event' || name === 'openclaw_exporter_events_total') && !name.startsWith('openclaw_sli_');
  const fed = new Set(catalogue.families.filter(isFed).map(({ name }) => name));
  const family = (sample) => {
    const [name] = sample.split('{');
    return fed.has(name) ? name : name.replace(/_(bucket|sum|count)$/, '');
  };
  const [first, last, expected] = [begun.page, ended.page, replayed].map(samples);
  let compared = 0;
  for (const sample of new Set([...last.keys(), ...expected.keys()])) {
    if (!fed.has(family(sample))) continue;
    const shown = (last.get(sample) ?? 0) - (first.get(sample) ?? 0);
    const seen = expected.get(sample) ?? 0;
    const slack = 1e-9 * Math.max(1, Math.abs(last.get(sample) ?? 0));
    assert.ok(Math.abs(shown - seen) <= slack, `${sample}: ${shown}, recorded ${seen}`);
    compared += Number(seen !== 0);
  }
  const types = new Set(lines.map((line) => JSON.parse(line).event.type));
  const told = [...ends].map(([end, count]) => `${count} ${end}`).sort().join(', ');
  t.diagnostic(`${TURNS} turns (${told}), ${lines.length} events of ${types.size} types, ${compared} samples equal`);
  assert.ok(lines.length > 500 && types.size > 15 && compared > 200);
  for (const reason of ['wrong_type', 'unknown_type', 'bad_text']) {
    assert.equal(last.get(`openclaw_exporter_events_rejected_total{reason="${reason}"}`), 0, reason);
  }
  assert.ok(!ended.page.includes('agent:main'), 'no session key is shown');

  // To each agent what its model calls took, whichever way they came, as the provider itself has counted.
  const more = (sample) => (last.get(sample) ?? 0) - (first.get(sample) ?? 0);
  const ofAgent = (family, agent, label = '') =>
    [...last.keys()]
      .filter((sample) => sample.startsWith(`${family}{`) && sample.includes(`agent="${agent}"`) && sample.includes(label))
      .reduce((sum, sample) => sum + more(sample), 0);
  const tokens = (agent, type) => ofAgent('openclaw_model_call_tokens_total', agent, `token_type="${type}"`);
  const [answers, prompt, completion] = ['answers', 'prompt', 'completion'].map((what) => provider.told[what] - before_[what]);
  assert.ok(answers >= 30);
  assert.equal(tokens('main', 'input') + tokens('main', 'cache_read'), prompt);
  assert.equal(tokens('main', 'output'), completion);
  assert.equal(ofAgent('openclaw_agent_model_calls_total', 'main', 'outcome="completed"'), answers);
  for (const family of ['openclaw_model_call_tokens_total', 'openclaw_model_call_cost_usd_total', 'openclaw_agent_model_calls_total',
    'openclaw_agent_model_call_duration_seconds_count', 'openclaw_model_context_used_tokens_count']) {
    assert.ok(ofAgent(family, 'main') > 0, family);
    assert.equal(ofAgent(family, 'unknown'), 0, family);
  }
  assert.equal(more('openclaw_sessions_started_total{}'), sessions);
  t.diagnostic(`${answers} answers of the provider with ${prompt} and ${completion} tokens, all of them agent main's; ${sessions} sessions`);
  const page_ = await page();
  for (const kind of ['run', 'model_call', 'tool']) {
    assert.equal(page_.get(`openclaw_inflight_oldest_age_seconds{kind="${kind}"}`), 0, kind);
  }
  for (const lane of ['main', 'session']) assert.equal(page_.get(`openclaw_queue_lane_oldest_wait_seconds{lane="${lane}"}`), 0, lane);

  if (prometheus !== undefined) {
    const { stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: ended.page, encoding: 'utf8' });
    // Two names of the official exporter, which stay.
    const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line !== '' && !/^openclaw_worker_(heap_sampled_)?count /.test(line));
    assert.deepEqual(complaints, []);
    await pause(2500);
    const latest = await page();
    for (const job of ['gateway', 'own']) {
      const [scrapes] = await prometheus.query(`count_over_time(up{job="${job}"}[5m])`);
      const [lost] = await prometheus.query(`count_over_time(up{job="${job}"}[5m]) - sum_over_time(up{job="${job}"}[5m])`);
      const [calls] = await prometheus.query(`sum(openclaw_model_call_total{job="${job}"})`);
      const shown = [...latest].filter(([name]) => name.startsWith('openclaw_model_call_total{')).reduce((sum, [, value]) => sum + value, 0);
      assert.equal(calls.value, shown);
      assert.ok(scrapes.value > 5, `${scrapes.value}`);
      // The route needs the event loop, and the Gateway is busy: one scrape in a while may come later than a second. The own
      // port does not, but on a machine that stands still.
      assert.ok(lost.value <= (job === 'own' ? 2 : scrapes.value / 3), `${job}: ${lost.value} of ${scrapes.value} scrapes were lost`);
      t.diagnostic(`Prometheus, ${job}: ${scrapes.value} scrapes, ${lost.value} lost`);
    }
    await prometheus.stop();
  }
});

test('hooks and runtime tell what no event does', async () => {
  const begun = await page();
  const more = async (sample) => ((await page()).get(sample) ?? 0) - (begun.get(sample) ?? 0);
  const session = 'agent:main:hooks';
  assert.equal(await client.chat('a beginning', session), 'final');
  await client.chat('/compact', session);
  await client.chat('/new', session);
  const at = Date.now() / 1000;
  await gateway.until('the hooks', async () => (await more('openclaw_session_reset_requests_total{reason="new"}')) === 1);
  await gateway.until('the end of the session', async () => (await more('openclaw_sessions_ended_total{reason="new"}')) === 1);
  for (const [sample, least] of [
    ['openclaw_sessions_started_total{}', 1],
    ['openclaw_session_messages_count{}', 1],
    ['openclaw_session_transcript_updates_total{}', 2],
    ['openclaw_agent_events_total{stream="lifecycle"}', 2],
    ['openclaw_session_compaction_events_total{phase="before"}', 1],
    ['openclaw_plugin_hook_invocations_total{hook="message_received"}', 1],
  ]) {
    assert.ok((await more(sample)) >= least, sample);
  }
  const now = await page();
  const written = now.get('openclaw_session_transcript_last_update_timestamp_seconds{}');
  assert.ok(Math.abs(written - at) < 60, `${written} is not about ${at}`);
  assert.equal(now.get('openclaw_model_auth_provider_status{provider="local",status="ok"}'), 1);
  assert.equal(now.get('openclaw_model_auth_provider_status{provider="nobody",status="missing"}'), 1);
  assert.equal(now.get('openclaw_model_auth_provider_info{mode="api-key",provider="local",source="config"}'), 1);
  const gone = [...now.keys()].filter((sample) => /apiKey|"none"/.test(sample) && sample.includes('auth'));
  assert.deepEqual(gone, [], 'the key is nowhere');
  assert.equal(now.get('openclaw_runtime_namespace_available{namespace="events"}'), 1);
  assert.equal(now.get('openclaw_runtime_state_dir_configured{}'), 1);
  for (const name of ['nodejs_heap_size_used_bytes{}', 'openclaw_nodejs_heap_used_bytes{}', 'nodejs_heap_space_size_used_bytes{space="old"}',
    'nodejs_active_resources{type="TCPServerWrap"}', 'nodejs_gc_duration_seconds_count{kind="minor"}', 'openclaw_nodejs_process_cpu_user_seconds_total{}']) {
    assert.ok(now.get(name) > 0, name);
  }
  assert.ok(now.get('nodejs_eventloop_lag_p99_seconds{}') >= 0 && now.get('nodejs_eventloop_utilization_ratio{}') <= 1);
});

test('the age of a channel grows while the event loop is blocked, and what fails is counted', async () => {
  await gateway.get('/recorder/activity?channel=webchat&account=default&direction=inbound');
  const age = async () => samples((await gateway.get('/metrics', { at: gateway.ownPort })).body)
    .get('openclaw_channel_last_inbound_age_seconds{account="default",channel="webchat"}');
  await gateway.until('the age', async () => (await age()) !== undefined);
  const blocked = gateway.get('/recorder/block?ms=2500');
  await pause(300);
  const [before_, began] = [await age(), performance.now()];
  await pause(1500);
  const [after_, ended] = [await age(), performance.now()];
  assert.ok(Math.abs(after_ - before_ - (ended - began) / 1000) < 0.5, `${before_} then ${after_} after ${ended - began} ms`);
  await blocked;

  for (const word of ['first', 'second']) await gateway.get(`/recorder/failing?with=${word}`);
  assert.equal((await page()).get('openclaw_plugin_callback_errors_total{callback="hook"}'), 2);
  const said = gateway.lines().filter((line) => line.includes('hook failed'));
  assert.equal(said.length, 1, 'said once');
  assert.match(said[0], /first/);
});

test('what is in flight grows old while the event loop is blocked', async (t) => {
  const ages = async () => {
    const shown = samples((await gateway.get('/metrics', { at: gateway.ownPort })).body);
    return ['run', 'model_call'].map((kind) => shown.get(`openclaw_inflight_oldest_age_seconds{kind="${kind}"}`));
  };
  const turn = gateway.turn('[linger] a while', 'agent:main:slow');
  await gateway.until('a model call', async () => (await ages())[1] > 0);
  const blocked = gateway.get('/recorder/block?ms=3000');
  await pause(500);
  const [before_, began] = [await ages(), performance.now()];
  await pause(1500);
  const [after_, ended] = [await ages(), performance.now()];
  for (const [at, age] of after_.entries()) {
    assert.ok(Math.abs(age - before_[at] - (ended - began) / 1000) < 0.5, `${before_} then ${after_} after ${ended - began} ms`);
  }
  assert.ok(after_[0] >= after_[1], 'a run is older than its call');
  t.diagnostic(`run and model call: ${before_} s, then ${after_} s, after ${((ended - began) / 1000).toFixed(2)} s`);
  await blocked;
  assert.equal(await turn, 200);
  await gateway.until('the end of both', async () => (await ages()).every((age) => age === 0));
});

test('the own port answers while the event loop is blocked, and the route does not', async (t) => {
  // Until the Gateway has closed the connections of the tests before: one that idles too long while the loop is blocked is closed
  // with what was asked on it.
  await pause(6000);
  const blocked = gateway.get('/recorder/block?ms=5000');
  await pause(500);
  const route = gateway.get('/metrics');
  const times = [];
  for (let ask = 0; ask < 100; ask += 1) {
    const { status, ms } = await gateway.get('/metrics', { at: gateway.ownPort });
    assert.equal(status, 200);
    times.push(ms);
    await pause(20);
  }
  times.sort((a, b) => a - b);
  const waited = (await route).ms;
  t.diagnostic(`own port: median ${times[50].toFixed(1)} ms, slowest ${times.at(-1).toFixed(1)} ms; the route ${(waited / 1000).toFixed(1)} s`);
  // On an idle machine each is far below 20 ms; the runs of a test have neighbours.
  assert.ok(times[50] < 20 && times[90] < 100, `${times[50]} and ${times[90]} ms`);
  assert.ok(waited > 3000);
  await blocked;
});

test('the method tells what runs, and a token that is wrong is refused', async () => {
  const status = await client.call('openclaw.prometheus.status', {});
  assert.deepEqual([status.running, status.port, status.path, status.warnings], [true, gateway.ownPort, '/metrics', []]);
  await assert.rejects(connect(gateway.port, 'wrong'));
});

// An invented Gateway and its exporter, for the tests and the pictures: documents as DATA.md has them.
//
// Everything follows from the state, the time and a hash, so each run sees the same. Values of one second are drawn when
// they are asked for; minutes before the last quarter of an hour are drawn as a whole, later ones are added up from their
// seconds, as the exporter does it.
import { readFileSync } from 'node:fs';

export const STATES = ['idle', 'busy', 'faulty', 'dead', 'sidecar', 'hostile'];
/** What a Gateway that is only asked does not tell: its events. */
const EVENTS = ['runs', 'calls', 'failed_calls', 'tokens', 'cost', 'messages', 'deliveries', 'tools', 'run_seconds', 'first_byte_seconds', 'lane', 'sessions', 'trouble', 'gc_seconds', 'rpc'];
/** Thursday, 26 November 2026, 14:13:20 UTC. */
export const NOW = Date.UTC(2026, 10, 26, 14, 13, 20) / 1000;
const MINUTE = 60, HOUR = 3600, DAY = 86_400;
const FINE = 900, COARSE = 1440;

const MODELS = [ // share of calls; tokens of one by kind: input, output, cache_read, cache_write; dollars of one
  { model: 'claude-sonnet-4-6', provider: 'anthropic', share: 0.36, tokens: [640, 195, 10_000, 590], usd: 0.0101 },
  { model: 'claude-opus-4-6', provider: 'anthropic', share: 0.13, tokens: [870, 280, 15_500, 1000], usd: 0.0254 },
  { model: 'gpt-5.2', provider: 'openai', share: 0.27, tokens: [1320, 232, 5900, 0], usd: 0.0066 },
  { model: 'gemini-3-flash', provider: 'google', share: 0.16, tokens: [1730, 173, 2360, 0], usd: 0.0015 },
  { model: 'qwen3:32b', provider: 'ollama', share: 0.08, tokens: [1910, 159, 0, 0], usd: null },
];
const TOOLS = [ // share of executions, failing share, p95
  ['exec', 0.31, 0.021, 8.4], ['read', 0.24, 0.003, 0.04], ['web_fetch', 0.13, 0.034, 5.2], ['memory_search', 0.11, 0.001, 0.32],
  ['edit', 0.08, 0.016, 0.06], ['browser', 0.06, 0.041, 21], ['message', 0.05, 0.002, 1.4], ['image', 0.02, 0.011, 14],
];
const LANES = ['main', 'subagent', 'cron', 'nested'];
const KINDS = ['input', 'output', 'cache_read', 'cache_write'];
const SCRIPT = '<script>document.title="owned"</script>';
const HOSTILE = { model: [SCRIPT, '\u202eevil-4-6', 'x'.repeat(10_240), 'nul\0here\nline', ''], provider: ['<img src=x onerror=alert(1)>', 'a\u2066b', 'very-long-provider-name-without-any-end-in-sight-' + 'z'.repeat(300), 'javascript:alert(1)'] };

/** A number from 0 to 1 that is always the same for the same words. */
function chance(...words) {
  let hash = 2_166_136_261;
  for (const word of words) for (const unit of `${word};`) hash = Math.imul(hash ^ unit.charCodeAt(0), 16_777_619);
  hash = Math.imul(hash ^ hash >>> 15, 2_246_822_507);
  return ((hash ^ hash >>> 13) >>> 0) / 4_294_967_296;
}
/** How many come in a while in which `mean` come usually. */
function arrivals(mean, ...words) {
  if (mean > 20) return Math.max(0, Math.round(mean + Math.sqrt(mean) * (chance(...words) + chance(...words, 1) + chance(...words, 2) - 1.5) * 2));
  let count = 0;
  let left = Math.exp(-mean);
  let sum = left;
  const draw = chance(...words);
  while (draw > sum && count < 60) {
    count += 1;
    left *= mean / count;
    sum += left;
  }
  return count;
}
const wave = (time, seed) => (Math.sin(time / 47 + seed) + Math.sin(time / 131 + 2.3 * seed) + Math.sin(time / 23 + 5 * seed) * 0.5 + Math.sin(time / 3700 + seed)) / 3.5;
const bell = (hour, middle, width) => Math.exp(-((hour - middle) ** 2) / (2 * width * width));
function business(time) {
  const hour = time % DAY / HOUR;
  return 0.07 + 0.62 * bell(hour, 10.6, 1.9) + 0.58 * bell(hour, 15.2, 2.1) + 0.34 * bell(hour, 20.4, 1.5);
}

export class World {
  constructor(state = 'busy', now = state === 'idle' ? NOW - 5 * HOUR - 748 : NOW) {
    this.state = state;
    this.now = now;
    this.started = state === 'idle' ? now - 52 : now - 3 * DAY - 5 * HOUR - 80;
    this.keptFrom = Math.max(this.started, now - DAY);
    this.fineFrom = Math.ceil((now - FINE) / MINUTE) * MINUTE;
    this.instance = 'harbour';
    this.first = 1_000_000 - now;
    this.trouble = { openai: now - 680, stuck: now - 23 * MINUTE, dead: now - 134 };
    this.names = { models: MODELS.map(one => one.model), providers: ['anthropic', 'openai', 'google', 'ollama'], lanes: LANES };
    if (state === 'hostile') {
      this.names = { models: HOSTILE.model, providers: HOSTILE.provider, lanes: [SCRIPT, '\u202elane', 'cron', 'nested'] };
    }
    this.more = [];
    this.seconds = new Map();
    this.minutes = new Map();
  }

  advance(seconds) {
    this.now += seconds;
  }

  /** Another exporter in the same place: it has none of what was. */
  restart() {
    this.started = this.now - 3;
    this.keptFrom = this.started;
    this.first = -this.now;
    this.seconds.clear();
    this.minutes.clear();
  }

  /** A model that was never called before. */
  discover(model) {
    this.more.push({ model, since: this.now });
    this.seconds.clear();
    this.minutes.clear();
  }

  get seq() {
    return this.first + this.now;
  }

  columns() {
    const { models, providers, lanes } = this.names;
    const of = (id, names, how) => names.map(name => ({ id, of: name, how }));
    return [
      ...of('runs', ['completed', 'stopped', 'error'], 'sum'), ...of('calls', providers, 'sum'), ...of('failed_calls', providers, 'sum'),
      ...of('tokens', KINDS, 'sum'), ...of('cost', models.slice(0, 4), 'sum'), ...of('messages', ['received', 'answered', 'failed'], 'sum'),
      ...of('deliveries', ['sent', 'failed'], 'sum'), ...of('tools', ['ended', 'failed'], 'sum'), ...of('run_seconds', ['p50', 'p95'], 'last'),
      ...of('first_byte_seconds', ['p95'], 'last'), ...of('lane', lanes, 'max'), ...of('sessions', ['active', 'waiting', 'queued'], 'last'),
      ...of('trouble', ['stuck', 'stalled', 'loops'], 'sum'), ...of('quota', ['left'], 'last'), ...of('loop_seconds', ['max'], 'max'),
      ...of('memory_bytes', ['rss', 'heap_used'], 'last'), ...of('gc_seconds', [''], 'sum'), ...of('rpc', ['requests'], 'sum'), ...of('scrapes', [''], 'sum'),
      ...this.more.map(({ model }) => ({ id: 'cost', of: model, how: 'sum' })),
    ];
  }

  /** All values of the `length` seconds that end with `time`, in the order of the columns. */
  draw(time, length) {
    const count = this.columns().length;
    if (time < this.keptFrom) return new Array(count).fill(null);
    const isFaulty = this.state === 'faulty';
    const isIdle = this.state === 'idle';
    const isBad = isFaulty && time > this.trouble.openai;
    const isDead = this.state === 'dead' && time > this.trouble.dead;
    const busy = isIdle ? 0 : business(time);
    const rate = 9.6 * busy / MINUTE * length * (1 + 0.35 * wave(time, 1));
    const runs = arrivals(rate, time, length, 'runs');
    const errors = arrivals(rate * (isBad ? 0.09 : 0.004), time, length, 'errors');
    const stopped = arrivals(rate * 0.012, time, length, 'stopped');
    const calls = MODELS.map((one, i) => arrivals(rate * 2.7 * one.share * (isBad && one.provider === 'anthropic' ? 1.22 : 1) * (1 + 0.3 * wave(time, i + 2)), time, length, one.model));
    const failed = MODELS.map((one, i) => {
      const share = isBad && one.provider === 'openai' ? 0.38 : 0.004;
      let lost = 0;
      for (let k = 0; k < calls[i]; k++) if (chance(time, k, i, 'fails') < share) lost += 1;
      return lost;
    });
    const by = (provider, list) => MODELS.reduce((all, one, i) => all + (one.provider === provider ? list[i] : 0), 0);
    const providers = ['anthropic', 'openai', 'google', 'ollama'];
    const good = calls.map((all, i) => all - failed[i]);
    const tokens = KINDS.map((_, k) => Math.round(MODELS.reduce((all, one, i) => all + one.tokens[k] * good[i] * (0.85 + 0.3 * chance(time, k, i)), 0)));
    const cost = MODELS.slice(0, 4).map((one, i) => good[i] * one.usd * (0.8 + 0.4 * chance(time, i, 'usd')));
    const received = Math.round(runs * 0.78);
    const unanswered = isBad && received > 0 && chance(time, 'unanswered') < 0.12 ? 1 : 0;
    const tools = arrivals(rate * 3.3, time, length, 'tools');
    const slow = isBad ? 1 + 1.15 * Math.min(1, (time - this.trouble.openai) / 240) : 1;
    const load = 0.8 + 0.35 * busy;
    const known = isIdle ? null : 1;
    const p95 = known && 20.5 * load * (1 + 0.06 * wave(time, 9)) * slow;
    const lanes = LANES.map((_, i) => isIdle ? 0 : Math.max(0, Math.round([1.3, 0.7, 0.2, 0.12][i] * busy * (isBad && i === 0 ? 3.4 : 1) * (1 + 1.6 * wave(time * 2, i + 20)))));
    const quota = isIdle ? null : Math.max(0, isFaulty ? 0.06 + (this.now - time) / (3.2 * HOUR) * 0.94 : 0.62 + (this.now - time) / (3.2 * HOUR) * 0.38);
    const rss = (isIdle ? 218 + (time - this.started) * 0.05 : 402 + (time / 31 % 46) + 4 * wave(time, 30)) * 1_048_576;
    const values = [
      runs, stopped, errors, ...providers.map(one => by(one, calls)), ...providers.map(one => by(one, failed)), ...tokens, ...cost,
      received, received - unanswered, unanswered && chance(time, 'lost') < 0.5 ? 1 : 0, Math.round(received * 1.22), 0, tools, arrivals(tools * 0.015, time, 'tools fail'),
      known && 6.4 * load * (1 + 0.05 * wave(time, 8)) * (1 + (slow - 1) * 0.35), p95, known && 1.55 * load * (1 + 0.08 * wave(time, 10)) * (1 + (slow - 1) * 0.8),
      ...lanes, isIdle ? 0 : 4 + Math.round(2 * wave(time, 40)), isIdle ? 0 : 2, lanes.reduce((all, one) => all + one),
      isFaulty && time - length < this.trouble.stuck && this.trouble.stuck <= time ? 1 : isFaulty && Math.floor(time / 300) !== Math.floor((time - length) / 300) && time > this.trouble.stuck ? 1 : 0, 0, arrivals(isFaulty ? length / 9000 : 0, time, 'loops'),
      quota === null ? null : Math.min(1, quota % 1.0001), (isIdle ? 0.02 : 0.028 + 0.02 * busy) * (1 + 0.6 * wave(time, 33)) + (chance(time, 'spike') < 0.004 ? 0.08 : 0),
      rss, rss * (0.46 + 0.06 * wave(time, 35)), length * (isIdle ? 0.004 : 0.011 + 0.012 * busy) * (1 + 0.5 * Math.abs(wave(time, 36))), arrivals(length * (isIdle ? 0.2 : 0.9), time, length, 'rpc'),
    ].map(value => isDead ? null : value);
    values.push(length === 1 ? Number(time % 15 === 0) : length / 15);
    if (this.state === 'sidecar') this.columns().forEach(({ id }, i) => { if (EVENTS.includes(id)) values[i] = null; });
    for (const { since } of this.more) values.push(time <= since ? null : 0.02 * length);
    return values;
  }

  second(time) {
    let values = this.seconds.get(time);
    if (values === undefined) {
      values = this.draw(time, 1);
      this.seconds.set(time, values);
      if (this.seconds.size > 4000) this.seconds.delete(this.seconds.keys().next().value);
    }
    return values;
  }

  /** The minute that ends at `end`, as far as it has passed. */
  minute(end) {
    const isOver = end <= this.now;
    const there = isOver ? this.minutes.get(end) : undefined;
    if (there !== undefined) return there;
    let values;
    if (end - MINUTE < this.fineFrom) values = this.draw(end, MINUTE);
    else {
      const columns = this.columns();
      const seconds = [];
      for (let time = end - MINUTE + 1; time <= Math.min(end, this.now); time++) seconds.push(this.second(time));
      values = columns.map(({ how }, i) => {
        const known = seconds.map(one => one[i]).filter(value => value !== null);
        if (known.length === 0) return null;
        return how === 'sum' ? known.reduce((all, value) => all + value) : how === 'max' ? Math.max(...known) : seconds.at(-1)[i];
      });
    }
    if (isOver) this.minutes.set(end, values);
    return values;
  }

  /** The document `ui/data`. */
  data(since = null) {
    const columns = this.columns();
    const isFull = since === null || since > this.seq || since < this.seq - FINE || since < this.first + this.started - 1;
    const from = isFull ? this.now - FINE : since - this.first;
    const running = Math.ceil(this.now / MINUTE) * MINUTE;
    const fine = [];
    for (let time = from + 1; time <= this.now; time++) fine.push(this.second(time));
    const coarse = [];
    const firstMinute = isFull ? running - (COARSE - 1) * MINUTE : Math.ceil(Math.max(from, 1) / MINUTE) * MINUTE;
    for (let end = firstMinute; end <= running; end += MINUTE) coarse.push(this.minute(end));
    const turned = rows => columns.map((_, i) => rows.map(row => row[i] ?? null));
    return {
      seq: this.seq, full: isFull, at: this.now, demo: this.state !== 'hostile', name: 'openclaw-prometheus', version: '0.3.0', instance: this.state === 'hostile' ? SCRIPT : this.instance, started: this.started,
      verdict: this.verdict(), columns, fine: { at: this.now, step: 1, values: turned(fine) }, coarse: { at: running, step: MINUTE, values: turned(coarse) },
      now: this.figures(), tables: { '15m': this.tables(900), '24h': this.tables(DAY) }, untold: this.untold(),
    };
  }

  total(id, of, length) {
    const index = this.columns().findIndex(column => column.id === id && column.of === of);
    let all = 0;
    if (length <= FINE) for (let time = this.now - length + 1; time <= this.now; time++) all += this.second(time)[index] ?? 0;
    else for (let end = Math.ceil(this.now / MINUTE) * MINUTE, n = 0; n < length / MINUTE; n++, end -= MINUTE) all += this.minute(end)[index] ?? 0;
    return all;
  }

  verdict() {
    const { trouble, now } = this;
    const morning = Math.floor(now / DAY) * DAY + 9 * HOUR;
    const last = this.state === 'busy' ? { says: 'telegram did not deliver', from: morning + 41 * MINUTE, to: morning + 43 * MINUTE } : null;
    const well = { level: 'well', sentence: 'All is well', since: null, findings: [], last };
    const found = findings => ({ level: findings[0].level, sentence: findings[0].says, since: findings[0].since, findings, last: null });
    if (this.state === 'dead') return found([{ kind: 'gateway_gone', level: 'wrong', subject: '', says: 'The Gateway does not answer', note: 'The exporter lives, and looks again each 5 seconds', since: trouble.dead, block: 'gateway' }]);
    if (this.state === 'hostile') return found([{ kind: 'provider_fails', level: 'wrong', subject: HOSTILE.provider[0], says: `${HOSTILE.provider[0]} fails: 38 % of calls`, note: SCRIPT + '\u202e' + 'n'.repeat(10_240), since: now - 600, block: 'failures' },
      { kind: 'cron', level: 'watch', subject: HOSTILE.model[2], says: HOSTILE.model[2] + '\0 is late', note: '', since: null, block: 'cron' }]);
    if (this.state !== 'faulty') return well;
    return found([
      { kind: 'provider_fails', level: 'wrong', subject: 'openai', says: 'openai fails: 38 % of calls', note: 'The provider is overloaded. Most of its failed calls go on with anthropic; runs take 2.2 times the usual', since: trouble.openai, block: 'failures' },
      { kind: 'session_stuck', level: 'wrong', subject: 'stuck', says: 'a session is stuck', note: 'Agent ops on discord waits for the tool browser', since: trouble.stuck, block: 'waiting' },
      { kind: 'cron_fails', level: 'wrong', subject: 'repo-watch', says: 'repo-watch fails: 4 times in a row', note: 'The last time it took too long', since: Math.floor(now / DAY) * DAY + 11 * HOUR, block: 'cron' },
      { kind: 'slow', level: 'watch', subject: '', says: 'runs are slow: p95 is 2.2 times the usual', note: '', since: trouble.openai + 120, block: 'speed' },
      { kind: 'quota', level: 'watch', subject: 'anthropic 5 h', says: 'quota of anthropic: 6 % left', note: 'It resets at 16:00; at this pace it is gone at 14:31', since: now - 42 * MINUTE, block: 'quota' },
      { kind: 'channel_silent', level: 'watch', subject: 'whatsapp', says: 'whatsapp is silent', note: 'Usually a message comes each 6 minutes', since: now - 3 * HOUR - 41 * MINUTE, block: 'channels' },
      { kind: 'label_leak', level: 'watch', subject: 'openclaw_webhook_received_total', says: 'label webhook grows: 1,204 series in an hour', note: 'There is room for 11 hours', since: now - 65 * MINUTE, block: 'exporter' },
    ]);
  }

  figures() {
    const { state, now } = this;
    const isIdle = state === 'idle';
    const isFaulty = state === 'faulty';
    const isDead = state === 'dead' || state === 'sidecar';
    const columns = this.columns();
    const last = (id, of) => this.second(now)[columns.findIndex(column => column.id === id && column.of === of)] ?? null;
    const midnight = Math.floor(now / DAY) * DAY;
    const spent = columns.filter(column => column.id === 'cost').reduce((all, { of }) => all + this.total('cost', of, now - midnight), 0);
    return {
      window: 300,
      gateway: { version: '2026.6.6', up: isDead ? null : now - this.started + 4, answers: state !== 'dead' },
      seconds: { run: { p50: last('run_seconds', 'p50'), p95: last('run_seconds', 'p95'), usual: isIdle ? null : 21 }, first_byte: { p95: last('first_byte_seconds', 'p95') }, message: { p50: isIdle || isDead ? null : isFaulty ? 9.5 : 6.5, p95: isIdle || isDead ? null : 24 } },
      oldest: { run: isIdle || isDead ? null : 74, model_call: isIdle || isDead ? null : 11, tool: isIdle || isDead ? null : isFaulty ? 1380 : 6, lane: isIdle || isDead ? null : { name: this.names.lanes[0], seconds: isFaulty ? 96 : 4 } },
      budget: isIdle ? null : 120, today: isIdle ? { usd: 0, from: this.started } : { usd: spent, from: midnight },
      exporter: {
        series: isIdle ? 150 : 3270, series_limit: 16_384, label_bytes: isIdle ? 4100 : isFaulty ? 402_000 : 61_000, label_bytes_limit: 1_048_576, page_bytes: isIdle ? 61_000 : 412_000, render_seconds: isIdle ? 0.0004 : 0.0019,
        refused: isFaulty ? 3 : 0, last_scrape: isIdle ? null : now - now % 15, history_bytes: 1_480_000, history_limit: 4_194_304,
        collectors: ['channels.status', 'cron.list', 'models.list', 'usage.cost', 'node', 'process', ...isFaulty ? ['health', 'sessions.list', 'system.info'] : []].map((name, i) => ({ name, well: state !== 'dead' && !(isFaulty && i === 3), error: state === 'dead' ? 'no answer in 5 s' : isFaulty && i === 3 ? 'the answer was cut off' : null })),
      },
      warnings: isFaulty ? ['Series of openclaw_webhook_received_total were refused: raise maxSeries, or drop the label webhook'] : state === 'hostile' ? [SCRIPT + '\u202e'] : [],
    };
  }

  tables(length) {
    const { state, now } = this;
    const isIdle = state === 'idle' || state === 'sidecar';
    const isFaulty = state === 'faulty';
    const { models, providers, lanes } = this.names;
    const known = value => isIdle ? null : value;
    const calls = providers.map(one => this.total('calls', one, length));
    const failed = providers.map(one => this.total('failed_calls', one, length));
    const names = ['anthropic', 'openai', 'google', 'ollama'];
    const rows = MODELS.map((one, i) => {
      const at = names.indexOf(one.provider);
      const part = one.share / MODELS.filter(other => other.provider === one.provider).reduce((all, other) => all + other.share, 0);
      const mine = Math.round(calls[at] * part);
      return { model: models[i], provider: providers[at], calls: mine, failed: Math.round(failed[at] * part), tokens: mine * one.tokens.reduce((all, n) => all + n), usd: one.usd === null ? null : this.total('cost', models[i], length), p95: mine > 0 ? [21.6, 9.8, 17.2, 5.9, 24.1, 3.3][i % 6] : null };
    });
    const runs = this.total('runs', 'completed', length);
    const ended = this.total('tools', 'ended', length);
    const received = this.total('messages', 'received', length);
    const usd = rows.reduce((all, row) => all + (row.usd ?? 0), 0);
    const quotas = isIdle ? [null, null, null, null] : [[{ window: '5 h', left: isFaulty ? 0.06 : 0.62, resets: now + 6400, empty: now + (isFaulty ? 1020 : 11_000), lasts: !isFaulty }, { window: 'week', left: 0.88, resets: now + 3.8 * DAY, empty: null, lasts: null }], [{ window: 'week', left: 0.81, resets: now + 3.8 * DAY, empty: null, lasts: true }], null, null];
    const auths = [['ok', now + 23 * DAY], ['static', null], ['ok', now + 61 * DAY], null];
    const midnight = Math.floor(now / DAY) * DAY;
    return {
      models: isIdle ? [] : rows,
      providers: providers.map((provider, i) => ({ provider, calls: calls[i], failed: failed[i], failovers: isFaulty && i === 1 ? 19 : 0, p95: known([21.2, isFaulty ? 35.5 : 14.8, 6.1, 22.4][i]), first_byte_p95: known([1.6, isFaulty ? 2.3 : 1.1, 0.6, 0.4][i]), quotas: quotas[i], auth: auths[i] && { status: auths[i][0], expires: auths[i][1] } })),
      tools: isIdle ? [] : TOOLS.map(([tool, share, fails, p95], i) => ({ tool: state === 'hostile' && i === 0 ? SCRIPT : tool, ended: Math.round(ended * share), failed: Math.round(ended * share * fails), blocked: i === 0 ? 1 : 0, loops: isFaulty && i === 5 ? 2 : 0, p95 })),
      agents: isIdle ? [] : ['main', 'ops', 'research', 'home'].map((agent, i) => ({ agent, runs: Math.round(runs * [0.6, 0.22, 0.12, 0.06][i]), failed: isFaulty && i === 1 ? 4 : 0, calls: Math.round(runs * 2.7 * [0.6, 0.22, 0.12, 0.06][i]), tokens: Math.round(runs * 29_000 * [0.6, 0.22, 0.12, 0.06][i]), usd: i === 3 ? null : usd * [0.64, 0.22, 0.14][i] })),
      channels: [['telegram', 'default'], ['whatsapp', 'family'], ['discord', 'ops'], ['slack', 'acme'], ['signal', state === 'hostile' ? '\u202e\0' + SCRIPT : 'default']].map(([channel, account], i) => {
        const isSilent = isFaulty && i === 1;
        const isOff = i === 4;
        const count = part => isOff ? null : isSilent ? 0 : Math.round(part);
        return { channel, account, linked: !isOff, running: !isOff, connected: !isOff, last_in: isIdle ? null : isOff ? now - 9 * DAY : isSilent ? now - 3 * HOUR - 41 * MINUTE : now - [8, 47, 131, 402][i], last_out: isIdle ? null : isOff ? now - 9 * DAY : isSilent ? now - 3 * HOUR - 40 * MINUTE : now - [14, 39, 120, 396][i], received: count(received * [0.46, 0.27, 0.19, 0.08][i]), sent: count(received * 1.2 * [0.46, 0.27, 0.19, 0.08][i]), failed: isOff ? null : 0 };
      }),
      cron: [['morning-brief', 7, DAY, 48.2], ['inbox-triage', 14, 900, 12.6], ['repo-watch', 14, HOUR, 31], ['memory-tidy', 3.5, DAY, 204], ['weekly-report', 8, 7 * DAY, 96.4]].map(([job, hour, every, took], i) => {
        const last = midnight + hour * HOUR;
        const next = last + Math.ceil(Math.max(1, now - last) / every) * every;
        return { job: state === 'hostile' && i === 0 ? HOSTILE.model[2] : job, enabled: i !== 4 || !isFaulty, running: false, last: isIdle ? null : last, took: known(took), ended: isIdle ? null : isFaulty && i === 2 ? 'error' : 'ok', failures: isIdle ? null : isFaulty && i === 2 ? 4 : 0, next, overdue: null, why: isFaulty && i === 2 ? 'timeout' : null };
      }),
      sessions: [['active', isIdle ? 0 : isFaulty ? 6 : 4], ['queued', isIdle ? 0 : 1], ['waiting', isIdle ? 0 : 2], ['stuck', isFaulty ? 1 : 0], ['idle', isIdle ? 0 : 138]].map(([name, count]) => ({ state: name, count })),
      lanes: state === 'sidecar' ? [] : lanes.map((lane, i) => ({ lane, entries: isIdle ? 0 : isFaulty && i === 0 ? 3 : [1, 0, 0, 0][i], oldest: isIdle ? null : i > 0 ? null : isFaulty ? 96 : 4, p95: known([3.1, 1.2, 0.4, 0.2][i] * (isFaulty && i === 0 ? 11 : 1)), limit: [4, 8, 2, 4][i] })),
    };
  }

  untold() {
    if (this.state === 'idle') return [{ block: 'quota', why: 'first asked for 60 s after the start' }, { block: 'cost', why: 'no budget is set' }];
    if (this.state === 'sidecar') return ['answering', 'failures', 'speed', 'waiting', 'runs'].map(block => ({ block, why: 'Only the plugin hears of it: this exporter asks the Gateway, and no event comes to it.' }));
    return [{ block: 'quota', why: 'google and ollama tell none' }, { block: 'cost', why: 'qwen3:32b has no price' }, { block: 'gateway', why: 'CPU by worker is told since 2026.7' }, ...this.state === 'hostile' ? [{ block: 'cron', why: SCRIPT }] : []];
  }

  /** The document `ui/families`. */
  families(name = null) {
    const isIdle = this.state === 'idle';
    const families = catalogue().map(one => {
      const luck = chance(one.name);
      const isLeak = this.state === 'faulty' && one.name === 'openclaw_webhook_received_total';
      const isQuiet = /talk_|payload_large|liveness|recovery|stalled|long_running|compaction|subagent|pairing|dropped|refused|loops|suppressed|images/.test(one.name) || isIdle && one.labels.length > 1;
      const series = isQuiet && !isLeak ? 0 : isLeak ? 1638 : one.labels.length === 0 ? 1 : Math.max(2, Math.round(one.labels.length ** 1.6 * (2 + 12 * luck)));
      const grown = isLeak ? 1204 : one.labels.length > 2 && luck > 0.75 ? Math.round(luck * luck * 7) : 0;
      const value = series === 0 ? null : one.kind === 'counter' ? Math.round(Math.exp(luck * 11)) : series > 1 || one.kind === 'histogram' ? null
        : /timestamp|start_time/.test(one.name) ? this.now - 3 : /bytes/.test(one.name) ? 2 ** (16 + 12 * luck) : /_ratio$/.test(one.name) ? luck : Math.round(luck * 40);
      return { ...one, series, hour_ago: isIdle ? null : Math.max(0, series - grown), value, refused: isLeak ? 3 : 0 };
    }).sort((a, b) => a.name < b.name ? -1 : 1);
    if (name === null) return { at: this.now, families };
    const family = families.find(one => one.name === name);
    if (family === undefined) return null;
    const many = label => family.series > 1000 && label === 'webhook' ? 1231 : Math.max(1, Math.min(family.series, 2 + Math.round(chance(label) * 6)));
    const text = (label, i) => this.state === 'hostile' ? [SCRIPT, '\u202e' + label, 'w'.repeat(10_240), 'a\0b'][i % 4] : label === 'webhook' ? `upd-${Math.floor(chance(i) * 4e9).toString(16)}` : `${label}-${i % many(label)}`;
    const top = Array.from({ length: Math.min(50, family.series) }, (_, i) => ({ labels: Object.fromEntries(family.labels.map(label => [label, text(label, i)])), value: Math.max(1, Math.round((family.value ?? 400) / (i + 2) ** 1.3)) }));
    return { at: this.now, families: [{ ...family, label_values: Object.fromEntries(family.labels.map(label => [label, many(label)])), top }] };
  }
}

let read = null;
/** The families as the plugin's document lists them, so that names, helps and labels are real. */
function catalogue() {
  if (read !== null) return read;
  const lines = readFileSync(new URL('../../plugin/METRICS.md', import.meta.url), 'utf8').split('\n');
  const seen = new Map();
  for (const line of lines) {
    const [, name, kind, labels, help] = line.match(/^\| `([a-z_0-9]+)` \| (counter|gauge|histogram) \| [a-z_]+ \| ([^|]*) \| (.*) \|$/) ?? [];
    if (name === undefined || seen.has(name)) continue;
    const unit = /_(seconds|bytes|ratio)(_total)?$/.exec(name)?.[1] ?? null;
    seen.set(name, { name, kind, help: help.replace(/ \(replaces .*$/, ''), unit, labels: [...labels.matchAll(/`([^`]+)`/g)].map(match => match[1]) });
  }
  return read = [...seen.values()];
}

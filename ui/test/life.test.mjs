// How the page lives: its token, its news and the lack of them, its keys, and what others may put into it.
//
// The pauses of the page are made a hundred times shorter, and the invented clock goes on with each question, so that
// hours of a tab pass within seconds.
import assert from 'node:assert/strict';
import test, { after, before, beforeEach, afterEach } from 'node:test';
import { launch, open, shown } from './browser.mjs';
import { serve } from './server.mjs';
import { NOW, World } from './world.mjs';

let browser, site, opened;
before(async () => { browser = await launch(); });
after(() => browser.close());
beforeEach(() => { opened = []; });
afterEach(async () => {
  for (const close of opened) await close();
});

/** Opens the page; `hurry` divides its pauses. */
async function visit({ state = 'busy', token = null, prefix = '', address = '', hurry = 1, ...how } = {}) {
  site = await serve({ world: new World(state), token, prefix });
  const { page, complaints, close } = await open(browser, how);
  opened.push(close, site.close);
  await page.evaluateOnNewDocument(hurry => {
    const wait = window.setTimeout;
    window.setTimeout = (act, pause, ...rest) => wait(act, pause / hurry, ...rest);
  }, hurry);
  await page.goto(site.address + address);
  return { page, complaints };
}
const text = (page, selector) => page.$eval(selector, part => part.textContent);
const until = (page, selector, words) => page.waitForFunction((selector, words) => document.querySelector(selector)?.textContent.includes(words), { timeout: 8000 }, selector, words);

test('a token of the address is used, kept for the tab, and gone from the address', async () => {
  const { page, complaints } = await visit({ token: 'right+%', address: '#token=right%2B%25' });
  await shown(page);
  assert.equal(await page.evaluate(() => location.href), site.address);
  assert.equal(await page.evaluate(() => localStorage.length), 0);
  await page.reload();
  await shown(page);
  assert.ok(site.asked.every(asked => !asked.includes('right')), 'the token is in no address');
  assert.deepEqual(complaints, []);
});

test('without a token a form asks for it, a wrong one is told, and the right one opens', async () => {
  const { page } = await visit({ token: 'right' });
  await page.waitForSelector('#ask:not([hidden])');
  assert.equal(await text(page, '#sentence'), 'This page needs a token.');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'token');
  await page.keyboard.type('guessed');
  await page.keyboard.press('Enter');
  await until(page, '#sentence', 'not the right one');
  await page.keyboard.type('right');
  await page.keyboard.press('Enter');
  await shown(page);
  assert.equal(await page.$eval('#ask', form => form.hidden), true);
});

test('a token that no header can hold is wrong, and breaks nothing', async () => {
  const { page } = await visit({ token: 'right', address: '#token=%E2%82%AC%0A' });
  await page.waitForSelector('#ask:not([hidden])');
  await until(page, '#sentence', 'token');
});

test('a token that becomes wrong while the page is open asks for another', async () => {
  const { page } = await visit({ token: 'right', address: '#token=right', hurry: 20 });
  await shown(page);
  site.token = 'other';
  await until(page, '#sentence', 'not the right one');
  await page.type('#token', 'other');
  await page.keyboard.press('Enter');
  await shown(page);
  await until(page, '#sentence', 'All is well.');
});

for (const prefix of ['/metrics', '/deep/er/proxy']) {
  test(`beneath ${prefix} the page asks beside itself`, async () => {
    const { page, complaints } = await visit({ prefix });
    await shown(page);
    assert.ok(site.asked[0].startsWith(`${prefix}/ui/data`));
    assert.deepEqual(complaints, []);
  });
}

for (const failing of [503, 'cut']) {
  test(`without news (${failing}) the page goes grey, keeps its numbers, says how old they are, and comes back`, async () => {
    const { page } = await visit({ hurry: 20 });
    await shown(page);
    const before = await text(page, '#v-answering .figures');
    site.failing = failing;
    await page.waitForSelector('.stale', { timeout: 8000 });
    assert.match(await text(page, '#sentence'), /^No news from the exporter, since 14:13:20$/);
    assert.match(await text(page, '#note'), /What stands below is \d+\s?s old\./);
    assert.match(await page.title(), /^▲ No news/);
    assert.equal(await text(page, '#v-answering .figures'), before);
    site.failing = null;
    await page.waitForFunction(() => !document.documentElement.classList.contains('stale'), { timeout: 8000 });
    assert.equal(await text(page, '#sentence'), 'All is well.');
    assert.match(await text(page, '#link'), /^live/);
  });
}

test('before the first answer a failure is told, and the page opens once there is one', async () => {
  site = await serve({ world: new World('busy') });
  const { page, close } = await open(browser);
  opened.push(close, site.close);
  site.failing = 503;
  await page.goto(site.address);
  await until(page, '#sentence', 'No answer from the exporter');
  site.failing = null;
  await shown(page);
});

test('an exporter that starts anew is taken as it is', async () => {
  const { page, complaints } = await visit({ hurry: 20 });
  await shown(page);
  site.world.restart();
  site.world.advance(20);
  await page.waitForFunction(() => document.querySelector('#exporter').textContent.includes('23'), { timeout: 8000 });
  const count = Number(await text(page, '#v-answering .figures dd'));
  assert.ok(count < 20, `${count} messages in 23 seconds`);
  assert.deepEqual(complaints, []);
});

test('a model that appears later has its curve, and a row that vanishes is gone', async () => {
  const { page, complaints } = await visit({ hurry: 20 });
  await shown(page);
  site.world.discover('newcomer');
  const { tables } = site.world;
  site.world.tables = function (length) {
    const all = tables.call(this, length);
    return { ...all, models: all.models.slice(1) };
  };
  // It is the fifth, so it is among the others.
  assert.doesNotMatch(await text(page, '#spending .legend'), /other/);
  site.world.advance(30);
  await until(page, '#spending .legend', 'other');
  await page.waitForFunction(() => !document.querySelector('#models').textContent.includes('claude-sonnet-4-6'), { timeout: 8000 });
  assert.deepEqual(complaints, []);
});

test('a clock that is wrong on either side does not matter', async () => {
  site = await serve({ world: new World('busy', NOW - 40 * 86_400) });
  const { page, close } = await open(browser);
  opened.push(close, site.close);
  await page.goto(site.address);
  await shown(page);
  assert.match(await text(page, '#link'), /read at 14:13:20/);
  assert.match(await text(page, '#channels'), /8.s ago/);
});

test('now does not depend on the range, counts do, and the range is kept', async () => {
  const { page } = await visit();
  await shown(page);
  const now = async () => page.$$eval('#v-speed .figures dd, #v-quota .figures dd, #v-waiting .figures div:first-child dd, #sentence, #runs .legend b', all => all.map(one => one.textContent));
  const before = [await now(), await text(page, '#v-answering .figures')];
  await page.keyboard.press('r');
  assert.deepEqual(await now(), before[0]);
  assert.notEqual(await text(page, '#v-answering .figures'), before[1]);
  await page.reload();
  await shown(page);
  assert.equal(await page.$eval('[data-range="24h"]', one => one.getAttribute('aria-pressed')), 'true');
});

test('the theme follows the system until t switches it, and is kept', async () => {
  const { page } = await visit({ theme: 'dark' });
  await shown(page);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  assert.equal(await ground(), 'rgb(17, 20, 24)');
  await page.keyboard.press('t');
  assert.equal(await ground(), 'rgb(253, 253, 252)');
  await page.reload();
  assert.equal(await ground(), 'rgb(253, 253, 252)');
});

test('a browser that keeps nothing shows the page all the same', async () => {
  site = await serve({ world: new World('busy'), token: 'right' });
  const { page, complaints, close } = await open(browser);
  opened.push(close, site.close);
  await page.evaluateOnNewDocument(() => {
    for (const name of ['sessionStorage', 'localStorage']) Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } });
  });
  await page.goto(`${site.address}#token=right`);
  await shown(page);
  await page.keyboard.press('t');
  await page.keyboard.press('r');
  assert.deepEqual(complaints, []);
});

test('all can be done by keys: skip, range, theme, charts, families', async () => {
  const { page } = await visit({ state: 'faulty' });
  await shown(page);
  const active = () => page.evaluate(() => document.activeElement.id || document.activeElement.className || document.activeElement.tagName);
  await page.keyboard.press('Tab');
  assert.equal(await active(), 'skip');
  await page.keyboard.press('Enter');
  assert.equal(await active(), 'now');
  const reached = new Set();
  for (let i = 0; i < 120; i++) {
    await page.keyboard.press('Tab');
    const { name, ring } = await page.evaluate(() => {
      const { activeElement: one } = document;
      return { name: one.closest('article')?.id || one.id || one.textContent.slice(0, 20), ring: getComputedStyle(one).outlineStyle };
    });
    if (name !== '') {
      reached.add(name);
      assert.equal(ring, 'solid', `${name} shows that it has the focus`);
    }
    if (name === 'find') break;
  }
  for (const name of ['v-answering', 'runs', 'latency', 'tokens', 'models', 'cron', 'memory', 'exporter', 'find']) assert.ok(reached.has(name), `${name} was not reached`);

  await page.waitForSelector('.family');
  await page.keyboard.type('webhook received');
  await page.keyboard.press('ArrowDown');
  assert.equal(await active(), 'opener');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.detail .query');
  assert.match(await text(page, '.detail'), /1,231/);
  assert.match(await text(page, '.detail .query'), /by \(webhook\)/, 'by the label that leaks');
  await page.keyboard.press('Escape');
  assert.equal(await page.$eval('#find', input => input.value), '');
  await page.focus('#theme');
  await page.keyboard.press('/');
  assert.equal(await active(), 'find');

  await page.focus('#latency .plot');
  const value = () => page.$eval('#latency .plot', plot => plot.getAttribute('aria-valuetext'));
  assert.match(await value(), /^Now: run p95/);
  await page.keyboard.press('ArrowLeft');
  assert.match(await value(), /^14:13:15: run p95/);
  assert.equal(await text(page, '#runs .time'), '14:13:15', 'the others show the same moment');
  assert.match(await text(page, '#v-speed .note'), /^At 14:13:15:p95/);
  await page.keyboard.press('Home');
  assert.match(await value(), /^13:58:20: /);
  await page.keyboard.press('Escape');
  assert.match(await value(), /^Now: /);
});

test('the keys of single letters can be switched off, and stay so', async () => {
  const { page } = await visit();
  await shown(page);
  const range = () => page.$eval('#range [aria-pressed=true]', one => one.dataset.range);
  await page.focus('#keys button');
  await page.keyboard.press('Enter');
  await page.keyboard.press('r');
  assert.equal(await range(), '15m');
  await page.reload();
  await shown(page);
  await page.keyboard.press('r');
  assert.equal(await range(), '15m');
  await page.click('#keys button');
  await page.keyboard.press('r');
  assert.equal(await range(), '24h');
});

test('focus, an open family and a moment stay while answers come', async () => {
  const { page } = await visit({ hurry: 20 });
  await shown(page);
  await page.$eval('#families', section => section.scrollIntoView());
  await page.waitForSelector('.family');
  await page.click('.family .opener');
  await page.waitForSelector('.detail .query');
  await page.focus('#runs .plot');
  for (let i = 0; i < 30; i++) await page.keyboard.press('ArrowLeft');
  const moment = await text(page, '#runs .time');
  const asked = site.asked.length;
  for (let i = 0; i < 5; i++) {
    site.world.advance(2);
    await page.waitForFunction(at => document.querySelector('#link').textContent.includes(at), { timeout: 8000 }, new Date(site.world.now * 1000).toISOString().slice(11, 19));
  }
  assert.ok(site.asked.length >= asked + 5);
  assert.equal(await text(page, '#runs .time'), moment);
  assert.equal(await page.evaluate(() => document.activeElement.closest('article').id), 'runs');
  assert.ok(await page.$('.detail .query'));
});

test('the pointer on one chart shows its moment in all', async () => {
  const { page } = await visit();
  await shown(page);
  const box = await (await page.$('#runs .u-over')).boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await until(page, '#runs .time', '14:05:5');
  const times = await page.$$eval('.time', all => [...new Set(all.map(one => one.textContent))]);
  assert.equal(times.length, 1);
  await page.mouse.move(5, 5);
  await page.waitForFunction(() => document.querySelector('#runs .time').textContent === '');
});

test('while the Gateway does not answer, the first sign says so, and nothing is drawn as 0', async () => {
  const { page } = await visit({ state: 'dead' });
  await shown(page);
  assert.equal(await page.$eval('#v-answering', sign => sign.dataset.level), 'wrong');
  assert.match(await text(page, '#v-answering .note'), /^The Gateway does not answer\./);
  assert.deepEqual([...new Set(await page.$$eval('#runs .legend b, #memory .legend b, #tokens .value', all => all.map(one => one.textContent)))], ['–']);
  assert.match(await text(page, '#gateway'), /Answers.*no/);
});

test('what a Gateway that is only asked does not tell is said, and not drawn as 0', async () => {
  const { page } = await visit({ state: 'sidecar' });
  await shown(page);
  assert.match(await text(page, '#untold-now'), /^Not told: answering, failures, speed, waiting, runs \(Only the plugin hears of it/);
  for (const place of ['#v-answering .note', '#v-failures .note', '#runs .empty', '#tokens', '#waits', '#models .empty', '#lanes .empty']) assert.match(await text(page, place), /Only the plugin hears of it/, place);
  const figures = await page.$$eval('#v-answering dd, #v-failures dd, #v-speed dd, #v-waiting dd', all => all.map(one => one.textContent));
  assert.deepEqual([...new Set(figures)], ['–']);
});

test('a query is copied, and said', async () => {
  const { page } = await visit();
  await shown(page);
  await page.evaluate(() => Object.defineProperty(navigator, 'clipboard', { value: { writeText: async text => { window.copied = text; } } }));
  await page.focus('#runs .copy');
  await page.keyboard.press('Enter');
  await until(page, '#said', 'Copied: sum by (outcome)');
  assert.match(await page.evaluate(() => window.copied), /openclaw_run_completed_total/);
  await page.keyboard.press('r');
  await page.focus('#models .copy');
  await page.keyboard.press('Enter');
  await until(page, '#said', 'openclaw_model_call_total[24h]');
});

test('what others named shows as text, whatever it is', async () => {
  const { page, complaints } = await visit({ state: 'hostile' });
  await shown(page);
  await page.$eval('#families', section => section.scrollIntoView());
  await page.waitForSelector('.family');
  await page.type('#find', '<b>.*');
  await page.waitForFunction(() => document.querySelector('#fam .count').textContent.startsWith('0 of'));
  await page.keyboard.press('Escape');
  await page.click('.family .opener');
  await page.waitForSelector('.detail .series');
  const found = await page.evaluate(() => ({ scripts: document.scripts.length, pictures: document.querySelectorAll('main img, main iframe').length, title: document.title, text: document.body.textContent }));
  assert.equal(found.scripts, 1);
  assert.equal(found.pictures, 0);
  assert.match(found.title, /^▲ <img src=x onerror=alert\(1\)> fails/);
  for (const words of ['<script>document.title="owned"</script>', '⟨U+202E⟩evil-4-6', 'nul⟨U+0000⟩here', '(10,240 characters)']) assert.ok(found.text.includes(words), words);
  assert.doesNotMatch(found.text, /[\u0000\u202e\u2066]/);
  assert.deepEqual(complaints, []);
});

test('a demo says so, and a Gateway that is none does not', async () => {
  const { page } = await visit();
  await shown(page);
  assert.equal(await page.$eval('#demo', badge => badge.hidden), false);
  assert.match(await text(page, '#foot'), /numbers of a demo/);
  site.world.state = 'hostile';
  const real = await open(browser);
  opened.push(real.close);
  await real.page.goto(site.address);
  await shown(real.page);
  assert.equal(await real.page.$eval('#demo', badge => badge.hidden), true);
});

test('what is not known is a dash or a sentence, and unpriced calls are a share', async () => {
  const { page } = await visit({ state: 'idle' });
  await shown(page);
  assert.match(await text(page, '#v-speed .figures dd'), /^–/);
  assert.match(await text(page, '#v-quota .figures dd'), /^–/);
  assert.match(await text(page, '#untold-now'), /quota \(first asked for 60 s after the start\)/);
  const busy = await visit();
  await shown(busy.page);
  assert.match(await text(busy.page, '#v-cost .note'), /8\.\d.% of calls have no price/);
  assert.match(await text(busy.page, '#models'), /qwen3:32b.*no price/s);
});

test('a table says when a quota is empty before its reset, and the p95 of each model', async () => {
  const { page } = await visit({ state: 'faulty' });
  await shown(page);
  assert.match(await text(page, '#providers'), /empty \d\d:\d\d/);
  assert.match(await text(page, '#models'), /p95.*21\.6/s);
  const busy = await visit();
  await shown(busy.page);
  assert.doesNotMatch(await text(busy.page, '#providers'), /empty \d/);
  assert.match(await text(busy.page, '#v-cost'), /today/, 'a day that began at midnight is today');
});

test('a hidden page does not ask, and catches up when it is seen', async () => {
  const { page } = await visit({ hurry: 20 });
  await shown(page);
  const hide = hidden => page.evaluate(hidden => {
    Object.defineProperty(document, 'hidden', { value: hidden, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
  await hide(true);
  // A question that is out may still come; after it there is none, though ten pauses pass.
  await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 4000)));
  const asked = site.asked.length;
  await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 20_000)));
  assert.equal(site.asked.length, asked);
  site.world.advance(3600);
  await hide(false);
  await until(page, '#link', '15:13:20');
});

test('a tab that is open for long grows no more', async () => {
  const { page, complaints } = await visit({ state: 'faulty', hurry: 200 });
  await shown(page);
  const measure = async () => {
    const session = await page.createCDPSession();
    await session.send('HeapProfiler.collectGarbage');
    const { Nodes, JSEventListeners, JSHeapUsedSize } = await page.metrics();
    return { Nodes, JSEventListeners, JSHeapUsedSize };
  };
  const live = async answers => {
    const end = site.asked.length + answers;
    while (site.asked.length < end) {
      site.world.advance(30);
      const asked = site.asked.length;
      while (site.asked.length === asked) await new Promise(resolve => setImmediate(resolve));
    }
  };
  await live(30);
  const first = await measure();
  await live(80);
  const later = await measure();
  assert.ok(later.Nodes < first.Nodes * 1.2 + 200, `nodes: ${first.Nodes}, then ${later.Nodes}`);
  assert.ok(later.JSEventListeners < first.JSEventListeners + 20, `listeners: ${first.JSEventListeners}, then ${later.JSEventListeners}`);
  assert.ok(later.JSHeapUsedSize < first.JSHeapUsedSize * 1.5 + 2e6, `heap: ${first.JSHeapUsedSize}, then ${later.JSHeapUsedSize}`);
  assert.deepEqual(complaints, []);
});

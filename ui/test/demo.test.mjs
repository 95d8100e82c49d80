// The page over the program's own demo: what it says of each fault, and what it does when the program is started anew, asks
// for a token, or has been forgotten in ten tabs. PICTURES=FOLDER keeps a picture of each.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { launch, open, shown } from './browser.mjs';
import { run } from './program.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const FAULTS = readFileSync(new URL('../../cli/data/faults.tsv', import.meta.url), 'utf8').trim().split('\n')
  .filter(line => !line.startsWith('#')).map(line => line.split('\t')).map(([name, , minutes, , , says]) => ({ name, minutes, says }));
const wait = milliseconds => new Promise(resolve => setTimeout(resolve, milliseconds));
const text = (page, selector) => page.$eval(selector, part => part.textContent);
const until = (page, selector, words, timeout = 20_000) =>
  page.waitForFunction((selector, words) => document.querySelector(selector)?.textContent.includes(words), { timeout }, selector, words);

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

async function picture(page, name) {
  if (process.env.PICTURES === undefined) return;
  mkdirSync(process.env.PICTURES, { recursive: true });
  if (process.env.FONT) await page.evaluate(font => { document.body.style.fontFamily = font; }, process.env.FONT);
  if (await page.$('.stale, #ask:not([hidden])') === null) {
    // The families are asked for once they are near.
    await page.$eval('#families', section => section.scrollIntoView());
    await page.waitForSelector('.family');
    await page.evaluate(() => scrollTo(0, 0));
  }
  await wait(400);
  await page.screenshot({ path: join(process.env.PICTURES, `${name}.png`), fullPage: true });
}

async function faults(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(node => `${id}: ${node.html.slice(0, 160)}`));
  });
}

test('of each fault the page says first what the table of faults says, in both themes, without a complaint', async t => {
  const names = ['well', ...FAULTS.map(fault => fault.name)];
  const number = name => `gw-${String(names.indexOf(name) + 1).padStart(3, '0')}`;
  const fleet = await run(['--demo', '--web.listen-address', '127.0.0.1:0', '--instances', String(names.length),
    ...FAULTS.flatMap(({ name, minutes }) => ['--fault', `${name}@${number(name)}:after=-${minutes}m`])]);
  t.after(fleet.stop);
  const seen = async (name, says, theme, width) => {
    const { page, complaints, close } = await open(browser, { theme, width });
    await page.goto(`${fleet.address}/i/${number(name)}/ui`);
    await shown(page);
    // A lost port is found a moment after the program is there to lose it.
    await until(page, '#sentence', says);
    assert.ok((await text(page, '#sentence')).startsWith(says), `${name}: ${await text(page, '#sentence')}`);
    assert.match(await text(page, '#note'), /^[A-Z0-9].*\.$/, name);
    if (theme === 'dark') assert.deepEqual(await faults(page), [], name);
    await picture(page, `${name}-${theme}-${width}`);
    assert.deepEqual(complaints, [], name);
    await close();
  };
  await seen('well', 'All is well.', 'light', 1600);
  await seen('well', 'All is well.', 'dark', 360);
  for (const [at, { name, says }] of FAULTS.entries()) await seen(name, says, ['light', 'dark'][at % 2], [1600, 768, 360][at % 3]);
});

test('an exporter that is started anew is found again by the page that stayed open', async () => {
  const first = await run(['--demo', '--web.listen-address', '127.0.0.1:0']);
  const { page, complaints, close } = await open(browser);
  await page.goto(`${first.address}/ui`);
  await shown(page);
  await first.stop();
  await page.waitForSelector('.stale', { timeout: 20_000 });
  assert.match(await text(page, '#sentence'), /^No news from the exporter/);
  await picture(page, 'exporter-gone');
  const second = await run(['--demo', '--web.listen-address', `127.0.0.1:${first.port}`]);
  await page.waitForFunction(() => !document.documentElement.classList.contains('stale'), { timeout: 40_000 });
  assert.equal(await text(page, '#sentence'), 'All is well.');
  await picture(page, 'exporter-back');
  // Chromium itself tells of an address at which nobody was.
  assert.deepEqual(complaints.filter(words => !words.includes('net::ERR_')), []);
  await close();
  await second.stop();
});

test('with a token the page is open and its data are not, until the right one is given', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'token-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'token'), 'the right one+%\n'.replaceAll(' ', '-'), { mode: 0o600 });
  const config = join(folder, 'config.json');
  writeFileSync(config, JSON.stringify({ port: 0, scrapeAuth: { enabled: true, bearerTokenFile: join(folder, 'token') } }));
  const program = await run(['--demo', '--config', config]);
  t.after(program.stop);
  const { page, close } = await open(browser, { width: 768 });
  await page.goto(`${program.address}/ui#token=wrong`);
  await until(page, '#sentence', 'not the right one');
  await picture(page, 'wrong-token');
  await page.type('#token', 'the-right-one+%');
  await page.keyboard.press('Enter');
  await shown(page);
  assert.equal(await text(page, '#sentence'), 'All is well.');
  await close();
});

test('an event is on the page within three seconds', async t => {
  const program = await run(['--replay', '-', '--web.listen-address', '127.0.0.1:0']);
  t.after(program.stop);
  const call = number => {
    const at = Date.now();
    const event = { type: 'model.call.completed', runId: `run-${number}`, callId: `call-${number}`, provider: 'anthropic', model: 'claude', durationMs: 900, seq: number, ts: at };
    program.input.write(`${JSON.stringify({ event, metadata: { trusted: true } })}\n`);
    return at;
  };
  call(0);
  const { page, close } = await open(browser);
  t.after(close);
  await page.goto(`${program.address}/ui`);
  await shown(page);
  const took = [];
  for (let number = 1; number <= 5; number += 1) {
    // At another moment between two questions of the page each time.
    await wait(390 * number);
    const began = Date.now();
    call(number);
    await page.waitForFunction(calls => [...document.querySelectorAll('#names tr')].some(({ cells }) =>
      cells[0].textContent.startsWith('claude') && [...cells].some(cell => cell.textContent === calls)), { timeout: 10_000, polling: 20 }, `${number + 1}`);
    took.push(Date.now() - began);
  }
  t.diagnostic(`milliseconds from the event to the page: ${took.join(' ')}`);
  assert.ok(Math.max(...took) <= 3000, `${took}`);
});

// Each state of the Gateway, in both themes, at three widths: the page says nothing to the console, breaks no policy,
// has no fault that axe knows, and nothing scrolls sideways.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import test, { after, before } from 'node:test';
import { launch, open, shown } from './browser.mjs';
import { serve } from './server.mjs';
import { STATES, World } from './world.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDTHS = [360, 768, 1600];

let browser;
before(async () => { browser = await launch(); });
after(() => browser.close());

/** Opens the page for one test, and closes it after, however that ends. */
async function visit(t, { state, token = null, ...how }) {
  const site = await serve({ world: new World(state), token });
  t.after(site.close);
  const { page, complaints, close } = await open(browser, how);
  t.after(close);
  await page.goto(site.address);
  await (token === null ? shown(page) : page.waitForSelector('#ask:not([hidden])'));
  return { page, complaints };
}

async function faults(page) {
  await page.evaluate(axe);
  return page.evaluate(async () => {
    const { violations } = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] });
    return violations.flatMap(({ id, nodes }) => nodes.slice(0, 3).map(node => `${id}: ${node.html.slice(0, 160)} ${node.any.map(one => one.message).join('; ').slice(0, 200)}`));
  });
}

/** What is wider than the window, or than what it stands in. */
const tooWide = page => page.evaluate(() => {
  const width = document.documentElement.clientWidth;
  const isCut = part => part.parentElement !== null && (getComputedStyle(part.parentElement).overflowX === 'hidden' && part.parentElement.getBoundingClientRect().right <= width + 1 || isCut(part.parentElement));
  const wide = [...document.querySelectorAll('main *, header *, footer *')].filter(part => {
    const box = part.getBoundingClientRect();
    return box.width > 0 && box.right > width + 1 && !part.closest('.skip, svg, .canvas') && getComputedStyle(part).position !== 'absolute' && !isCut(part);
  }).map(part => `${part.tagName} ${part.className} to ${Math.round(part.getBoundingClientRect().right)}: ${part.textContent.slice(0, 40)}`);
  const tables = [...document.querySelectorAll('table')].filter(table => table.scrollWidth > table.parentElement.clientWidth + 1).map(table => `table ${table.getAttribute('aria-label')}`);
  return [...document.documentElement.scrollWidth > width ? [`the page: ${document.documentElement.scrollWidth}`] : [], ...wide.slice(0, 5), ...tables];
});

async function look(page, complaints, name) {
  await page.$eval('#families', section => section.scrollIntoView());
  await page.waitForSelector('.family');
  await page.click('.family .opener');
  await page.waitForSelector('.detail .query');
  await page.evaluate(() => scrollTo(0, 0));
  assert.deepEqual(await tooWide(page), [], `${name}: too wide`);
  assert.deepEqual(await faults(page), [], `${name}: axe`);
  assert.deepEqual(complaints, [], `${name}: console`);
}

for (const state of STATES) {
  for (const theme of ['light', 'dark']) {
    for (const width of WIDTHS) {
      test(`${state}, ${theme}, ${width}: quiet, lawful, accessible, and nothing scrolls sideways`, async t => {
        const { page, complaints } = await visit(t, { state, width, theme });
        await look(page, complaints, '15 min');
        if (theme === 'light') {
          await page.click('[data-range="24h"]');
          assert.deepEqual(await tooWide(page), [], '24 h: too wide');
          assert.deepEqual(complaints, []);
        }
      });
    }
  }
}

for (const state of STATES) {
  test(`${state}: nothing scrolls sideways at any width, and a chart is as wide as its place`, async t => {
    const { page } = await visit(t, { state });
    for (const width of [320, 430, 481, 640, 701, 900, 1001, 1100, 1321, 1440, 1920, 2560]) {
      await page.setViewport({ width, height: 900 });
      await page.evaluate(() => new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.deepEqual(await tooWide(page), [], `${width}`);
      const [plot, canvas] = await page.$eval('#runs .plot', one => [one.clientWidth, one.querySelector('.uplot').clientWidth]);
      assert.equal(canvas, plot, `${width}`);
    }
  });
}

for (const width of WIDTHS) {
  test(`without a token, ${width}: the form is accessible, and nothing scrolls sideways`, async t => {
    for (const theme of ['light', 'dark']) {
      const { page } = await visit(t, { state: 'busy', token: 'right', width, theme });
      assert.deepEqual(await faults(page), []);
      assert.deepEqual(await tooWide(page), []);
    }
  });
}

test('with what is wrong read without colour, each sign has a shape and a word', async t => {
  const { page } = await visit(t, { state: 'faulty' });
  const signs = await page.$$eval('main .sign', all => all.map(one => [one.getAttribute('aria-label'), one.querySelector('path').getAttribute('d')]));
  assert.ok(signs.length > 10);
  assert.deepEqual([...new Set(signs.map(([word]) => word))].sort(), ['to watch', 'wrong']);
  assert.equal(new Set(signs.map(sign => sign.join())).size, 2);
});

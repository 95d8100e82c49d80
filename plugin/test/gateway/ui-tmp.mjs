import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gateway, ID, TOKEN, unpack } from './gateway.mjs';
import { startProvider } from './provider.mjs';
import { launch, open, shown } from '../../../ui/test/browser.mjs';
const wait = ms => new Promise(r => setTimeout(r, ms));
const folder = mkdtempSync(join(tmpdir(), 'ocp-ui-'));
const provider = await startProvider();
const gateway = await Gateway.create({ paths: [unpack(folder).package], entries: { [ID]: { enabled: true, config: { instance: 'lab' } } }, provider });
await gateway.start();
await gateway.until('exporter', async () => (await gateway.get('/metrics')).status === 200);
const b = await launch();
async function look(name, at, hash) {
  const { page, complaints, close } = await open(b);
  await page.goto(`http://127.0.0.1:${at}/metrics/ui${hash}`);
  await shown(page);
  await page.evaluate(() => { document.body.style.fontFamily = 'Inter'; });
  await page.$eval('#families', s => s.scrollIntoView()); await page.waitForSelector('.family'); await page.evaluate(() => scrollTo(0, 0)); await wait(500);
  console.log(name, JSON.stringify(await page.$eval('#sentence', s => s.textContent)), JSON.stringify(await page.$eval('#note', s => s.textContent)), JSON.stringify(complaints));
  await page.screenshot({ path: `/tmp/shots/${name}.png`, fullPage: true });
  await close();
}
await look('real-first-own', gateway.ownPort, '');
await look('real-first-route', gateway.port, `#token=${TOKEN}`);
for (let i = 0; i < 6; i++) await gateway.turn(i % 2 ? 'hello' : '[read] x', `s-${i}`);
await wait(40000);
await look('real-after-turns', gateway.ownPort, '');
// the Gateway dies
const { page, close } = await open(b);
await page.goto(`http://127.0.0.1:${gateway.ownPort}/metrics/ui`); await shown(page);
await gateway.stop();
await wait(8000);
console.log('dead', await page.$eval('#sentence', s => s.textContent), await page.$eval('#note', s => s.textContent));
await close(); await b.close(); await gateway.remove(); provider.stop();
process.exit(0);

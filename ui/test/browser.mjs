// Starts Chromium: that of the variable CHROMIUM, or one that is installed.
import { accessSync, constants } from 'node:fs';
import puppeteer from 'puppeteer-core';

const PLACES = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome'];

function executable() {
  for (const place of PLACES) {
    if (!place) continue;
    try {
      accessSync(place, constants.X_OK);
      return place;
    } catch {}
  }
  throw new Error('no Chromium was found: set CHROMIUM to one');
}

export const launch = () => puppeteer.launch({ executablePath: executable(), args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--font-render-hinting=none',
  // As with a mouse: without one, what is shown on hovering is always shown.
  '--blink-settings=primaryHoverType=2,availableHoverTypes=2,primaryPointerType=4,availablePointerTypes=4'] });

/** A page in a context of its own, with what it complains of in `complaints`. */
export async function open(browser, { width = 1600, height = 1000, theme = 'light', timezone = 'UTC' } = {}) {
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  const complaints = [];
  page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', error => complaints.push(`error: ${error.message}`));
  await page.evaluateOnNewDocument(() => document.addEventListener('securitypolicyviolation', event => console.error(`policy: ${event.violatedDirective} ${event.blockedURI}`)));
  await page.setViewport({ width, height });
  await page.emulateTimezone(timezone);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
  return { page, complaints, close: () => context.close() };
}

/** Waits until the page shows figures. */
export const shown = page => page.waitForFunction(() => !document.documentElement.classList.contains('closed'), { timeout: 10_000 });

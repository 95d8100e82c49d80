// The signs of the page: a tick, a diamond and a triangle, told apart without colour, and the pictures on buttons.
import type { Level } from './contract.ts';
import { drawn } from './dom.ts';

const SHAPES: Record<Level, [outline: string, within: string]> = {
  well: ['M8 .8a7.2 7.2 0 1 0 0 14.4A7.2 7.2 0 0 0 8 .8Z', 'M4.7 8.3l2.3 2.3 4.4-4.9'],
  watch: ['M8 .6 15.4 8 8 15.4.6 8Z', 'M8 4.6v4.2M8 11v.4'],
  wrong: ['M8 1 15.4 14.4H.6Z', 'M8 5.8v4M8 12v.4'],
};
const WORDS: Record<Level, string> = { well: 'well', watch: 'to watch', wrong: 'wrong' };
const TITLES: Record<Level, string> = { well: '', watch: '◆ ', wrong: '▲ ' };
const INKS: Record<Level, string> = { well: '#17734a', watch: '#c27300', wrong: '#b3261e' };

export function sign(level: Level): SVGSVGElement {
  const [outline, within] = SHAPES[level];
  const line = { fill: 'none', stroke: 'var(--paper)', 'stroke-width': 1.7, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' };
  return drawn('svg', { class: `sign ${level}`, viewBox: '0 0 16 16', role: 'img', 'aria-label': WORDS[level] },
    drawn('path', { d: outline, fill: 'currentColor' }), drawn('path', { d: within, ...line }));
}

export const titleSign = (level: Level): string => TITLES[level];

/** The icon of the tab: it says how it is while the page is behind others. */
export function showIcon(level: Level): void {
  const [outline, within] = SHAPES[level];
  const picture = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="${INKS[level]}" d="${outline}"/>`
    + `<path fill="none" stroke="#fff" stroke-width="1.7" stroke-linecap="round" d="${within}"/></svg>`;
  const address = `data:image/svg+xml,${encodeURIComponent(picture)}`;
  const link = document.querySelector('link[rel=icon]');
  if (link?.getAttribute('href') !== address) link?.setAttribute('href', address);
}

const GLYPHS = {
  copy: 'M5.5 5.5V2.5h8v8h-3M2.5 5.5h8v8h-8Z',
  open: 'M6 3l5 5-5 5',
  sun: 'M8 11.2A3.2 3.2 0 1 0 8 4.8a3.2 3.2 0 0 0 0 6.4ZM8 1v1.6M8 13.4V15M1 8h1.6M13.4 8H15M3 3l1.2 1.2M11.8 11.8 13 13M13 3l-1.2 1.2M4.2 11.8 3 13',
  moon: 'M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7Z',
};
export function glyph(name: keyof typeof GLYPHS): SVGSVGElement {
  return drawn('svg', { class: `glyph glyph-${name}`, viewBox: '0 0 16 16', width: 16, height: 16, fill: 'none', stroke: 'currentColor',
    'stroke-width': 1.4, 'stroke-linejoin': 'round', 'aria-hidden': 'true' }, drawn('path', { d: GLYPHS[name] }));
}

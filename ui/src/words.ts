// Numbers, times and names in the words of the page. A narrow space stands before a unit; what is not known is a dash.
import type { Value } from './contract.ts';

export const DASH = '–';
const NARROW = '\u202f';
const NAME_LENGTH = 160;

const pad = (n: number): string => String(n).padStart(2, '0');
export const whole = (n: number): string => Math.round(n).toLocaleString('en-US');
const orDash = (write: (n: number) => string) => (n: Value | undefined): string => n == null || !Number.isFinite(n) ? DASH : write(n);

export const amount = orDash(n => {
  if (n >= 1e9) return (n / 1e9).toFixed(1) + NARROW + 'G';
  if (n >= 1e6) return (n / 1e6).toFixed(n < 1e7 ? 2 : 1) + NARROW + 'M';
  if (n >= 1e4) return (n / 1e3).toFixed(n < 1e5 ? 1 : 0) + NARROW + 'k';
  return n > -10 && n < 10 && n % 1 !== 0 ? n.toFixed(1) : whole(n);
});
export const dollars = orDash(n => '$' + (n >= 1000 ? whole(n) : n.toFixed(n > 0 && n < 0.005 ? 4 : 2)));
export const percent = orDash(share => (share === 0 ? '0' : share < 0.1 ? (100 * share).toFixed(1) : Math.round(100 * share)) + NARROW + '%');
export const seconds = orDash(n => {
  if (n < 1) return (1000 * n).toFixed(n > 0 && n < 0.00995 ? 1 : 0) + NARROW + 'ms';
  return n < 99.95 ? n.toFixed(1) + NARROW + 's' : span(n);
});
export const bytes = orDash(n => {
  if (n < 1024) return whole(n) + NARROW + 'B';
  if (n < 1_048_576) return Math.round(n / 1024) + NARROW + 'KiB';
  return n < 1_073_741_824 ? (n / 1_048_576).toFixed(n < 104_857_600 ? 1 : 0) + NARROW + 'MiB' : (n / 1_073_741_824).toFixed(1) + NARROW + 'GiB';
});

/** How long, in two units at most: "1 h 46 min". */
export function span(n: number): string {
  const two = (large: number, unit: string, small: number, of: string, isShort: boolean): string =>
    large + NARROW + unit + (isShort && small > 0 ? ' ' + small + NARROW + of : '');
  const s = Math.max(0, Math.floor(n));
  if (s < 60) return s + NARROW + 's';
  if (s < 3600) return two(Math.floor(s / 60), 'min', s % 60, 's', s < 600);
  if (s < 86_400) return two(Math.floor(s / 3600), 'h', Math.floor(s % 3600 / 60), 'min', true);
  return two(Math.floor(s / 86_400), 'd', Math.floor(s % 86_400 / 3600), 'h', s < 4 * 86_400);
}

export const ago = (time: Value, now: number): string => time === null ? 'not yet' : span(now - time) + ' ago';

export function clock(time: number, withSeconds = false): string {
  const date = new Date(time * 1000);
  return pad(date.getHours()) + ':' + pad(date.getMinutes()) + (withSeconds ? ':' + pad(date.getSeconds()) : '');
}

/** The time of day; of another day with its weekday, of another week with its date. */
export function when(time: number, now: number): string {
  const date = new Date(time * 1000);
  if (date.toDateString() === new Date(now * 1000).toDateString()) return clock(time);
  const isNear = Math.abs(time - now) < 6 * 86_400;
  const day = date.toLocaleDateString('en-GB', isNear ? { weekday: 'short' } : { day: 'numeric', month: 'short' });
  return day + ' ' + clock(time);
}

export const several = (n: number, one: string, more = one + 's'): string => (n < 10_000 ? whole(n) : amount(n)) + ' ' + (n === 1 ? one : more);

/**
 * A name as others gave it, so that it can be read whatever it is: control characters and those that turn the direction
 * of writing are shown by their number, and what is very long is cut.
 */
export function plain(name: string | null | undefined, most = NAME_LENGTH): string {
  const text = name ?? '';
  const cut = text.length > most ? text.slice(0, most).replace(/[\ud800-\udbff]$/, '') : text;
  const shown = cut.replace(/[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\p{Cs}/gu, mark => {
    const code = mark.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
  if (text.length > most) return `${shown}… (${whole(text.length)} characters)`;
  return shown.trim() === '' ? '(empty)' : shown;
}

export const capital = (text: string): string => text.replace(/^\p{Ll}/u, letter => letter.toUpperCase());
export const sentence = (text: string): string => text === '' || /[.!?…]$/.test(text) ? text : text + '.';

// The token of a scrape, which the page's questions carry.
//
// It comes with the address as `#token=…`, which is removed at once, or from the form that the page shows when it is
// asked for one. It is kept in this tab's memory, is sent nowhere but to where the page came from, and is forgotten
// when it is wrong.
import { ofTab } from './kept.ts';

const KEY = 'openclaw-ui-token';
let token: string | null = null;

/** Takes the token out of the address, if it is there; otherwise that which the tab has. */
export function findToken(): void {
  const fragment = location.hash.slice(1);
  const given = fragment.startsWith('token=') ? decoded(fragment.slice('token='.length)) : '';
  if (fragment.startsWith('token=')) history.replaceState(history.state, '', location.pathname + location.search);
  if (given !== '') keepToken(given);
  else token ??= ofTab.read(KEY);
}

export function keepToken(given: string): void {
  token = given;
  ofTab.write(KEY, given);
}

export function forgetToken(): void {
  token = null;
  ofTab.forget(KEY);
}

/** The header of a question; nothing without a token. */
export function authorization(): Record<string, string> {
  // A header holds only these: any other token cannot be right, and would stop the question from being asked.
  return token !== null && /^[\x21-\x7e]+$/.test(token) ? { Authorization: `Bearer ${token}` } : {};
}

export const hasToken = (): boolean => token !== null;

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// A line at the foot of the page that says what was just done, and the buttons that copy a query.
import { button, byId } from './dom.ts';
import { glyph } from './signs.ts';

const SHOWN_MILLISECONDS = 2400;
let hiding: ReturnType<typeof setTimeout> | undefined;

export function say(text: string): void {
  const line = byId('said');
  line.textContent = text;
  line.classList.add('on');
  clearTimeout(hiding);
  hiding = setTimeout(() => line.classList.remove('on'), SHOWN_MILLISECONDS);
}

/** Copies its title, which is a query. Where the browser does not let the page, the query is said, to be copied by hand. */
export function copyButton(what: string, query: string): HTMLButtonElement {
  const made = button('copy', `Copy as PromQL: ${what}`, () => {
    const query = made.title;
    const copied = navigator.clipboard?.writeText(query) ?? Promise.reject(new Error('no clipboard'));
    copied.then(() => say(`Copied: ${query}`), () => say(query));
  }, glyph('copy'));
  made.title = query;
  return made;
}

// Light or dark: as the system is, until `t` or the button switches.
import { byId } from './dom.ts';
import { ofBrowser } from './kept.ts';
import { glyph } from './signs.ts';

const KEY = 'openclaw-ui-theme';
const system = matchMedia('(prefers-color-scheme: dark)');
const root = document.documentElement;

const isDark = (): boolean => root.dataset.theme === undefined ? system.matches : root.dataset.theme === 'dark';

/** Calls `changed` each time the colours are others. */
export function followTheme(changed: () => void): void {
  const kept = ofBrowser.read(KEY);
  if (kept === 'light' || kept === 'dark') root.dataset.theme = kept;
  const show = (): void => byId('theme').replaceChildren(glyph(isDark() ? 'sun' : 'moon'));
  const after = (): void => {
    show();
    changed();
  };
  system.addEventListener('change', after);
  byId('theme').addEventListener('click', () => {
    root.dataset.theme = isDark() ? 'light' : 'dark';
    ofBrowser.write(KEY, root.dataset.theme);
    after();
  });
  show();
}

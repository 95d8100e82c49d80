// Keys that work wherever the reader is, unless one types: `/` finds, `r` changes the range, `t` the theme.
//
// A single letter can be said by accident by who speaks to the computer, so the foot of the page switches them off.
import { button, byId, set, write } from './dom.ts';
import { ofBrowser } from './kept.ts';

const KEY = 'openclaw-ui-keys';

/** Listens; the answer is the switch. */
export function listenToKeys(changeRange: () => void): HTMLButtonElement {
  let isOn = ofBrowser.read(KEY) !== 'off';
  const toggle = button('plain', '', () => {
    isOn = !isOn;
    ofBrowser.write(KEY, isOn ? 'on' : 'off');
    show();
  });
  const show = (): void => {
    write(toggle, isOn ? 'Switch keys off' : 'Switch keys on');
    set(document.documentElement, { 'data-keys': isOn ? 'on' : 'off' });
  };
  show();
  addEventListener('keydown', event => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
    if (!isOn || isTyping || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.classList.contains('closed')) return;
    if (event.key === '/') {
      event.preventDefault();
      byId('find').focus();
    }
    if (event.key === 'r') changeRange();
    if (event.key === 't') byId('theme').click();
  });
  return toggle;
}

// Keys that work wherever the reader is, unless one types: `/` finds, `r` changes the range, `t` the theme.
import { byId } from './dom.ts';

export function listenToKeys(changeRange: () => void): void {
  addEventListener('keydown', event => {
    const isTyping = event.target instanceof HTMLElement && event.target.matches('input, textarea, select');
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || document.documentElement.classList.contains('closed')) return;
    if (event.key === '/') {
      event.preventDefault();
      byId('find').focus();
    }
    if (event.key === 'r') changeRange();
    if (event.key === 't') byId('theme').click();
  });
}

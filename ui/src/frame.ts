// What a chart and a list of curves have in common: the rule above, the title, the moment, the query to copy.
import { element } from './dom.ts';
import { copyButton } from './toast.ts';

export interface Frame { element: HTMLElement; time: HTMLElement }
export function frame(options: { id: string; title: string; unit: string; query: string }): Frame {
  const time = element('span', 'time');
  const heading = element('h3', '', options.title, ' ', element('span', 'unit', options.unit));
  const made = element('article', 'chart', element('header', '', heading, time, copyButton(options.title, options.query)));
  made.id = options.id;
  return { element: made, time };
}

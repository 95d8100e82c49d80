// The sentence on top: all is well, or what is not and since when. The server decides; this shows it, and says of itself
// only whether there is news.
import type { Block, Finding, Level } from './contract.ts';
import { byId, element, fill, order, set } from './dom.ts';
import type { Trouble } from './ask.ts';
import { clause, type Reading } from './reading.ts';
import { showIcon, sign, titleSign } from './signs.ts';
import { capital, clock, plain, sentence, span, when } from './words.ts';

/** Where the page shows what a finding is about. */
const PLACES: Record<Block, string> = {
  answering: 'messages', cost: 'models', failures: 'providers', speed: 'latency', waiting: 'lanes', quota: 'providers',
  channels: 'channels', cron: 'cron', gateway: 'gateway', exporter: 'exporter', families: 'families',
};
const LONGEST = 240;
const UNTIL_STARTED_IS_OLD = 600;

/** How the page stands to the exporter: with news of `age` seconds, or without. */
export interface Link { age: number; trouble: Trouble | null; status: number; again: number | null }

const text = (words: string): string => plain(words, LONGEST);
const since = (time: number | null, now: number): string => time === null ? '' : `, since ${when(time, now)}`;

export function showVerdict({ latest }: Reading, link: Link): void {
  const { verdict, at, now } = latest;
  const [first, ...others] = verdict.findings;
  const isLost = link.trouble !== null;
  const level: Level = isLost ? 'wrong' : verdict.level;
  const said = isLost ? 'No news from the exporter' : level === 'well' ? sentence(text(verdict.sentence)) : text(verdict.sentence);
  const begun = isLost ? `, since ${when(at, at + link.age)}:${clock(at, true).slice(-2)}` : level === 'well' ? '' : since(verdict.since, at);
  headline(level, said, begun, isLost ? lost(link) : level === 'well' ? calm() : first?.note ? sentence(capital(text(first.note))) : '');

  const list = isLost ? [] : first !== undefined && verdict.sentence === first.says ? others : verdict.findings;
  byId('others').hidden = list.length === 0;
  order(byId('others'), list.map((finding, i) => leading(i, finding, at)));

  const rest = !isLost && others.length > 0 ? `, and ${others.length} more` : '';
  brief(level, said + rest, `${latest.instance ? `${plain(latest.instance, 60)} – ` : ''}OpenClaw live`);

  function calm(): string {
    const up = now.gateway.up;
    if (up !== null && up < UNTIL_STARTED_IS_OLD) return `The Gateway started ${span(up)} ago and answers.`;
    const { last } = verdict;
    if (last != null) return `Last trouble: ${when(last.from, at)} to ${when(last.to, at)}, ${text(last.says)}.`;
    return `Nothing has been wrong since ${when(latest.started, at)}.`;
  }
}

/** Shown when there is no figure to show: before the first answer, or without a token. */
export function showNothing(level: Level, said: string, note: string): void {
  headline(level, said, '', note);
  byId('others').hidden = true;
  brief(level, said, 'OpenClaw live');
}

function headline(level: Level, said: string, begun: string, note: string): void {
  fill(byId('sentence'), level + said + begun, () => [sign(level), element('span', '', said, begun && element('span', 'since', begun))]);
  fill(byId('note'), note, () => [note]);
}

function brief(level: Level, said: string, title: string): void {
  fill(byId('brief'), level + said, () => [sign(level), ' ', said]);
  const next = (level === 'well' ? '' : `${titleSign(level)}${said} – `) + title;
  if (document.title !== next) document.title = next;
  showIcon(level);
}

function lost(link: Link): string {
  const why = link.status === 0 ? '' : link.status === 503 ? 'It is there, but not ready. ' : `It answered ${link.status}. `;
  const next = link.again === null || link.again < 1 ? 'It is asked again now' : `The next try is in ${span(link.again)}`;
  return `${why}What stands below is ${span(link.age)} old. ${next}.`;
}

/** The links to what is wrong; each stays where it is while its words change, so that the focus stays too. */
const links: HTMLAnchorElement[] = [];
function leading(i: number, finding: Finding, at: number): HTMLElement {
  const link = links[i] ??= element('a');
  set(link, { href: `#${PLACES[finding.block]}` });
  fill(link, JSON.stringify([finding, since(finding.since, at)]), () => {
    const words = element('span', '', element('b', '', clause(finding)), element('span', 'since', since(finding.since, at)));
    if (finding.note !== '') words.append(element('small', '', sentence(text(finding.note))));
    return [sign(finding.level), words];
  });
  return link.parentElement ?? element('li', '', link);
}

/** The state in the bar: live, or for how long there was nothing. */
export function showLink(link: Link, at: number): void {
  const bar = byId('link');
  const isLost = link.trouble !== null;
  const words = isLost ? 'no answer' : 'live';
  const long = isLost ? ` for ${span(link.age)}` : `, read at ${clock(at, true)}`;
  if (bar.dataset.state !== words) {
    bar.dataset.state = words;
    bar.replaceChildren(sign(isLost ? 'wrong' : 'well'), element('span', '', words, element('span', 'long')));
  }
  const place = bar.querySelector('.long');
  if (place !== null && place.textContent !== long) place.textContent = long;
}

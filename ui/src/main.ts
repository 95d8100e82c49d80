// The page: asks, keeps, draws. Each answer is drawn whole; each part changes only what differs.
import type { Trouble } from './ask.ts';
import type { Data, RangeName } from './contract.ts';
import { showUntold, tables } from './byname.ts';
import { byId, element, fill, set } from './dom.ts';
import { FamilyList } from './families.ts';
import { facts } from './gateway.ts';
import { forgetTints } from './ink.ts';
import { ofTab } from './kept.ts';
import { listenToKeys } from './keys.ts';
import { drawnWith } from './moment.ts';
import { charts } from './overtime.ts';
import { Poll } from './poll.ts';
import { reading } from './reading.ts';
import { sign } from './signs.ts';
import { Store } from './store.ts';
import { followTheme } from './theme.ts';
import { say } from './toast.ts';
import { findToken, forgetToken, hasToken, keepToken } from './token.ts';
import { showLink, showNothing, showVerdict, type Link } from './verdict.ts';
import { vitalSigns } from './vitals.ts';
import { plain, span, when } from './words.ts';

const RANGE_KEY = 'openclaw-ui-range';
const root = document.documentElement;
const store = new Store();

let range: RangeName = ofTab.read(RANGE_KEY) === '24h' ? '24h' : '15m';
/** The exporter's, when the page was loaded. */
let version = '';
let heard = { elapsed: performance.now(), wall: Date.now() };
const link: Link = { age: 0, trouble: null, status: 0, again: null };

const showVitals = vitalSigns();
const drawing = charts();
const showTables = tables();
const showFacts = facts();
const families = new FamilyList();

/** Seconds since the last answer. A clock that stands still while the computer sleeps is not believed. */
const sinceHeard = (): number => Math.max(0, performance.now() - heard.elapsed, Date.now() - heard.wall) / 1000;

function draw(): void {
  const now = reading(store, range);
  if (now === null) return;
  root.classList.remove('closed');
  drawnWith(now.curves);
  showVitals(now);
  drawing.show(now);
  showTables(now);
  showFacts(now);
  showUntold(now);
  showHead();
  const { latest } = now;
  const foot = [
    latest.now.gateway.version === null ? '' : `OpenClaw ${plain(latest.now.gateway.version, 40)}${latest.now.gateway.up === null ? '' : `, up since ${when(latest.at - latest.now.gateway.up, latest.at)} (${span(latest.now.gateway.up)})`}`,
    `Exporter ${plain(latest.version, 40)}${latest.version === version ? '' : ': load this page anew, it is of another version'}`,
    latest.demo ? 'These are the numbers of a demo: no Gateway is behind them' : '',
  ];
  fill(byId('foot'), foot.join('|'), () => foot.filter(Boolean).map(words => element('span', '', words)));
}

/** The sentence, the bar and whether the page is grey. */
function showHead(): void {
  const now = reading(store, range);
  if (now === null) return;
  root.classList.toggle('stale', link.trouble !== null);
  showVerdict(now, link);
  showLink(link, now.latest.at);
  const { instance } = now.latest;
  fill(byId('name'), instance ?? '', () => [instance ? plain(instance, 60) : '']);
  byId('demo').hidden = !now.latest.demo;
}

function changeRange(to: RangeName): void {
  range = to;
  ofTab.write(RANGE_KEY, to);
  for (const one of byId('range').querySelectorAll('button')) set(one, { 'aria-pressed': String(one.dataset.range === to) });
  draw();
}

function answered(data: Data): boolean {
  const isAnother = store.latest !== null && data.full;
  if (!store.take(data)) return false;
  heard = { elapsed: performance.now(), wall: Date.now() };
  version ||= data.version;
  Object.assign(link, { age: 0, trouble: null, status: 0, again: null } satisfies Link);
  byId('ask').hidden = true;
  if (isAnother) families.forget();
  draw();
  families.tick();
  return true;
}

function failed(trouble: Trouble, status: number, again: number | null): void {
  Object.assign(link, { age: sinceHeard(), trouble, status, again } satisfies Link);
  if (trouble !== 'no answer') return askForToken(trouble);
  if (store.latest !== null) return showHead();
  root.classList.add('closed');
  showNothing('wrong', 'No answer from the exporter', `The next try is in ${span(again ?? 0)}.`);
  fill(byId('link'), 'no answer', () => [sign('wrong'), 'no answer']);
}

function askForToken(trouble: Trouble): void {
  const isWrong = trouble === 'wrong token' && hasToken();
  if (isWrong) forgetToken();
  root.classList.remove('stale');
  root.classList.add('closed');
  showNothing(isWrong ? 'wrong' : 'watch', isWrong ? 'This token is not the right one.' : 'This page needs a token.',
    'It is the one that scrapes use. It stays in this tab and goes nowhere but here.');
  fill(byId('link'), trouble, () => [sign(isWrong ? 'wrong' : 'watch'), element('span', '', isWrong ? 'wrong token' : 'no token')]);
  delete byId('link').dataset.state;
  byId('ask').hidden = false;
  byId('token').focus();
}

function start(): void {
  root.classList.add('closed');
  showNothing('watch', 'Looking …', '');
  findToken();
  const poll = new Poll({ since: () => store.since, answered, failed });
  const tryAgain = (): void => poll.again();
  addEventListener('hashchange', () => {
    if (!location.hash.startsWith('#token=')) return;
    findToken();
    tryAgain();
  });
  byId('ask').addEventListener('submit', event => {
    event.preventDefault();
    const input = byId('token') as HTMLInputElement;
    const given = input.value.trim();
    if (given === '') return;
    keepToken(given);
    input.value = '';
    tryAgain();
  });
  followTheme(() => {
    forgetTints();
    drawing.recolour();
  });
  byId('range').addEventListener('click', event => {
    const to = event.target instanceof HTMLElement ? event.target.dataset.range : undefined;
    if (to === '15m' || to === '24h') changeRange(to);
  });
  byId('keys').append(listenToKeys(() => {
    changeRange(range === '15m' ? '24h' : '15m');
    say(range === '15m' ? 'The last 15 minutes' : 'The last 24 hours');
  }));
  changeRange(range);
  new IntersectionObserver(seen => root.classList.toggle('away', !(seen.at(-1)?.isIntersecting ?? true)), { rootMargin: '-48px 0px 0px' }).observe(byId('verdict'));
  // While there is no news, the page says each second how old it is.
  setInterval(() => {
    if (link.trouble === null || document.hidden) return;
    link.age = sinceHeard();
    if (link.again !== null) link.again = Math.max(0, link.again - 1);
    if (!root.classList.contains('closed')) showHead();
  }, 1000);
  poll.now();
}

start();

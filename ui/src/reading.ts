// What one drawing of the page is made of: the last figures, and the curves of the range that is chosen.
import type { Block, Finding, Latest, Level, RangeName, Tables } from './contract.ts';
import { Curves } from './curves.ts';
import type { Store } from './store.ts';
import { capital, plain } from './words.ts';

const LONGEST_CLAUSE = 160;

export interface Reading {
  latest: Latest;
  range: RangeName;
  /** Of the range that is chosen. */
  curves: Curves;
  tables: Tables;
  /** Of the last 15 minutes, whatever is chosen: what is "now". */
  recent: Curves;
}

export function reading(store: Store, range: RangeName): Reading | null {
  const { latest } = store;
  if (latest === null) return null;
  const recent = new Curves(store, '15m', latest.at);
  return { latest, range, recent, curves: range === '15m' ? recent : new Curves(store, range, latest.at), tables: latest.tables[range] };
}

export const inRange = (range: RangeName): string => range === '15m' ? 'in 15 min' : 'in 24 h';

export const findingsOf = (latest: Latest, block: Block): Finding[] => latest.verdict.findings.filter(finding => finding.block === block);

/** What a finding says, as a sentence begins; a name keeps its letters. */
export function clause({ says, subject }: Finding): string {
  const words = plain(says, LONGEST_CLAUSE);
  return subject !== '' && says.startsWith(subject) ? words : capital(words);
}

export const levelOf = (latest: Latest, block: Block): Level => findingsOf(latest, block)[0]?.level ?? 'well';

/** The finding about one name, such as a provider or a job. That of a quota has the window after it. */
export const findingAbout = (latest: Latest, blocks: Block[], subject: string): Finding | undefined =>
  latest.verdict.findings.find(finding => blocks.includes(finding.block)
    && (finding.subject === subject || finding.block === 'quota' && finding.subject.startsWith(`${subject} `)));

/** Why one of these blocks cannot be told, if it cannot. */
export const whyUntold = (latest: Latest, blocks: string[]): string | undefined => latest.untold.find(one => blocks.includes(one.block))?.why;

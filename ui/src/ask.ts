// Asks for a document beside the page, with the token, and says what was wrong if there is none. No question is out for
// longer than ten seconds.
import type { Data, Families, Family, FamilyDetail } from './contract.ts';
import { authorization } from './token.ts';

const PATIENCE = 10_000;

export type Trouble = 'no token' | 'wrong token' | 'no answer';
export class Refused extends Error {
  constructor(readonly trouble: Trouble, readonly status: number) {
    super(`${trouble}: ${status}`);
  }
}

/** Where a document of the page lies: beneath the page itself, on whatever path that is. */
function address(document: string, query: Record<string, string>): URL {
  const url = new URL(location.href);
  url.pathname = url.pathname.replace(/\/+$/, '') + '/' + document;
  url.search = new URLSearchParams(query).toString();
  url.hash = url.username = url.password = '';
  return url;
}

async function ask<T>(document: string, query: Record<string, string> = {}): Promise<T> {
  const headers = { Accept: 'application/json', ...authorization() };
  const answer = await fetch(address(document, query), { headers, cache: 'no-store', credentials: 'same-origin', signal: AbortSignal.timeout(PATIENCE) })
    .catch(() => { throw new Refused('no answer', 0); });
  if (answer.status === 401 || answer.status === 403) {
    throw new Refused('Authorization' in headers ? 'wrong token' : 'no token', answer.status);
  }
  if (!answer.ok) throw new Refused('no answer', answer.status);
  return await answer.json().catch(() => { throw new Refused('no answer', answer.status); }) as T;
}

/** What is new since `since`; everything for `null`. */
export const askData = (since: number | null): Promise<Data> => ask('data', since === null ? {} : { since: String(since) });
export const askFamilies = (): Promise<Families> => ask('families');
export async function askFamily(name: string): Promise<Partial<Family> & FamilyDetail> {
  const answer = await ask<{ families: (Family & FamilyDetail)[] }>('families', { family: name });
  const [family] = answer.families;
  if (family === undefined) throw new Refused('no answer', 404);
  return family;
}

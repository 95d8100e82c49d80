// The file that is shipped: current, whole and closed.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import test from 'node:test';

const read = name => readFileSync(new URL(`../${name}`, import.meta.url), 'utf8');
const page = read('page.html');
const policy = read('page.csp').trim();

test('page.html and page.csp are what the sources say', () => {
  execFileSync(process.execPath, ['build', '--check'], { cwd: new URL('..', import.meta.url), stdio: 'inherit' });
});

test('the page refers to nothing outside', () => {
  assert.doesNotMatch(page, /<(script|link|img|iframe|object|embed)[^>]*\s(src|href)=(?!"data:)/i);
  assert.doesNotMatch(page, /sourceMappingURL|@import|url\((?!["']?data:)/);
  assert.doesNotMatch(page, /\sstyle=|\son[a-z]+="/);
  assert.doesNotMatch(page, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function/);
});

test('the policy lets the one script and the one style run, and nothing else', () => {
  for (const tag of ['script', 'style']) {
    const parts = [...page.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, 'g'))];
    assert.equal(parts.length, 1, tag);
    const hash = createHash('sha256').update(parts[0][1]).digest('base64');
    assert.ok(policy.includes(`${tag}-src 'sha256-${hash}'`), tag);
  }
  assert.ok(policy.startsWith("default-src 'none'; "));
  assert.doesNotMatch(policy, /unsafe|https?:|\*/);
});

test('the notice of uPlot is in the page and beside it', () => {
  for (const text of [page, read('THIRD-PARTY.md')]) {
    assert.ok(text.includes('Leon Sorokin'));
    assert.ok(text.replace(/[\s>]+/g, ' ').includes('The above copyright notice and this permission notice shall be included in all copies'));
  }
});

test('the page is small enough to be opened over a bad line', () => {
  assert.ok(page.length < 160_000, `${page.length} bytes`);
});

// What the page keeps of the answers, and what it draws of that.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { source } from './sources.mjs';
import { World } from './world.mjs';

const { Store, Kept } = await source('store');
const { Curves } = await source('curves');
const words = await source('words');
const { QUERIES, queriesOf } = await source('promql');

const kept = store => ({ fine: store.fine.lists.map(list => list.slice(-900)), coarse: store.coarse.lists.map(list => list.slice(-1440)), at: [store.fine.at, store.coarse.at] });
const rounded = lists => lists.map(list => list.map(value => value === null ? null : Number(value.toFixed(9))));

test('increments give the same store as one full document', () => {
  for (const state of ['busy', 'faulty', 'dead', 'idle']) {
    const world = new World(state);
    const store = new Store();
    assert.ok(store.take(world.data()));
    for (const seconds of [2, 2, 2, 1, 7, 2, 61, 2, 119, 2, 300, 2, 2]) {
      world.advance(seconds);
      const answer = world.data(store.since);
      assert.equal(answer.full, false);
      assert.ok(store.take(answer));
    }
    const whole = new Store();
    whole.take(world.data());
    const [one, other] = [kept(store), kept(whole)];
    assert.deepEqual(one.at, other.at);
    assert.deepEqual(rounded(one.fine), rounded(other.fine), state);
    assert.deepEqual(rounded(one.coarse), rounded(other.coarse), state);
  }
});

test('after a long pause the answer is full, and the store is as if it were new', () => {
  const world = new World('busy');
  const store = new Store();
  store.take(world.data());
  world.advance(4000);
  const answer = world.data(store.since);
  assert.equal(answer.full, true);
  store.take(answer);
  assert.equal(store.fine.at, world.now);
  assert.equal(store.fine.length, 900);
});

test('an exporter that started anew replaces everything, and what does not go on is refused', () => {
  const world = new World('busy');
  const store = new Store();
  store.take(world.data());
  world.advance(2);
  world.restart();
  const answer = world.data(store.since);
  assert.equal(answer.full, true);
  assert.equal(store.take({ ...answer, full: false }), false);
  assert.ok(store.take(answer));
  assert.equal(store.fine.lists[0].filter(value => value !== null).length, 4);
});

test('a column that appears later is unknown before', () => {
  const world = new World('busy');
  const store = new Store();
  store.take(world.data());
  const before = store.fine.length;
  world.advance(2);
  const answer = world.data(store.since);
  const columns = [...answer.columns, { id: 'cost', of: 'new-model', how: 'sum' }];
  const more = part => ({ ...part, values: [...part.values, part.values[0].map(() => 0.5)] });
  store.take({ ...answer, columns, fine: more(answer.fine), coarse: more(answer.coarse) });
  const list = store.fine.lists.at(-1);
  assert.equal(list.length, before + 2);
  assert.deepEqual(list.slice(-3), [null, 0.5, 0.5]);
  assert.equal(new Curves(store, '15m', world.now).count('cost', 'new-model'), 1);
});

test('what is running is said anew, what passed is added, and times do not shake', () => {
  const list = new Kept(60, 4);
  list.put({ at: 600, step: 60, values: [[1, 2, 3]] }, 0, 1);
  list.put({ at: 602, step: 60, values: [[4]] }, 1, 1);
  assert.deepEqual([list.lists[0], list.at], [[1, 2, 4], 600]);
  list.put({ at: 661, step: 60, values: [[5, 6], [7]] }, 1, 2);
  assert.deepEqual([list.lists, list.at], [[[1, 2, 5, 6], [null, null, null, 7]], 660]);
  list.put({ at: 5000, step: 60, values: [[8, 9]] }, 1, 2);
  assert.deepEqual([list.lists[0], list.at], [[2, 5, 8, 9], 5000], 'a clock that was set is believed');
});

test('an answer that does not go on from what is kept asks for everything', () => {
  const world = new World('busy');
  const store = new Store();
  store.take(world.data());
  world.advance(2);
  const answer = world.data(store.since);
  world.advance(2);
  assert.equal(store.take(world.data(world.seq - 1)), false);
  assert.ok(store.take(answer));
});

test('a store of days is no larger than one of a quarter of an hour', () => {
  const store = new Store();
  const world = new World('busy');
  store.take(world.data());
  for (let i = 0; i < 2000; i++) {
    world.advance(2 + i % 90);
    store.take(world.data(store.since));
  }
  for (const list of store.fine.lists) assert.ok(list.length <= 960);
  for (const list of store.coarse.lists) assert.ok(list.length <= 1450);
  const many = Array.from({ length: 5000 }, (_, i) => ({ id: 'cost', of: `model ${i}`, how: 'sum' }));
  store.take({ ...world.data(), full: true, columns: many, fine: { at: 1, step: 1, values: many.map(() => [1]) }, coarse: { at: 60, step: 60, values: many.map(() => [1]) } });
  assert.ok(store.columns.length <= 256);
  assert.ok(store.fine.lists.length <= 256);
});

test('a rate is the count of the trailing minute, by the seconds of it that are known', () => {
  const world = new World('busy');
  const store = new Store();
  store.take(world.data());
  const curves = new Curves(store, '15m', world.now);
  const index = store.columns.findIndex(column => column.id === 'messages' && column.of === 'received');
  const rates = curves.rate('messages', 'received');
  assert.equal(curves.times.at(-1), world.now);
  curves.times.forEach((time, i) => {
    const values = [];
    for (let second = Math.max(time - 59, world.now - 899); second <= time; second++) values.push(world.second(second)[index]);
    const known = values.filter(value => value !== null);
    const expected = known.length < 10 ? null : known.reduce((all, value) => all + value, 0) / known.length * 60;
    if (expected === null) assert.equal(rates[i], null);
    else assert.ok(Math.abs(rates[i] - expected) < 1e-9, `${time}: ${rates[i]} is not ${expected}`);
  });
});

test('the minute that is running counts with the seconds that have passed', () => {
  const store = new Store();
  const world = new World('busy');
  const answer = world.data();
  const steady = part => ({ ...part, values: answer.columns.map(() => part.values[0].map((_, i, all) => i === all.length - 1 && part.step === 60 ? 20 : part.step)) });
  store.take({ ...answer, fine: steady(answer.fine), coarse: steady(answer.coarse) });
  // One a second, and the minute has 20 seconds so far.
  assert.equal(world.now % 60, 20);
  const rates = new Curves(store, '24h', world.now).rate('runs', 'completed');
  assert.ok(Math.abs(rates.at(-1) - 60) < 1e-9, `${rates.at(-1)}`);
  assert.ok(Math.abs(rates.at(-9) - 60) < 1e-9);
});

test('a minute whose end is not known is left out of rates', () => {
  const store = new Store();
  const answer = new World('busy').data();
  const steady = part => ({ ...part, at: answer.at, values: answer.columns.map(() => part.values[0].map((_, i, all) => i === all.length - 1 ? 3 : 60)) });
  store.take({ ...answer, coarse: steady(answer.coarse) });
  assert.equal(new Curves(store, '24h', answer.at).rate('runs', 'completed').at(-1), 60);
});

test('while the Gateway is gone the curves end, and are not 0', () => {
  const world = new World('dead');
  const store = new Store();
  store.take(world.data());
  const curves = new Curves(store, '15m', world.now);
  assert.equal(curves.rate('runs', 'completed').at(-1), null);
  assert.equal(curves.level('memory_bytes', 'rss').at(-1), null);
  assert.notEqual(curves.rate('runs', 'completed').at(-60), null);
});

test('the largest of a time is kept when points are thinned', () => {
  const store = new Store();
  const answer = new World('busy').data();
  const index = answer.columns.findIndex(column => column.id === 'loop_seconds');
  answer.fine.values[index] = answer.fine.values[index].map((_, i) => i === 501 ? 9 : 0.01);
  store.take(answer);
  assert.equal(Math.max(...new Curves(store, '15m', answer.at).level('loop_seconds', 'max')), 9);
});

test('numbers and times are written as people read them', () => {
  const { amount, bytes, dollars, percent, plain, seconds, span, when } = words;
  const table = [
    [amount(null), '–'], [amount(0), '0'], [amount(6.25), '6.3'], [amount(9999), '9,999'], [amount(12_345), '12.3 k'], [amount(170_000), '170 k'], [amount(1_030_000), '1.03 M'],
    [dollars(null), '–'], [dollars(0), '$0.00'], [dollars(0.0012), '$0.0012'], [dollars(67.93), '$67.93'], [dollars(12_000), '$12,000'],
    [percent(0), '0 %'], [percent(0.004), '0.4 %'], [percent(0.38), '38 %'], [percent(null), '–'],
    [seconds(0.0004), '0.4 ms'], [seconds(0.6), '600 ms'], [seconds(21.3), '21.3 s'], [seconds(204), '3 min 24 s'],
    [bytes(512), '512 B'], [bytes(61_000), '60 KiB'], [bytes(435_159_040), '415 MiB'],
    [span(52), '52 s'], [span(96), '1 min 36 s'], [span(1380), '23 min'], [span(6360), '1 h 46 min'], [span(278_000), '3 d 5 h'], [span(-4), '0 s'],
    [plain('nul\0'), 'nul⟨U+0000⟩'], [plain('\u202eabc'), '⟨U+202E⟩abc'], [plain(''), '(empty)'], [plain('x'.repeat(200), 3), 'xxx… (200 characters)'], [plain('\ud83d\ude00', 1), '… (2 characters)'],
  ];
  for (const [is, should] of table) assert.equal(is.replaceAll('\u202f', ' '), should);
  const now = new Date(2026, 10, 26, 14, 13).getTime() / 1000;
  assert.equal(when(now - 3600, now), '13:13');
  assert.equal(when(now + 86_400, now), 'Fri 14:13');
  assert.equal(when(now - 20 * 86_400, now), '6 Nov 14:13');
});

test('each family in a query is one of the catalogue', () => {
  const listed = readFileSync(new URL('../../plugin/METRICS.md', import.meta.url), 'utf8');
  for (const [block, query] of Object.entries(QUERIES)) {
    const names = query.match(/\b(openclaw|nodejs)_[a-z0-9_]+/g);
    assert.ok(names, block);
    for (const name of names) assert.ok(listed.includes(`| \`${name.replace(/_(bucket|sum|count)$/, '')}\` |`), `${block}: ${name} is not in METRICS.md`);
  }
  assert.deepEqual(queriesOf({ name: 'a_total', kind: 'counter', labels: ['x'] }, 'x'), ['sum by (x) (rate(a_total[5m]))', 'sum by (x) (increase(a_total[24h]))', 'count(count by (x) (a_total))']);
  assert.deepEqual(queriesOf({ name: 'up', kind: 'gauge', labels: [] }), ['up']);
});

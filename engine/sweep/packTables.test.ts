import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant } from '../model/ids.ts';
import type { PackId, ResourceId } from '../model/ids.ts';
import { Dates, ListedPacks, packNameOf, PackUsage } from './packTables.ts';

const packs = Array.from({ length: 3_000 }, (_, n) => (n * 7).toString(16).padStart(4, '0').padEnd(32, 'a') as PackId);
const [first, second, third] = packs as [PackId, PackId, PackId];
const resource = (n: number): ResourceId => n.toString(16).padStart(32, '0') as ResourceId;
const factsOf = (name: string, n: number) => ({ name, length: n * 1_000, modifiedAt: instant(1_700_000_000_123 + n) });

describe('listed packs', () => {
  it('are told as they were listed, each once', () => {
    const listed = new ListedPacks();
    const facts = packs.map((pack, n) => factsOf(packNameOf(pack), n));
    for (const each of [...facts, ...facts]) listed.set(each.name, each);
    assert.equal(listed.size, packs.length);
    assert.deepEqual([...listed.values()], facts);
    for (const each of facts) assert.deepEqual(listed.get(each.name), each);
    assert.equal(listed.get(packNameOf('f'.repeat(32) as PackId)), undefined);
  });

  it('and whatever else lies there, under its own name', () => {
    const listed = new ListedPacks();
    const names = [packNameOf(first), `packs/ff/${first}`, 'packs/ab/abc', 'packs/readme', `packs/${first}`, 'packs/'];
    for (const [n, name] of names.entries()) listed.set(name, factsOf(name, n));
    assert.deepEqual(
      [...listed.values()].map(({ name }) => name),
      names,
    );
    for (const [n, name] of names.entries()) assert.deepEqual(listed.get(name), factsOf(name, n));
    assert.ok(!listed.has(packNameOf(second)) && !listed.has(`packs/fe/${first}`));
  });
});

describe('what is used of packs', () => {
  const use = { kind: 'content', bytes: 10, resource: resource(1), isInJob: false } as const;

  it('adds up; the first need says what a pack is and whose, and any job counts', () => {
    const usage = new PackUsage();
    usage.add(first, use);
    usage.add(first, { kind: 'meta', bytes: 5, resource: resource(2), isInJob: true });
    usage.add(first, use);
    usage.add(second, { kind: 'meta', bytes: 2 ** 40, resource: resource(2), isInJob: false });
    assert.deepEqual(usage.get(first), { ...use, bytes: 25, isInJob: true });
    assert.deepEqual(usage.get(second), { kind: 'meta', bytes: 2 ** 40, resource: resource(2), isInJob: false });
    assert.equal(usage.get(third), undefined);
    assert.deepEqual(
      Array.from(usage, ([pack]) => pack),
      [first, second],
    );
  });

  it('is needed where it lies only once that was said', () => {
    const usage = new PackUsage();
    for (const pack of packs) usage.add(pack, use);
    const isNeeded = (pack: PackId): boolean => usage.isNeeded(packNameOf(pack));
    assert.ok(!packs.some(isNeeded));
    usage.need(second);
    usage.need('f'.repeat(32) as PackId);
    assert.deepEqual(packs.filter(isNeeded), [second]);
    usage.needAllBut([second, third]);
    assert.deepEqual(
      packs.filter((pack) => !isNeeded(pack)),
      [second, third],
    );
    assert.ok(!usage.isNeeded(`packs/ff/${first}`) && !usage.isNeeded(`moved/${first}`));
    assert.equal(usage.size, packs.length);
  });
});

it('of several dates the latest counts', () => {
  const dates = new Dates();
  for (const [n, pack] of packs.entries()) dates.lasts(pack, n + 1);
  dates.lasts(first, 5_000);
  dates.lasts(third, 1);
  assert.deepEqual([dates.get(first), dates.get(second), dates.get(third)], [5_000, 2, 3]);
  assert.equal(dates.get('other'), undefined);
  assert.deepEqual([...dates].slice(0, 2), [
    [first, 5_000],
    [second, 2],
  ]);
});

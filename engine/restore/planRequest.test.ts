import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Existing } from '../connector.ts';
import type { Entry } from '../model/item.ts';
import { decide } from './planRequest.ts';
import { anna, restoreBench } from './testing/restoreBench.ts';

const mail = { modifiedAt: '2026-03-02T12:00:00.000Z' } as Entry;
const there = (sourceId: string, facts: Partial<Existing> = {}): Existing => ({
  sourceId,
  name: 'Report',
  same: false,
  tag: '1',
  ...facts,
});
const same = there('same', { same: true });
const older = there('older', { modifiedAt: '2026-03-02T11:59:59.000Z' });
const equallyOld = there('equal', { modifiedAt: '2026-03-02T12:00:00.000Z' });
const newer = there('newer', { modifiedAt: '2026-03-02T12:00:01.000Z' });

const decided = (rule: Parameters<typeof decide>[0], entry: Entry, ...existing: readonly Existing[]): string => {
  const { decision, against } = decide(rule, entry, existing);
  return against === undefined ? decision : `${decision} ${against.sourceId}`;
};

test('where nothing is in the way, everything is added', () => {
  for (const rule of ['keepBoth', 'skipIfSame', 'replaceOlder', 'replace'] as const)
    assert.equal(decided(rule, mail), 'add');
});

test('both are kept, what is the same is skipped, and what differs stays beside', () => {
  assert.equal(decided('keepBoth', mail, same), 'keepBoth same');
  assert.equal(decided('skipIfSame', mail, older, same), 'skip same');
  assert.equal(decided('skipIfSame', mail, older, newer), 'keepBoth older');
});

test('only what is older is replaced; what is the same, as old or newer stays', () => {
  assert.equal(decided('replaceOlder', mail, older), 'replace older');
  assert.equal(decided('replaceOlder', mail, older, same), 'skip same');
  assert.equal(decided('replaceOlder', mail, older, newer), 'skip newer');
  assert.equal(decided('replaceOlder', mail, equallyOld), 'skip equal');
});

test('where nobody knows when one of them was changed, the one that was asked for takes its place', () => {
  assert.equal(decided('replaceOlder', mail, there('undated')), 'replace undated');
  assert.equal(decided('replaceOlder', {} as Entry, newer), 'replace newer');
});

test('of several, the same one is replaced first', () => {
  assert.equal(decided('replace', mail, newer, same), 'replace same');
  assert.equal(decided('replace', mail, newer), 'replace newer');
});

test('one living object stands for one item, also on later pages and in later jobs', async () => {
  for (const jobMs of [60_000, 0]) {
    const bench = await restoreBench(['one', 'one', 'one', 'one'], { jobMs });
    const signal = new AbortController().signal;
    const inbox = [{ name: 'Posteingang', role: 'inbox', kind: 'mailFolder' }];
    const { sourceId: container } = await bench.place.connector.restore.container(bench.mailbox, inbox, { signal });
    for (const number of [0, 1, 2]) {
      bench.place.objects.push({ id: `live-${number}`, container, name: 'one 0', bytes: 'one', tag: 1 });
    }
    // All of them are in the way of each mail.
    const { restore } = bench.place.connector;
    const looking = restore.look.bind(restore);
    restore.look = (target, place, entry, context, meta) =>
      looking(target, place, { ...entry, name: 'one 0' }, context, meta);
    const made = await bench.flow.create(anna, {
      selection: { resourceId: bench.mailbox.id },
      destination: { kind: 'original' },
      conflict: 'skipIfSame',
      includePermissions: false,
    });
    await bench.work(bench.flow);
    const { plan } = await bench.flow.get(anna, made.id);
    assert.deepEqual([plan?.skip, plan?.add, plan?.keepBoth], [3, 1, 0], `${jobMs} ms`);
  }
});

test('what cannot come back is planned so, with the reason', async () => {
  const bench = await restoreBench(['one']);
  const other = { ...bench.other, workload: 'drive', name: 'Files of Anna', ownerId: anna.id };
  await bench.records.resources.put(other, (await bench.records.resources.get(other.id))?.etag ?? '');
  const made = await bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'resource', resourceId: other.id },
    conflict: 'keepBoth',
    includePermissions: false,
  });
  await bench.work(bench.flow);
  const { plan } = await bench.flow.get(anna, made.id);
  assert.equal(plan?.cannot, 1);
  assert.deepEqual(plan.notes, ['Mail cannot go into Files of Anna: it is of another kind.']);
});

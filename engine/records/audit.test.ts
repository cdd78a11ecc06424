import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { silentLog } from '../testing/silentLog.ts';
import { anAuditEntry, aPolicy, recordsWorld } from '../testing/recordsWorld.ts';
import type { RecordsWorld } from '../testing/recordsWorld.ts';
import { auditKey } from './auditChain.ts';
import { logBlobs } from './logBlobs.ts';
import { makeRecords } from './makeRecords.ts';
import { primary } from './recordLog.ts';
import type { AuditEntry, AuditHead, Records } from './records.ts';
import { auditHeadTeller } from './tellAuditHead.ts';
import type { StoredRow } from '../ports/tableStore.ts';

async function history(records: Records): Promise<AuditEntry[]> {
  const entries: AuditEntry[] = [];
  let pageToken: string | undefined;
  do {
    const page = await records.audit.list(pageToken);
    entries.push(...page.value);
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return entries;
}

/** Ten entries, and the rows as they were after each. */
async function written(): Promise<{ world: RecordsWorld; records: Records; heads: StoredRow[] }> {
  const world = recordsWorld();
  const records = makeRecords(world);
  const heads: StoredRow[] = [];
  for (let i = 0; i < 10; i++) {
    await records.audit.append(anAuditEntry(`action ${i}`, { item: `id${i}` }));
    const head = await world.tables.get('records', primary, 'head');
    if (head) heads.push(head);
    await world.clock.sleep(1000);
  }
  assert.equal(await records.audit.verify(), undefined);
  return { world, records, heads };
}

const remove = (world: RecordsWorld, index: number): void =>
  world.tables.tamper('records', primary, auditKey(index), () => undefined);
const swap = async (world: RecordsWorld, a: number, b: number): Promise<void> => {
  const [left, right] = [
    await world.tables.get('records', primary, auditKey(a)),
    await world.tables.get('records', primary, auditKey(b)),
  ];
  assert.ok(left && right);
  world.tables.tamper('records', primary, auditKey(a), (row) => ({ ...row, columns: right.columns }));
  world.tables.tamper('records', primary, auditKey(b), (row) => ({ ...row, columns: left.columns }));
};

const logBlobNames = async (world: RecordsWorld): Promise<string[]> =>
  (await Array.fromAsync(logBlobs(world.blobs))).map(({ name }) => name);

describe('audit', () => {
  it('lists the newest entry first, each naming the hash of the one before', async () => {
    const { records } = await written();
    const entries = await history(records);
    assert.deepEqual(
      entries.map(({ action }) => action),
      Array.from({ length: 10 }, (_, i) => `action ${9 - i}`),
    );
    for (const [i, { previous }] of entries.entries()) assert.equal(previous, entries[i + 1]?.hash ?? '');
  });

  it('keeps one chain when many append at once, from several processes', async () => {
    const world = recordsWorld({ pageSize: 7, emptyPages: true });
    const processes = [makeRecords(world), makeRecords(world), makeRecords(world)];
    await Promise.all(
      processes.flatMap((records, p) =>
        Array.from({ length: 8 }, async (_, i) => {
          await records.audit.append(anAuditEntry(`${p}/${i}`));
          if (i === 3) await records.policies.create(aPolicy(`p${p}`));
        }),
      ),
    );
    const [first] = processes;
    assert.ok(first);
    const actions = (await history(first)).map(({ action }) => action);
    assert.equal(actions.length, 24);
    assert.equal(new Set(actions).size, 24);
    assert.equal(await first.audit.verify(), undefined);
    assert.equal((await first.policies.list()).length, 3);
  });

  it('finds an edited entry, by its index', async () => {
    const { world, records } = await written();
    world.tables.tamper('records', primary, auditKey(4), (row) => {
      const value0 = row.columns.value0;
      assert.ok(value0 instanceof Uint8Array);
      return { ...row, columns: { value0: value0.with(30, (value0[30] ?? 0) ^ 1) } };
    });
    assert.equal(await records.audit.verify(), 4);
  });

  it('finds an entry that was rewritten with the key, by the chain', async () => {
    const { world, records } = await written();
    const forged = { ...(await history(records))[5], action: 'nothing to see' };
    const place = `records/${primary}/${auditKey(4)}/value`;
    const value0 = world.sealer.sealColumn('records', place, Buffer.from(JSON.stringify(forged)));
    world.tables.tamper('records', primary, auditKey(4), (row) => ({ ...row, columns: { value0 } }));
    assert.equal(await records.audit.verify(), 4);
  });

  it('finds deleted, reordered and cut-off entries', async () => {
    for (const index of [0, 1, 5, 9]) {
      const { world, records } = await written();
      remove(world, index);
      assert.equal(await records.audit.verify(), index);
    }
    for (const [a, b] of [
      [2, 7],
      [0, 9],
      [4, 5],
    ] as const) {
      const { world, records } = await written();
      await swap(world, a, b);
      assert.equal(await records.audit.verify(), a);
    }
  });

  it('finds a log that was put back to an earlier state, head and all', async () => {
    for (const kept of [9, 5, 1]) {
      const { world, records, heads } = await written();
      for (let index = kept; index < 10; index++) remove(world, index);
      const head = heads[kept - 1];
      assert.ok(head);
      world.tables.tamper('records', primary, 'head', () => head);
      assert.equal(await records.audit.verify(), kept);
    }
    const { world, records } = await written();
    world.tables.drop('records');
    assert.equal(await records.audit.verify(), 0);
  });

  it('finds an entry that nobody appended', async () => {
    const { world, records } = await written();
    const ninth = await world.tables.get('records', primary, auditKey(9));
    assert.ok(ninth);
    await world.tables.change('records', primary, { kind: 'insert', row: { ...ninth, key: auditKey(10) } });
    assert.equal(await records.audit.verify(), 10);
  });

  it('vouches for nothing when its head is damaged', async () => {
    const { world, records } = await written();
    world.tables.tamper('records', primary, 'head', (row) => ({ ...row, columns: { value0: new Uint8Array(40) } }));
    assert.equal(await records.audit.verify(), 0);
    await assert.rejects(records.audit.append(anAuditEntry('more')), (e) => isFault(e, 'corrupt'));
  });

  it('finds what was cut off or put back together with its blobs, by a head that was noted elsewhere', async () => {
    for (const kept of [9, 5, 1]) {
      const { world, records, heads } = await written();
      const outside = await records.audit.head();
      assert.equal(outside.count, 10);
      const head = heads[kept - 1];
      assert.ok(head);
      for (let index = kept; index < 10; index++) remove(world, index);
      world.tables.tamper('records', primary, 'head', () => head);
      const later = (await logBlobNames(world)).slice(kept);
      for (const name of later) world.blobs.tamper('repository', name, () => undefined);
      assert.equal(await records.audit.verify(), undefined);
      assert.equal(await records.audit.verify([outside]), kept);
    }
  });

  it('finds a log that was written anew with the keys, after the last head that it still goes through', async () => {
    for (const fork of [0, 3, 9]) {
      const { world, heads } = await written();
      const outside: AuditHead[] = [];
      for (const { columns } of heads.filter((_, index) => index % 3 === 2)) {
        const place = `records/${primary}/head/value`;
        const opened = await world.sealer.openColumn('records', place, columns.value0 as Uint8Array);
        outside.push((JSON.parse(Buffer.from(opened).toString()) as { audit: AuditHead }).audit);
      }
      assert.deepEqual(
        outside.map(({ count }) => count),
        [3, 6, 9],
      );
      const honest = makeRecords(world);
      assert.equal(await honest.audit.verify(outside), undefined);

      // Whoever has the keys goes back to `fork` and appends other entries: the chain holds.
      for (let index = fork; index < 10; index++) remove(world, index);
      const later = (await logBlobNames(world)).slice(fork);
      for (const name of later) world.blobs.tamper('repository', name, () => undefined);
      const head = heads[fork - 1];
      world.tables.tamper('records', primary, 'head', () => head);
      const forger = makeRecords(world);
      for (let index = fork; index < 12; index++) await forger.audit.append(anAuditEntry(`forged ${index}`));
      assert.equal(await forger.audit.verify(), undefined);
      const expected = fork < 3 ? 0 : fork < 6 ? 3 : undefined;
      assert.equal(await forger.audit.verify(outside), expected);
      assert.equal(await forger.audit.verify([...outside, { count: 10, hash: 'f'.repeat(64) }]), expected ?? 9);
    }
  });

  it('tells its head to the log of the app once a day', async () => {
    const { world, records } = await written();
    const log = silentLog();
    const tell = auditHeadTeller({ records, clock: world.clock, log });
    const { count, hash } = await records.audit.head();
    await tell();
    await tell();
    assert.deepEqual(log.lines, [{ level: 'info', event: 'audit.head', facts: { count, hash } }]);
    await world.clock.advance(24 * 3_600_000);
    await tell();
    assert.equal(log.lines.length, 2);
  });
});

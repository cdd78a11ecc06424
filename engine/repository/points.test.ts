import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import type { ItemId, PointId, ResourceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { boundary } from '../testing/boundary.ts';

import {
  commitSlice,
  draftOf,
  entry,
  everyEntry,
  folderEntry,
  idFor,
  inPieces,
  minute,
  names,
  newest,
  noise,
  publishRound,
  received,
  resource,
  run,
  storedEntry,
  take,
  world,
} from './testing/world.ts';

describe('head of a resource', () => {
  it('is fence 0 before anybody took it, and each taker gets a higher one', async () => {
    const { open } = world();
    const { points } = await open();
    assert.deepEqual(await points.head(resource), { resourceId: resource, fence: 0, step: 0, etag: '' });
    const repository = await open();
    assert.equal((await take(repository)).fence, 1);
    assert.equal((await take(repository)).fence, 2);
  });

  it('is not given while another holder lives, except where its process is known to be gone', async () => {
    const { open } = world();
    const { points } = await open();
    const taker = { holder: 'b', run, now: minute(1), aliveMs: 120_000, isDead: () => false };
    assert.ok(await points.takeFence(resource, { ...taker, holder: 'a', now: minute(0) }));
    assert.equal(await points.takeFence(resource, taker), undefined);
    assert.equal(
      (await points.takeFence(resource, { ...taker, now: minute(2) }))?.fence,
      2,
      'after two minutes of silence',
    );
    assert.equal(
      (await points.takeFence(resource, { ...taker, holder: 'c', isDead: (holder) => holder === 'b' }))?.fence,
      3,
    );
    const held = await points.head(resource);
    const free = await points.commit(held, { heartbeatAt: undefined });
    assert.equal(free.heartbeatAt, undefined);
    assert.equal(
      (await points.takeFence(resource, { ...taker, holder: 'd' }))?.fence,
      4,
      'a cleared heartbeat holds nothing',
    );
  });

  it('goes to exactly one of eight who take it at the same moment', async () => {
    const { open } = world();
    const { points } = await open();
    const takers = Array.from({ length: 8 }, (_, n) =>
      points.takeFence(resource, { holder: `h${n}`, run, now: minute(0), aliveMs: 120_000, isDead: () => false }),
    );
    const won = (await Promise.all(takers)).filter((head) => head !== undefined);
    assert.equal(won.length, 1);
    assert.equal((await points.head(resource)).holder, won[0]?.holder);
  });

  it('changes nothing for a stale fence: slice, confirm and publish of a zombie are refused', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const first = await publishRound(repository, random, await take(repository), 1, [entry('a')]);
    const zombie = await commitSlice(repository, random, first.head, [entry('zombie')]);
    const owner = await take(repository, 'owner');
    const before = tables.dump();
    const isStale = (error: unknown): boolean => isFault(error, 'stale-fence');
    await assert.rejects(repository.points.commit(zombie.head, { step: 99 }), isStale);
    await assert.rejects(repository.points.confirm(zombie.head, minute(5)), isStale);
    await assert.rejects(repository.points.publish(zombie.head, draftOf(random, [zombie.slice], 2)), isStale);
    assert.deepEqual(tables.dump(), before);
    await publishRound(repository, random, owner, 3, [entry('b')]);
    assert.deepEqual(names(await everyEntry(await newest(repository))).toSorted(), ['a', 'b']);
  });
});

describe('a lost answer', () => {
  it('is read back: what happened counts, what did not is thrown', async () => {
    for (const happened of [true, false]) {
      const { open, random, tables } = world();
      const repository = await open();
      const head = await take(repository);
      let lose = true;
      const losing = await open({
        tables: {
          ...tables,
          transact: async (...args) => {
            if (!lose) return tables.transact(...args);
            lose = false;
            if (happened) await tables.transact(...args);
            throw new Fault('unavailable', 'No answer', { origin: 'storage', outcomeUnknown: true });
          },
        },
      });
      const attempt = publishRound(losing, random, head, 1, [entry('a')]);
      if (!happened) {
        await assert.rejects(attempt, (error) => isFault(error, 'unavailable') && error.origin === 'storage');
        assert.equal((await repository.points.head(resource)).headSlice, undefined);
        continue;
      }
      const { head: after } = await attempt;
      assert.deepEqual(await repository.points.head(resource), after);
      assert.equal((await repository.points.list(resource)).points.length, 1);
    }
  });
});

describe('restore points', () => {
  it('are listed newest first, found by id, time and latest, and confirmed without a new one', async () => {
    const { open, random } = world();
    const repository = await open();
    let head = await take(repository);
    const ids: PointId[] = [];
    for (const at of [10, 20, 30]) {
      const round = await publishRound(repository, random, head, at, [entry(`m${at}`)]);
      head = round.head;
      ids.push(round.point.id);
    }
    const writes = (await repository.points.list(resource)).points;
    assert.deepEqual(
      writes.map(({ id }) => id),
      ids.toReversed(),
    );
    assert.equal((await repository.points.find(resource, 'latest')).id, ids[2]);
    assert.equal((await repository.points.find(resource, minute(20))).id, ids[1]);
    assert.equal((await repository.points.find(resource, minute(29))).id, ids[1]);
    assert.equal((await repository.points.find(resource, ids[0] as string)).takenAt, minute(10));
    await assert.rejects(repository.points.find(resource, minute(9)), (error) => isFault(error, 'not-found'));
    await assert.rejects(repository.points.find(resource, 'f'.repeat(32)), (error) => isFault(error, 'not-found'));
    await assert.rejects(repository.points.find(resource, 'yesterday'), (error) => isFault(error, 'invalid'));
    await assert.rejects(repository.points.find('0'.repeat(32) as ResourceId, 'latest'), (error) =>
      isFault(error, 'not-found'),
    );

    head = await repository.points.confirm(head, minute(45));
    assert.equal(head.heartbeatAt, minute(45));
    const confirmed = await repository.points.find(resource, 'latest');
    assert.deepEqual([confirmed.id, confirmed.confirmedAt, confirmed.takenAt], [ids[2], minute(45), minute(30)]);
    assert.equal((await repository.points.list(resource)).points.length, 3);
  });

  it('stand in the order of their making when the clock goes back', async () => {
    const { open, random } = world();
    const repository = await open();
    const first = await publishRound(repository, random, await take(repository), 30, [entry('a')]);
    const second = await publishRound(repository, random, first.head, 10, [entry('b')]);
    assert.ok(second.point.takenAt > first.point.takenAt);
    assert.equal((await repository.points.find(resource, 'latest')).id, second.point.id);
  });

  it('hold the last state of each item: later slices win, removals leave, containers stand first', async () => {
    const { open, random } = world();
    const repository = await open();
    const inbox = folderEntry('inbox');
    const sub = folderEntry('sub', { parentId: inbox.id });
    const inInbox = { parentId: inbox.id };
    const one = await commitSlice(repository, random, await take(repository), [
      sub,
      inbox,
      entry('a', inInbox),
      entry('b', inInbox),
      entry('c', inInbox),
    ]);
    const two = await commitSlice(
      repository,
      random,
      one.head,
      [entry('a', { ...inInbox, versionTag: '2' })],
      [],
      [idFor('b')],
    );
    const three = await commitSlice(repository, random, two.head, [entry('b', { parentId: sub.id })], [], [idFor('b')]);
    const published = await repository.points.publish(
      three.head,
      draftOf(random, [one.slice, two.slice, three.slice], 1, { removals: [idFor('c')] }),
    );
    const reader = await newest(repository);
    assert.deepEqual(names(await reader.containers()), ['inbox', 'sub']);
    assert.deepEqual(
      names(await everyEntry(reader))
        .slice(0, 2)
        .toSorted(),
      ['inbox', 'sub'],
    );
    assert.deepEqual(
      (await reader.folder(inbox.id)).entries.map(({ name, versionTag }) => [name, versionTag]),
      [['a', '2']],
    );
    assert.deepEqual(names(await reader.path(idFor('b'))), ['inbox', 'sub', 'b']);
    assert.deepEqual(names(await reader.path(sub.id)), ['inbox', 'sub']);
    assert.deepEqual(await reader.path(undefined), []);
    assert.equal(await reader.item(idFor('c')), undefined);
    assert.equal((await reader.item(sub.id))?.name, 'sub');
    assert.deepEqual(published.point.counts, { items: 2, containers: 2, missing: 0 });

    const gone = await publishRound(repository, random, published.head, 2, [], [sub.id, idFor('b')]);
    assert.deepEqual(gone.point.counts, { items: 1, containers: 1, missing: 0 });
    assert.deepEqual(names(await everyEntry(await repository.points.open(resource, gone.point.id))), ['inbox', 'a']);
    assert.equal(
      (await repository.points.open(resource, published.point.id).then(everyEntry)).length,
      4,
      'the older point is as it was',
    );
  });

  it('carry cursor, missing items, status and reason, which no table shows in the clear', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const { head, slice } = await commitSlice(repository, random, await take(repository), [entry('a')]);
    const missing = [
      {
        resourceId: resource,
        itemId: idFor('lost'),
        sourceId: 'lost',
        name: 'Lost mail',
        outcome: 'failed',
        reason: 'unavailable',
        attempts: 2,
      },
    ] as const;
    const draft = draftOf(random, [slice], 1, {
      status: 'partial',
      reason: 'Anna has 1 item that failed',
      missing,
      cursor: 'next' as never,
    });
    const { point } = await repository.points.publish(head, draft);
    assert.equal(point.counts.missing, 1);
    const reader = await newest(repository);
    assert.deepEqual(
      [reader.cursor, reader.missing, reader.predecessor, reader.lastSlice],
      ['next', missing, undefined, slice.id],
    );
    assert.equal((await repository.points.find(resource, 'latest')).reason, 'Anna has 1 item that failed');
    const rows = JSON.stringify(
      tables
        .dump()
        .map(({ key, columns }) => [
          key,
          Object.values(columns).map((v) => (v instanceof Uint8Array ? Buffer.from(v).toString('latin1') : v)),
        ]),
    );
    assert.ok(!rows.includes('Anna') && !rows.includes('Lost mail'));
  });
});

describe('folders of a point', () => {
  it('say nothing in the clear that could be changed, and are known by their keys alone', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const first = await publishRound(repository, random, await take(repository), 1, [entry('a')]);
    const second = await publishRound(repository, random, first.head, 2, [entry('b')]);
    await repository.points.confirm(second.head, minute(9));
    const before = await repository.points.list(resource);
    const rows = tables.dump().filter(({ table, key }) => table === 'resources' && key.startsWith('point/'));
    for (const row of rows) {
      assert.deepEqual(Object.keys(row.columns), ['sealed']);
      const [point, confirmedAt] = [second.point.id, minute(99_999)];
      const invented = { point, takenAt: minute(5), confirmedAt, status: 'partial', items: 0, fence: 99 };
      tables.tamper('resources', resource, row.key, (same) => ({ ...same, columns: { ...same.columns, ...invented } }));
    }
    const { points } = await open();
    assert.deepEqual(await points.list(resource), before);
    assert.equal((await points.find(resource, first.point.id)).takenAt, first.point.takenAt);
    assert.deepEqual(await repository.expiry.expire(resource, [first.point.id], async () => true), [first.point.id]);
    assert.deepEqual(
      (await points.list(resource)).points.map(({ id }) => id),
      [second.point.id],
    );
    tables.tamper('resources', resource, rows[0]?.key ?? '', (row) => ({ ...row, columns: {} }));
    await assert.rejects(points.list(resource), (error) => isFault(error, 'corrupt'));
  });

  it('page through thousands of items newest first, with a root and a page to read', async () => {
    const { open, random, blobs } = world();
    const repository = await open();
    const folders = ['f1', 'f2', 'f3'].map((name) => folderEntry(name));
    const items = Array.from({ length: 3_500 }, (_, n) =>
      entry(`m${n}`, { parentId: folders[n % 3]?.id as ItemId, receivedAt: received(n) }),
    );
    const top = [entry('top', { receivedAt: received(1) })];
    await publishRound(repository, random, await take(repository), 1, [...folders, ...items, ...top]);

    for (const folder of [...folders, undefined]) {
      const expected = [...items, ...top]
        .filter((item) => item.parentId === folder?.id)
        .toSorted((a, b) => ((a.receivedAt ?? '') > (b.receivedAt ?? '') ? -1 : 1));
      const seen: Entry[] = [];
      const reader = await newest(repository);
      for (let token: string | undefined, more = true; more; more = token !== undefined) {
        const page = await reader.folder(folder?.id, { limit: 97, ...(token !== undefined && { token }) });
        assert.ok(page.entries.length <= 97);
        seen.push(...page.entries);
        token = page.nextPageToken;
      }
      assert.deepEqual(names(seen), names(expected));
      await assert.rejects(reader.folder(folder?.id, { token: 'nonsense' }), (error) => isFault(error, 'invalid'));
    }

    const process = boundary();
    const fresh = await open({ blobs: process.wrap('blobs', blobs) });
    const { id } = await fresh.points.find(resource, 'latest');
    const before = process.calls.length;
    await (await fresh.points.open(resource, id)).folder(folders[1]?.id, { limit: 50 });
    assert.equal(process.calls.length - before, 2);
  });

  it('find many ids at once', async () => {
    const { open, random } = world();
    const repository = await open();
    const folder = folderEntry('f');
    const items = Array.from({ length: 2_500 }, (_, n) => entry(`m${n}`, { receivedAt: received(n) }));
    await publishRound(repository, random, await take(repository), 1, [folder, ...items]);
    const found = await (await newest(repository)).items([idFor('m7'), idFor('m2400'), idFor('f'), idFor('nobody')]);
    assert.deepEqual([...found.values()].map(({ name }) => name).toSorted(), ['f', 'm2400', 'm7']);
  });

  it('put entries in the order in which their bytes lie', async () => {
    const { open, random } = world();
    const repository = await open();
    const writer = repository.packWriter();
    const stored: Entry[] = [];
    for (let n = 0; n < 6; n++)
      stored.push(storedEntry(`m${n}`, await writer.store('original', 'text', inPieces(noise(5_000, n + 1)))));
    const packs = await writer.flush();
    await publishRound(repository, random, await take(repository), 1, stored, [], packs);
    const reader = await newest(repository);
    const read = [...(await reader.items(stored.map(({ id }) => id))).values()];
    assert.deepEqual(names(reader.inPackOrder([entry('empty'), ...read.toReversed()])), [
      'm0',
      'm1',
      'm2',
      'm3',
      'm4',
      'm5',
      'empty',
    ]);
  });
});

describe('a slice', () => {
  it('may be put twice with equal content, by another process too, and not with other content', async () => {
    const { open, random } = world();
    const repository = await open();
    const head = await take(repository);
    const { slice } = await commitSlice(repository, random, head, [entry('a'), entry('b')]);
    await repository.putSlice(slice);
    await (await open()).putSlice(slice);
    await assert.rejects(repository.putSlice({ ...slice, step: 9 }), (error) => isFault(error, 'conflict'));
    assert.deepEqual(names((await repository.openSlice(resource, slice.id)).entries).toSorted(), ['a', 'b']);
    await assert.rejects(
      repository.openSlice(resource, 'e'.repeat(32) as never),
      (error) => isFault(error, 'missing') && /slices\//.test(error.message),
    );
  });
});

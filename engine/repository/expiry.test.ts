import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { Instant, ItemId, PointId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { everyFault, Killed } from '../testing/boundary.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import type { OpenRepository } from './openRepository.ts';
import type { CatalogVersion, Head } from './repository.ts';
import { entry, folderEntry, idFor, minute, publishRound, received, resource, take, world } from './testing/world.ts';
import type { World } from './testing/world.ts';
import { asShown, visibleMoments, type Moment } from './visibleMoments.ts';

const anyone = async (): Promise<boolean> => true;

/** Rounds over few items, so that they change, go, come back as they were, and move. */
async function rounds(
  repository: OpenRepository,
  random: World['random'],
  count: number,
  seed: string,
  start?: { readonly head: Head; readonly at: number },
): Promise<{ readonly head: Head; readonly points: PointId[] }> {
  const choice = seededRandom(seed);
  const points: PointId[] = [];
  let head = start?.head ?? (await take(repository));
  for (let round = 1; round <= count; round++) {
    const fresh: Entry[] = [folderEntry('f0'), folderEntry('f1')];
    const gone: ItemId[] = [];
    for (let n = 0; n < 4; n++) {
      fresh.push(
        entry(`m${choice.below(12)}`, {
          parentId: idFor(`f${choice.below(2)}`),
          versionTag: `${choice.below(2)}`,
          receivedAt: received(choice.below(2)),
        }),
      );
      gone.push(idFor(`m${choice.below(12)}`));
    }
    const published = await publishRound(repository, random, head, (start?.at ?? 0) + round, fresh, gone);
    head = published.head;
    points.push(published.point.id);
  }
  return { head, points };
}

/** What the catalog shows: of every item, and of what was deleted. */
async function shown(repository: OpenRepository): Promise<unknown> {
  const versions = [];
  for (let n = 0; n < 12; n++) versions.push(await repository.catalog.versions(resource, idFor(`m${n}`)));
  return { versions, deleted: (await repository.catalog.deleted(resource)).versions };
}

/** Its rows as they are shown; what they seal is compared by what the catalog answers. */
async function rowsShown({ tables }: World): Promise<unknown[]> {
  const moments = await visibleMoments(tables, resource);
  return tables
    .dump()
    .filter((row) => row.table === 'catalog')
    .map(({ key, columns }) => {
      const { item, version, sealed: _sealed, validFrom, validTo, fromPoint, ...facts } = columns;
      const id = key.split('/')[1];
      if (item !== undefined) return { key, item, of: String(version).split('/')[1] };
      const row = { validFrom, fromPoint, ...(validTo !== undefined && { validTo }) } as CatalogVersion;
      return { id, facts, ...asShown(row, moments) };
    });
}

/** The catalog is what a rebuild would make of the visible points, and shows nothing else. */
async function assertEqualToRebuild(here: World, repository: OpenRepository): Promise<void> {
  const [before, rows] = [await shown(repository), await rowsShown(here)];
  await repository.catalog.rebuild(resource);
  assert.deepEqual(await shown(repository), before);
  assert.deepEqual(await rowsShown(here), rows);
}

describe('expiry', () => {
  it('leaves the catalog equal to one rebuilt from the visible points, whichever points go, in whatever order', async () => {
    const choice = seededRandom('which');
    for (let n = 0; n < 12; n++) {
      const here = world(`expiry-${n}`);
      const repository = await here.open();
      const made = await rounds(repository, here.random, 16, `rounds-${n}`);
      let { points } = made;
      for (let pass = 0; pass < 3; pass++) {
        const going = points.slice(0, -1).filter(() => choice.chance(0.3));
        assert.deepEqual(await repository.expiry.expire(resource, going.toReversed(), anyone), going.toReversed());
        points = points.filter((point) => !going.includes(point));
        assert.deepEqual(
          (await repository.points.list(resource)).points.map(({ id }) => id),
          points.toReversed(),
        );
        // Without the rebuild in between the next pass stands on what this one left.
        if (choice.chance(0.5)) await assertEqualToRebuild(here, repository);
      }
      const more = await rounds(repository, here.random, 4, `more-${n}`, { head: made.head, at: 20 });
      await repository.catalog.apply(resource, more.points.at(-1) as PointId);
      await assertEqualToRebuild(here, repository);
    }
  });

  it('makes names that only expired points held disappear from the catalog', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const first = await publishRound(repository, random, await take(repository), 1, [entry('a')]);
    const second = await publishRound(repository, random, first.head, 2, [entry('gone')]);
    const third = await publishRound(repository, random, second.head, 3, [], [idFor('gone')]);
    await repository.catalog.apply(resource, third.point.id);
    assert.equal((await repository.catalog.deleted(resource)).versions.length, 1);
    await repository.expiry.expire(resource, [second.point.id], anyone);
    assert.deepEqual((await repository.catalog.deleted(resource)).versions, []);
    assert.equal(
      tables.dump().filter(({ table, key }) => table === 'catalog' && key.includes(idFor('gone'))).length,
      0,
    );
    const [version] = await repository.catalog.versions(resource, idFor('a'));
    assert.deepEqual([version?.fromPoint, version?.validTo], [first.point.id, undefined]);
    await repository.expiry.expire(resource, [first.point.id], anyone);
    const [later] = await repository.catalog.versions(resource, idFor('a'));
    assert.equal(later?.fromPoint, third.point.id, 'it can be opened where it is said to be');
  });

  it('asks right before each removal, and what may not go stays with all that the catalog says of it', async () => {
    const here = world('asks');
    const repository = await here.open();
    const { points } = await rounds(repository, here.random, 6, 'asks');
    const held = points[2] as PointId;
    const asked: PointId[] = [];
    const gone = await repository.expiry.expire(resource, points.slice(0, 5), async (id) => {
      asked.push(id);
      return id !== held;
    });
    assert.deepEqual(asked, points.slice(0, 5));
    assert.ok(!gone.includes(held) && gone.length === 4);
    await repository.points.find(resource, held);
    await assertEqualToRebuild(here, repository);
  });

  it('never takes the newest point while there is another, nor under an open run, and starts anew after the last', async () => {
    const { open, random } = world();
    const repository = await open();
    const first = await publishRound(repository, random, await take(repository), 1, [entry('a')]);
    const second = await publishRound(repository, random, first.head, 2, [entry('b')]);
    const { id } = second.point;
    assert.deepEqual(await repository.expiry.expire(resource, [id], anyone), []);
    await repository.expiry.expire(resource, [first.point.id], anyone);
    assert.deepEqual(await repository.expiry.expire(resource, [id], anyone), [], 'its run is open');
    const free = await repository.points.commit(second.head, {
      openRun: undefined as never,
      holder: undefined as never,
      heartbeatAt: undefined as never,
    });
    assert.deepEqual(await repository.expiry.expire(resource, [id], anyone), [id]);
    await assert.rejects(repository.points.find(resource, 'latest'), (error) => isFault(error, 'not-found'));
    assert.deepEqual(await repository.catalog.versions(resource, idFor('a')), []);
    await assert.rejects(repository.points.commit(free, { step: 9 }), (error) => isFault(error, 'stale-fence'));
    // It comes back: a first backup, with a higher fence, and a catalog of its own.
    const again = await publishRound(repository, random, await take(repository), 9, [entry('c')]);
    assert.ok(again.head.fence > second.head.fence);
    await repository.catalog.apply(resource, again.point.id);
    assert.equal((await repository.catalog.versions(resource, idFor('c'))).length, 1);
    assert.equal((await repository.points.open(resource, again.point.id)).predecessor, undefined);
  });

  it('leaves a point whose row was changed meanwhile to the next pass', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const first = await publishRound(repository, random, await take(repository), 1, [entry('a')]);
    await publishRound(repository, random, first.head, 2, [entry('b')]);
    const { id } = first.point;
    const changes = async (): Promise<boolean> => {
      const row = tables
        .dump()
        .find(({ table, key }) => table === 'resources' && key.startsWith('point/') && key.endsWith(id));
      assert.ok(row);
      const { table: _table, etag, ...same } = row;
      await tables.change('resources', resource, { kind: 'update', row: same, ifMatch: etag });
      return true;
    };
    assert.deepEqual(await repository.expiry.expire(resource, [id], changes), []);
    assert.equal((await repository.points.find(resource, id)).id, id);
    assert.deepEqual(await repository.expiry.expire(resource, [id], anyone), [id]);
  });

  it('refuses more points at once than one intent holds', async () => {
    const repository = await world().open();
    const many = Array.from({ length: 41 }, (_, number) => number.toString(16).padStart(32, '0') as PointId);
    await assert.rejects(repository.expiry.expire(resource, many, anyone), (error) => isFault(error, 'invalid'));
  });

  it('ends whole after a kill or a lost answer at any of its calls', async () => {
    const made = world('faults');
    const first = await made.open();
    const { points } = await rounds(first, made.random, 6, 'faults');
    await first.catalog.apply(resource, points.at(-1) as PointId);
    const going = [points[0], points[2], points[3]] as PointId[];
    let expected: unknown;
    const runs = await everyFault(async (process) => {
      const [blobs, tables] = [made.blobs.fork(), made.tables.fork()];
      const here = { ...made, blobs, tables };
      const repository = await made.open({ blobs, tables });
      const faulty = await made.open({ tables: process.wrap('tables', tables), blobs });
      await process
        .run(async () => void (await faulty.expiry.expire(resource, going, anyone)))
        .catch((error: unknown) => assert.ok(error instanceof Killed || isFault(error, 'unavailable'), String(error)));
      // Whatever is visible now can be opened, and the catalog shows no other point.
      const visible = new Set((await repository.points.list(resource)).points.map(({ id }) => id));
      for (const id of visible) await repository.points.open(resource, id);
      for (let n = 0; n < 12; n++)
        for (const version of await repository.catalog.versions(resource, idFor(`m${n}`)))
          assert.ok(visible.has(version.fromPoint));
      // The next passes: one ends what was begun, one does the rest.
      await repository.expiry.expire(resource, going, anyone);
      const left = new Set((await repository.points.list(resource)).points.map(({ id }) => id));
      await repository.expiry.expire(
        resource,
        going.filter((id) => left.has(id)),
        anyone,
      );
      assert.deepEqual(await repository.expiry.unfinished(resource), []);
      const end = await shown(repository);
      expected ??= end;
      assert.deepEqual(end, expected);
      await assertEqualToRebuild(here, repository);
    });
    assert.ok(runs > 100, `${runs} runs`);
  });

  it('finishes a rebuild of the catalog that was begun in the middle of it and ended half way', async () => {
    const here = world('half');
    const { tables } = here;
    const repository = await here.open();
    const { points } = await rounds(repository, here.random, 5, 'half');
    await repository.catalog.apply(resource, points.at(-1) as PointId);
    const change: typeof tables.change = async (table, partition, asked) => {
      if (asked.kind === 'remove') throw new Error('killed');
      return tables.change(table, partition, asked);
    };
    const dying = await here.open({ tables: { ...tables, change } });
    await assert.rejects(dying.expiry.expire(resource, points.slice(0, 1), anyone), /killed/);
    await tables.change('resources', resource, {
      kind: 'put',
      row: { partition: resource, key: 'catalog', columns: { rebuilding: true } },
    });
    for (const { table, key } of tables.dump())
      if (table === 'catalog') await tables.change('catalog', resource, { kind: 'remove', key });
    const after = await here.open();
    assert.equal((await after.expiry.unfinished(resource)).length, 1);
    await after.expiry.expire(resource, [], anyone);
    assert.equal((await after.points.head(resource)).catalogPoint, points.at(-1));
    await assertEqualToRebuild(here, after);
  });

  it('may be done by two at once', async () => {
    const here = world('two');
    const [one, two] = [await here.open(), await here.open()];
    const { points } = await rounds(one, here.random, 9, 'two');
    const going = points.slice(0, 6);
    const results = await Promise.allSettled([
      one.expiry.expire(resource, going, anyone),
      two.expiry.expire(resource, going, anyone),
    ]);
    for (const result of results)
      if (result.status === 'rejected') assert.ok(isFault(result.reason, 'conflict'), String(result.reason));
    await one.expiry.expire(resource, [], anyone);
    await one.expiry.expire(
      resource,
      going.filter(() => true),
      anyone,
    );
    assert.deepEqual(await one.expiry.unfinished(resource), []);
    await assertEqualToRebuild(here, one);
  });

  it('costs what changed between the points, not what they hold', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const items = Array.from({ length: 3_000 }, (_, n) => entry(`m${n}`, { receivedAt: received(n) as Instant }));
    let { head, point } = await publishRound(repository, random, await take(repository), 1, items);
    const old: PointId[] = [point.id];
    for (let at = 2; at <= 6; at++) {
      ({ head, point } = await publishRound(repository, random, head, at, [
        entry('m77', { receivedAt: received(77), versionTag: `${at}` }),
      ]));
      old.push(point.id);
    }
    await repository.catalog.apply(resource, point.id);
    const before = tables.writes;
    await repository.expiry.expire(resource, old.slice(0, -1), anyone);
    assert.ok(tables.writes - before < 20, `${tables.writes - before} writes`);
    const [version] = await repository.catalog.versions(resource, idFor('m5'));
    assert.equal(version?.fromPoint, point.id);
  });
});

describe('what the catalog shows while a point is being let go', () => {
  const at = (n: number): Moment => ({ id: `p${n}` as PointId, takenAt: minute(n) });
  const shownOf = (from: number, to: number | undefined, ...visible: readonly number[]): unknown => {
    const version = {
      fromPoint: `p${from}`,
      validFrom: minute(from),
      ...(to !== undefined && { validTo: minute(to) }),
    };
    const shownNow = asShown(version as CatalogVersion, visible.map(at));
    return shownNow && [shownNow.fromPoint, shownNow.validFrom, shownNow.validTo];
  };

  it('is every version from the first to the last visible point that holds it, and none that no visible one does', () => {
    assert.deepEqual(shownOf(1, 3, 1, 3), ['p1', minute(1), minute(3)]);
    assert.deepEqual(shownOf(1, 3, 2, 4), ['p2', minute(2), minute(4)]);
    assert.deepEqual(shownOf(1, undefined, 5), ['p5', minute(5), undefined]);
    assert.equal(shownOf(2, 3, 1, 3), undefined);
    assert.equal(shownOf(2, 3, 1), undefined);
    assert.equal(shownOf(2, undefined), undefined);
  });
});

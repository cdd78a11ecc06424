import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { ItemId, PointId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { boundary, everyFault, Killed } from '../testing/boundary.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { openVersion } from './catalogRows.ts';
import type { OpenRepository } from './openRepository.ts';
import { openKeys } from './openKeys.ts';
import type { CatalogVersion, Head } from './repository.ts';
import { sealedColumns } from './sealedColumns.ts';
import {
  entry,
  folderEntry,
  idFor,
  minute,
  publishRound,
  received,
  resource,
  take,
  tenant,
  vault,
  world,
} from './testing/world.ts';
import type { World } from './testing/world.ts';

/** Rows of the catalog as they read once opened, without nonces and ETags. */
async function opened({ tables, blobs, random }: World): Promise<unknown[]> {
  const columns = sealedColumns(await openKeys(blobs, { vault }, tenant), random);
  return tables
    .dump()
    .filter((row) => row.table === 'catalog')
    .map(({ etag: _etag, ...row }) => {
      const { sealed, ...plain } = row.columns;
      return {
        ...row,
        columns: plain,
        opened: sealed === undefined ? undefined : openVersion(columns, { ...row, etag: '' }),
      };
    });
}

const brief = (versions: readonly CatalogVersion[]): unknown[] =>
  versions.map(({ entry: { name, versionTag }, validFrom, validTo }) => [name, versionTag, validFrom, validTo]);

/** Random rounds over few items, so that items change, go, come back and move. */
async function manyRounds(
  repository: OpenRepository,
  random: World['random'],
  rounds: number,
  each: (point: PointId) => Promise<void>,
): Promise<Head> {
  // Chance of its own: how often storage draws ids must not change what the rounds do.
  const choice = seededRandom('rounds');
  let head = await take(repository);
  for (let round = 1; round <= rounds; round++) {
    const fresh: Entry[] = [folderEntry('f0'), folderEntry('f1')];
    const gone: ItemId[] = [];
    for (let n = 0; n < 5; n++) {
      const name = `m${choice.below(15)}`;
      fresh.push(
        entry(name, {
          parentId: idFor(`f${choice.below(2)}`),
          versionTag: `${choice.below(3)}`,
          receivedAt: received(choice.below(3)),
        }),
      );
      gone.push(idFor(`m${choice.below(15)}`));
    }
    const published = await publishRound(repository, random, head, round, fresh, gone);
    head = published.head;
    await each(published.point.id);
  }
  return head;
}

describe('catalog', () => {
  it('tells every version of an item with the time it held, deletions, and returns', async () => {
    const { open, random } = world();
    const repository = await open();
    let head = await take(repository);
    const rounds: [Entry[], ItemId[]][] = [
      [[entry('a'), entry('b')], []],
      [[entry('a', { versionTag: '2', name: 'renamed' })], []],
      [[], [idFor('a')]],
      [[entry('a', { versionTag: '3' })], [idFor('b')]],
    ];
    const ids: PointId[] = [];
    for (const [at, [entries, removals]] of rounds.entries()) {
      const published = await publishRound(repository, random, head, at + 1, entries, removals);
      head = published.head;
      ids.push(published.point.id);
      await repository.catalog.apply(resource, published.point.id);
      if (at !== 2) continue;
      assert.deepEqual(brief((await repository.catalog.deleted(resource)).versions), [
        ['renamed', '2', minute(2), minute(3)],
      ]);
    }
    assert.deepEqual(brief(await repository.catalog.versions(resource, idFor('a'))), [
      ['a', '1', minute(1), minute(2)],
      ['renamed', '2', minute(2), minute(3)],
      ['a', '3', minute(4), undefined],
    ]);
    assert.deepEqual(
      (await repository.catalog.versions(resource, idFor('a'))).map(({ fromPoint }) => fromPoint),
      [ids[0], ids[1], ids[3]],
    );
    assert.deepEqual(brief((await repository.catalog.deleted(resource)).versions), [['b', '1', minute(1), minute(4)]]);
    assert.equal((await repository.points.head(resource)).catalogPoint, ids[3]);
    assert.deepEqual(await repository.catalog.versions(resource, idFor('nobody')), []);
  });

  it('is the same whether applied point by point, late and all at once, twice, or rebuilt', async () => {
    const seed = 'equal';
    const stepwise = world(seed);
    const one = await stepwise.open();
    await manyRounds(one, stepwise.random, 25, (point) => one.catalog.apply(resource, point));
    const expected = await opened(stepwise);
    assert.ok(expected.length > 60);

    const late = world(seed);
    const two = await late.open();
    const points: PointId[] = [];
    await manyRounds(two, late.random, 25, async (point) => void points.push(point));
    await two.catalog.apply(resource, points[9] as PointId);
    await two.catalog.apply(resource, points[4] as PointId);
    await two.catalog.apply(resource, points[24] as PointId);
    await two.catalog.apply(resource, points[24] as PointId);
    const stripped = (rows: unknown[]): string => JSON.stringify(rows).replaceAll(/[0-9a-f]{32}/g, 'id');
    assert.equal(stripped(await opened(late)), stripped(expected));

    assert.equal(await one.catalog.rebuild(resource), expected.length);
    assert.deepEqual(await opened(stepwise), expected);
    stepwise.tables.drop('catalog');
    assert.equal(await one.catalog.rebuild(resource), expected.length);
    assert.deepEqual(await opened(stepwise), expected);
  });

  it('agrees with the points it was made from', async () => {
    const { open, random } = world('agrees');
    const repository = await open();
    await manyRounds(repository, random, 30, (point) => repository.catalog.apply(resource, point));
    const { points } = await repository.points.list(resource);
    const newest = await repository.points.open(resource, points[0]?.id as PointId);
    for (let n = 0; n < 15; n++) {
      const versions = await repository.catalog.versions(resource, idFor(`m${n}`));
      for (const point of points) {
        const held = await (await repository.points.open(resource, point.id)).item(idFor(`m${n}`));
        const version = versions.find(
          (one) => one.validFrom <= point.takenAt && (one.validTo === undefined || point.takenAt < one.validTo),
        );
        assert.equal(version?.entry.versionTag, held?.versionTag);
        assert.equal(version?.entry.parentId, held?.parentId);
      }
    }
    const deleted = await repository.catalog.deleted(resource);
    const times = deleted.versions.map(({ validTo }) => validTo ?? '');
    assert.deepEqual(times, times.toSorted().toReversed());
    assert.ok(deleted.versions.length > 0);
    assert.equal((await newest.items(deleted.versions.map(({ itemId }) => itemId))).size, 0);
  });

  it('grows with changes, not with points, and reads only pages that differ', async () => {
    const { open, random, blobs, tables } = world();
    const repository = await open();
    const items = Array.from({ length: 5_000 }, (_, n) => entry(`m${n}`, { receivedAt: received(n) }));
    let { head, point } = await publishRound(repository, random, await take(repository), 1, items);
    await repository.catalog.apply(resource, point.id);
    const process = boundary();
    const reading = await open({ blobs: process.wrap('blobs', blobs) });
    for (let at = 2; at <= 12; at++) {
      ({ head, point } = await publishRound(repository, random, head, at, [
        entry('m77', { receivedAt: received(77), versionTag: `${at}` }),
      ]));
    }
    const before = process.calls.length;
    await reading.catalog.apply(resource, point.id);
    assert.ok(process.calls.length - before < 40, `${process.calls.length - before} reads for eleven points`);
    assert.equal(tables.dump().filter((row) => row.table === 'catalog').length, 5_011);
  });

  it('ends whole after a kill or a lost answer at any of its calls, also in the middle of a rebuild', async () => {
    for (const work of ['apply', 'rebuild'] as const) {
      let expected: unknown[] | undefined;
      await everyFault(async (process) => {
        const here = world('faults');
        const repository = await here.open();
        const points: PointId[] = [];
        await manyRounds(repository, here.random, 3, async (point) => void points.push(point));
        const last = points.at(-1) as PointId;
        await repository.catalog.apply(resource, points[0] as PointId);
        const faulty = await here.open({ tables: process.wrap('tables', here.tables) });
        await process
          .run(
            async () =>
              void (await (work === 'apply' ? faulty.catalog.apply(resource, last) : faulty.catalog.rebuild(resource))),
          )
          .catch((error: unknown) => assert.ok(error instanceof Killed || isFault(error, 'unavailable')));
        await repository.catalog.apply(resource, last);
        expected ??= await opened(here);
        assert.deepEqual(await opened(here), expected);
      });
    }
  });

  it('shows no name, subject or person in plain columns, and holds mails to thousands', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const to = Array.from(
      { length: 9_000 },
      (_, n) => `Person ${Buffer.from(idFor(`p${n}`)).toString('base64')} <p${n}@contoso.example>`,
    );
    const secret = entry('Secret subject', { from: 'Anna <anna@contoso.example>', to });
    const { point } = await publishRound(repository, random, await take(repository), 1, [secret]);
    await repository.catalog.apply(resource, point.id);
    const [version] = await repository.catalog.versions(resource, secret.id);
    assert.equal(version?.entry.name, 'Secret subject');
    assert.equal(version.entry.to?.length, 500);
    const plain = JSON.stringify(
      tables.dump().map(({ columns }) => Object.values(columns).filter((value) => !(value instanceof Uint8Array))),
    );
    assert.ok(!/Secret|anna|contoso/i.test(plain));
  });

  it('says when a point is not visible that it is asked to go on from', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    const { point } = await publishRound(repository, random, await take(repository), 1, [entry('a')]);
    await tables.change('resources', resource, {
      kind: 'put',
      row: { partition: resource, key: 'catalog', columns: { point: 'f'.repeat(32) } },
    });
    await assert.rejects(
      repository.catalog.apply(resource, point.id),
      (error) => isFault(error, 'not-found') && /Rebuild the catalog/.test(error.message),
    );
    assert.equal(await repository.catalog.rebuild(resource), 1);
  });
});

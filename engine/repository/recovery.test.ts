import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import type { PackId, PointId } from '../model/ids.ts';
import type { DiscoveredResource } from '../model/resource.ts';
import type { StoredStream } from '../model/stream.ts';
import { packName } from './core.ts';
import { openForRecovery } from './openRepository.ts';
import type { Head, PackRef } from './repository.ts';
import {
  collect,
  commitSlice,
  draftOf,
  entry,
  everyEntry,
  idFor,
  inPieces,
  names,
  newest,
  noise,
  publishRound,
  resource,
  storedEntry,
  take,
  vault,
  world,
} from './testing/world.ts';

describe('recovery without tables', () => {
  it('reads every point and its bytes with a key and the repository container alone', async () => {
    const { open, random, blobs } = world();
    const repository = await open();
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'text', inPieces(noise(5_000)));
    const packs = await writer.flush();
    await publishRound(repository, random, await take(repository), 1, [storedEntry('mail', stream)], [], packs);
    for (const { container, name } of blobs.dump()) {
      if (container !== 'repository') blobs.tamper(container, name, () => undefined);
    }
    const recovered = await openForRecovery(blobs, { vault });
    const found = await Array.fromAsync(recovered.pointsFromBlobs());
    assert.equal(found.length, 1);
    const [point] = found;
    assert.ok(point?.kind === 'whole');
    const item = await point.reader.item(idFor('mail'));
    assert.ok(item?.streams[0] !== undefined);
    assert.ok((await collect(recovered.readStream(item.streams[0]))).equals(noise(5_000)));
  });

  it('knows from the roots alone whose data it is: what the newest says, or the one before it', async () => {
    const { open, random } = world();
    const repository = await open();
    const anna = { workload: 'mail', kind: 'user', sourceId: 'u1', name: 'Anna', address: 'anna@contoso.com' } as const;
    const publish = async (head: Head, at: number, resource?: DiscoveredResource): Promise<Head> =>
      (await repository.points.publish(head, draftOf(random, [], at, resource && { resource }))).head;
    let head = await publish(await take(repository), 1);
    head = await publish(head, 2, anna);
    head = await publish(head, 3);
    await publish(head, 4, { ...anna, name: 'Anna Berg' });
    const found = await Array.fromAsync(repository.pointsFromBlobs());
    const namesInTime = found
      .flatMap((point) => (point.kind === 'whole' ? [point.reader] : []))
      .toSorted((a, b) => (a.point.takenAt < b.point.takenAt ? -1 : 1))
      .map((reader) => reader.resource?.name);
    assert.deepEqual(namesInTime, [undefined, 'Anna', 'Anna', 'Anna Berg']);
  });

  it('opens a point by its root although packs are lost, and what lies elsewhere can be read', async () => {
    const { open, random, blobs } = world();
    const repository = await open();
    const store = async (at: number): Promise<[StoredStream, readonly PackRef[]]> => {
      const writer = repository.packWriter();
      return [await writer.store('original', 'text', inPieces(noise(5_000, at))), await writer.flush()];
    };
    const [lost, lostPacks] = await store(1);
    const [kept, keptPacks] = await store(2);
    const entries = [storedEntry('lost', lost), storedEntry('kept', kept)];
    const { point } = await publishRound(
      repository,
      random,
      await take(repository),
      1,
      entries,
      [],
      [...lostPacks, ...keptPacks],
    );
    blobs.tamper('repository', packName(lost.parts[0]?.place.pack as PackId), () => undefined);

    const recovered = await openForRecovery(blobs, { vault });
    const [broken] = await Array.fromAsync(recovered.pointsFromBlobs());
    assert.equal(broken?.kind, 'broken');
    assert.deepEqual(await Array.fromAsync(recovered.rootsByName()), [{ resourceId: resource, id: point.id }]);
    const { reader, packs } = await recovered.openRoot(resource, point.id);
    assert.equal(packs.length, 3);
    const read = async (name: string): Promise<Buffer> => {
      const stream = (await reader.item(idFor(name)))?.streams[0];
      assert.ok(stream !== undefined);
      return collect(recovered.readStream(stream));
    };
    assert.ok((await read('kept')).equals(noise(5_000, 2)));
    await assert.rejects(read('lost'), (error) => isFault(error, 'missing'));
  });

  it('makes head and points visible again as they were, above every fence, and the work goes on', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    let head = await take(repository);
    for (let at = 1; at <= 5; at++) ({ head } = await publishRound(repository, random, head, at, [entry(`m${at}`)]));
    // A root without a row: its job lost the fence between the two, and the next one made its own on the same point.
    const zombie = await commitSlice(repository, random, head, [entry('zombie')]);
    head = await take(repository, 'next');
    const orphan: PointId = draftOf(random, [], 9).id;
    await assert.rejects(
      repository.points.publish(zombie.head, draftOf(random, [zombie.slice], 9, { id: orphan })),
      (error) => isFault(error, 'stale-fence'),
    );
    const last = await publishRound(repository, random, { ...head, headSlice: zombie.slice.id }, 6, [entry('m6')]);
    const { points } = await repository.points.list(resource);

    await assert.rejects(repository.rebuildRows(resource), (error) => isFault(error, 'conflict'));
    tables.drop('resources');
    tables.drop('catalog');
    assert.equal(await repository.rebuildRows(resource), 6);
    assert.deepEqual((await repository.points.list(resource)).points, points);
    const rebuilt = await repository.points.head(resource);
    assert.ok(rebuilt.fence > last.head.fence);
    assert.deepEqual([rebuilt.newestPoint, rebuilt.headSlice], [last.point.id, last.head.headSlice]);
    assert.equal(await repository.catalog.rebuild(resource), 6);
    await assert.rejects(repository.points.commit(last.head, { step: 1 }), (error) => isFault(error, 'stale-fence'));
    await publishRound(repository, random, await take(repository), 7, [entry('m7')]);
    assert.deepEqual(names(await everyEntry(await newest(repository))).toSorted(), [
      'm1',
      'm2',
      'm3',
      'm4',
      'm5',
      'm6',
      'm7',
    ]);
  });

  it('shows a point again of which packs are lost, marked as damaged, and the next backup goes on from it', async () => {
    const { open, random, tables, blobs } = world();
    const repository = await open();
    const store = async (at: number): Promise<[StoredStream, readonly PackRef[]]> => {
      const writer = repository.packWriter();
      return [await writer.store('original', 'text', inPieces(noise(5_000, at))), await writer.flush()];
    };
    const [[a, aPacks], [b, bPacks]] = [await store(1), await store(2)];
    const first = await publishRound(repository, random, await take(repository), 1, [storedEntry('a', a)], [], aPacks);
    const next = await publishRound(repository, random, first.head, 2, [storedEntry('b', b)], [], bPacks);
    const { points } = await repository.points.list(resource);
    blobs.tamper('repository', packName(b.parts[0]?.place.pack as PackId), () => undefined);
    tables.drop('resources');
    assert.equal(await repository.rebuildRows(resource), 2);
    assert.deepEqual((await repository.points.list(resource)).points, points);
    assert.deepEqual(await repository.damage.points(resource), [next.point.id]);
    const item = await (await newest(repository)).item(idFor('a'));
    assert.ok(item?.streams[0] && (await collect(repository.readStream(item.streams[0]))).equals(noise(5_000, 1)));
    await publishRound(repository, random, await take(repository), 7, [entry('c')]);
    assert.deepEqual(names(await everyEntry(await newest(repository))).toSorted(), ['a', 'b', 'c']);
  });

  it('may be repeated when it broke off, and finds nothing where nothing is', async () => {
    const { open, random, tables } = world();
    const repository = await open();
    assert.equal(await repository.rebuildRows(resource), 0);
    await publishRound(repository, random, await take(repository), 1, [entry('a')]);
    tables.drop('resources');
    let calls = 0;
    const breaking = await open({
      tables: {
        ...tables,
        transact: async (...args) => {
          calls += 1;
          if (calls === 2) throw new Fault('unavailable', 'Gone', { origin: 'storage' });
          return tables.transact(...args);
        },
      },
    });
    await assert.rejects(breaking.rebuildRows(resource), (error) => isFault(error, 'unavailable'));
    assert.equal(await repository.rebuildRows(resource), 1);
    assert.deepEqual(names(await everyEntry(await newest(repository))), ['a']);
  });
});

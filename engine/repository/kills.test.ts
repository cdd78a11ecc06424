import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { PackId, SliceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { boundaryFaults, everyFault, Killed } from '../testing/boundary.ts';
import { packName } from './core.ts';
import type { OpenRepository } from './openRepository.ts';
import type { PackRef, Slice } from './repository.ts';
import { nonceRecorder } from './testing/nonceRecorder.ts';
import {
  collect,
  draftOf,
  entry,
  everyEntry,
  idFor,
  inPieces,
  names,
  noise,
  publishRound,
  resource,
  sliceOf,
  storedEntry,
  take,
  world,
} from './testing/world.ts';
import type { World } from './testing/world.ts';

/** What the job is to reach: two slices with content on top of a first point, then a point over both. */
const wanted = ['kept', 'mail-1', 'mail-2', 'mail-3'];
const contentOf = (name: string): Uint8Array => noise(3_000, name.charCodeAt(name.length - 1));

/** A job as the flow does it: goes on from what the head says. */
async function backUp(repository: OpenRepository, random: World['random']): Promise<void> {
  let head = await take(repository, `holder-${random.below(1e9)}`);
  const newest = await repository.points.open(resource, (await repository.points.find(resource, 'latest')).id);
  const slices: Slice[] = [];
  for (let id = head.headSlice; id !== undefined && id !== newest.lastSlice; id = slices[0]?.predecessor) {
    slices.unshift(await repository.openSlice(resource, id as SliceId));
  }
  if (slices.length === 0 && newest.point.counts.items === wanted.length) return;

  for (const batch of [['mail-1', 'mail-2'], ['mail-3']]) {
    if (slices.some((slice) => slice.entries.some(({ name }) => name === batch[0]))) continue;
    const writer = repository.packWriter();
    const entries: Entry[] = [];
    for (const name of batch)
      entries.push(storedEntry(name, await writer.store('original', 'text', inPieces(contentOf(name)))));
    const packs = await writer.flush();
    const slice = sliceOf(head, random, { entries, packs, removals: batch[0] === 'mail-1' ? [idFor('removed')] : [] });
    await repository.putSlice(slice);
    head = await repository.points.commit(head, { headSlice: slice.id, step: slice.step });
    slices.push(slice);
  }
  const { point } = await repository.points.publish(head, draftOf(random, slices, 2));
  await repository.catalog.apply(resource, point.id);
}

/** I1 and I2: what is visible can be restored, and nothing names what is not there. */
async function checkStorage({
  open,
  blobs,
  tables,
}: Pick<World, 'open' | 'blobs' | 'tables' | 'random'>): Promise<readonly (readonly string[])[]> {
  const stored = new Map(blobs.dump().map(({ name, bytes }) => [name, bytes.length]));
  const isThere = (ref: PackRef | { pack: PackId; length: number }): void =>
    assert.equal(stored.get(packName(ref.pack)), ref.length);
  const repository = await open();
  const head = await repository.points.head(resource);
  for (let id = head.headSlice; id !== undefined;) {
    const slice = await repository.openSlice(resource, id);
    for (const ref of slice.packs) isThere(ref);
    id = slice.predecessor;
  }
  const { points } = await repository.points.list(resource);
  assert.equal(points[0]?.id, head.newestPoint);
  const seen: string[][] = [];
  for (const point of points) {
    const entries = await everyEntry(await repository.points.open(resource, point.id));
    for (const { streams, name } of entries) {
      for (const stream of streams) assert.ok((await collect(repository.readStream(stream))).equals(contentOf(name)));
    }
    seen.push(names(entries).toSorted());
  }
  // Without tables at least the visible points are found, whole.
  const recovered = new Set<string>();
  for await (const found of repository.pointsFromBlobs(resource)) {
    assert.equal(found.kind, 'whole');
    recovered.add(found.id);
  }
  assert.ok(points.every((point) => recovered.has(point.id)));
  const rows = tables.dump().filter((row) => row.table === 'resources' && row.key.startsWith('point/'));
  assert.equal(rows.length, points.length);
  return seen;
}

describe('a kill or a lost answer at any storage call of slice, commit, publish and catalog', () => {
  it('leaves visible points whole, nothing dangling, the fence growing, and the next job finishes the work', async () => {
    const runs = await everyFault(async (process) => {
      const recorder = nonceRecorder();
      const { open, blobs, tables, random } = world();
      const first = await open();
      const { head } = await publishRound(first, random, await take(first), 1, [entry('kept'), entry('removed')]);
      await first.catalog.apply(resource, head.newestPoint as never);
      const storage: { blobs: BlobStore; tables: TableStore } = {
        blobs: recorder.blobs(blobs),
        tables: recorder.tables(tables),
      };

      const faulty = {
        blobs: recorder.blobs(process.wrap('blobs', blobs)),
        tables: recorder.tables(process.wrap('tables', tables)),
      };
      await process
        .run(async () => backUp(await open(faulty), random))
        .catch((error: unknown) => {
          assert.ok(error instanceof Killed || isFault(error, 'unavailable', 'not-found'), String(error));
        });
      const between = await checkStorage({ open, blobs, tables, random });
      assert.ok(between.length <= 2);
      const fence = (await first.points.head(resource)).fence;
      assert.ok(fence >= head.fence);

      const next = await open(storage);
      await backUp(next, random);
      const [latest] = await checkStorage({ open, blobs, tables, random });
      assert.deepEqual(latest, wanted);
      assert.ok((await next.points.head(resource)).fence > fence);
      await next.catalog.apply(resource, (await next.points.find(resource, 'latest')).id);
      assert.deepEqual(
        names((await next.catalog.deleted(resource)).versions.map((version) => ({ ...version.entry, streams: [] }))),
        ['removed'],
      );
      assert.deepEqual(recorder.reused, [], 'no key and nonce for two contents');
      assert.ok(recorder.seen > 0);
    }, boundaryFaults);
    assert.ok(runs > 100, `${runs} runs`);
  });
});

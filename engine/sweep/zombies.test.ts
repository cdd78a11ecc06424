import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { noise } from '../backup/testing/noise.ts';
import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { PackId, RunId, SliceId } from '../model/ids.ts';
import { noCounts } from '../model/ledger.ts';
import type { StoredStream } from '../model/stream.ts';
import { objectKey, SWEEP } from '../repository/condemned.ts';
import { newId } from '../repository/newId.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import type { Head, Slice } from '../repository/repository.ts';
import { draftOf, inPieces, storedEntry } from '../repository/testing/world.ts';
import { newRound } from '../backup/roundState.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { assertReadable, sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

async function prepared(): Promise<SweepWorld> {
  const world = await sweepWorld();
  world.backup.source.folder('f1', 'Inbox');
  world.backup.source.put('m1', 'f1', noise(3_000, 1));
  await world.run();
  return world;
}

const random = seededRandom('zombies');
const content = noise(400_000, 9);

async function takeFence(world: SweepWorld, repository: OpenRepository, holder = 'job'): Promise<Head> {
  const head = await repository.points.takeFence(world.backup.resource, {
    holder,
    run: 'r1' as RunId,
    now: instant(world.backup.clock.now()),
    aliveMs: 0,
    isDead: () => true,
  });
  assert.ok(head);
  return head;
}

async function store(repository: OpenRepository): Promise<{ stream: StoredStream; packs: Slice['packs'] }> {
  const writer = repository.packWriter();
  const stream = await writer.store('original', 'binary', inPieces(content));
  const packs = await writer.flush();
  return { stream, packs };
}

const packOf = (stream: StoredStream): PackId => stream.parts[0]?.place.pack as PackId;

async function sliceOf(
  world: SweepWorld,
  repository: OpenRepository,
  head: Head,
  stream: StoredStream,
): Promise<Slice> {
  const id = newId(random) as SliceId;
  const base =
    head.newestPoint === undefined ? undefined : await repository.points.open(head.resourceId, head.newestPoint);
  return {
    id,
    resourceId: world.backup.resource,
    runId: 'r1' as RunId,
    fence: head.fence,
    step: head.step + 1,
    committedAt: instant(world.backup.clock.now()),
    entries: [storedEntry('late', stream)],
    removals: [],
    ledger: [],
    pending: [],
    packs: [],
    state: {
      ...newRound('r1' as RunId, instant(world.backup.clock.now()), base, undefined, false),
      since: [id],
      counts: noCounts,
    },
  };
}

const isThere = (world: SweepWorld, pack: PackId): boolean => world.names('packs/').some((name) => name.endsWith(pack));
const rowOf = (world: SweepWorld, pack: PackId) =>
  world.backup.tables.get('resources', SWEEP, objectKey(`packs/${pack.slice(0, 2)}/${pack}`));

describe('a job that slept for days', () => {
  it('commits nothing any more, and what it had stored is gone', async () => {
    const world = await prepared();
    const { repository } = await world.start();
    const head = await takeFence(world, repository);
    const { stream, packs } = await store(repository);
    const pack = packOf(stream);
    assert.ok(isThere(world, pack));
    for (let cycles = 0; cycles < 2; cycles++) {
      world.nextDay();
      await world.cycle();
    }
    assert.ok(!isThere(world, pack), 'nobody needs it');
    const slice = { ...(await sliceOf(world, repository, head, stream)), packs };
    await repository.putSlice(slice);
    await assert.rejects(repository.points.commit(head, { headSlice: slice.id, step: slice.step }), (error) =>
      isFault(error, 'stale-fence'),
    );
    const next = await takeFence(world, repository, 'next');
    assert.equal(next.fence, head.fence + 2);
  });

  it('had it committed before its fence was raised, what it names stays', async () => {
    const world = await prepared();
    const { repository } = await world.start();
    const head = await takeFence(world, repository);
    const { stream, packs } = await store(repository);
    world.nextDay();
    await world.cycle();
    const pack = packOf(stream);
    assert.equal((await rowOf(world, pack))?.columns['state'], 'condemned');
    const slice = { ...(await sliceOf(world, repository, head, stream)), packs };
    await repository.putSlice(slice);
    const after = await repository.points.commit(head, { headSlice: slice.id, step: slice.step });
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      await world.cycle();
    }
    assert.ok(isThere(world, pack));
    assert.equal(await rowOf(world, pack), undefined, 'off the list again');
    const raised = await repository.points.head(world.backup.resource);
    assert.equal(raised.fence, after.fence + 1);
    await repository.points.publish(raised, draftOf(random, [slice], 60 * 24 * 9));
    assert.equal(await assertReadable(repository, world.backup.resource), 2);
  });
});

describe('content that lies in a condemned pack', () => {
  it('is stored anew by a job that took its fence since, also in the process that stored it', async () => {
    const world = await prepared();
    const { repository } = await world.start();
    await takeFence(world, repository, 'first');
    const { stream } = await store(repository);
    assert.equal(packOf((await store(repository)).stream), packOf(stream), 'found while nothing is condemned');
    world.nextDay();
    await world.cycle();
    await takeFence(world, repository, 'second');
    const again = (await store(repository)).stream;
    assert.notEqual(packOf(again), packOf(stream));
    assert.notEqual(packOf((await store(repository)).stream), packOf(stream), 'and nobody puts it back');
  });

  it('keeps its pack when a job that did not know commits it', async () => {
    const world = await prepared();
    const { repository } = await world.start();
    const head = await takeFence(world, repository);
    const { stream } = await store(repository);
    world.nextDay();
    await world.cycle();
    const slice = await sliceOf(world, repository, head, stream);
    await repository.putSlice(slice);
    assert.equal(await rowOf(world, packOf(stream)), undefined, 'off the list before the slice is there');
    const after = await repository.points.commit(head, { headSlice: slice.id, step: slice.step });
    await repository.points.publish(after, draftOf(random, [slice], 60 * 24 * 9));
    for (let cycles = 0; cycles < 3; cycles++) {
      world.nextDay();
      await world.cycle();
    }
    assert.equal(await assertReadable(repository, world.backup.resource), 2);
  });

  it('is named by nothing when its removal was decided', async () => {
    const world = await prepared();
    const { repository } = await world.start();
    const head = await takeFence(world, repository);
    const { stream, packs } = await store(repository);
    world.nextDay();
    await world.cycle();
    const pack = packOf(stream);
    const { key } = (await rowOf(world, pack)) ?? { key: '' };
    world.backup.tables.tamper('resources', SWEEP, key, (row) => ({
      ...row,
      columns: { ...row.columns, state: 'deleted' },
    }));
    const slice = await sliceOf(world, repository, head, stream);
    await assert.rejects(repository.putSlice(slice), (error) => isFault(error, 'missing'));
    // Named as its own it gets into a slice; a point is not made on it.
    const own = { ...slice, packs };
    await repository.putSlice(own);
    const after = await repository.points.commit(head, { headSlice: slice.id, step: slice.step });
    await assert.rejects(repository.points.publish(after, draftOf(random, [own], 60 * 24 * 9)), (error) =>
      isFault(error, 'missing'),
    );
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { noise } from '../backup/testing/noise.ts';
import { Fault, isFault } from '../fault.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import { reportSetting } from './report.ts';
import type { SweepReport } from './report.ts';
import { sweepFlow } from './sweepFlow.ts';
import { sweepOnce } from './sweepOnce.ts';
import { sweepWorld } from './testing/sweepWorld.ts';
import type { SweepWorld } from './testing/sweepWorld.ts';

/** A world with an export that is old enough to go. */
async function withExport(): Promise<SweepWorld> {
  const world = await sweepWorld();
  const { source, blobs } = world.backup;
  source.folder('f1', 'Inbox');
  source.put('m1', 'f1', noise(2_000, 1));
  await world.run();
  await blobs.create('exports', 'result', noise(10, 3));
  world.nextDay();
  return world;
}

/** One call of a sweep whose storage does not remove. */
async function sweptWhile(world: SweepWorld, trouble: Error) {
  const { services } = await world.start();
  const remove: BlobStore['remove'] = () => Promise.reject(trouble);
  return sweepOnce({ ...services, blobs: Object.assign(Object.create(services.blobs) as BlobStore, { remove }) });
}

const storage = (kind: 'unavailable' | 'forbidden' | 'conflict') => new Fault(kind, 'Storage', { origin: 'storage' });

describe('a sweep whose storage does not remove what goes by its age', () => {
  it('counts what is refused and ends; what is away is tried again by the next call', async () => {
    for (const kind of ['forbidden', 'conflict'] as const) {
      const world = await withExport();
      const result = await sweptWhile(world, storage(kind));
      assert.ok(result.kind === 'done');
      assert.deepEqual([result.report.retained, result.report.deleted], [1, 0]);
      assert.equal(world.names('result').length, 1);
    }
    const world = await withExport();
    await assert.rejects(sweptWhile(world, storage('unavailable')), (error) => isFault(error, 'unavailable'));
    const again = await world.cycle();
    assert.ok(again.kind === 'done');
    assert.deepEqual([again.report.deleted, world.names('result').length], [1, 0]);
  });

  it('lets a defect through, and is taken up when it counts as killed', async () => {
    const world = await withExport();
    await assert.rejects(sweptWhile(world, new TypeError('defect')), TypeError);
    const { services } = await world.start();
    assert.equal((await sweepOnce(services)).kind, 'busy');
    assert.equal((await world.cycle()).kind, 'done');
  });
});

describe('a sweep on a host that stops', () => {
  it('hands on with a pause, so that the message does not come back to that host', async () => {
    const world = await withExport();
    const { queue, clock } = world.backup;
    const { services } = await world.start();
    const stopping = new AbortController();
    stopping.abort();
    await sweepFlow({ ...services, signal: stopping.signal, queue }).onNudge();
    assert.deepEqual(
      queue
        .dump('sweep')
        .filter(({ message }) => isDeepStrictEqual(message, { sweep: 'cycle' }))
        .map(({ dueAt }) => dueAt - clock.now()),
      [5_000],
    );
    assert.equal((await services.records.settings.get<SweepReport>(reportSetting))?.value, undefined);
  });
});

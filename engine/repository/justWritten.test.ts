import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { boundary } from '../testing/boundary.ts';
import { sliceName } from './slices.ts';
import {
  commitSlice,
  draftOf,
  entry,
  everyEntry,
  folderEntry,
  names,
  publishRound,
  resource,
  take,
  world,
} from './testing/world.ts';

describe('what a process has just made durable', () => {
  it('is not fetched again by its jobs, and reads as it was stored', async () => {
    const { open, blobs, random } = world();
    const observed = boundary();
    const repository = await open({ blobs: observed.wrap('blobs', blobs) });
    const head = await take(repository);
    const committed = await commitSlice(repository, random, head, [folderEntry('inbox'), entry('a'), entry('b')]);
    const before = observed.calls.length;
    const slice = await repository.openSlice(resource, committed.slice.id);
    await repository.points.publish(committed.head, draftOf(random, [committed.slice], 1));
    const read = observed.calls.slice(before).filter(({ name }) => name === 'blobs.read');
    assert.deepEqual(read, [], 'neither slice nor root was read');
    const stored = await (await open()).openSlice(resource, committed.slice.id);
    assert.deepEqual(slice, stored);
    assert.deepEqual(names(slice.entries).toSorted(), ['a', 'b', 'inbox']);
  });

  it('is what the next point and the catalog are made on, and a reader finds the same in storage', async () => {
    const { open, blobs, random } = world();
    const observed = boundary();
    const repository = await open({ blobs: observed.wrap('blobs', blobs) });
    const first = await publishRound(repository, random, await take(repository), 1, [folderEntry('inbox'), entry('a')]);
    const before = observed.calls.length;
    await repository.catalog.apply(resource, first.point.id);
    const second = await publishRound(repository, random, first.head, 2, [entry('b')]);
    await repository.catalog.apply(resource, second.point.id);
    const here = await repository.points.open(resource, second.point.id);
    const entries = await everyEntry(here);
    const read = observed.calls.slice(before).filter(({ name }) => name === 'blobs.read');
    assert.equal(read.length, 1, 'the directories of the first point, with one read');
    const there = await (await open()).points.open(resource, second.point.id);
    assert.deepEqual(entries, await everyEntry(there));
    assert.deepEqual([here.point, here.missing, here.predecessor], [there.point, there.missing, there.predecessor]);
  });

  it('says nothing to other processes and to the sweep: these see that it is lost', async () => {
    const { open, blobs, random } = world();
    const repository = await open();
    const { slice } = await commitSlice(repository, random, await take(repository), [entry('a')]);
    blobs.tamper('journal', sliceName(resource, slice.id), () => undefined);
    await repository.openSlice(resource, slice.id);
    const isMissing = (error: unknown): boolean => isFault(error, 'missing');
    await assert.rejects((await open()).openSlice(resource, slice.id), isMissing);
    await assert.rejects(repository.housekeeping.openSlice(resource, slice.id), isMissing);
  });

  it('is never what storage refused', async () => {
    const { open, random } = world();
    const repository = await open();
    const { slice } = await commitSlice(repository, random, await take(repository), [entry('a')]);
    await assert.rejects(repository.putSlice({ ...slice, step: 9 }), (error) => isFault(error, 'conflict'));
    assert.equal((await repository.openSlice(resource, slice.id)).step, slice.step);
  });
});

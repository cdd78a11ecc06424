import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { ItemId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { OpenRepository } from './openRepository.ts';
import type { Head } from './repository.ts';
import {
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
  received,
  resource,
  storedEntry,
  take,
  world,
} from './testing/world.ts';

describe('pages shared between points', () => {
  const many = (count: number): Entry[] =>
    Array.from({ length: count }, (_, n) => entry(`m${n}`, { receivedAt: received(n) }));

  async function pagesWritten(
    change: (repository: OpenRepository, head: Head) => Promise<unknown>,
  ): Promise<{ bytes: number; entries: string[] }> {
    const { open, random, blobs } = world();
    const repository = await open();
    const { head } = await publishRound(repository, random, await take(repository), 1, many(20_000));
    const before = new Set(blobs.dump().map(({ name }) => name));
    await change(repository, head);
    const packs = blobs.dump().filter(({ name }) => name.startsWith('packs/') && !before.has(name));
    return {
      bytes: packs.reduce((sum, { bytes }) => sum + bytes.length, 0),
      entries: names(await everyEntry(await newest(repository))),
    };
  }

  it('a change, an addition and a removal rewrite three pages of twenty, not the set', async () => {
    const { random } = world('changes');
    const changed = many(20_000)[15_000] as Entry;
    const whole = await pagesWritten((repository, head) =>
      publishRound(
        repository,
        random,
        head,
        2,
        many(20_000).map((item) => ({ ...item, versionTag: '2' })),
      ),
    );
    const few = await pagesWritten((repository, head) =>
      publishRound(
        repository,
        random,
        head,
        2,
        [{ ...changed, versionTag: '2', name: 'changed' }, entry('new', { receivedAt: received(30_000) })],
        [idFor('m5000')],
      ),
    );
    assert.ok(few.bytes < whole.bytes * 0.2, `${few.bytes} of ${whole.bytes} bytes`);
    assert.equal(few.entries.length, 20_000);
    assert.equal(few.entries[0], 'new');
    assert.ok(few.entries.includes('changed') && !few.entries.includes('m15000') && !few.entries.includes('m5000'));
  });

  it('stay sorted, complete and of good size through a hundred random rounds', async () => {
    const { open, random } = world('rounds');
    const repository = await open();
    const truth = new Map<ItemId, Entry>();
    let head = await take(repository);
    for (let round = 1; round <= 100; round++) {
      const fresh: Entry[] = [];
      const gone: ItemId[] = [];
      const burst = random.chance(0.1) ? 1_200 : 12;
      for (let n = random.below(burst); n >= 0; n--) {
        const name = `m${random.below(4_000)}`;
        fresh.push(
          entry(name, {
            parentId: idFor(`f${random.below(4)}`),
            receivedAt: received(random.below(9_999)),
            versionTag: `${round}`,
          }),
        );
      }
      for (let n = random.below(burst); n >= 0; n--) gone.push(idFor(`m${random.below(4_000)}`));
      const last = new Map(fresh.map((item) => [item.id, item]));
      for (const id of gone) truth.delete(id);
      for (const [id, item] of last) truth.set(id, item);
      ({ head } = await publishRound(repository, random, head, round, fresh, gone));
      if (round % 10 !== 0) continue;
      const reader = await newest(repository);
      const entries = await everyEntry(reader);
      assert.deepEqual(new Map(entries.map((item) => [item.id, item])), truth);
      assert.equal(entries.length, truth.size);
      assert.equal(reader.point.counts.items, truth.size);
      const keys = entries.map((item) => `${item.parentId}/${9e15 - Date.parse(item.receivedAt ?? '')}/${item.id}`);
      assert.deepEqual(keys, keys.toSorted());
    }
  });

  it('a pack that is gone or shorter stops the point, named, and the head stays', async () => {
    for (const damage of [(): undefined => undefined, (bytes: Uint8Array) => bytes.subarray(1)]) {
      const { open, random, blobs } = world();
      const repository = await open();
      const writer = repository.packWriter();
      const stream = await writer.store('original', 'text', inPieces(noise(1000)));
      const packs = await writer.flush();
      const { head, slice } = await commitSlice(
        repository,
        random,
        await take(repository),
        [storedEntry('a', stream)],
        packs,
      );
      const name = `packs/${packs[0]?.pack.slice(0, 2)}/${packs[0]?.pack}`;
      blobs.tamper('repository', name, damage);
      await assert.rejects(
        repository.points.publish(head, draftOf(random, [slice], 1)),
        (error) => isFault(error, 'missing') && error.origin === 'storage' && error.message.includes(name),
      );
      assert.deepEqual(await repository.points.head(resource), head);
      assert.deepEqual((await repository.points.list(resource)).points, []);
    }
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ItemId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { boundary } from '../testing/boundary.ts';
import { liveMemory, nextTurn } from './testing/liveMemory.ts';
import type { LargeStreamState, Slice } from './repository.ts';
import {
  draftOf,
  folderEntry,
  idFor,
  minute,
  newest,
  publishRound,
  received,
  resource,
  sliceOf,
  storedEntry,
  take,
  world,
} from './testing/world.ts';
import { noise } from './testing/world.ts';

const MiB = 1024 * 1024;

describe('a mailbox of 100,000 messages', () => {
  it('is published from its slices in seconds and little memory, and one more mail costs a page', async (context) => {
    const { open, random, blobs } = world('large');
    const repository = await open();
    const writer = repository.packWriter();
    const folders = Array.from({ length: 10 }, (_, n) => folderEntry(`folder ${n}`));
    let head = await take(repository);
    const slices: Slice[] = [];
    const mail = (n: number, stream: Entry['streams'][number]): Entry =>
      storedEntry(`mail ${n}`, stream, {
        sourceId: `AAMkAGI2THVSAAA=${n}`.padEnd(150, 'x'),
        parentId: folders[n % 10]?.id as ItemId,
        receivedAt: received(n * 30),
        from: 'Adele Vance <adele@contoso.example>',
        to: ['Alex Wilber <alex@contoso.example>'],
      });
    for (let n = 0; n < 100_000; n += 500) {
      // One real stream a slice stands for all of its mails; what counts here are entries, not bytes.
      const stream = await writer.store(
        'original',
        'mime',
        (async function* () {
          yield noise(100, n + 1);
        })(),
      );
      const packs = await writer.flush();
      const entries = Array.from({ length: 500 }, (_, i) => mail(n + i, stream));
      const slice = sliceOf(head, random, { entries: n === 0 ? [...folders, ...entries] : entries, packs });
      await repository.putSlice(slice);
      head = await repository.points.commit(head, { headSlice: slice.id, step: slice.step });
      slices.push({ ...slice, entries: [] });
    }

    const memoryBefore = liveMemory();
    let most = 0;
    let calls = 0;
    const watched = boundary();
    const publisher = await open({
      blobs: new Proxy(watched.wrap('blobs', blobs), {
        get: (target, name, receiver) => {
          if (calls++ % 25 === 0) most = Math.max(most, liveMemory() - memoryBefore);
          return Reflect.get(target, name, receiver) as unknown;
        },
      }),
    });
    const startedAt = performance.now();
    const { head: after, point } = await publisher.points.publish(head, draftOf(random, slices, 1));
    const seconds = (performance.now() - startedAt) / 1000;
    assert.equal(point.counts.items, 100_000);
    assert.ok(seconds < 60, `${seconds.toFixed(1)} s`);
    assert.ok(most < 25 * MiB, `${Math.round(most / MiB)} MiB beside what was there`);

    const before = new Set(blobs.dump().map(({ name }) => name));
    const extra = await writer.store(
      'original',
      'mime',
      (async function* () {
        yield noise(99);
      })(),
    );
    const packs = await writer.flush();
    await publishRound(repository, random, after, 2, [mail(100_000, extra)], [], packs);
    const added = blobs.dump().filter(({ name }) => !before.has(name));
    const bytes = added.reduce((sum, blob) => sum + blob.bytes.length, 0);
    assert.ok(bytes < 300_000, `${bytes} bytes for one more mail`);
    assert.equal(
      (await (await newest(repository)).folder(folders[0]?.id as ItemId, { limit: 1 })).entries[0]?.name,
      'mail 100000',
    );
    assert.equal((await repository.points.find(resource, minute(1))).id, point.id);
    context.diagnostic(
      `100,000 items published in ${seconds.toFixed(1)} s, ${Math.round(most / MiB)} MiB, ${watched.calls.length} calls; one more mail: ${Math.round(bytes / 1024)} KiB`,
    );
    assert.equal((await (await newest(repository)).item(idFor('mail 54321')))?.name, 'mail 54321');
  });
});

describe('a stream of gigabytes', () => {
  it('passes through jobs with memory that does not grow', async () => {
    const { open, blobs } = world('stream');
    // What was sent is dropped: this test is about the sender's memory.
    const stored = { sealed: 0 };
    const sink = {
      ...blobs,
      create: async (...[container, name, bytes]: Parameters<typeof blobs.create>) => {
        if (!name.startsWith('packs/')) return blobs.create(container, name, bytes);
        stored.sealed += bytes.byteLength;
        return { name, length: bytes.byteLength, etag: '1', modifiedAt: minute(0) };
      },
    };
    const repository = await open({ blobs: sink });
    const total = 512 * MiB;
    const block = noise(MiB, 77);
    async function* from(start: number): AsyncGenerator<Uint8Array> {
      for (let at = start; at < total; at += MiB) {
        const piece = block.slice(0, Math.min(MiB, total - at));
        new DataView(piece.buffer).setFloat64(0, at);
        yield piece;
      }
    }
    let state: LargeStreamState | undefined;
    const memoryBefore = liveMemory();
    let most = 0;
    for (let jobs = 0; ; jobs++) {
      const writer = repository.packWriter();
      const result = await writer.storeLarge('original', from(state?.bytes ?? 0), state, 64 * MiB);
      await writer.flush();
      // Within this turn the memory of the last pack may be used again.
      await nextTurn();
      most = Math.max(most, liveMemory() - memoryBefore);
      if (result.complete) {
        assert.equal(result.stream.size, total);
        assert.ok(jobs >= 6);
        break;
      }
      state = result.state;
    }
    assert.ok(stored.sealed > 0.9 * total);
    assert.ok(most < 20 * MiB, `${Math.round(most / MiB)} MiB stay behind a job`);
  });
});

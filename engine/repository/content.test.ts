import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import { boundary } from '../testing/boundary.ts';
import { collect, inPieces, noise, sliceOf, storedEntry, take, tenant, vault, world } from './testing/world.ts';
import { memoryBudget } from './memoryBudget.ts';
import { createRepository } from './openRepository.ts';
import type { LargeStreamState, PackWriter } from './repository.ts';
import type { StoredStream } from '../model/stream.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { virtualClock } from '../testing/virtualClock.ts';
import { memoryBlobStore } from '../testing/memoryBlobStore.ts';
import { memoryTableStore } from '../testing/memoryTableStore.ts';

const MiB = 1024 * 1024;
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('content', () => {
  it('comes back byte for byte, whole and in ranges, at every size that takes another path', async () => {
    const { open } = world();
    const repository = await open();
    const writer = repository.packWriter();
    const sizes = [0, 1, 4095, 4096, 256 * 1024 - 1, 256 * 1024, 3 * MiB, 4 * MiB, 4 * MiB + 1, 5 * MiB + 7];
    const stored = new Map<StoredStream, Uint8Array>();
    for (const [index, size] of sizes.entries()) {
      const bytes = noise(size, index + 1);
      const stream = await writer.store('original', index % 2 === 0 ? 'binary' : 'mime', inPieces(bytes));
      assert.equal(stream.sha256, sha256(bytes));
      stored.set(stream, bytes);
    }
    await writer.flush();
    for (const [stream, bytes] of stored) {
      assert.ok((await collect(repository.readStream(stream))).equals(bytes), `${bytes.length} bytes`);
      for (const [from, to] of [
        [0, 0],
        [0, 1],
        [bytes.length, bytes.length],
        [bytes.length >> 1, bytes.length],
        [1, bytes.length - 1],
      ] as const) {
        if (from < 0 || to > bytes.length || from > to) continue;
        assert.ok(
          (await collect(repository.readStream(stream, { from, to }))).equals(bytes.subarray(from, to)),
          `${from} to ${to}`,
        );
      }
      await assert.rejects(collect(repository.readStream(stream, { from: 0, to: bytes.length + 1 })), (error) =>
        isFault(error, 'invalid'),
      );
    }
  });

  it('of 64 MiB and one byte less or more fills packs of at most 32 MiB', async () => {
    for (const size of [64 * MiB - 1, 64 * MiB, 64 * MiB + 1]) {
      const { open, blobs } = world();
      const repository = await open();
      const writer = repository.packWriter();
      const bytes = noise(size, 9);
      const stream = await writer.store('original', 'binary', inPieces(bytes, MiB));
      const refs = await writer.flush();
      assert.ok(refs.length >= 2 && refs.every((ref) => ref.length <= 32 * MiB));
      assert.equal(
        writer.bytesStored,
        refs.reduce((sum, ref) => sum + ref.length, 0),
      );
      assert.ok(writer.bytesStored < size * 1.001 + 100_000);
      for (const ref of refs) {
        const name = `packs/${ref.pack.slice(0, 2)}/${ref.pack}`;
        assert.equal((await blobs.head('repository', name))?.length, ref.length);
        await repository.checkPack(ref.pack, 'content');
      }
      assert.equal(sha256(await collect(repository.readStream(stream))), sha256(bytes));
    }
  });

  it('that is small shares segments: a thousand mails are one pack, read in few pieces', async () => {
    const { open, blobs } = world();
    const repository = await open();
    const writer = repository.packWriter();
    const mail = (n: number): Buffer =>
      Buffer.from(`Subject: Report ${n}\r\nMessage-ID: <${n}@x>\r\n\r\n${'All went well. '.repeat(100)}`);
    const streams: StoredStream[] = [];
    for (let n = 0; n < 1_000; n++) streams.push(await writer.store('original', 'mime', inPieces(mail(n))));
    const [pack, ...others] = await writer.flush();
    assert.ok(pack !== undefined && others.length === 0);
    assert.ok(pack.length < 1_000 * mail(0).length * 0.05, 'neighbours compress together');
    const process = boundary();
    const reading = await open({ blobs: process.wrap('blobs', blobs) });
    const before = process.calls.length;
    for (const [n, stream] of streams.entries()) assert.ok((await collect(reading.readStream(stream))).equals(mail(n)));
    assert.ok(process.calls.length - before <= 4, 'one read per segment, not per mail');
  });

  it('that is equal is stored once, in one writer, across writers, and inside a larger stream after an insertion', async () => {
    const { open } = world();
    const repository = await open();
    const first = repository.packWriter();
    const attachment = noise(300_000, 3);
    const large = noise(24 * MiB, 4);
    const a = await first.store('original', 'binary', inPieces(attachment));
    const b = await first.store('original', 'binary', inPieces(attachment));
    assert.deepEqual(a.parts, b.parts);
    await first.store('original', 'binary', inPieces(large));
    await first.flush();
    const before = first.bytesStored;
    assert.ok(before < 25 * MiB);

    const second = repository.packWriter();
    const c = await second.store('original', 'binary', inPieces(attachment));
    const shifted = Buffer.concat([noise(1000, 5), large]);
    const moved = await second.store('original', 'binary', inPieces(shifted));
    await second.flush();
    assert.deepEqual(c.parts, a.parts);
    assert.ok(second.bytesStored < 6 * MiB, `${second.bytesStored} bytes for an insertion of 1,000`);
    assert.ok((await collect(repository.readStream(moved))).equals(shifted));
  });

  it('whose source fails leaves nothing of itself behind', async () => {
    const { open } = world();
    const repository = await open();
    const writer = repository.packWriter();
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield* inPieces(noise(1000));
      throw new Fault('unavailable', 'The source broke off');
    }
    await assert.rejects(writer.store('original', 'text', failing()), (error) => isFault(error, 'unavailable'));
    const after = await writer.store('original', 'text', inPieces(noise(50, 2)));
    await writer.flush();
    assert.ok((await collect(repository.readStream(after))).equals(noise(50, 2)));
  });

  it('may be stored by calls that overlap', async () => {
    const { open } = world();
    const repository = await open();
    const writer = repository.packWriter({ packBytes: 3 * MiB });
    const all = await Promise.all(
      Array.from({ length: 20 }, async (_, n) => {
        const bytes = noise(n * 100_003, n + 1);
        return { bytes, stream: await writer.store('original', n % 2 === 0 ? 'binary' : 'text', inPieces(bytes)) };
      }),
    );
    const refs = await writer.flush();
    assert.ok(refs.length > 3 && refs.every((ref) => ref.length <= 3 * MiB));
    for (const { bytes, stream } of all) assert.ok((await collect(repository.readStream(stream))).equals(bytes));
  });

  it('that was not flushed cannot be named by a slice', async () => {
    const { open, random } = world();
    const repository = await open();
    const stream = await repository.packWriter().store('original', 'text', inPieces(noise(10)));
    const slice = sliceOf(await take(repository), random, { entries: [storedEntry('a', stream)] });
    await assert.rejects(
      repository.putSlice(slice),
      (error) => isFault(error, 'invalid') && /flushed/.test(error.message),
    );
  });
});

describe('a stream longer than a job', () => {
  const bytes = noise(40 * MiB, 7);

  async function storeInJobs(
    writerOf: () => PackWriter,
    cutAfter: number,
  ): Promise<{ stream: StoredStream; jobs: number }> {
    let state: LargeStreamState | undefined;
    for (let jobs = 1; ; jobs++) {
      const writer = writerOf();
      const result = await writer.storeLarge(
        'original',
        inPieces(bytes.subarray(state?.bytes ?? 0), 100_000),
        state,
        cutAfter,
      );
      await writer.flush();
      if (result.complete) return { stream: result.stream, jobs };
      // Another process goes on from what a slice kept.
      state = JSON.parse(JSON.stringify(result.state)) as LargeStreamState;
    }
  }

  it('goes on at a cut in another process and ends with the same chunks and hash as in one go', async () => {
    const { open } = world();
    const repository = await open();
    const inJobs = await storeInJobs(() => repository.packWriter(), 8 * MiB);
    assert.ok(inJobs.jobs >= 4);
    assert.equal(inJobs.stream.sha256, sha256(bytes));
    assert.equal(sha256(await collect(repository.readStream(inJobs.stream))), sha256(bytes));
    const inOneGo = await (await open()).packWriter().store('original', 'binary', inPieces(bytes));
    assert.deepEqual(
      inJobs.stream.parts.map((part) => part.chunk),
      inOneGo.parts.map((part) => part.chunk),
    );
  });

  it('refuses a saved state that is not one', async () => {
    const { open } = world();
    const writer = (await open()).packWriter();
    const state = { bytes: 0, sha256State: 'AAAA', parts: [] };
    await assert.rejects(writer.storeLarge('original', inPieces(bytes), state, MiB), (error) =>
      isFault(error, 'invalid'),
    );
  });
});

describe('memory for packs', () => {
  it('makes writers send small packs early when it is short, and all of them finish', async () => {
    const budget = memoryBudget(4 * MiB);
    const blobs = memoryBlobStore();
    const ports = { blobs, tables: memoryTableStore(), random: seededRandom('memory'), clock: virtualClock(), budget };
    const repository = await createRepository(ports, { vault }, tenant);
    let most = 0;
    const results = await Promise.all(
      Array.from({ length: 4 }, async (_, n) => {
        const writer = repository.packWriter();
        const content = noise(10 * MiB, 100 + n);
        const stream = await writer.store('original', 'binary', inPieces(content));
        most = Math.max(most, budget.used);
        return { stream, content, refs: await writer.flush() };
      }),
    );
    assert.ok(results.every(({ refs }) => refs.length > 1));
    assert.ok(most <= 8 * MiB, `${most} bytes at once`);
    assert.equal(budget.used, 0);
    for (const { stream, content } of results)
      assert.ok((await collect(repository.readStream(stream))).equals(content));
  });

  it('is given back when a writer is abandoned', async () => {
    const budget = memoryBudget(8 * MiB);
    const ports = {
      blobs: memoryBlobStore(),
      tables: memoryTableStore(),
      random: seededRandom('abandon'),
      clock: virtualClock(),
      budget,
    };
    const writer = (await createRepository(ports, { vault }, tenant)).packWriter();
    await writer.store('original', 'binary', inPieces(noise(3 * MiB)));
    assert.ok(budget.used > 0 && writer.buffered > 3 * MiB);
    writer.abandon();
    assert.equal(budget.used, 0);
    assert.equal(writer.buffered, 0);
  });
});

describe('memory of what is sent and read', () => {
  it('is used again for the next pack when a pack was sent, by the same writer and by the next', async () => {
    const { open, blobs } = world();
    const used: ArrayBufferLike[] = [];
    const watched = {
      ...blobs,
      create: async (...args: Parameters<typeof blobs.create>) => {
        if (args[1].startsWith('packs/')) used.push(args[2].buffer);
        return blobs.create(...args);
      },
    };
    const repository = await open({ blobs: watched });
    for (const seed of [1, 2]) {
      const content = noise(70 * MiB, seed);
      const writer = repository.packWriter();
      const stream = await writer.store('original', 'binary', inPieces(content, MiB));
      await writer.flush();
      assert.ok((await collect(repository.readStream(stream))).equals(content));
    }
    const large = used.filter(({ byteLength }) => byteLength === 32 * MiB);
    assert.ok(large.length >= 4);
    assert.equal(new Set(large).size, 1);
  });

  it('is one and the same for the ranges of a stream, whose pieces stay what they were', async () => {
    const { open, blobs } = world();
    const lent: (Uint8Array | undefined)[] = [];
    const intoMemory = {
      ...blobs,
      async read(...[container, name, range, memory]: Parameters<typeof blobs.read>) {
        const bytes = await blobs.read(container, name, range);
        if (!name.startsWith('packs/')) return bytes;
        lent.push(memory);
        if (memory === undefined || memory.length < bytes.length) return bytes;
        memory.set(bytes);
        return memory.subarray(0, bytes.length);
      },
    };
    const repository = await open({ blobs: intoMemory });
    const writer = repository.packWriter();
    const content = noise(40 * MiB, 3);
    const stream = await writer.store('original', 'binary', inPieces(content, MiB));
    await writer.flush();
    const pieces = await Array.fromAsync(repository.readStream(stream));
    assert.ok(Buffer.concat(pieces).equals(content));
    assert.ok(lent.length >= 10);
    assert.ok(lent.slice(1).every((memory) => memory !== undefined && memory.length <= 5 * MiB));
    assert.ok(new Set(lent.map((memory) => memory?.buffer)).size <= 4);
  });
});

describe('storage trouble while content is stored', () => {
  it('is thrown as it came, and a second flush sends the same bytes', async () => {
    const { open, blobs } = world();
    const sent: { name: string; bytes: string }[] = [];
    let failures = 2;
    const flaky = {
      ...blobs,
      create: async (...args: Parameters<typeof blobs.create>) => {
        if (args[1].startsWith('packs/')) {
          sent.push({ name: args[1], bytes: sha256(args[2]) });
          if (failures-- > 0) throw new Fault('storage-full', 'No room', { origin: 'storage' });
        }
        return blobs.create(...args);
      },
    };
    const repository = await open({ blobs: flaky });
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'text', inPieces(noise(5000)));
    for (let attempt = 0; attempt < 2; attempt++) {
      await assert.rejects(writer.flush(), (error) => isFault(error, 'storage-full') && error.origin === 'storage');
    }
    assert.equal((await writer.flush()).length, 1);
    assert.equal(new Set(sent.map(({ name, bytes }) => `${name} ${bytes}`)).size, 1);
    assert.ok((await collect(repository.readStream(stream))).equals(noise(5000)));
  });
});

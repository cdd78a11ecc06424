import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, isFault } from '../fault.ts';
import type { PackId, ResourceId, SliceId } from '../model/ids.ts';
import { memoryBlobStore } from '../testing/memoryBlobStore.ts';
import { memoryTableStore } from '../testing/memoryTableStore.ts';
import { seededRandom } from '../testing/seededRandom.ts';
import { virtualClock } from '../testing/virtualClock.ts';
import { openRepository } from './openRepository.ts';
import type { OpenRepository } from './openRepository.ts';
import {
  collect,
  everyEntry,
  inPieces,
  noise,
  publishRound,
  resource,
  storedEntry,
  take,
  tenant,
  vault,
  world,
} from './testing/world.ts';

type Blob = ReturnType<ReturnType<typeof memoryBlobStore>['dump']>[number];

/** Two points over two items, so that every kind of object is there at least twice. */
async function build(): Promise<readonly Blob[]> {
  const { open, blobs, random } = world();
  const repository = await open();
  let head = await take(repository);
  for (const round of [1, 2]) {
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'binary', inPieces(noise(300 + round, round)));
    const packs = await writer.flush();
    ({ head } = await publishRound(repository, random, head, round, [storedEntry(`m${round}`, stream)], [], packs));
  }
  return blobs.dump();
}

async function openOver(blobs: readonly Blob[]): Promise<OpenRepository> {
  const store = memoryBlobStore();
  for (const { container, name, bytes } of blobs) await store.create(container, name, bytes);
  const ports = { blobs: store, tables: memoryTableStore(), random: seededRandom('reader'), clock: virtualClock() };
  return openRepository(ports, { vault }, tenant);
}

/** Opens everything there is: packs whole, slices, roots, pages, streams. Answers the first trouble. */
async function readAll(blobs: readonly Blob[], all: readonly Blob[]): Promise<unknown> {
  try {
    const repository = await openOver(blobs);
    for (const { name } of all) {
      const id = name.split('/').at(-1) ?? '';
      if (name.startsWith('slices/')) await repository.openSlice(resource, id as SliceId);
      if (name.startsWith('packs/')) await repository.checkPack(id as PackId, kindOf(all, name));
      if (!name.startsWith('points/')) continue;
      const reader = await repository.points.open(resource, id as never);
      for (const entry of await everyEntry(reader))
        for (const stream of entry.streams) await collect(repository.readStream(stream));
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

const kindOf = (all: readonly Blob[], name: string): 'content' | 'meta' =>
  all.find((blob) => blob.name === name)?.bytes[5] === 1 ? 'content' : 'meta';
const changedBlob = (all: readonly Blob[], name: string, change: (bytes: Uint8Array) => Uint8Array): Blob[] =>
  all.map((blob) => (blob.name === name ? { ...blob, bytes: change(blob.bytes.slice()) } : blob));

const sealed = (blob: Blob): boolean => !['config', 'keys/1'].includes(blob.name);

function assertNamed(trouble: unknown, name: string, what: string): void {
  assert.ok(trouble instanceof Fault, `${what} of ${name} went unseen or was a defect: ${String(trouble)}`);
  // An object format from the future is the one honest other answer to a changed header.
  assert.ok(
    isFault(trouble, 'corrupt', 'missing', 'unsupported'),
    `${what} of ${name}: ${trouble.kind} ${trouble.message}`,
  );
  assert.ok(trouble.message.includes(name), `${what} of ${name} is told as: ${trouble.message}`);
  assert.equal(trouble.origin, 'storage');
}

describe('storage that was changed behind our back', () => {
  it('opens as it is while nobody touched it', async () => {
    const all = await build();
    assert.equal(await readAll(all, all), undefined);
    assert.deepEqual(
      new Set(all.map(({ name }) => name.split('/')[0])),
      new Set(['config', 'keys', 'packs', 'points', 'slices']),
    );
  });

  it('is found out at a flipped bit in every byte of every object, by name', async () => {
    const all = await build();
    let flips = 0;
    for (const { name, bytes } of all.filter(sealed)) {
      for (let at = 0; at < bytes.length; at++) {
        const trouble = await readAll(
          changedBlob(all, name, (changed) => {
            changed[at] = (changed[at] ?? 0) ^ (1 << (at & 7));
            return changed;
          }),
          all.filter((blob) => blob.name === name),
        );
        // The kind byte of a pack says what the sweep itself expects of it.
        if (!(trouble === undefined && name.startsWith('packs/') && at === 5))
          assertNamed(trouble, name, `a flip in byte ${at}`);
        flips++;
      }
    }
    assert.ok(flips > 4_000, `${flips} flips`);
  });

  it('is found out when an object is cut, emptied, lengthened or taken away, by name', async () => {
    const all = await build();
    for (const { name, bytes } of all.filter(sealed)) {
      for (const length of [0, 1, 31, 32, 40, bytes.length >> 1, bytes.length - 1]) {
        assertNamed(
          await readAll(
            changedBlob(all, name, (whole) => whole.subarray(0, length)),
            all,
          ),
          name,
          `a cut to ${length}`,
        );
      }
      assertNamed(
        await readAll(
          changedBlob(all, name, (whole) => Buffer.concat([whole, Buffer.alloc(1)])),
          all,
        ),
        name,
        'a byte more',
      );
      assertNamed(
        await readAll(
          all.filter((blob) => blob.name !== name),
          all,
        ),
        name,
        'a removal',
      );
    }
  });

  it('is found out when two objects change places, or one is put under the name of another', async () => {
    const all = await build();
    for (const one of all.filter(sealed)) {
      for (const other of all.filter(sealed)) {
        if (one.name === other.name) continue;
        const swapped = changedBlob(all, one.name, () => other.bytes);
        assertNamed(await readAll(swapped, [one]), one.name, `the bytes of ${other.name} in place`);
      }
    }
  });

  it('is found out when it is the storage of another repository or another resource', async () => {
    const all = await build();
    const { open, blobs, random } = world('another');
    const repository = await open();
    await publishRound(repository, random, await take(repository), 1, []);
    const foreign = blobs.dump().find(({ name }) => name.startsWith('points/'));
    const root = all.find(({ name }) => name.startsWith('points/'));
    assert.ok(foreign !== undefined && root !== undefined);
    assertNamed(
      await readAll(
        changedBlob(all, root.name, () => foreign.bytes),
        [root],
      ),
      root.name,
      'a foreign root',
    );

    const other = 'cd'.repeat(16) as ResourceId;
    const moved = { ...root, name: root.name.replace(resource, other) };
    const reader = await openOver([...all, moved]);
    const id = root.name.split('/')[2] as never;
    await assert.rejects(
      reader.points.open(other, id),
      (error) => isFault(error, 'corrupt') && error.message.includes(moved.name),
    );
  });

  it('is found out in a sealed column: another bit, row, column or resource', async () => {
    const { open } = world();
    const repository = await open();
    const bytes = Buffer.from('subject');
    const column = repository.sealColumn('scope', 'catalog/row/column', bytes);
    assert.ok(Buffer.from(await repository.openColumn('scope', 'catalog/row/column', column)).equals(bytes));
    assert.notDeepEqual(repository.sealColumn('scope', 'catalog/row/column', bytes), column);
    const isCorrupt = (error: unknown): boolean => isFault(error, 'corrupt');
    await assert.rejects(repository.openColumn('scope', 'catalog/row/other', column), isCorrupt);
    await assert.rejects(repository.openColumn('other', 'catalog/row/column', column), isCorrupt);
    await assert.rejects(repository.openColumn('scope', 'catalog/row/column', column.subarray(0, 20)), isCorrupt);
    for (let bit = 0; bit < column.length * 8; bit++) {
      const changed = Uint8Array.from(column);
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      await assert.rejects(repository.openColumn('scope', 'catalog/row/column', changed), isCorrupt);
    }
  });

  it('is found out before the end of a stream reaches its reader', async () => {
    const { open, blobs } = world();
    const repository = await open();
    const writer = repository.packWriter();
    const stream = await writer.store('original', 'binary', inPieces(noise(12 * 1024 * 1024)));
    const [pack] = await writer.flush();
    const last = stream.parts.at(-1);
    assert.ok(pack !== undefined && last !== undefined);
    blobs.tamper('repository', `packs/${pack.pack.slice(0, 2)}/${pack.pack}`, (bytes) => {
      bytes[last.place.at + 5] = (bytes[last.place.at + 5] ?? 0) ^ 1;
      return bytes;
    });
    let received = 0;
    await assert.rejects(
      async () => {
        for await (const piece of repository.readStream(stream)) received += piece.byteLength;
      },
      (error) => isFault(error, 'corrupt') && error.message.includes(pack.pack),
    );
    assert.ok(received < stream.size);
  });

  it('counts a root as broken, and why, when points are looked for without tables', async () => {
    const all = await build();
    const pack = all.find(({ name, bytes }) => name.startsWith('packs/') && bytes[5] === 1);
    assert.ok(pack !== undefined);
    const repository = await openOver(all.filter(({ name }) => name !== pack.name));
    const found = await Array.fromAsync(repository.pointsFromBlobs());
    assert.equal(found.length, 2);
    const broken = found.filter((point) => point.kind === 'broken');
    assert.ok(
      broken.length > 0 && broken.every(({ fault }) => fault.kind === 'missing' && fault.message.includes(pack.name)),
    );
    assert.ok((await Array.fromAsync((await openOver(all)).pointsFromBlobs())).every(({ kind }) => kind === 'whole'));
  });
});

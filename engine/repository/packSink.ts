import type { PackId } from '../model/ids.ts';
import type { SegmentPlace } from '../model/stream.ts';
import type { Compressed } from './compress.ts';
import { packName } from './core.ts';
import type { Core } from './core.ts';
import { freeNow } from './freeNow.ts';
import { newId } from './newId.ts';
import { largestPack, openPack, packCapacity } from './pack.ts';
import type { OpenPack, PackedChunk, PackKind, Writable } from './pack.ts';
import type { PackRef } from './repository.ts';

/** Packs that outgrow this move into a buffer of full size. */
const SMALL_BYTES = 4 * 1024 * 1024;

/** A place that is still to be filled in. */
export const placeToCome = (): Writable<SegmentPlace> => ({
  pack: '' as PackId,
  segment: -1,
  at: 0,
  stored: 0,
  plain: 0,
  codec: 'raw',
  epoch: 0,
});
/** False until the segment was sealed into a pack. */
export const isPlaced = (place: SegmentPlace): boolean => place.segment >= 0;

/** Fills packs one after the other and uploads them whole. For one job; calls must not overlap. */
export interface PackSink {
  /**
   * Seals a segment and completes `place`. Uploads the open pack first when it is full or memory is short. When it has
   * succeeded, `compressed` is used up, unless it is raw and so the caller's own bytes.
   */
  add(
    compressed: Compressed,
    plain: number,
    place: Writable<SegmentPlace>,
    chunks?: readonly PackedChunk[],
  ): Promise<void>;
  /** Uploads what is open. After a fault it may be called again and sends the same bytes. */
  close(): Promise<void>;
  /** Packs uploaded since the last call. */
  takeRefs(): PackRef[];
  /** Drops what was not uploaded. */
  abandon(): void;
  readonly bytesStored: number;
  readonly buffered: number;
}

export function packSink(core: Core, kind: PackKind, packBytes = largestPack): PackSink {
  let open: OpenPack | undefined;
  /** Closed, and not known to be stored. */
  let sealed: { readonly id: PackId; readonly bytes: Uint8Array } | undefined;
  let held = 0;
  /** Of full size, where the pack is now. */
  let large: Buffer | undefined;
  let refs: PackRef[] = [];
  let bytesStored = 0;

  /** `reusable`: the memory of the pack, when nobody else can hold it still. */
  const release = (reusable?: Buffer): void => {
    open = undefined;
    sealed = undefined;
    large = undefined;
    core.budget.give(held, reusable);
    held = 0;
  };

  async function close(): Promise<void> {
    if (open !== undefined) {
      sealed = { id: open.id, bytes: open.finish() };
      open = undefined;
    }
    if (sealed === undefined) return;
    await core.blobs.create('repository', packName(sealed.id), sealed.bytes);
    refs.push({ pack: sealed.id, kind, length: sealed.bytes.byteLength });
    bytesStored += sealed.bytes.byteLength;
    release(large);
  }

  /** Takes the memory for a pack of `needed` bytes, if there is so much. */
  function grow(pack: OpenPack, needed: number): boolean {
    if (needed <= held) return true;
    const lent = needed > SMALL_BYTES && large === undefined ? core.budget.tryLend(held) : undefined;
    if (lent === undefined && !core.budget.tryTake(needed - held)) return false;
    held = lent?.length ?? needed;
    if (needed > SMALL_BYTES && large === undefined) {
      // Of a new one the system gives only what is written to.
      large = lent ?? Buffer.alloc(largestPack);
      pack.moveTo(large);
    }
    return true;
  }

  /** The open pack with room for `bytes` more; where there is no memory for it, it goes out early. */
  async function packWithRoom(bytes: number, chunks: number): Promise<OpenPack> {
    if (open !== undefined) {
      if (grow(open, packCapacity(open.lengthWith(bytes, chunks)))) return open;
      await close();
    }
    const fresh = openPack(core.ring, newId(core.random) as PackId, kind);
    const needed = packCapacity(fresh.lengthWith(bytes, chunks));
    await core.budget.take(needed);
    held = needed;
    open = fresh;
    return fresh;
  }

  return {
    async add(compressed, plain, place, chunks = []) {
      // A pack whose upload failed goes first, with the same bytes.
      if (sealed !== undefined) await close();
      if (open !== undefined && open.lengthWith(compressed.bytes.byteLength, chunks.length) > packBytes) await close();
      (await packWithRoom(compressed.bytes.byteLength, chunks.length)).append(compressed, plain, place, chunks);
      if (compressed.codec === 'zstd') freeNow(compressed.bytes);
    },
    close,
    takeRefs() {
      const taken = refs;
      refs = [];
      return taken;
    },
    abandon() {
      release();
      refs = [];
    },
    get bytesStored() {
      return bytesStored;
    },
    get buffered() {
      return open?.length ?? sealed?.bytes.byteLength ?? 0;
    },
  };
}

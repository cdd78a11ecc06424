import { Fault, isFault } from '../fault.ts';
import type { PackId } from '../model/ids.ts';
import type { SegmentPlace } from '../model/stream.ts';
import type { BlobStore, Container } from '../ports/blobStore.ts';
import { decompress } from './compress.ts';
import { packName } from './core.ts';
import type { Core } from './core.ts';
import { freeNow } from './freeNow.ts';
import { lru } from './lru.ts';
import { movedPacks } from './moved.ts';
import { notWhatWasWritten, objectSeal } from './objectSeal.ts';
import type { ObjectSeal } from './objectSeal.ts';
import type { PackKind } from './pack.ts';

/** Neighbours within this many sealed bytes come with one read. */
const MOST_AT_ONCE = 4 * 1024 * 1024;
/** Opened segments that are shared by small items stay for the next one. */
const KEPT_BYTES = 8 * 1024 * 1024;
const KEEP_UP_TO = 1024 * 1024;
const KEPT_SEALS = 64;

/** Reads segments by place: neighbours together, checked, decompressed. Packs that were rewritten are followed. */
export interface SegmentReader {
  /** The plain bytes of each place, in order; memory is bounded by one read. Faults `missing`, `corrupt` naming the pack. */
  read(kind: PackKind, places: readonly SegmentPlace[]): AsyncIterable<Uint8Array>;
}

export function segmentReader(core: Pick<Core, 'blobs' | 'ring'>, keptBytes = KEPT_BYTES): SegmentReader {
  const kept = lru<Uint8Array>(keptBytes);
  const moved = movedPacks(core);
  /** Rewritten packs whose blobs were not there: nobody looks for these again. */
  const gone = new Set<PackId>();
  // Small items lie beside one another: the key of their pack is made once.
  const seals = lru<ObjectSeal>(KEPT_SEALS);
  function sealOf(kind: PackKind, { epoch, pack }: SegmentPlace): ObjectSeal {
    const name = `${kind}/${epoch}/${pack}`;
    const seal = seals.get(name) ?? objectSeal(core.ring, { kind, epoch, id: pack }, packName(pack));
    seals.set(name, seal);
    return seal;
  }

  function open(kind: PackKind, place: SegmentPlace, sealed: Uint8Array): Uint8Array {
    const name = packName(place.pack);
    if (sealed.byteLength !== place.stored) throw notWhatWasWritten(name, `segment ${place.segment} is cut off`);
    const opened = sealOf(kind, place).open(
      { index: place.segment, count: 0, plain: place.plain, codec: place.codec },
      sealed,
    );
    const plain = decompress(place.codec, opened, place.plain);
    if (place.codec === 'zstd') freeNow(opened);
    return plain;
  }

  /** Undefined when the pack is gone because what it held lies elsewhere now. Fault `missing` when it is just gone. */
  async function bytesAt(
    first: SegmentPlace,
    range: { readonly from: number; readonly length: number },
    memory: Uint8Array | undefined,
  ): Promise<Uint8Array | undefined> {
    if (gone.has(first.pack)) return undefined;
    try {
      return await readNeeded(core.blobs, 'repository', packName(first.pack), range, memory);
    } catch (error) {
      if (!isFault(error, 'missing') || (await moved.record(first.pack)) === undefined) throw error;
      gone.add(first.pack);
      return undefined;
    }
  }

  const reader: SegmentReader = {
    async *read(kind, places) {
      // One range is put over the other: what is opened out of it is bytes of its own.
      let memory: Uint8Array | undefined;
      for (let next = 0; next < places.length;) {
        const first = places[next] as SegmentPlace;
        const already = kept.get(keyOf(kind, first));
        if (already !== undefined) {
          yield already;
          next += 1;
          continue;
        }
        const group = neighbours(places, next);
        const last = group.at(-1) as SegmentPlace;
        const range = { from: first.at, length: last.at + last.stored - first.at };
        const bytes = await bytesAt(first, range, memory);
        if (bytes === undefined) {
          yield* reader.read(kind, await onwards(group));
          next += group.length;
          continue;
        }
        if (memory === undefined || bytes.byteLength > memory.byteLength) memory = bytes;
        for (const place of group) {
          const sealed = bytes.subarray(place.at - first.at, place.at - first.at + place.stored);
          const opened = await openOrFollow(kind, place, sealed);
          // Pages are kept opened by their reader.
          if (kind === 'content' && opened.byteLength <= KEEP_UP_TO)
            kept.set(keyOf(kind, place), opened, opened.byteLength);
          yield opened;
        }
        next += group.length;
      }
    },
  };
  return reader;

  async function onwards(group: readonly SegmentPlace[]): Promise<SegmentPlace[]> {
    const places: SegmentPlace[] = [];
    for (const place of group) places.push((await moved.next(place)) ?? place);
    return places;
  }

  /** What does not open here was perhaps found elsewhere, and the pack repaired. */
  async function openOrFollow(kind: PackKind, place: SegmentPlace, sealed: Uint8Array): Promise<Uint8Array> {
    try {
      return open(kind, place, sealed);
    } catch (error) {
      if (!isFault(error, 'corrupt')) throw error;
      const next = await movedPlace(place);
      if (next === undefined) throw error;
      for await (const opened of reader.read(kind, [next])) return opened;
      throw error;
    }
  }

  async function movedPlace(place: SegmentPlace): Promise<SegmentPlace | undefined> {
    try {
      return await moved.next(place);
    } catch (error) {
      if (!isFault(error, 'missing', 'corrupt')) throw error;
      return undefined;
    }
  }
}

/** Reads a blob that a sealed object names: when it is not there, it is missing. */
export async function readNeeded(
  blobs: BlobStore,
  container: Container,
  name: string,
  range?: { readonly from: number; readonly length: number },
  memory?: Uint8Array,
): Promise<Uint8Array> {
  try {
    return await blobs.read(container, name, range, memory);
  } catch (cause) {
    if (!isFault(cause, 'not-found')) throw cause;
    throw new Fault(
      'missing',
      `${name} is missing from storage. Bring it back from a copy of the storage account, or back the items up again.`,
      { origin: 'storage', cause },
    );
  }
}

const keyOf = (kind: PackKind, place: SegmentPlace): string =>
  `${kind}/${place.pack}/${place.segment}/${place.at}/${place.stored}/${place.plain}/${place.codec}/${place.epoch}`;

/** Places from `from` on that lie behind one another in one pack. */
function neighbours(places: readonly SegmentPlace[], from: number): readonly SegmentPlace[] {
  const first = places[from] as SegmentPlace;
  let end = from + 1;
  for (; end < places.length; end++) {
    const before = places[end - 1] as SegmentPlace;
    const place = places[end] as SegmentPlace;
    if (place.pack !== first.pack || place.at !== before.at + before.stored) break;
    if (place.at + place.stored - first.at > MOST_AT_ONCE) break;
  }
  return places.slice(from, end);
}

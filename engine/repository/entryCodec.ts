import type { Entry } from '../model/item.ts';
import type { ChunkId, PackId } from '../model/ids.ts';
import type { SegmentPlace, StoredStream, StreamPart } from '../model/stream.ts';
import { Fault } from '../fault.ts';
import { isPlaced } from './packSink.ts';

/** [pack number, segment, at, stored, plain, 1 when zstd, epoch] */
type PlaceRow = readonly [number, number, number, number, number, 0 | 1, number];
/** [place number, offset, length, chunk id or 0] */
type PartRow = readonly [number, number, number, ChunkId | 0];
type StreamRow = readonly [name: string, size: number, sha256: string, parts: readonly PartRow[]];

/** Entries as pages and slices hold them: packs and segments are named once and numbered. */
export interface EncodedEntries {
  readonly packs: readonly PackId[];
  readonly places: readonly PlaceRow[];
  readonly entries: readonly (Omit<Entry, 'streams'> & { readonly streams: readonly StreamRow[] })[];
}

/** Fault `invalid` for a stream whose segment was not flushed: nothing durable may name it. */
export function encodeEntries(entries: readonly Entry[]): EncodedEntries {
  const table = placeTable();
  const encoded = entries.map((entry) => ({
    ...entry,
    streams: entry.streams.map((stream) => table.streamRow(stream)),
  }));
  return { packs: table.packs, places: table.places, entries: encoded };
}

export function decodeEntries(encoded: EncodedEntries): Entry[] {
  const places = encoded.places.map(([pack, segment, at, stored, plain, zstd, epoch]): SegmentPlace => ({
    pack: encoded.packs[pack] as PackId,
    segment,
    at,
    stored,
    plain,
    codec: zstd === 1 ? 'zstd' : 'raw',
    epoch,
  }));
  const partOf = ([place, offset, length, chunk]: PartRow): StreamPart => ({
    place: places[place] as SegmentPlace,
    offset,
    length,
    ...(chunk !== 0 && { chunk }),
  });
  return encoded.entries.map((entry) => ({
    ...entry,
    streams: entry.streams.map(([name, size, sha256, parts]) => ({ name, size, sha256, parts: parts.map(partOf) })),
  }));
}

function placeTable() {
  const packs: PackId[] = [];
  const places: PlaceRow[] = [];
  const packNumbers = new Map<PackId, number>();
  const placeNumbers = new Map<string, number>();
  const byIdentity = new Map<SegmentPlace, number>();

  const numberOfPack = (pack: PackId): number => {
    const known = packNumbers.get(pack);
    if (known !== undefined) return known;
    packNumbers.set(pack, packs.length);
    return packs.push(pack) - 1;
  };
  const numberOf = (place: SegmentPlace): number => {
    const known = byIdentity.get(place) ?? placeNumbers.get(`${place.pack}/${place.segment}`);
    if (known !== undefined) return known;
    if (!isPlaced(place)) throw new Fault('invalid', 'A stream was named before its pack was flushed.');
    const { pack, segment, at, stored, plain, codec, epoch } = place;
    const number = places.push([numberOfPack(pack), segment, at, stored, plain, codec === 'zstd' ? 1 : 0, epoch]) - 1;
    placeNumbers.set(`${pack}/${segment}`, number);
    byIdentity.set(place, number);
    return number;
  };

  return {
    packs,
    places,
    streamRow: ({ name, size, sha256, parts }: StoredStream): StreamRow => [
      name,
      size,
      sha256,
      parts.map(({ place, offset, length, chunk }) => [numberOf(place), offset, length, chunk ?? 0]),
    ],
  };
}

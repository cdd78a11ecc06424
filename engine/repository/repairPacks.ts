import type { ChunkId, PackId } from '../model/ids.ts';
import type { SegmentPlace, StoredStream } from '../model/stream.ts';
import { unlessDamaged } from './basis.ts';
import { zstd } from './compress.ts';
import type { Compressed } from './compress.ts';
import { chunkIdOf, packName, sha256Of } from './core.ts';
import type { Core } from './core.ts';
import { damagedPacks } from './damage.ts';
import { writeMoved } from './moved.ts';
import { HEADER_BYTES, objectSeal, readHeader } from './objectSeal.ts';
import { checkPack, readTrailer } from './pack.ts';
import type { PackedChunk, PackTrailer, Writable } from './pack.ts';
import { packNeeds, sameStreams } from './packNeeds.ts';
import type { Beat, PackNeed } from './packNeeds.ts';
import { packSink, placeToCome } from './packSink.ts';
import type { Pages } from './pages.ts';
import { readStream } from './readStream.ts';
import { readBack, recordOf } from './repack.ts';
import { readNeeded } from './segmentReader.ts';
import type { SegmentReader } from './segmentReader.ts';

/** What became of a damaged pack. */
export interface PackRepair {
  readonly pack: PackId;
  /**
   * `repaired`: all that can be had of it lies in a new pack. `later`: the next backup stores anew what it lost, and older
   * points can be given that too. `lost`: nothing of what it lost lies anywhere. `unneeded`: no point needs it, or it is whole.
   */
  readonly outcome: 'repaired' | 'later' | 'lost' | 'unneeded' | 'repairedBefore';
  /** Segments that were found elsewhere, and that were found nowhere. */
  readonly found: number;
  readonly missing: number;
}

/** The bytes of a segment as they go into another pack. */
interface Saved {
  readonly place: SegmentPlace;
  readonly compressed: Compressed;
  readonly chunks: readonly PackedChunk[];
}

/**
 * Writes what can be had of lost or damaged packs into new ones, and a record per old pack that says where it went: segments
 * that still open, and those whose bytes lie elsewhere, as the same chunk or in the same stream. A segment counts as found
 * only when everything that any point needs of it was. Writes new objects alone, read back before they count; readers try
 * the old pack first. One after the other: who stops in between goes on with the rest. May be repeated and killed anywhere.
 */
export async function* repairPacks(
  core: Core,
  pages: Pages,
  segments: SegmentReader,
  packs: readonly PackId[],
  beat: Beat,
): AsyncGenerator<PackRepair> {
  const wanted = [...new Set(packs)];
  const open = new Set<PackId>();
  for (const pack of wanted) if ((await core.moved.record(pack)) === undefined) open.add(pack);
  const needs = open.size === 0 ? new Map<PackId, PackNeed>() : await packNeeds(core, pages, open, beat);
  for (const pack of wanted) {
    const need = needs.get(pack);
    if (!open.has(pack)) yield { pack, outcome: 'repairedBefore', found: 0, missing: 0 };
    else if (need === undefined) yield { pack, outcome: 'unneeded', found: 0, missing: 0 };
    else yield await repairPack({ core, pages, segments, bad: open, beat }, pack, need);
  }
}

interface Tools {
  readonly core: Core;
  readonly pages: Pages;
  readonly segments: SegmentReader;
  readonly bad: ReadonlySet<PackId>;
  readonly beat: Beat;
}

async function repairPack(tools: Tools, pack: PackId, need: PackNeed): Promise<PackRepair> {
  const { core } = tools;
  if (await isPackWhole(core, pack, need.kind)) return { pack, outcome: 'unneeded', found: 0, missing: 0 };
  const trailer = await trailerOf(core, pack, need.kind, need.length);
  const chunks = Map.groupBy(trailer?.chunks ?? [], ([segment]) => segment);
  const chunksOf = (segment: number): PackedChunk[] =>
    (chunks.get(segment) ?? []).map(([, offset, length, chunk]) => ({ offset, length, chunk: chunk as ChunkId }));
  const saved: Saved[] = [];
  const lost: PackNeed['segments'] = new Map();
  for (const place of everySegment(core, pack, trailer, need)) {
    const compressed = await unlessDamaged(() => sealedSegment(core, need.kind, place));
    if (compressed !== undefined) saved.push({ place, compressed, chunks: chunksOf(place.segment) });
    else {
      const needed = need.segments.get(place.segment);
      if (needed !== undefined) lost.set(place.segment, needed);
    }
  }
  const found = need.kind === 'content' ? await findElsewhere(tools, lost) : [];
  const missing = lost.size - found.length;
  const counts = { pack, found: found.length, missing };
  if (found.length === 0 && missing > 0) return { ...counts, outcome: isStoredAnew(lost, found) ? 'later' : 'lost' };
  // A record is written once: it waits for what the next backup brings.
  if (missing > 0 && isStoredAnew(lost, found)) return { ...counts, outcome: 'later' };
  await writeAnew(core, pack, need, [...saved, ...found], missing > 0);
  return { ...counts, outcome: 'repaired' };
}

const isStoredAnew = (lost: PackNeed['segments'], found: readonly Saved[]): boolean => {
  const had = new Set(found.map(({ place }) => place.segment));
  return lost.values().some(({ place, parts }) => !had.has(place.segment) && parts.some(({ inNewest }) => inNewest));
};

/** Where something of a pack is: from its trailer, or as far as points say where that does not open. */
function everySegment(core: Core, pack: PackId, trailer: PackTrailer | undefined, need: PackNeed): SegmentPlace[] {
  const places = new Map([...need.segments].map(([index, { place }]) => [index, place]));
  const epoch = [...places.values()][0]?.epoch ?? core.ring.epoch;
  for (const [segment, [at, stored, plain, codec]] of (trailer?.segments ?? []).entries())
    if (!places.has(segment)) places.set(segment, { pack, segment, at, stored, plain, codec, epoch });
  return [...places.values()].toSorted((a, b) => a.segment - b.segment);
}

const trailerOf = (
  core: Core,
  pack: PackId,
  kind: PackNeed['kind'],
  length: number,
): Promise<PackTrailer | undefined> =>
  unlessDamaged(() =>
    readTrailer(core.ring, pack, kind, length, (from, bytes) =>
      readNeeded(core.blobs, 'repository', packName(pack), { from, length: bytes }),
    ),
  );

async function sealedSegment(core: Core, kind: PackNeed['kind'], place: SegmentPlace): Promise<Compressed> {
  const name = packName(place.pack);
  const sealed = await readNeeded(core.blobs, 'repository', name, { from: place.at, length: place.stored });
  const seal = objectSeal(core.ring, { kind, epoch: place.epoch, id: place.pack }, name);
  const facts = { index: place.segment, count: 0, plain: place.plain, codec: place.codec };
  return { codec: place.codec, bytes: seal.open(facts, sealed) };
}

/** Segments of which every needed run of bytes lies elsewhere. */
async function findElsewhere(tools: Tools, lost: PackNeed['segments']): Promise<Saved[]> {
  const { core, pages, segments, bad, beat } = tools;
  const parts = [...lost.values()].flatMap((segment) => segment.parts);
  const wanted = new Set(parts.flatMap(({ part }) => part.chunk ?? []));
  const chunkAt = await chunksElsewhere(core, wanted, bad, beat);
  const hashes = new Set(
    parts.filter(({ part }) => part.chunk === undefined || !chunkAt.has(part.chunk)).map(({ stream }) => stream.sha256),
  );
  const streams = await sameStreams(core, pages, hashes, bad, beat);
  const saved: Saved[] = [];
  for (const { place, parts: needed } of lost.values()) {
    const plain = Buffer.alloc(place.plain);
    const chunks = new Map<string, PackedChunk>();
    let isWhole = needed.length > 0;
    for (const { part, stream, from } of needed) {
      const bytes =
        (await chunkBytes(core, segments, part.chunk, chunkAt)) ??
        (await streamBytes(core, segments, streams.get(stream.sha256) ?? [], from, part.length));
      isWhole = bytes?.byteLength === part.length;
      if (bytes === undefined || !isWhole) break;
      plain.set(bytes, part.offset);
      const { offset, length, chunk } = part;
      if (chunk !== undefined) chunks.set(`${offset}/${length}`, { offset, length, chunk });
    }
    if (!isWhole) continue;
    const compressed = { codec: place.codec, bytes: place.codec === 'zstd' ? zstd(plain) : plain };
    saved.push({ place, compressed, chunks: [...chunks.values()] });
  }
  return saved;
}

type Chunks = ReadonlyMap<ChunkId, { readonly place: SegmentPlace; readonly offset: number; readonly length: number }>;

/** Chunks in other packs, by the index of this process, then by the trailers of all packs until each was found. */
async function chunksElsewhere(
  core: Core,
  wanted: ReadonlySet<ChunkId>,
  bad: ReadonlySet<PackId>,
  beat: Beat,
): Promise<Chunks> {
  const found = new Map<ChunkId, { place: SegmentPlace; offset: number; length: number }>();
  const avoided = new Set([...bad, ...(await damagedPacks(core))]);
  for (const chunk of wanted) {
    const known = core.chunks.find(chunk);
    if (known !== undefined && !avoided.has(known.place.pack)) found.set(chunk, known);
  }
  for (let token: string | undefined, more = found.size < wanted.size; more; more = token !== undefined) {
    const page = await core.blobs.list('repository', 'packs/', token);
    token = page.nextPageToken;
    for (const { name, length } of page.blobs) {
      if (found.size === wanted.size) return found;
      await beat();
      const pack = name.slice(name.lastIndexOf('/') + 1) as PackId;
      const trailer = avoided.has(pack) ? undefined : await trailerOf(core, pack, 'content', length);
      for (const [segment, offset, size, id] of trailer?.chunks ?? []) {
        const chunk = id as ChunkId;
        const facts = trailer?.segments[segment];
        if (!wanted.has(chunk) || found.has(chunk) || facts === undefined) continue;
        const [at, stored, plain, codec] = facts;
        const header = await readNeeded(core.blobs, 'repository', name, { from: 0, length: HEADER_BYTES });
        const { epoch } = readHeader(header, 'content', name);
        found.set(chunk, { place: { pack, segment, at, stored, plain, codec, epoch }, offset, length: size });
      }
    }
  }
  return found;
}

/** Undefined unless it is the very chunk. */
function chunkBytes(
  core: Core,
  segments: SegmentReader,
  chunk: ChunkId | undefined,
  chunks: Chunks,
): Promise<Uint8Array | undefined> {
  return unlessDamaged(async () => {
    const at = chunk === undefined ? undefined : chunks.get(chunk);
    if (at === undefined) return undefined;
    for await (const plain of segments.read('content', [at.place])) {
      const bytes = plain.subarray(at.offset, at.offset + at.length);
      if (chunkIdOf(core.ring, sha256Of(bytes)) === chunk) return bytes;
    }
    return undefined;
  });
}

/** Bytes of the first of these streams that can be read to its end: then its SHA-256 was checked. */
async function streamBytes(
  core: Core,
  segments: SegmentReader,
  streams: readonly StoredStream[],
  from: number,
  length: number,
): Promise<Uint8Array | undefined> {
  for (const stream of streams) {
    const bytes = await unlessDamaged(async () => {
      const wanted: Uint8Array[] = [];
      let at = 0;
      for await (const piece of readStream(core, segments, stream)) {
        wanted.push(Buffer.from(piece.subarray(Math.max(0, from - at), Math.max(0, from + length - at))));
        at += piece.byteLength;
      }
      return Buffer.concat(wanted);
    });
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

async function writeAnew(
  core: Core,
  pack: PackId,
  need: PackNeed,
  saved: readonly Saved[],
  lacksSegments: boolean,
): Promise<void> {
  const sink = packSink(core, need.kind);
  const places = new Map<number, Writable<SegmentPlace>>();
  try {
    for (const { place, compressed, chunks } of saved) {
      const to = placeToCome();
      places.set(place.segment, to);
      await sink.add(compressed, place.plain, to, chunks);
    }
    await sink.close();
  } catch (error) {
    sink.abandon();
    throw error;
  }
  for (const written of sink.takeRefs()) await readBack(core, need.kind, written.pack, written.length);
  await writeMoved(core, recordOf(pack, need.kind, need.length, places, lacksSegments));
}

/** Answers false where it is gone or damaged. */
const isPackWhole = async (core: Core, pack: PackId, kind: PackNeed['kind']): Promise<boolean> =>
  (await unlessDamaged(async () => {
    checkPack(core.ring, pack, kind, await readNeeded(core.blobs, 'repository', packName(pack)));
    return true;
  })) ?? false;

import type { ChunkId, PackId, PointId, ResourceId } from '../model/ids.ts';
import type { SegmentPlace } from '../model/stream.ts';
import { packName } from './core.ts';
import type { Core } from './core.ts';
import { writeMoved } from './moved.ts';
import type { MovedRecord } from './moved.ts';
import { objectSeal } from './objectSeal.ts';
import { checkPack, readTrailer } from './pack.ts';
import type { PackedChunk, PackKind, Writable } from './pack.ts';
import { packSink, placeToCome } from './packSink.ts';
import type { Pages } from './pages.ts';
import { readRoot } from './root.ts';
import { readNeeded } from './segmentReader.ts';

export interface Repack {
  /** Only packs of one kind go into others together. */
  readonly kind: PackKind;
  readonly packs: readonly { readonly pack: PackId; readonly length: number }[];
  /** Every root in storage that names one of them, or a pack that was rewritten into one of them. */
  readonly roots: readonly { readonly resource: ResourceId; readonly point: PointId }[];
  /** Packs of which more than this share is needed are left as they are. */
  readonly mostShare: number;
}

export interface Repacked {
  /** Packs whose needed segments lie elsewhere now. */
  readonly moved: readonly PackId[];
  /** Packs of which too much is needed. */
  readonly left: readonly PackId[];
  readonly bytesWritten: number;
}

/** Segments of one pack that something needs, by index. */
type Live = ReadonlyMap<number, SegmentPlace>;

/** Sealed bytes that come with one read. */
const MOST_AT_ONCE = 4 * 1024 * 1024;

/**
 * Writes the segments that are needed into new packs, sealed anew under the present epoch, compressed bytes as they are.
 * When these are durable and were read back, a record per old pack says where its segments went. Nothing is removed; a
 * kill leaves packs that nobody names. The packs must be on the list of those that nothing new may name, since before
 * the roots were listed. Faults `missing`, `corrupt`: then no record was written.
 */
export async function repack(core: Core, pages: Pages, work: Repack): Promise<Repacked> {
  const live = await liveSegments(core, pages, work);
  const shareOf = ({ pack, length }: Repack['packs'][number]): number =>
    [...(live.get(pack)?.values() ?? [])].reduce((sum, { stored }) => sum + stored, 0) / length;
  const chosen = work.packs.filter((pack) => shareOf(pack) <= work.mostShare);
  const left = work.packs.filter((pack) => !chosen.includes(pack)).map(({ pack }) => pack);

  const sink = packSink(core, work.kind);
  const gone = new Map<PackId, Map<number, Writable<SegmentPlace>>>();
  try {
    for (const old of chosen) {
      const places = new Map<number, Writable<SegmentPlace>>();
      gone.set(old.pack, places);
      const chunks = await chunksOf(core, work.kind, old);
      for await (const { place, bytes } of sealedSegments(core, work.kind, live.get(old.pack) ?? new Map())) {
        const to = placeToCome();
        places.set(place.segment, to);
        await sink.add({ codec: place.codec, bytes }, place.plain, to, chunks.get(place.segment));
      }
    }
    await sink.close();
  } catch (error) {
    sink.abandon();
    throw error;
  }
  const written = sink.takeRefs();
  for (const { pack, length } of written) await readBack(core, work.kind, pack, length);

  for (const { pack, length } of chosen)
    await writeMoved(core, recordOf(pack, work.kind, length, gone.get(pack) ?? new Map()));
  return {
    moved: chosen.map(({ pack }) => pack),
    left,
    bytesWritten: written.reduce((sum, { length }) => sum + length, 0),
  };
}

/** Only what storage gives back whole may take the place of another pack. */
export async function readBack(core: Core, kind: PackKind, pack: PackId, length: number): Promise<void> {
  await core.budget.take(length);
  try {
    checkPack(core.ring, pack, kind, await readNeeded(core.blobs, 'repository', packName(pack)));
  } finally {
    core.budget.give(length);
  }
}

export function recordOf(
  pack: PackId,
  kind: PackKind,
  length: number,
  places: ReadonlyMap<number, SegmentPlace>,
  lacksSegments = false,
): MovedRecord {
  const packs = [...new Set([...places.values()].map((place) => place.pack))];
  return {
    pack,
    kind,
    length,
    packs,
    segments: [...places].map(([segment, to]) => [
      segment,
      packs.indexOf(to.pack),
      to.segment,
      to.at,
      to.stored,
      to.epoch,
    ]),
    ...(lacksSegments && { lacksSegments }),
  };
}

/** Reads the pages that need one of the packs, no others. */
async function liveSegments(core: Core, pages: Pages, work: Repack): Promise<ReadonlyMap<PackId, Live>> {
  const live = new Map(work.packs.map(({ pack }) => [pack, new Map<number, SegmentPlace>()]));
  const leadsHere = new Map<PackId, boolean>();
  /** Does reading from this pack come to one of ours, perhaps over packs that were rewritten before? */
  async function isOurs(pack: PackId): Promise<boolean> {
    if (live.has(pack)) return true;
    const known = leadsHere.get(pack);
    if (known !== undefined) return known;
    const record = await core.moved.record(pack);
    let ours = false;
    for (const next of record?.packs ?? []) ours = (await isOurs(next)) || ours;
    leadsHere.set(pack, ours);
    return ours;
  }
  async function note(named: SegmentPlace): Promise<void> {
    for (let place: SegmentPlace | undefined = named; place !== undefined; place = await core.moved.next(place)) {
      const segments = live.get(place.pack);
      if (segments === undefined) continue;
      segments.set(place.segment, place);
      return;
    }
  }

  const seen = new Set<string>();
  for (const { resource, point } of work.roots) {
    const root = await readRoot(core, resource, point);
    const refs = [...root.containers, ...root.items];
    if (work.kind === 'meta') {
      for (const place of refs.flatMap((ref) => [ref.place, ref.directory]))
        if (await isOurs(place.pack)) await note(place);
      continue;
    }
    const unread = refs.filter((ref) => !seen.has(`${ref.place.pack}/${ref.place.segment}`));
    for (const [index, directory] of (await pages.directories(unread)).entries()) {
      const ref = unread[index];
      if (ref === undefined) continue;
      seen.add(`${ref.place.pack}/${ref.place.segment}`);
      let isNeeded = false;
      for (const { pack } of directory.packs) isNeeded = (await isOurs(pack)) || isNeeded;
      if (!isNeeded) continue;
      for (const entry of await pages.read(ref.place))
        for (const { place } of entry.streams.flatMap((stream) => stream.parts))
          if (await isOurs(place.pack)) await note(place);
    }
  }
  return live;
}

/** Which chunks lie in which segment of a pack, from its trailer. */
async function chunksOf(
  core: Core,
  kind: PackKind,
  { pack, length }: Repack['packs'][number],
): Promise<ReadonlyMap<number, PackedChunk[]>> {
  const trailer = await readTrailer(core.ring, pack, kind, length, (from, bytes) =>
    readNeeded(core.blobs, 'repository', packName(pack), { from, length: bytes }),
  );
  const chunks = new Map<number, PackedChunk[]>();
  for (const [segment, offset, size, chunk] of trailer.chunks)
    chunks.set(segment, [...(chunks.get(segment) ?? []), { offset, length: size, chunk: chunk as ChunkId }]);
  return chunks;
}

/** The compressed bytes of segments, in the order in which they lie in their pack. */
async function* sealedSegments(
  core: Core,
  kind: PackKind,
  live: Live,
): AsyncGenerator<{ readonly place: SegmentPlace; readonly bytes: Uint8Array }> {
  const places = [...live.values()].toSorted((a, b) => a.at - b.at);
  for (let next = 0; next < places.length;) {
    const first = places[next] as SegmentPlace;
    let end = next + 1;
    while (end < places.length && isNear(first, places[end] as SegmentPlace)) end++;
    const last = places[end - 1] as SegmentPlace;
    const name = packName(first.pack);
    const range = { from: first.at, length: last.at + last.stored - first.at };
    const bytes = await readNeeded(core.blobs, 'repository', name, range);
    for (const place of places.slice(next, end)) {
      const seal = objectSeal(core.ring, { kind, epoch: place.epoch, id: place.pack }, name);
      const facts = { index: place.segment, count: 0, plain: place.plain, codec: place.codec };
      yield { place, bytes: seal.open(facts, bytes.subarray(place.at - first.at, place.at - first.at + place.stored)) };
    }
    next = end;
  }
}

const isNear = (first: SegmentPlace, place: SegmentPlace): boolean =>
  place.at + place.stored - first.at <= MOST_AT_ONCE;

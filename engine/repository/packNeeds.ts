import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import type { SegmentPlace, StoredStream, StreamPart } from '../model/stream.ts';
import { unlessDamaged, visibleIds } from './basis.ts';
import type { Core } from './core.ts';
import type { Pages } from './pages.ts';
import { rootNames } from './recoverPoints.ts';
import { readRoot } from './root.ts';
import type { PageRef, Root } from './root.ts';

/** A run of bytes of a segment that an item needs, and which bytes of which stream they are. */
export interface NeededPart {
  readonly part: StreamPart;
  readonly stream: StoredStream;
  /** First byte of the part in its stream. */
  readonly from: number;
  /** The newest point of a resource holds it: the next backup stores it anew. */
  readonly inNewest: boolean;
}

export interface PackNeed {
  readonly kind: 'content' | 'meta';
  /** Bytes of the blob, as roots say. */
  readonly length: number;
  readonly segments: Map<number, { readonly place: SegmentPlace; readonly parts: NeededPart[] }>;
}

interface FoundRoot {
  readonly root: Root;
  readonly isNewest: boolean;
}

/** Called again and again while something takes long; what it throws ends that. */
export type Beat = () => Promise<void>;

/** Every root in storage that opens. */
async function* readableRoots(core: Core, beat: Beat): AsyncGenerator<FoundRoot> {
  const newest = new Map<ResourceId, PointId | undefined>();
  for await (const name of rootNames(core)) {
    await beat();
    const [, resource, id] = name.split('/') as [string, ResourceId, PointId];
    if (!newest.has(resource)) newest.set(resource, (await visibleIds(core, resource))[0]);
    const root = await unlessDamaged(() => readRoot(core, resource, id));
    if (root !== undefined) yield { root, isNewest: newest.get(resource) === id };
  }
}

const refsOf = (root: Root): readonly PageRef[] => [...root.containers, ...root.items];

/** Which segments of these packs roots in storage need, and for what. Pages that cannot be read are passed over. */
export async function packNeeds(
  core: Core,
  pages: Pages,
  packs: ReadonlySet<PackId>,
  beat: Beat,
): Promise<ReadonlyMap<PackId, PackNeed>> {
  const needs = new Map<PackId, PackNeed>();
  const follow = followerTo(core, packs);
  const note = (place: SegmentPlace, part?: NeededPart): void => {
    const segments = needs.get(place.pack)?.segments;
    const segment = segments?.get(place.segment) ?? { place, parts: [] };
    if (part !== undefined) segment.parts.push(part);
    segments?.set(place.segment, segment);
  };
  const seen = new Map<string, boolean>();
  for await (const { root, isNewest } of readableRoots(core, beat)) {
    let isNamed = false;
    for (const { pack, kind, length } of root.packs) {
      if (!(await follow.leadsTo(pack))) continue;
      isNamed = true;
      if (packs.has(pack) && !needs.has(pack)) needs.set(pack, { kind, length, segments: new Map() });
    }
    if (!isNamed) continue;
    for (const ref of refsOf(root)) {
      for (const named of [ref.place, ref.directory]) {
        const place = await follow.to(named);
        if (place !== undefined) note(place);
      }
      const key = `${ref.place.pack}/${ref.place.segment}`;
      await beat();
      // Read once more where the newest point shows that its items are stored anew by themselves.
      if (seen.has(key) && (seen.get(key) === true || !isNewest)) continue;
      seen.set(key, isNewest);
      for (const { streams } of (await unlessDamaged(() => pages.read(ref.place))) ?? []) {
        for (const stream of streams) {
          let from = 0;
          for (const part of stream.parts) {
            const place = await follow.to(part.place);
            if (place !== undefined) note(place, { part: { ...part, place }, stream, from, inNewest: isNewest });
            from += part.length;
          }
        }
      }
    }
  }
  return needs;
}

/** Streams that hold one of these bytes (by SHA-256), other than the ones that lie in `packs`. */
export async function sameStreams(
  core: Core,
  pages: Pages,
  hashes: ReadonlySet<string>,
  packs: ReadonlySet<PackId>,
  beat: Beat,
): Promise<ReadonlyMap<string, readonly StoredStream[]>> {
  const found = new Map<string, StoredStream[]>();
  if (hashes.size === 0) return found;
  const follow = followerTo(core, packs);
  const seen = new Set<string>();
  for await (const { root } of readableRoots(core, beat)) {
    for (const ref of refsOf(root)) {
      await beat();
      const key = `${ref.place.pack}/${ref.place.segment}`;
      if (seen.has(key)) continue;
      seen.add(key);
      for (const { streams } of (await unlessDamaged(() => pages.read(ref.place))) ?? []) {
        for (const stream of streams.filter(({ sha256 }) => hashes.has(sha256))) {
          let isElsewhere = true;
          for (const { place } of stream.parts) isElsewhere &&= (await follow.to(place)) === undefined;
          if (isElsewhere) found.set(stream.sha256, [...(found.get(stream.sha256) ?? []), stream]);
        }
      }
    }
  }
  return found;
}

/** Follows records of rewritten packs until one of `packs` is met. */
function followerTo(core: Core, packs: ReadonlySet<PackId>) {
  const known = new Map<PackId, boolean>();
  async function leadsTo(pack: PackId): Promise<boolean> {
    if (packs.has(pack)) return true;
    const before = known.get(pack);
    if (before !== undefined) return before;
    let leads = false;
    for (const next of (await core.moved.record(pack))?.packs ?? []) leads = (await leadsTo(next)) || leads;
    known.set(pack, leads);
    return leads;
  }
  return {
    leadsTo,
    async to(named: SegmentPlace): Promise<SegmentPlace | undefined> {
      if (!(await leadsTo(named.pack))) return undefined;
      let place: SegmentPlace | undefined = named;
      while (place !== undefined && !packs.has(place.pack)) place = await core.moved.next(place);
      return place;
    },
  };
}

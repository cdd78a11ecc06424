import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import type { Core } from './core.ts';
import { raiseFence, readHead } from './heads.ts';
import { inParallel } from './inParallel.ts';
import type { MovedRecord } from './moved.ts';
import type { Pages } from './pages.ts';
import { repack } from './repack.ts';
import type { Repack, Repacked } from './repack.ts';
import type { Head, Slice } from './repository.ts';
import { readRoot } from './root.ts';
import type { NeededPack } from './root.ts';
import { openJson, sealJson } from './sealedJson.ts';
import { openSlice } from './slices.ts';
import { rowsOf, startingWith, textOf } from './tableRows.ts';

/** What a point needs of a pack, as its root says. */
export type RootNeed = NeededPack;

/** What the sweep needs of a repository: it looks at everything and names nothing. */
export interface Housekeeping {
  /** A head with an empty ETag when the resource has none. */
  head(resource: ResourceId): Promise<Head>;
  /** Whoever holds the resource can commit no more. Fault `stale-fence` when the head moved since it was read. */
  raiseFence(head: Head): Promise<Head>;
  /** Ids of the visible points, by their rows alone. */
  visible(resource: ResourceId): Promise<readonly PointId[]>;
  /**
   * What each of these roots of a resource needs; `roots` are facts of their blobs. Roots never change, so that what was
   * read once is kept in storage. Faults `missing`, `corrupt` naming the root.
   */
  rootNeeds(resource: ResourceId, roots: readonly BlobFacts[]): Promise<ReadonlyMap<PointId, readonly RootNeed[]>>;
  /** Packs that a root names. Faults `missing`, `corrupt`. */
  packsOf(resource: ResourceId, point: PointId): Promise<readonly PackId[]>;
  /** Faults `missing`, `corrupt`. */
  openSlice(resource: ResourceId, id: SliceId): Promise<Slice>;
  /** Where the segments of a pack went; undefined when it was never rewritten. */
  moved(pack: PackId): Promise<MovedRecord | undefined>;
  /** Writes what is needed of these packs into others, and says where it went. */
  repack(work: Repack): Promise<Repacked>;
}

const ROOTS_AT_ONCE = 8;

export const housekeeping = (core: Core, pages: Pages): Housekeeping => ({
  head: (resource) => readHead(core, resource),
  raiseFence: (head) => raiseFence(core, head),
  async visible(resource) {
    const points: PointId[] = [];
    for await (const row of rowsOf(core.tables, 'resources', resource, startingWith('point/')))
      points.push((textOf(row, 'point') ?? row.key.slice(row.key.lastIndexOf('/') + 1)) as PointId);
    return points;
  },
  rootNeeds: (resource, roots) => rootNeeds(core, resource, roots),
  packsOf: async (resource, point) => (await readRoot(core, resource, point)).packs.map(({ pack }) => pack),
  openSlice: (resource, id) => openSlice(core, resource, id),
  moved: (pack) => core.moved.record(pack),
  repack: (work) => repack(core, pages, work),
});

/** Packs are named once and numbered; per root its blob's ETag and [pack number, bytes]. */
interface KeptNeeds {
  readonly packs: readonly (readonly [PackId, NeededPack['kind'], number])[];
  readonly roots: Readonly<Record<PointId, readonly [etag: string, needs: readonly (readonly [number, number])[]]>>;
}

const keptName = (resource: ResourceId): string => `sweep/${resource}`;
const pointOf = (name: string): PointId => name.slice(name.lastIndexOf('/') + 1) as PointId;

async function rootNeeds(
  core: Core,
  resource: ResourceId,
  roots: readonly BlobFacts[],
): Promise<ReadonlyMap<PointId, readonly RootNeed[]>> {
  const kept = await readKept(core, resource);
  const needs = new Map<PointId, readonly RootNeed[]>();
  const fresh: BlobFacts[] = [];
  for (const root of roots) {
    const known = kept.roots[pointOf(root.name)];
    if (known === undefined || known[0] !== root.etag) fresh.push(root);
    else needs.set(pointOf(root.name), needsFrom(kept, known[1]));
  }
  await inParallel(fresh, ROOTS_AT_ONCE, async ({ name }) => {
    needs.set(pointOf(name), (await readRoot(core, resource, pointOf(name))).packs);
  });
  if (fresh.length > 0 || Object.keys(kept.roots).length > roots.length) await writeKept(core, resource, roots, needs);
  return needs;
}

const needsFrom = (kept: KeptNeeds, needs: readonly (readonly [number, number])[]): RootNeed[] =>
  needs.flatMap(([number, bytes]) => {
    const found = kept.packs[number];
    return found === undefined ? [] : [{ pack: found[0], kind: found[1], length: found[2], bytes }];
  });

const nothingKept: KeptNeeds = { packs: [], roots: {} };

async function readKept(core: Core, resource: ResourceId): Promise<KeptNeeds> {
  try {
    const name = keptName(resource);
    return openJson(core.ring, 'index', name, await core.blobs.read('derived', name)) as KeptNeeds;
  } catch (error) {
    // Derived: what is not there or damaged is read from the roots again.
    if (!isFault(error, 'not-found', 'corrupt', 'missing', 'unsupported')) throw error;
    return nothingKept;
  }
}

async function writeKept(
  core: Core,
  resource: ResourceId,
  roots: readonly BlobFacts[],
  needs: ReadonlyMap<PointId, readonly RootNeed[]>,
): Promise<void> {
  const numbers = new Map<PackId, number>();
  const packs: [PackId, NeededPack['kind'], number][] = [];
  const numberOf = ({ pack, kind, length }: RootNeed): number => {
    const known = numbers.get(pack);
    if (known !== undefined) return known;
    numbers.set(pack, packs.length);
    return packs.push([pack, kind, length]) - 1;
  };
  const rows = roots.map(({ name, etag }) => {
    const of = needs.get(pointOf(name)) ?? [];
    return [pointOf(name), [etag, of.map((need) => [numberOf(need), need.bytes] as const)]] as const;
  });
  const value: KeptNeeds = { packs, roots: Object.fromEntries(rows) };
  const name = keptName(resource);
  await core.blobs.replace('derived', name, sealJson(core.ring, core.random, 'index', name, value));
}

import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import type { Core } from './core.ts';
import { inParallel } from './inParallel.ts';
import { readRoot } from './root.ts';
import type { NeededPack, Root } from './root.ts';
import { openJson, sealJson } from './sealedJson.ts';
import { judgeSlices } from './sliceChain.ts';
import type { KeptChain, SlicesInStorage } from './sliceChain.ts';

/** What a point needs of a pack, as its root says. */
export type RootNeed = NeededPack;

/** What a sweep has read of one resource. Roots and slices never change: what was read once is kept in storage. */
export interface SweepNotes {
  /** What each of these roots needs. Faults `missing`, `corrupt` naming the root. */
  rootNeeds(roots: readonly NeededRoot[]): Promise<ReadonlyMap<PointId, readonly RootNeed[]>>;
  /** Was it shown when an earlier cycle looked? */
  wasShown(point: PointId): boolean;
  /** Points on which those of `rootNeeds` were made: these were shown then. */
  predecessors(): ReadonlySet<PointId>;
  /** Slices that no chain names and none can come to name but by a job that holds the resource since before; see `judgeSlices`. */
  orphans(slices: SlicesInStorage): Promise<ReadonlySet<SliceId>>;
  /** Keeps what is new. */
  save(): Promise<void>;
}

/** A root of which it is to be known what it needs. */
export interface NeededRoot {
  readonly facts: BlobFacts;
  /** A row shows its point. */
  readonly isShown: boolean;
  /** It is left out of the answer where it does not open. */
  readonly mayFail: boolean;
}

type KeptNeeds = readonly (readonly [pack: number, bytes: number])[];
type KeptRoot = readonly [etag: string, needs: KeptNeeds, isShown: boolean, predecessor: PointId | null];

/** Packs are named once and numbered. */
interface Kept {
  readonly version: 2;
  readonly packs: readonly (readonly [PackId, NeededPack['kind'], number])[];
  readonly roots: Readonly<Record<PointId, KeptRoot>>;
  readonly chain?: KeptChain;
}

const ROOTS_AT_ONCE = 8;
const keptName = (resource: ResourceId): string => `sweep/${resource}`;
const pointOf = (name: string): PointId => name.slice(name.lastIndexOf('/') + 1) as PointId;

export async function sweepNotes(core: Core, resource: ResourceId): Promise<SweepNotes> {
  let kept = await readKept(core, resource);
  const before = kept.roots;
  let isNew = false;
  return {
    async rootNeeds(roots) {
      const read = new Map<PointId, Pick<Root, 'packs' | 'predecessor'>>();
      const fresh: NeededRoot[] = [];
      for (const root of roots) {
        const id = pointOf(root.facts.name);
        const known = kept.roots[id];
        isNew ||= known?.[2] !== root.isShown;
        if (known === undefined || known[0] !== root.facts.etag) {
          fresh.push(root);
          continue;
        }
        const [, needs, , predecessor] = known;
        read.set(id, { packs: needsFrom(kept, needs), ...(predecessor !== null && { predecessor }) });
      }
      await inParallel(fresh, ROOTS_AT_ONCE, async ({ facts, mayFail }) => {
        try {
          const { id, packs, predecessor } = await readRoot(core, resource, pointOf(facts.name));
          read.set(id, { packs, ...(predecessor !== undefined && { predecessor }) });
        } catch (error) {
          if (!mayFail || !isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
        }
      });
      isNew ||= fresh.length > 0 || Object.keys(kept.roots).length > read.size;
      if (isNew) kept = { ...kept, ...packed(roots, read) };
      return new Map([...read].map(([id, { packs }]) => [id, packs]));
    },
    wasShown: (point) => before[point]?.[2] === true,
    predecessors: () => new Set(Object.values(kept.roots).flatMap(([, , , predecessor]) => predecessor ?? [])),
    async orphans(slices) {
      const { chain, orphans } = await judgeSlices(core, resource, slices, kept.chain);
      if (chain !== kept.chain) {
        kept = { ...kept, ...(chain && { chain }) };
        isNew = true;
      }
      return orphans;
    },
    async save() {
      if (!isNew) return;
      const name = keptName(resource);
      await core.blobs.replace('derived', name, sealJson(core.ring, core.random, 'index', name, kept));
      isNew = false;
    },
  };
}

const needsFrom = (kept: Kept, needs: KeptNeeds): RootNeed[] =>
  needs.flatMap(([number, bytes]) => {
    const found = kept.packs[number];
    return found === undefined ? [] : [{ pack: found[0], kind: found[1], length: found[2], bytes }];
  });

const nothingKept: Kept = { version: 2, packs: [], roots: {} };

async function readKept(core: Core, resource: ResourceId): Promise<Kept> {
  try {
    const name = keptName(resource);
    const kept = openJson(core.ring, 'index', name, await core.blobs.read('derived', name)) as Kept;
    return kept.version === 2 ? kept : nothingKept;
  } catch (error) {
    // Derived: what is not there or damaged is read anew.
    if (!isFault(error, 'not-found', 'corrupt', 'missing', 'unsupported')) throw error;
    return nothingKept;
  }
}

function packed(
  roots: readonly NeededRoot[],
  read: ReadonlyMap<PointId, Pick<Root, 'packs' | 'predecessor'>>,
): Pick<Kept, 'packs' | 'roots'> {
  const numbers = new Map<PackId, number>();
  const packs: [PackId, NeededPack['kind'], number][] = [];
  const numberOf = ({ pack, kind, length }: RootNeed): number => {
    const known = numbers.get(pack);
    if (known !== undefined) return known;
    numbers.set(pack, packs.length);
    return packs.push([pack, kind, length]) - 1;
  };
  const rows = roots.flatMap(({ facts, isShown }): [PointId, KeptRoot][] => {
    const id = pointOf(facts.name);
    const root = read.get(id);
    if (root === undefined) return [];
    const needs = root.packs.map((need) => [numberOf(need), need.bytes] as const);
    return [[id, [facts.etag, needs, isShown, root.predecessor ?? null]]];
  });
  return { packs, roots: Object.fromEntries(rows) };
}

import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import type { Core } from './core.ts';
import { inParallel } from './inParallel.ts';
import { readRoot } from './root.ts';
import type { NeededPack } from './root.ts';
import { openJson, sealJson } from './sealedJson.ts';
import { judgeSlices } from './sliceChain.ts';
import type { KeptChain, SlicesInStorage } from './sliceChain.ts';

/** What a point needs of a pack, as its root says. */
export type RootNeed = NeededPack;

/** What a sweep has read of one resource. Roots and slices never change: what was read once is kept in storage. */
export interface SweepNotes {
  /**
   * What each of these roots needs; `roots` are facts of their blobs. Faults `missing`, `corrupt` naming the root. Of
   * `others` those that do not open are left out.
   */
  rootNeeds(
    roots: readonly BlobFacts[],
    others?: readonly BlobFacts[],
  ): Promise<ReadonlyMap<PointId, readonly RootNeed[]>>;
  /** Slices that no chain names and none can come to name but by a job that holds the resource since before; see `judgeSlices`. */
  orphans(slices: SlicesInStorage): Promise<ReadonlySet<SliceId>>;
  /** Keeps what is new. */
  save(): Promise<void>;
}

/** Packs are named once and numbered; per root its blob's ETag and [pack number, bytes]. */
interface Kept {
  readonly packs: readonly (readonly [PackId, NeededPack['kind'], number])[];
  readonly roots: Readonly<Record<PointId, readonly [etag: string, needs: readonly (readonly [number, number])[]]>>;
  readonly chain?: KeptChain;
}

const ROOTS_AT_ONCE = 8;
const keptName = (resource: ResourceId): string => `sweep/${resource}`;
const pointOf = (name: string): PointId => name.slice(name.lastIndexOf('/') + 1) as PointId;

export async function sweepNotes(core: Core, resource: ResourceId): Promise<SweepNotes> {
  let kept = await readKept(core, resource);
  let isNew = false;
  return {
    async rootNeeds(roots, others = []) {
      const needs = new Map<PointId, readonly RootNeed[]>();
      const fresh: BlobFacts[] = [];
      for (const root of [...roots, ...others]) {
        const known = kept.roots[pointOf(root.name)];
        if (known === undefined || known[0] !== root.etag) fresh.push(root);
        else needs.set(pointOf(root.name), needsFrom(kept, known[1]));
      }
      const spared = new Set(others);
      await inParallel(fresh, ROOTS_AT_ONCE, async (root) => {
        try {
          needs.set(pointOf(root.name), (await readRoot(core, resource, pointOf(root.name))).packs);
        } catch (error) {
          if (!spared.has(root) || !isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
        }
      });
      const opened = [...roots, ...others].filter(({ name }) => needs.has(pointOf(name)));
      if (fresh.length > 0 || Object.keys(kept.roots).length > opened.length) {
        kept = { ...kept, ...packed(opened, needs) };
        isNew = true;
      }
      return needs;
    },
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

const needsFrom = (kept: Kept, needs: readonly (readonly [number, number])[]): RootNeed[] =>
  needs.flatMap(([number, bytes]) => {
    const found = kept.packs[number];
    return found === undefined ? [] : [{ pack: found[0], kind: found[1], length: found[2], bytes }];
  });

const nothingKept: Kept = { packs: [], roots: {} };

async function readKept(core: Core, resource: ResourceId): Promise<Kept> {
  try {
    const name = keptName(resource);
    return openJson(core.ring, 'index', name, await core.blobs.read('derived', name)) as Kept;
  } catch (error) {
    // Derived: what is not there or damaged is read anew.
    if (!isFault(error, 'not-found', 'corrupt', 'missing', 'unsupported')) throw error;
    return nothingKept;
  }
}

function packed(
  roots: readonly BlobFacts[],
  needs: ReadonlyMap<PointId, readonly RootNeed[]>,
): Pick<Kept, 'packs' | 'roots'> {
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
  return { packs, roots: Object.fromEntries(rows) };
}

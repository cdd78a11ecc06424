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
  /** What each of these roots needs. Faults `missing`, `corrupt` naming the root. */
  rootNeeds(roots: readonly NeededRoot[]): Promise<ReadonlyMap<PointId, Iterable<RootNeed>>>;
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

/** By turns the number of a pack and the bytes that are needed of it: a hundred points name five hundred packs each. */
type KeptNeeds = readonly number[];
type KeptPack = readonly [PackId, NeededPack['kind'], number];
type KeptRoot = readonly [etag: string, needs: KeptNeeds, isShown: boolean, predecessor: PointId | null];

/** Packs are named once and numbered. */
interface Kept {
  readonly version: 3;
  readonly packs: readonly KeptPack[];
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
      const read = new Map<PointId, KeptRoot>();
      const fresh: NeededRoot[] = [];
      for (const root of roots) {
        const id = pointOf(root.facts.name);
        const known = kept.roots[id];
        isNew ||= known?.[2] !== root.isShown;
        if (known === undefined || known[0] !== root.facts.etag) fresh.push(root);
        else read.set(id, [known[0], known[1], root.isShown, known[3]]);
      }
      const packs = numbered(kept.packs);
      await inParallel(fresh, ROOTS_AT_ONCE, async ({ facts, isShown, mayFail }) => {
        try {
          const root = await readRoot(core, resource, pointOf(facts.name));
          const needs = root.packs.flatMap((need) => [packs.numberOf(need), need.bytes]);
          read.set(root.id, [facts.etag, needs, isShown, root.predecessor ?? null]);
        } catch (error) {
          if (!mayFail || !isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
        }
      });
      isNew ||= fresh.length > 0 || Object.keys(kept.roots).length > read.size;
      if (isNew) kept = { ...kept, ...packed(packs.all, read) };
      const { packs: named } = kept;
      return new Map(Object.entries(kept.roots).map(([id, [, needs]]) => [id as PointId, needsFrom(named, needs)]));
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

const needsFrom = (packs: Kept['packs'], needs: KeptNeeds): Iterable<RootNeed> => ({
  *[Symbol.iterator]() {
    for (let at = 0; at < needs.length; at += 2) {
      const [pack, kind, length] = packs[needs[at] as number] as KeptPack;
      yield { pack, kind, length, bytes: needs[at + 1] as number };
    }
  },
});

const nothingKept: Kept = { version: 3, packs: [], roots: {} };

async function readKept(core: Core, resource: ResourceId): Promise<Kept> {
  try {
    const name = keptName(resource);
    const kept = openJson(core.ring, 'index', name, await core.blobs.read('derived', name)) as Kept;
    return kept.version === 3 ? kept : nothingKept;
  } catch (error) {
    // Derived: what is not there or damaged is read anew.
    if (!isFault(error, 'not-found', 'corrupt', 'missing', 'unsupported')) throw error;
    return nothingKept;
  }
}

function numbered(known: readonly KeptPack[]) {
  const all = [...known];
  const numbers = new Map(all.map(([pack], number) => [pack, number]));
  const numberOf = ({ pack, kind, length }: Pick<RootNeed, 'pack' | 'kind' | 'length'>): number => {
    const before = numbers.get(pack);
    if (before !== undefined) return before;
    numbers.set(pack, all.length);
    return all.push([pack, kind, length]) - 1;
  };
  return { all, numberOf };
}

/** Without packs that none of the roots names. */
function packed(all: readonly KeptPack[], roots: ReadonlyMap<PointId, KeptRoot>): Pick<Kept, 'packs' | 'roots'> {
  const named = numbered([]);
  const numberIn = (number: number): number => {
    const [pack, kind, length] = all[number] as KeptPack;
    return named.numberOf({ pack, kind, length });
  };
  const rows = Array.from(roots, ([id, [etag, needs, ...rest]]): [PointId, KeptRoot] => [
    id,
    [etag, needs.map((value, at) => (at % 2 === 0 ? numberIn(value) : value)), ...rest],
  ]);
  return { packs: named.all, roots: Object.fromEntries(rows) };
}

import { isFault } from '../fault.ts';
import type { ItemId, PackId, PointId, ResourceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { Core } from './core.ts';
import { packName } from './core.ts';
import { damagedPacks } from './damage.ts';
import { isMoved } from './moved.ts';
import { mayHold, pageReader } from './pages.ts';
import type { PageDirectory, Pages } from './pages.ts';
import { POINT_ROWS } from './pointRows.ts';
import { readRoot } from './root.ts';
import type { PageRef, Root } from './root.ts';
import { segmentReader } from './segmentReader.ts';
import { rowsOf, startingWith } from './tableRows.ts';

/**
 * What the next point is made on where the newest one cannot be read as a whole: the newest root that opens, without the
 * pages that do not. `on` is missing where no root opens.
 */
export interface Basis {
  readonly on?: PointId;
  /** `pack/segment` of the pages that are left out. */
  readonly without: readonly string[];
  /** It says everything that the newest point says: only directories are to be made anew. */
  readonly isComplete: boolean;
}

const pageKey = ({ place }: PageRef): string => `${place.pack}/${place.segment}`;
const pagesOf = (root: Root): readonly PageRef[] => [...root.containers, ...root.items];

/** Passes over what says that stored bytes are lost or damaged; everything else is thrown on. */
export async function unlessDamaged<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
    return undefined;
  }
}

/** Ids of the visible points, newest first, from the keys of their rows alone: these may be damaged too. */
export async function visibleIds(core: Pick<Core, 'tables'>, resource: ResourceId): Promise<PointId[]> {
  const ids: PointId[] = [];
  for await (const { key } of rowsOf(core.tables, 'resources', resource, startingWith(POINT_ROWS)))
    ids.push(key.slice(key.lastIndexOf('/') + 1) as PointId);
  return ids;
}

/** Reads every page and directory of the newest point. Undefined when they are whole: then the next point is made on it as ever. */
export async function findBasis(
  core: Pick<Core, 'blobs' | 'ring' | 'tables'>,
  resource: ResourceId,
  newest: PointId,
): Promise<Basis | undefined> {
  const visible = await visibleIds(core, resource);
  // What somebody keeps opened says nothing of storage.
  const pages = pageReader(segmentReader(core));
  for (const id of [newest, ...visible.filter((other) => other !== newest)]) {
    const root = await unlessDamaged(() => readRoot(core, resource, id));
    if (root === undefined) continue;
    const without: string[] = [];
    let isBare = false;
    for (const ref of pagesOf(root)) {
      const directory = await unlessDamaged(() => pages.directories([ref], 'asStored'));
      const page = await unlessDamaged(() => pages.read(ref.place));
      if (page === undefined) without.push(pageKey(ref));
      else if (directory === undefined) isBare = true;
    }
    const isComplete = id === newest && without.length === 0;
    return isComplete && !isBare ? undefined : { on: id, without, isComplete };
  }
  return { without: [], isComplete: false };
}

/** The root of a basis as its point is made on it: without what cannot be read. Faults as `readRoot`. */
export async function rootOfBasis(
  core: Pick<Core, 'blobs' | 'ring'>,
  resource: ResourceId,
  basis: Basis,
): Promise<Root | undefined> {
  if (basis.on === undefined) return undefined;
  const { cursor, ...root } = await readRoot(core, resource, basis.on);
  const lost = new Set(basis.without);
  const isRead = (ref: PageRef): boolean => !lost.has(pageKey(ref));
  return {
    ...root,
    // Whoever starts from here hears everything anew: what was told before this place may be lost.
    ...(basis.isComplete && cursor !== undefined && { cursor }),
    containers: root.containers.filter(isRead),
    items: root.items.filter(isRead),
  };
}

/** What older points still tell of items that a basis has lost, and whether bytes lie where an entry says. */
export interface Elsewhere {
  /** Their newest states in pages of visible points that can be read. */
  find(ids: readonly ItemId[]): Promise<ReadonlyMap<ItemId, Entry>>;
  /** Is every pack of it in storage, and none known to be damaged? Nothing is opened. */
  isThere(entry: Entry): Promise<boolean>;
}

export function elsewhere(core: Core, pages: Pages, resource: ResourceId): Elsewhere {
  const packs = new Map<PackId, Promise<boolean>>();
  let bad: Promise<ReadonlySet<PackId>> | undefined;
  let candidates: Promise<readonly PageRef[]> | undefined;

  /** Each page once, those of newer points first. */
  async function distinctPages(): Promise<readonly PageRef[]> {
    const refs = new Map<string, PageRef>();
    for (const id of await visibleIds(core, resource)) {
      const root = await unlessDamaged(() => readRoot(core, resource, id));
      for (const ref of root === undefined ? [] : pagesOf(root))
        if (!refs.has(pageKey(ref))) refs.set(pageKey(ref), ref);
    }
    return [...refs.values()];
  }

  async function isPackThere(pack: PackId): Promise<boolean> {
    bad ??= damagedPacks(core);
    if ((await bad).has(pack)) return false;
    if ((await core.blobs.head('repository', packName(pack))) !== undefined) return true;
    return (await unlessDamaged(() => isMoved(core, core.moved, pack))) ?? false;
  }

  return {
    async find(ids) {
      const wanted = new Set(ids);
      const found = new Map<ItemId, Entry>();
      candidates ??= distinctPages();
      for (const ref of await candidates) {
        if (wanted.size === 0) break;
        const directory = (await unlessDamaged(() => pages.directories([ref])))?.[0];
        if (directory === undefined || !holdsOne(directory, wanted)) continue;
        for (const entry of (await unlessDamaged(() => pages.read(ref.place))) ?? [])
          if (wanted.delete(entry.id)) found.set(entry.id, entry);
      }
      return found;
    },
    async isThere(entry) {
      for (const pack of new Set(entry.streams.flatMap(({ parts }) => parts.map(({ place }) => place.pack)))) {
        const known = packs.get(pack) ?? isPackThere(pack);
        packs.set(pack, known);
        if (!(await known)) return false;
      }
      return true;
    },
  };
}

const holdsOne = (directory: PageDirectory, ids: ReadonlySet<ItemId>): boolean =>
  ids.values().some((id) => mayHold(directory, id));

import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant, PackId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { SegmentPlace } from '../model/stream.ts';
import { rootOfBasis, visibleIds } from './basis.ts';
import { collectChanges } from './collectChanges.ts';
import type { Changes } from './collectChanges.ts';
import { isGoing } from './condemned.ts';
import { packName } from './core.ts';
import type { Core } from './core.ts';
import { writeHead } from './heads.ts';
import { inParallel } from './inParallel.ts';
import { mergePages } from './mergePages.ts';
import { isMoved } from './moved.ts';
import { packSink, placeToCome } from './packSink.ts';
import type { PackSink } from './packSink.ts';
import { writeDirectory, writePage } from './pages.ts';
import type { PageDirectory, Pages } from './pages.ts';
import { newestMoment, pointRow } from './pointRows.ts';
import type { Head, PackRef, PointDraft } from './repository.ts';
import { hashOfLists, keepRoot, pointOf, recallRoot, rootName, sealRoot } from './root.ts';
import type { NeededPack, PageRef, Root } from './root.ts';
import type { SealedColumns } from './sealedColumns.ts';

/** Directories of one point may lie in this many packs; beyond it they are written together again. */
const MOST_DIRECTORY_PACKS = 16;
const CHECKS_AT_ONCE = 8;

interface Page {
  readonly ref: PageRef;
  readonly directory: PageDirectory;
  readonly isKept: boolean;
}
interface MadePages {
  readonly containers: readonly Page[];
  readonly items: readonly Page[];
}

/**
 * Makes a restore point visible. The order is the promise: pages, then every pack that is new to the point is looked up
 * with its length, then the root, then head and point row in one transaction.
 */
export async function publish(
  core: Core,
  pages: Pages,
  columns: SealedColumns,
  head: Head,
  draft: PointDraft,
): Promise<{ readonly head: Head; readonly point: RestorePoint }> {
  const resource = head.resourceId;
  const previous = await previousRoot(core, head, draft);
  const changes = await collectChanges(core, resource, draft.slices, draft.removals);
  const sink = packSink(core, 'meta');
  let made: MadePages;
  try {
    made = await writePages(pages, sink, previous, changes, lostPacks(draft));
    await sink.close();
  } catch (error) {
    sink.abandon();
    throw error;
  }
  const packs = await checkedPacks(
    core,
    [...made.containers, ...made.items],
    [...changes.packs, ...sink.takeRefs()],
    previous,
  );
  const before = draft.basis === undefined ? previous?.takenAt : await newestMoment(core.tables, resource);
  const root = rootOf(head, draft, previous, before, made, packs);
  await core.blobs.create('repository', rootName(resource, root.id), sealRoot(core, root));

  const point = pointOf(root);
  const row = pointRow({ tables: core.tables, columns }, point, root.hash);
  const moved = await writeHead(core, head, { ...head, newestPoint: point.id }, [{ kind: 'insert', row }]);
  keepRoot(core, root);
  return { head: moved, point };
}

/** What the point is made on: the newest one, or what stands for it where it is damaged. Fault `missing` when that is not shown any more. */
async function previousRoot(core: Core, head: Head, { basis }: PointDraft): Promise<Root | undefined> {
  const { resourceId, newestPoint } = head;
  if (basis === undefined) return newestPoint === undefined ? undefined : recallRoot(core, resourceId, newestPoint);
  // As long as it is shown, nothing that it needs is swept.
  if (basis.on !== undefined && !(await visibleIds(core, resourceId)).includes(basis.on)) {
    throw new Fault('missing', 'The restore point that the next one was to be made on has expired meanwhile.', {
      origin: 'storage',
    });
  }
  return rootOfBasis(core, resourceId, basis);
}

async function writePages(
  pages: Pages,
  sink: PackSink,
  previous: Root | undefined,
  changes: Changes,
  damaged: Set<PackId>,
): Promise<MadePages> {
  // Of all pages before the first is kept: a pack of which a directory is lost is left by every page.
  const refs = [...(previous?.containers ?? []), ...(previous?.items ?? [])];
  const directories = new Map((await pages.directories(refs)).map((directory, at) => [refs[at], directory]));
  for (const ref of refs) if (directories.get(ref)?.isDerived) damaged.add(ref.directory.pack);
  /** Nothing of the new point lies in a pack of which something is lost. */
  const isSafe = ({ place, directory }: PageRef): boolean => !damaged.has(place.pack) && !damaged.has(directory.pack);
  const merge = async (old: readonly PageRef[], fresh: Changes['items']): Promise<Page[]> => {
    const merged: Page[] = [];
    const opened = old.map((ref) => ({ ref, directory: directories.get(ref) as PageDirectory }));
    for await (const page of mergePages(opened, changes.ids, fresh, (ref) => pages.read(ref.place))) {
      if (page.kind === 'kept' && isSafe(page.ref)) {
        merged.push({ ref: page.ref, directory: page.directory, isKept: true });
        continue;
      }
      const entries = page.kind === 'kept' ? await pages.read(page.ref.place) : page.entries;
      const { ref, directory } = await writePage(sink, entries);
      pages.keep(ref.place, entries);
      merged.push({ ref, directory, isKept: false });
    }
    return merged;
  };
  const containers = await merge(previous?.containers ?? [], changes.containers);
  const items = await merge(previous?.items ?? [], changes.items);
  // Behind all pages and next to each other: whoever looks for an id gets them with few reads.
  const all = [...containers, ...items];
  const spread = new Set(all.filter((page) => page.isKept).map((page) => page.ref.directory.pack));
  const gather = spread.size >= MOST_DIRECTORY_PACKS;
  const placed = new Map<Page, Page>();
  for (const page of all) {
    if (page.isKept && !gather) continue;
    const directory = placeToCome();
    await writeDirectory(sink, page.directory, directory);
    placed.set(page, { ...page, ref: { ...page.ref, directory } });
  }
  const final = (page: Page): Page => placed.get(page) ?? page;
  return { containers: containers.map(final), items: items.map(final) };
}

/** Packs in which pages of the newest point are lost. */
const lostPacks = ({ basis }: PointDraft): Set<PackId> =>
  new Set((basis?.without ?? []).map((key) => key.slice(0, key.indexOf('/')) as PackId));

/** Packs that the pages need, each with its share. Those new to the resource are looked up now. Fault `missing` naming the pack. */
async function checkedPacks(
  core: Core,
  pages: readonly Page[],
  written: readonly (PackRef | Omit<NeededPack, 'bytes'>)[],
  previous: Root | undefined,
): Promise<NeededPack[]> {
  const lengths = new Map(written.map((ref) => [ref.pack, ref.length]));
  const known = new Map(previous?.packs.map((pack) => [pack.pack, pack]));
  const needs = new Map<PackId, { readonly kind: NeededPack['kind']; bytes: number; end: number }>();
  const need = (pack: PackId, kind: NeededPack['kind'], bytes: number, end: number): void => {
    const sum = needs.get(pack) ?? { kind, bytes: 0, end: 0 };
    needs.set(pack, { kind, bytes: sum.bytes + bytes, end: Math.max(sum.end, end) });
  };
  const needSegment = (place: SegmentPlace): void => need(place.pack, 'meta', place.stored, place.at + place.stored);
  for (const { ref, directory } of pages) {
    needSegment(ref.place);
    needSegment(ref.directory);
    for (const content of directory.packs) need(content.pack, 'content', content.bytes, content.end);
  }

  const going = await core.condemned.reclaim([...needs.keys()].filter((pack) => !known.has(pack)));
  const checked = new Map<PackId, NeededPack>();
  await inParallel(needs, CHECKS_AT_ONCE, async ([pack, { kind, bytes, end }]) => {
    const length = known.get(pack)?.length ?? (await lengthInStorage(core, pack, lengths.get(pack), end, going));
    checked.set(pack, { pack, kind, length, bytes });
  });
  return [...checked.values()].toSorted((a, b) => (a.pack < b.pack ? -1 : 1));
}

async function lengthInStorage(
  core: Core,
  pack: PackId,
  expected: number | undefined,
  end: number,
  going: ReadonlySet<PackId>,
): Promise<number> {
  const facts = going.has(pack) ? undefined : await core.blobs.head('repository', packName(pack));
  if (facts !== undefined && (expected === undefined ? facts.length > end : facts.length === expected))
    return facts.length;
  const moved = await core.moved.record(pack);
  if (moved !== undefined && (await isMoved(core, core.moved, pack, expected))) return moved.length;
  core.chunks.forgetPack(pack);
  if (going.has(pack)) throw isGoing(pack);
  throw new Fault(
    'missing',
    `${packName(pack)} is ${facts === undefined ? 'missing from storage' : 'of another length than was written'}. No restore point is made on it; its items are stored anew in the next run.`,
    { origin: 'storage' },
  );
}

function rootOf(
  head: Head,
  draft: PointDraft,
  previous: Root | undefined,
  before: Instant | undefined,
  made: MadePages,
  packs: readonly NeededPack[],
): Root {
  const containers = made.containers.map((page) => page.ref);
  const items = made.items.map((page) => page.ref);
  const lists = { missing: draft.missing, packs, containers, items };
  const lastSlice = draft.slices.at(-1) ?? previous?.lastSlice;
  const resource = draft.resource ?? previous?.resource;
  return {
    id: draft.id,
    resourceId: head.resourceId,
    ...(resource !== undefined && { resource }),
    ...(head.newestPoint !== undefined && { predecessor: head.newestPoint }),
    fence: head.fence,
    runId: draft.runId,
    window: draft.window,
    takenAt: laterThan(before, draft.window.to),
    status: draft.status,
    ...(draft.reason !== undefined && { reason: draft.reason }),
    ...(draft.cursor !== undefined && { cursor: draft.cursor }),
    counts: { items: countOf(items), containers: countOf(containers), missing: draft.missing.length },
    bytes: items.reduce((sum, page) => sum + page.bytes, 0),
    runCounts: draft.counts,
    ...(lastSlice !== undefined && { lastSlice }),
    ...lists,
    hash: hashOfLists(lists),
  };
}

/** Points of a resource stand in the order of their making even when a clock went back. */
const laterThan = (previous: Instant | undefined, time: Instant): Instant =>
  previous !== undefined && time <= previous ? instant(Date.parse(previous) + 1) : time;

const countOf = (pages: readonly PageRef[]): number => pages.reduce((sum, page) => sum + page.count, 0);

import { Fault } from '../fault.ts';
import type { Entry, ItemFacts } from '../model/item.ts';
import type { ItemId, PointId, ResourceId } from '../model/ids.ts';
import type { SearchQuery, SelectedItem, Selection } from '../model/restoreRequest.ts';
import type { PointReader, Repository } from '../repository/repository.ts';
import { deletedHits, matcher, openPoints, resourcesOf } from '../search/searchPoints.ts';
import type { SearchServices } from '../search/searchPoints.ts';
import type { RestoreLimits } from './restoreServices.ts';

/** One item of a selection, with the point it comes from and how much of its path belongs to the selection. */
export interface Selected {
  readonly resourceId: ResourceId;
  readonly pointId: PointId;
  readonly reader: PointReader;
  readonly entry: Entry;
  /** Containers above this depth are left out when the item goes to a new place. */
  readonly baseDepth: number;
}

/** The same selection gives the same items in the same order for ever: points never change. */
export interface PinnedPoint {
  readonly resourceId: ResourceId;
  readonly pointId: PointId;
  /** What the asker wrote: `latest`, a time, a point id. */
  readonly at: string;
}

/**
 * Which restore points the selection means. What a query finds among deleted items goes to `found`, item by item with the
 * point that holds it: the catalog changes with every backup, so this is the only moment at which it is asked.
 * Fault `not-found` names what does not exist, `too-large` which of the limits the selection is beyond; it is thrown as
 * soon as that shows.
 */
export async function pinPoints(
  selection: Selection,
  services: SearchServices,
  { mostPoints, mostDeleted }: Pick<RestoreLimits, 'mostPoints' | 'mostDeleted'>,
  found: (item: SelectedItem) => unknown,
): Promise<readonly PinnedPoint[]> {
  const wanted = new Map<string, PinnedPoint>();
  const add = (point: PinnedPoint): void => {
    wanted.set(`${point.resourceId}\n${point.at}`, point);
    if (wanted.size > mostPoints) throw tooLarge(mostPoints, 'restore points');
  };
  const want = async (resourceId: ResourceId, at = 'latest'): Promise<void> => {
    const key = `${resourceId}\n${at}`;
    if (wanted.has(key)) return;
    const point = await services.repository.points.find(resourceId, at);
    add({ resourceId, pointId: point.id, at });
  };
  if ('items' in selection) for (const item of selection.items) await want(item.resourceId, item.at);
  else if ('folders' in selection) for (const folder of selection.folders) await want(folder.resourceId, folder.at);
  else if ('resourceId' in selection) await want(selection.resourceId, selection.at);
  else {
    const { query, at = 'latest' } = selection;
    const matches = itemMatcher(query);
    let deleted = 0;
    for await (const resource of resourcesOf(query, services))
      for (const { id: resourceId, reader } of await openPoints([resource], services.repository, at)) {
        const { point } = reader;
        // The first match will do; what else matches is found again when its turn comes.
        for await (const entry of reader.entries()) {
          if (!matches(entry)) continue;
          add({ resourceId, pointId: point.id, at });
          break;
        }
        if (query.deleted !== true) continue;
        for await (const { pointId, entry } of deletedHits(resource, point, matches, services)) {
          add({ resourceId, pointId, at: pointId });
          if (++deleted > mostDeleted) throw tooLarge(mostDeleted, 'deleted items');
          found({ resourceId, itemId: entry.id, at: pointId });
        }
      }
  }
  return [...wanted.values()];
}

const tooLarge = (most: number, what: string): Fault =>
  new Fault(
    'too-large',
    `The selection means more than ${most.toLocaleString('en')} ${what}. Narrow it, by owner, workload or dates, and make several requests of it.`,
    { origin: 'input' },
  );

/**
 * The items of a selection in a fixed order; `deleted` is what `pinPoints` found among deleted items.
 * Fault `not-found` names an item that the point does not hold.
 */
export async function* selectItems(
  selection: Selection,
  pinned: readonly PinnedPoint[],
  { repository }: Pick<SearchServices, 'repository'>,
  deleted: AsyncIterable<readonly SelectedItem[]>,
): AsyncIterable<Selected> {
  const readers = new Map<PointId, PointReader>();
  const open = async (resourceId: ResourceId, at = 'latest'): Promise<{ reader: PointReader; pointId: PointId }> => {
    const pin = pinned.find((candidate) => candidate.resourceId === resourceId && candidate.at === at);
    if (pin === undefined)
      throw new Fault('not-found', `No restore point was pinned for resource ${resourceId} at ${at}.`);
    const known = readers.get(pin.pointId);
    const reader = known ?? (await repository.points.open(resourceId, pin.pointId));
    readers.set(pin.pointId, reader);
    return { reader, pointId: pin.pointId };
  };
  if ('items' in selection) yield* chosenItems(selection.items, open);
  else if ('folders' in selection) {
    for (const folder of selection.folders) {
      const { reader, pointId } = await open(folder.resourceId, folder.at);
      yield* subtree(folder, reader, pointId);
    }
  } else if ('resourceId' in selection) {
    const { reader, pointId } = await open(selection.resourceId, selection.at);
    for await (const entry of reader.entries()) {
      if (!entry.container) yield { resourceId: selection.resourceId, pointId, reader, entry, baseDepth: 0 };
    }
  } else {
    // What was backed up since, and whoever else has something like it, is not meant: only the pinned points count.
    const matches = itemMatcher(selection.query);
    const at = selection.at ?? 'latest';
    for (const { resourceId } of pinned.filter((pin) => pin.at === at)) {
      const { reader, pointId } = await open(resourceId, at);
      for await (const entry of reader.entries())
        if (matches(entry)) yield { resourceId, pointId, reader, entry, baseDepth: 0 };
    }
    for await (const items of deleted)
      for await (const selected of chosenItems(items, open)) yield { ...selected, baseDepth: 0 };
  }
}

type Opener = (resourceId: ResourceId, at?: string) => Promise<{ reader: PointReader; pointId: PointId }>;

async function* chosenItems(items: readonly SelectedItem[], open: Opener): AsyncIterable<Selected> {
  const groups = Map.groupBy(items, (item) => `${item.resourceId}\n${item.at ?? 'latest'}`);
  for (const group of groups.values()) {
    const first = group[0];
    if (first === undefined) continue;
    const { reader, pointId } = await open(first.resourceId, first.at);
    const found = await reader.items(group.map((item) => item.itemId));
    const paths: (readonly Entry[])[] = [];
    for (const item of group) {
      const entry = found.get(item.itemId);
      if (entry === undefined)
        throw new Fault('not-found', `Item ${item.itemId} is not in the restore point of ${reader.point.takenAt}.`, {
          origin: 'input',
        });
      paths.push(await reader.path(entry.parentId));
    }
    const baseDepth = commonDepth(paths);
    for (const item of group) {
      const entry = found.get(item.itemId);
      if (entry === undefined) continue;
      if (entry.container) yield* subtree(item, reader, pointId);
      else yield { resourceId: item.resourceId, pointId, reader, entry, baseDepth };
    }
  }
}

/** How many containers all paths share from the outside. */
function commonDepth(paths: readonly (readonly Entry[])[]): number {
  const [first, ...rest] = paths;
  if (first === undefined) return 0;
  let depth = first.length;
  for (const path of rest) {
    let same = 0;
    while (same < depth && path[same]?.id === first[same]?.id) same++;
    depth = same;
  }
  return depth;
}

/** Everything below a container, its own name included in the path. */
async function* subtree(folder: SelectedItem, reader: PointReader, pointId: PointId): AsyncIterable<Selected> {
  const containers = await reader.containers();
  const top = containers.find((container) => container.id === folder.itemId);
  if (top === undefined)
    throw new Fault('not-found', `Folder ${folder.itemId} is not in the restore point of ${reader.point.takenAt}.`, {
      origin: 'input',
    });
  const baseDepth = (await reader.path(top.parentId)).length;
  const inside = new Set<ItemId>([top.id]);
  // Parents come before children, so one pass finds the whole subtree.
  for (const container of containers)
    if (container.parentId !== undefined && inside.has(container.parentId)) inside.add(container.id);
  for (const container of containers) {
    if (!inside.has(container.id)) continue;
    yield* folderItems(folder.resourceId, pointId, reader, container.id, baseDepth);
  }
}

async function* folderItems(
  resourceId: ResourceId,
  pointId: PointId,
  reader: PointReader,
  parent: ItemId,
  baseDepth: number,
): AsyncIterable<Selected> {
  let token: string | undefined;
  do {
    const page = await reader.folder(parent, token === undefined ? {} : { token });
    for (const entry of page.entries) yield { resourceId, pointId, reader, entry, baseDepth };
    token = page.nextPageToken;
  } while (token !== undefined);
}

/** Containers come back with what is in them; nobody asks for them by a search. */
function itemMatcher(query: SearchQuery): (facts: ItemFacts) => boolean {
  const matches = matcher(query);
  return (facts) => !facts.container && matches(facts);
}

/** The JSON of an entry's `meta` stream; undefined when it has none. */
export async function readMeta(repository: Pick<Repository, 'readStream'>, entry: Entry): Promise<unknown> {
  const stream = entry.streams.find((candidate) => candidate.name === 'meta');
  if (stream === undefined) return undefined;
  const pieces: Uint8Array[] = [];
  for await (const piece of repository.readStream(stream)) pieces.push(piece);
  return JSON.parse(Buffer.concat(pieces).toString('utf8'));
}

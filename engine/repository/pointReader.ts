import { z } from 'zod';
import { Fault } from '../fault.ts';
import type { ItemId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { compareKeys, sortKeyOf } from './entryOrder.ts';
import type { SortKey } from './entryOrder.ts';
import { mayHold } from './pages.ts';
import type { Pages } from './pages.ts';
import type { EntryPage, PointReader } from './repository.ts';
import { pointOf } from './root.ts';
import type { PageRef, Root } from './root.ts';

const DEFAULT_LIMIT = 200;
const tokenSchema = z.tuple([z.string(), z.string()]);

/** Reads a point by its root; every page is one range read at most. */
export function pointReader(root: Root, pages: Pages): PointReader {
  let containersRead: Promise<ReadonlyMap<ItemId, Entry>> | undefined;

  async function readContainers(): Promise<ReadonlyMap<ItemId, Entry>> {
    const all: Entry[] = [];
    for (const ref of root.containers) all.push(...(await pages.read(ref.place)));
    return new Map(parentsFirst(all).map((entry) => [entry.id, entry]));
  }
  const containerMap = (): Promise<ReadonlyMap<ItemId, Entry>> => {
    containersRead ??= readContainers().catch((error: unknown) => {
      containersRead = undefined;
      throw error;
    });
    return containersRead;
  };

  async function items(ids: readonly ItemId[]): Promise<ReadonlyMap<ItemId, Entry>> {
    const found = new Map<ItemId, Entry>();
    const containers = await containerMap();
    const wanted = new Set<ItemId>();
    for (const id of ids) {
      const container = containers.get(id);
      if (container === undefined) wanted.add(id);
      else found.set(id, container);
    }
    if (wanted.size === 0) return found;
    const directories = await pages.directories(root.items);
    for (const [index, ref] of root.items.entries()) {
      const directory = directories[index];
      if (directory === undefined || !wanted.values().some((id) => mayHold(directory, id))) continue;
      for (const entry of await pages.read(ref.place)) {
        if (wanted.delete(entry.id)) found.set(entry.id, entry);
      }
    }
    return found;
  }

  async function path(id: ItemId | undefined): Promise<readonly Entry[]> {
    const steps: Entry[] = [];
    const containers = await containerMap();
    let step = id === undefined ? undefined : (containers.get(id) ?? (await items([id])).get(id));
    while (step !== undefined && !steps.includes(step)) {
      steps.unshift(step);
      step = step.parentId === undefined ? undefined : containers.get(step.parentId);
    }
    return steps;
  }

  async function folder(parent: ItemId | undefined, page: { readonly token?: string; readonly limit?: number } = {}) {
    const limit = page.limit ?? DEFAULT_LIMIT;
    const after = page.token === undefined ? undefined : openToken(parent, page.token);
    const entries: Entry[] = [];
    for (let at = firstPageFor(root.items, parent ?? '', after); at < root.items.length; at++) {
      const ref = root.items[at] as PageRef;
      if (ref.first[0] > (parent ?? '')) break;
      for (const entry of await pages.read(ref.place)) {
        if (entry.parentId !== parent || (after !== undefined && compareKeys(sortKeyOf(entry), after) <= 0)) continue;
        if (entries.length === limit) return { entries, nextPageToken: tokenOf(entries.at(-1) as Entry) };
        entries.push(entry);
      }
    }
    return { entries };
  }

  return {
    point: pointOf(root),
    missing: root.missing,
    ...(root.resource !== undefined && { resource: root.resource }),
    ...(root.cursor !== undefined && { cursor: root.cursor }),
    ...(root.predecessor !== undefined && { predecessor: root.predecessor }),
    ...(root.lastSlice !== undefined && { lastSlice: root.lastSlice }),
    containers: async () => [...(await containerMap()).values()],
    path,
    folder,
    item: async (id) => (await items([id])).get(id),
    items,
    pages: () => [...root.containers, ...root.items].map((ref) => pageOf(ref, pages)),
    async *entries() {
      for (const ref of [...root.containers, ...root.items]) yield* await pages.read(ref.place);
    },
    inPackOrder: (entries) => entries.toSorted((a, b) => comparePlaces(a, b)),
  };
}

function pageOf({ place, first, last }: PageRef, pages: Pages): EntryPage {
  const moments = first[0] === last[0] ? { newest: first[1], oldest: last[1] } : {};
  return { ...moments, read: () => pages.read(place) };
}

/** Index of the first page that can hold something of `parent` behind `after`. */
function firstPageFor(refs: readonly PageRef[], parent: string, after: SortKey | undefined): number {
  let low = 0;
  let high = refs.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const { last } = refs[middle] as PageRef;
    if (after === undefined ? last[0] < parent : compareKeys(last, after) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Containers in an order in which each comes after the one that holds it; what hangs in the air comes last. */
function parentsFirst(entries: readonly Entry[]): Entry[] {
  const ids = new Set(entries.map((entry) => entry.id));
  const children = Map.groupBy(entries, (entry) =>
    entry.parentId !== undefined && ids.has(entry.parentId) ? entry.parentId : undefined,
  );
  const ordered = [...(children.get(undefined) ?? [])];
  for (const entry of ordered) ordered.push(...(children.get(entry.id) ?? []));
  // A ring of containers has no outermost one and is not reached above.
  const reached = new Set(ordered);
  return [...ordered, ...entries.filter((entry) => !reached.has(entry))];
}

function comparePlaces(a: Entry, b: Entry): number {
  const [left, right] = [a, b].map((entry) => entry.streams.find((stream) => stream.parts.length > 0)?.parts[0]);
  if (left === undefined || right === undefined) return (left === undefined ? 1 : 0) - (right === undefined ? 1 : 0);
  if (left.place.pack !== right.place.pack) return left.place.pack < right.place.pack ? -1 : 1;
  return left.place.at - right.place.at || left.offset - right.offset;
}

const tokenOf = (entry: Entry): string => {
  const [, moment, id] = sortKeyOf(entry);
  return Buffer.from(JSON.stringify([moment, id])).toString('base64url');
};

function openToken(parent: ItemId | undefined, token: string): SortKey {
  try {
    const [moment, id] = tokenSchema.parse(JSON.parse(Buffer.from(token, 'base64url').toString()));
    return [parent ?? '', moment, id as ItemId];
  } catch (cause) {
    throw new Fault('invalid', 'This page token is not one of ours. Start again without it.', {
      origin: 'input',
      cause,
    });
  }
}

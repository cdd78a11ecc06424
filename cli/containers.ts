import type { ItemId } from '../engine/model/ids.ts';
import type { Entry } from '../engine/model/item.ts';
import { damageOf, type FoundPoint } from './survey.ts';
import type { Fault } from '../engine/fault.ts';

/** Containers of a point as far as they can be read, parents before children. */
export interface Containers {
  readonly all: readonly Entry[];
  /** Why some are lacking. */
  readonly damage?: Fault;
}

/** All containers; where a page of them is lost, those of the other pages. */
export async function containersOf({ id, reader }: FoundPoint): Promise<Containers> {
  try {
    return { all: await reader.containers() };
  } catch (error) {
    const damage = damageOf(error, `restore point ${id}`);
    const all: Entry[] = [];
    for (const page of reader.pages()) {
      const entries = await page.read().catch((trouble: unknown) => {
        damageOf(trouble, `restore point ${id}`);
        return [];
      });
      // Pages of containers come first, and hold nothing else.
      if (entries.some((entry) => !entry.container)) break;
      all.push(...entries);
    }
    return { all: parentsFirst(all), damage };
  }
}

function parentsFirst(all: readonly Entry[]): Entry[] {
  const byId = new Map(all.map((entry) => [entry.id, entry]));
  const ordered = new Set<Entry>();
  const place = (entry: Entry, below: ReadonlySet<ItemId>): void => {
    if (ordered.has(entry) || below.has(entry.id)) return;
    const parent = entry.parentId === undefined ? undefined : byId.get(entry.parentId);
    if (parent !== undefined) place(parent, new Set([...below, entry.id]));
    ordered.add(entry);
  };
  for (const entry of all) place(entry, new Set());
  return [...ordered];
}

/** True names from the outermost container down to `id`. */
export function pathsOf(all: readonly Entry[]): (id: ItemId | undefined) => readonly string[] {
  const byId = new Map(all.map((entry) => [entry.id, entry]));
  const known = new Map<ItemId, readonly string[]>();
  return (id) => {
    if (id === undefined) return [];
    const found = known.get(id);
    if (found !== undefined) return found;
    const steps: string[] = [];
    const seen = new Set<ItemId>();
    for (let at = byId.get(id); at !== undefined && !seen.has(at.id);) {
      steps.unshift(at.name);
      seen.add(at.id);
      at = at.parentId === undefined ? undefined : byId.get(at.parentId);
    }
    known.set(id, steps);
    return steps;
  };
}

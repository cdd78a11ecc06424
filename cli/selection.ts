import { Fault } from '../engine/fault.ts';
import type { ItemId } from '../engine/model/ids.ts';
import type { Entry } from '../engine/model/item.ts';
import { shown } from './shown.ts';

/** What a path means: folders, as the first, and items of a name in a folder. */
export interface Selection {
  /** Folders that the path itself names; `undefined` is the resource. */
  readonly folders: ReadonlySet<ItemId | undefined>;
  /** These and all below them. */
  readonly below: ReadonlySet<ItemId | undefined>;
  holds(entry: Entry): boolean;
}

/**
 * Looks a path of true names up, `Inbox/2024/Offer.pdf`. A name may hold `/` itself, and letter case counts only where
 * two differ by nothing else. Names that occur more than once mean all of them.
 */
export function selectionOf(path: string | undefined, containers: readonly Entry[]): Selection {
  const children = new Map<ItemId | undefined, Entry[]>();
  const ids = new Set(containers.map(({ id }) => id));
  for (const one of containers) {
    const parent = one.parentId !== undefined && ids.has(one.parentId) ? one.parentId : undefined;
    const siblings = children.get(parent);
    if (siblings === undefined) children.set(parent, [one]);
    else siblings.push(one);
  }
  const folders = new Set<ItemId | undefined>();
  const items = new Map<ItemId | undefined, string>();
  const look = (parent: ItemId | undefined, rest: string): void => {
    if (rest === '') {
      folders.add(parent);
      return;
    }
    items.set(parent, rest);
    const below = children.get(parent) ?? [];
    for (const isSame of [exactly, folded]) {
      const found = below.filter(
        ({ name }) => isSame(rest) === isSame(name) || isSame(rest).startsWith(`${isSame(name)}/`),
      );
      for (const { id, name } of found) look(id, rest.slice(name.length).replace(/^\//, ''));
      if (found.length > 0) return;
    }
  };
  look(undefined, (path ?? '').replace(/^\/+|\/+$/g, ''));

  const below = new Set<ItemId | undefined>(folders);
  for (const folder of below) for (const child of children.get(folder) ?? []) below.add(child.id);
  const everything = folders.has(undefined);
  return {
    folders,
    below,
    holds: ({ parentId, name }) => {
      if (everything || below.has(parentId)) return true;
      const wanted = items.get(parentId);
      return wanted !== undefined && (wanted === name || folded(wanted) === folded(name));
    },
  };
}

export const nothingAt = (path: string): Fault =>
  new Fault(
    'not-found',
    `There is nothing at "${shown(path)}" at that moment. "browse RESOURCE" shows what there is.`,
    {
      origin: 'input',
    },
  );

const exactly = (text: string): string => text.normalize('NFC');
const folded = (text: string): string => text.normalize('NFC').toLowerCase();

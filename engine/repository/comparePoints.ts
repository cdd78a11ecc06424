import type { ItemId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { sha256Of } from './core.ts';
import type { Pages } from './pages.ts';
import type { PageRef, Root } from './root.ts';

export type Difference =
  { readonly kind: 'added' | 'changed'; readonly entry: Entry } | { readonly kind: 'removed'; readonly id: ItemId };

/**
 * What is different in `after`. Pages that both points share are not read; an entry that was only stored again, with
 * equal content and properties, is no difference.
 */
export async function* comparePoints(pages: Pages, before: Root | undefined, after: Root): AsyncGenerator<Difference> {
  const old = before === undefined ? [] : pagesOf(before);
  const shared = new Set(old.map(keyOf)).intersection(new Set(pagesOf(after).map(keyOf)));
  const isOwn = (ref: PageRef): boolean => !shared.has(keyOf(ref));

  const gone = new Map<ItemId, string>();
  for (const ref of old.filter(isOwn)) {
    for (const entry of await pages.read(ref.place)) gone.set(entry.id, digestOf(entry));
  }
  for (const ref of pagesOf(after).filter(isOwn)) {
    for (const entry of await pages.read(ref.place)) {
      const was = gone.get(entry.id);
      gone.delete(entry.id);
      if (was === undefined) yield { kind: 'added', entry };
      else if (was !== digestOf(entry)) yield { kind: 'changed', entry };
    }
  }
  for (const id of gone.keys()) yield { kind: 'removed', id };
}

const pagesOf = (root: Root): readonly PageRef[] => [...root.containers, ...root.items];
const keyOf = (ref: PageRef): string => `${ref.place.pack}/${ref.place.segment}`;

/** Everything of an entry except where its bytes lie. */
function digestOf(entry: Entry): string {
  const streams = entry.streams.map(({ name, sha256 }) => [name, sha256]);
  const facts = Object.entries({ ...entry, streams }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256Of(Buffer.from(JSON.stringify(facts))).toString('base64');
}

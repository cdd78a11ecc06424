import type { ItemId, ResourceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import { openVersion, VERSIONS } from './catalogRows.ts';
import type { CatalogEntry } from './catalogRows.ts';
import { sha256Of } from './core.ts';
import type { Core } from './core.ts';
import type { Pages } from './pages.ts';
import type { PageRef, Root } from './root.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { rowsOf, startingWith, textOf } from './tableRows.ts';

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

/**
 * The same against what the catalog shows as still valid, for where the point before cannot be read: its rows were made
 * from it. Memory: about 100 bytes an item.
 */
export async function* compareWithRows(
  from: { readonly core: Pick<Core, 'tables'>; readonly pages: Pages; readonly columns: SealedColumns },
  resource: ResourceId,
  after: Root,
): AsyncGenerator<Difference> {
  const open = new Map<ItemId, string>();
  for await (const row of rowsOf(from.core.tables, 'catalog', resource, startingWith(VERSIONS))) {
    if (textOf(row, 'validTo') !== undefined || (textOf(row, 'validFrom') ?? '') >= after.takenAt) continue;
    const { itemId, entry } = openVersion(from.columns, row);
    open.set(itemId, shownDigestOf(entry));
  }
  for (const ref of pagesOf(after)) {
    for (const entry of await from.pages.read(ref.place)) {
      const was = open.get(entry.id);
      open.delete(entry.id);
      if (was === undefined) yield { kind: 'added', entry };
      else if (was !== shownDigestOf(entry)) yield { kind: 'changed', entry };
    }
  }
  for (const id of open.keys()) yield { kind: 'removed', id };
}

/** What a row keeps as it was, of the longest one too. */
const shownDigestOf = ({ versionTag, sha256, name, parentId, size }: CatalogEntry): string =>
  sha256Of(Buffer.from(JSON.stringify([versionTag, sha256, name, parentId, size]))).toString('base64');

const pagesOf = (root: Root): readonly PageRef[] => [...root.containers, ...root.items];
const keyOf = (ref: PageRef): string => `${ref.place.pack}/${ref.place.segment}`;

/** Everything of an entry except where its bytes lie. */
function digestOf(entry: Entry): string {
  const streams = entry.streams.map(({ name, sha256 }) => [name, sha256]);
  const facts = Object.entries({ ...entry, streams }).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return sha256Of(Buffer.from(JSON.stringify(facts))).toString('base64');
}

import type { Instant, ItemId, PointId, ResourceId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { Row, StoredRow } from '../ports/tableStore.ts';
import { unzstdWhole, zstd } from './compress.ts';
import type { CatalogVersion } from './repository.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { columnsOf, textOf } from './tableRows.ts';

/** Versions of items: item, then the time from which they hold. */
export const VERSIONS = 'v/';
/** Deletions, newest first: each names an item whose last version ended and which is in no newest point. */
export const DELETIONS = 'd/';
const END_OF_TIME = 9_999_999_999_999;
/** A sealed column takes at most 64 KiB; a mail to thousands is shown with the first of them. */
const LARGEST_SEALED = 60 * 1024;
const MOST_RECIPIENTS = 500;

export type CatalogEntry = Omit<Entry, 'streams'>;

export const versionsOf = (item: ItemId): string => `${VERSIONS}${item}/`;
export const versionKey = (item: ItemId, validFrom: Instant, fromPoint: PointId): string =>
  `${versionsOf(item)}${validFrom}/${fromPoint}`;
export const deletionKey = (item: ItemId, validTo: string): string =>
  `${DELETIONS}${String(END_OF_TIME - Date.parse(validTo)).padStart(13, '0')}/${item}`;

const placeOf = (resource: ResourceId, key: string): string => `catalog/${resource}/${key}/sealed`;

/** The row of a version that begins with a point. Names, subjects and people are in the sealed column alone. */
export function versionRow(
  columns: SealedColumns,
  resource: ResourceId,
  entry: CatalogEntry,
  fromPoint: PointId,
  validFrom: Instant,
): Row {
  const key = versionKey(entry.id, validFrom, fromPoint);
  return {
    partition: resource,
    key,
    columns: columnsOf({
      kind: entry.kind,
      container: entry.container,
      size: entry.size,
      createdAt: entry.createdAt,
      modifiedAt: entry.modifiedAt,
      receivedAt: entry.receivedAt,
      sentAt: entry.sentAt,
      validFrom,
      fromPoint,
      sealed: columns.seal(resource, placeOf(resource, key), packed(entry)),
    }),
  };
}

/** The same version, no longer valid. */
export const closedRow = (row: StoredRow, validTo: Instant): Row => ({
  partition: row.partition,
  key: row.key,
  columns: { ...row.columns, validTo },
});

export const deletionRow = (resource: ResourceId, item: ItemId, version: string, validTo: Instant): Row => ({
  partition: resource,
  key: deletionKey(item, validTo),
  columns: { item, version },
});

export function openVersion(columns: SealedColumns, row: StoredRow): CatalogVersion {
  const resource = row.partition as ResourceId;
  const sealed = row.columns['sealed'];
  const opened = columns.open(
    resource,
    placeOf(resource, row.key),
    sealed instanceof Uint8Array ? sealed : new Uint8Array(),
  );
  const entry = JSON.parse(Buffer.from(unzstdWhole(opened)).toString()) as CatalogEntry;
  const validTo = textOf(row, 'validTo') as Instant | undefined;
  return {
    itemId: entry.id,
    fromPoint: textOf(row, 'fromPoint') as PointId,
    validFrom: textOf(row, 'validFrom') as Instant,
    ...(validTo !== undefined && { validTo }),
    entry,
  };
}

function packed(entry: CatalogEntry): Uint8Array {
  const whole = zstd(Buffer.from(JSON.stringify(entry)));
  if (whole.length <= LARGEST_SEALED || entry.to === undefined) return whole;
  return zstd(Buffer.from(JSON.stringify({ ...entry, to: entry.to.slice(0, MOST_RECIPIENTS) })));
}

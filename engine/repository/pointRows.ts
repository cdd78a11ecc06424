import { Fault } from '../fault.ts';
import { instant, isHexId, parseInstant } from '../model/ids.ts';
import type { Instant, PointId, ResourceId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { Row, StoredRow } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { columnsOf, numberOf, pageOf, rowsOf, startingWith, textOf } from './tableRows.ts';

export const POINT_ROWS = 'point/';
/** Times run backwards in the keys, so that the newest comes first. */
const END_OF_TIME = 9_999_999_999_999;

export interface Rows {
  readonly tables: Core['tables'];
  readonly columns: SealedColumns;
}
interface SealedPart {
  readonly reason?: string;
  /** Hash over the lists of its root. */
  readonly hash: string;
}

export interface PointRow {
  readonly point: RestorePoint;
  readonly hash: string;
  readonly row: StoredRow;
}

const timeKey = (takenAt: string): string =>
  `${POINT_ROWS}${String(END_OF_TIME - Date.parse(takenAt)).padStart(13, '0')}`;
const sealedPlace = (resource: ResourceId, key: string): string => `resources/${resource}/${key}/sealed`;

/** The row by which a restore point is visible. */
export function pointRow(rows: Rows, point: RestorePoint, hash: string): Row {
  const key = `${timeKey(point.takenAt)}/${point.id}`;
  const sealed: SealedPart = { hash, ...(point.reason !== undefined && { reason: point.reason }) };
  return {
    partition: point.resourceId,
    key,
    columns: columnsOf({
      point: point.id,
      takenAt: point.takenAt,
      confirmedAt: point.confirmedAt,
      status: point.status,
      items: point.counts.items,
      containers: point.counts.containers,
      missing: point.counts.missing,
      bytes: point.bytes,
      fence: point.fence,
      sealed: rows.columns.seal(
        point.resourceId,
        sealedPlace(point.resourceId, key),
        Buffer.from(JSON.stringify(sealed)),
      ),
    }),
  };
}

/** Fault `corrupt` for a row that is not as it was written. */
export function openRow(rows: Rows, row: StoredRow): PointRow {
  const resourceId = row.partition as ResourceId;
  const sealedBytes = row.columns['sealed'];
  const opened = rows.columns.open(
    resourceId,
    sealedPlace(resourceId, row.key),
    sealedBytes instanceof Uint8Array ? sealedBytes : new Uint8Array(),
  );
  const sealed = JSON.parse(Buffer.from(opened).toString()) as SealedPart;
  const confirmedAt = textOf(row, 'confirmedAt') as Instant | undefined;
  const point: RestorePoint = {
    id: textOf(row, 'point') as PointId,
    resourceId,
    takenAt: textOf(row, 'takenAt') as Instant,
    ...(confirmedAt !== undefined && { confirmedAt }),
    status: textOf(row, 'status') as RestorePoint['status'],
    ...(sealed.reason !== undefined && { reason: sealed.reason }),
    counts: {
      items: numberOf(row, 'items'),
      containers: numberOf(row, 'containers'),
      missing: numberOf(row, 'missing'),
    },
    bytes: numberOf(row, 'bytes'),
    fence: numberOf(row, 'fence'),
  };
  return { point, hash: sealed.hash, row };
}

/** When the newest visible point was taken, by the key of its row alone. */
export async function newestMoment(tables: Rows['tables'], resource: ResourceId): Promise<Instant | undefined> {
  const { rows } = await pageOf(tables, 'resources', resource, { ...startingWith(POINT_ROWS), limit: 1 });
  const time = rows[0]?.key.slice(POINT_ROWS.length).split('/')[0];
  return time === undefined ? undefined : instant(END_OF_TIME - Number(time));
}

/** All visible points, newest first. */
export async function* visiblePoints(rows: Rows, resource: ResourceId): AsyncGenerator<PointRow> {
  for await (const row of rowsOf(rows.tables, 'resources', resource, startingWith(POINT_ROWS)))
    yield openRow(rows, row);
}

/** One page of them. */
export async function listPoints(
  rows: Rows,
  resource: ResourceId,
  pageToken?: string,
): Promise<{ readonly points: RestorePoint[]; readonly nextPageToken?: string }> {
  const page = await pageOf(rows.tables, 'resources', resource, {
    ...startingWith(POINT_ROWS),
    limit: 200,
    ...(pageToken !== undefined && { pageToken }),
  });
  return {
    points: page.rows.map((row) => openRow(rows, row).point),
    ...(page.nextPageToken !== undefined && { nextPageToken: page.nextPageToken }),
  };
}

/** `latest`, a point id or a time. Fault `not-found` where no visible point fits, `invalid` where `at` is none of the three. */
export async function findPoint(rows: Rows, resource: ResourceId, at: string): Promise<PointRow> {
  const time = at === 'latest' || isHexId(at) ? undefined : parseInstant(at);
  if (at !== 'latest' && !isHexId(at) && time === undefined) {
    throw new Fault('invalid', 'A moment is a restore point id, an ISO time, or latest.', { origin: 'input' });
  }
  const range = {
    ...startingWith(POINT_ROWS),
    ...(time !== undefined && { from: timeKey(time) }),
    ...(!isHexId(at) && { limit: 1 }),
  };
  for await (const row of rowsOf(rows.tables, 'resources', resource, range)) {
    if (!isHexId(at) || row.columns['point'] === at) return openRow(rows, row);
  }
  throw new Fault(
    'not-found',
    time === undefined ? 'There is no such restore point.' : `There is no restore point from ${time} or earlier.`,
    { origin: 'input' },
  );
}

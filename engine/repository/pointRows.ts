import { Fault } from '../fault.ts';
import { instant, isHexId, parseInstant } from '../model/ids.ts';
import type { Instant, PointId, ResourceId } from '../model/ids.ts';
import type { RestorePoint } from '../model/point.ts';
import type { Row, StoredRow } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { pageOf, rowsOf, startingWith } from './tableRows.ts';

export const POINT_ROWS = 'point/';
/** Times run backwards in the keys, so that the newest comes first. */
const END_OF_TIME = 9_999_999_999_999;

export interface Rows {
  readonly tables: Core['tables'];
  readonly columns: SealedColumns;
}
/** All that a row says. Retention goes by it: in the clear there is nothing that could be changed. */
interface Sealed {
  readonly point: RestorePoint;
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

/** Which point a row shows, and when that was taken: by its key, which the sealed part is bound to. */
export function momentOf({ key }: Pick<StoredRow, 'key'>): { readonly id: PointId; readonly takenAt: Instant } {
  const [time = '', id = ''] = key.slice(POINT_ROWS.length).split('/');
  return { id: id as PointId, takenAt: instant(END_OF_TIME - Number(time)) };
}

/** The row by which a restore point is visible. */
export function pointRow({ columns }: Rows, point: RestorePoint, hash: string): Row {
  const { resourceId } = point;
  const key = `${timeKey(point.takenAt)}/${point.id}`;
  const bytes = Buffer.from(JSON.stringify({ point, hash } satisfies Sealed));
  return {
    partition: resourceId,
    key,
    columns: { sealed: columns.seal(resourceId, sealedPlace(resourceId, key), bytes) },
  };
}

/** Fault `corrupt` for a row that is not as it was written. */
export function openRow({ columns }: { readonly columns: Pick<SealedColumns, 'open'> }, row: StoredRow): PointRow {
  const resourceId = row.partition as ResourceId;
  const { sealed } = row.columns;
  const opened = columns.open(
    resourceId,
    sealedPlace(resourceId, row.key),
    sealed instanceof Uint8Array ? sealed : new Uint8Array(),
  );
  const { point, hash } = JSON.parse(Buffer.from(opened).toString()) as Sealed;
  return { point, hash, row };
}

/** When the newest visible point was taken, by the key of its row alone. */
export async function newestMoment(tables: Rows['tables'], resource: ResourceId): Promise<Instant | undefined> {
  const { rows } = await pageOf(tables, 'resources', resource, { ...startingWith(POINT_ROWS), limit: 1 });
  return rows[0] && momentOf(rows[0]).takenAt;
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
    if (!isHexId(at) || momentOf(row).id === at) return openRow(rows, row);
  }
  throw new Fault(
    'not-found',
    time === undefined ? 'There is no such restore point.' : `There is no restore point from ${time} or earlier.`,
    { origin: 'input' },
  );
}

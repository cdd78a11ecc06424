import { isFault } from '../fault.ts';
import type { Instant, ResourceId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { columnsOf, textOf } from '../repository/tableRows.ts';

/** In the partition of the resource, beside its head. */
const KEY = 'retention';

/** What earlier passes saw, by the storage clock. Losing it only delays: both times begin anew then. */
export interface Standing {
  /** Since when nobody protects it. */
  readonly leftSince?: Instant;
  /** When the coming end of its last copy was told. */
  readonly announcedAt?: Instant;
}

export async function readStanding(tables: TableStore, resource: ResourceId): Promise<Standing> {
  const row = await tables.get('resources', resource, KEY);
  if (row === undefined) return {};
  const leftSince = textOf(row, 'leftSince') as Instant | undefined;
  const announcedAt = textOf(row, 'announcedAt') as Instant | undefined;
  return { ...(leftSince && { leftSince }), ...(announcedAt && { announcedAt }) };
}

/** Writes only what is different. */
export async function writeStanding(
  tables: TableStore,
  resource: ResourceId,
  before: Standing,
  after: Standing,
): Promise<void> {
  if (before.leftSince === after.leftSince && before.announcedAt === after.announcedAt) return;
  try {
    const columns = columnsOf({ leftSince: after.leftSince, announcedAt: after.announcedAt });
    await tables.change('resources', resource, { kind: 'put', row: { partition: resource, key: KEY, columns } });
  } catch (error) {
    // The same write again gives the same row: the next pass makes up for a lost one.
    if (!isFault(error, 'conflict')) throw error;
  }
}

/** A policy means it, and it is there to be backed up. */
export const isProtected = ({ policyId, state }: Pick<ProtectedResource, 'policyId' | 'state'>): boolean =>
  policyId !== undefined && state !== 'gone' && state !== 'excluded' && state !== 'paused' && state !== 'notProtected';

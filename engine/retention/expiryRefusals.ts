import { isFault } from '../fault.ts';
import { instant, type Instant, type ResourceId } from '../model/ids.ts';
import type { Row } from '../ports/tableStore.ts';
import { columnsOf, rowsOf, startingWith, textOf } from '../repository/tableRows.ts';
import type { RetentionServices } from './retentionServices.ts';

/** Nothing expires, of one resource or of anybody, until somebody puts right what is said here. */
export interface ExpiryRefusal {
  /** Absent: it holds for all. */
  readonly resource?: ResourceId;
  /** When it was refused first, by this machine's clock. */
  readonly since: Instant;
  readonly why: string;
}

type Services = Pick<RetentionServices, 'tables' | 'clock'>;

/** In table `resources`, in the partition of the daily round. */
const partition = 'retention';
const REFUSED = 'refused/';
const EVERYBODY = 'everybody';
const keyOf = (resource: ResourceId | undefined): string => `${REFUSED}${resource ?? EVERYBODY}`;

/** Written once while the reason stays the same. */
export async function noteRefusal(
  { tables, clock }: Services,
  resource: ResourceId | undefined,
  why: string,
): Promise<void> {
  const key = keyOf(resource);
  const before = await tables.get('resources', partition, key);
  if (before !== undefined && textOf(before, 'why') === why) return;
  const since = (before && textOf(before, 'since')) ?? instant(clock.now());
  const row: Row = { partition, key, columns: columnsOf({ since, why }) };
  await tables.change('resources', partition, { kind: 'put', row });
}

/** A pass came to its end. */
export async function clearRefusal({ tables }: Services, resource: ResourceId | undefined): Promise<void> {
  const before = await tables.get('resources', partition, keyOf(resource));
  if (before === undefined) return;
  try {
    await tables.change('resources', partition, { kind: 'remove', key: before.key, ifMatch: before.etag });
  } catch (error) {
    if (!isFault(error, 'conflict', 'not-found')) throw error;
  }
}

export async function listRefusals({ tables }: Pick<Services, 'tables'>): Promise<readonly ExpiryRefusal[]> {
  const rows = await Array.fromAsync(rowsOf(tables, 'resources', partition, startingWith(REFUSED)));
  return rows.map((row) => {
    const of = row.key.slice(REFUSED.length);
    const since = (textOf(row, 'since') ?? instant(0)) as Instant;
    return { ...(of !== EVERYBODY && { resource: of as ResourceId }), since, why: textOf(row, 'why') ?? '' };
  });
}

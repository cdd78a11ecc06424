import { Fault } from '../fault.ts';
import type { ResourceId, RunId, SliceId } from '../model/ids.ts';
import type { LedgerEntry, Outcome } from '../model/ledger.ts';
import type { RunResource } from '../model/run.ts';
import type { Page } from '../records/records.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';

export interface LedgerFilter {
  readonly outcome?: Outcome;
  readonly resource?: ResourceId;
  readonly pageToken?: string;
  /** At most so many entries in a page; default 200. */
  readonly limit?: number;
}

/** Where reading goes on: the line `at` of a slice, counted from its start. */
interface LedgerPlace {
  readonly resource: ResourceId;
  readonly slice: SliceId;
  readonly at: number;
}

/** Slices opened for one page; a page that found little by then says where to go on. */
const mostSlices = 64;

/**
 * What became of every item that a run saw, resource by resource, newest slice first. A page can be short or empty and
 * still have a token. Fault `invalid` for a token that is none of ours.
 */
export async function readRunLedger(
  services: BackupServices,
  run: RunId,
  filter: LedgerFilter = {},
): Promise<Page<LedgerEntry>> {
  const limit = filter.limit ?? 200;
  const found: LedgerEntry[] = [];
  let opened = 0;
  let start = filter.pageToken === undefined ? undefined : placeOf(filter.pageToken);
  for await (const row of rowsFrom(services, run, start?.resource, filter.resource)) {
    let next: SliceId | undefined = start?.slice ?? row.lastSlice;
    let at = start?.at ?? 0;
    start = undefined;
    while (next !== undefined) {
      const here: LedgerPlace = { resource: row.resourceId, slice: next, at };
      if (opened++ >= mostSlices) return { value: found, nextPageToken: tokenOf(here) };
      const slice = await services.repository.openSlice(row.resourceId, next);
      for (; at < slice.ledger.length; at++) {
        const entry = slice.ledger[at];
        if (!entry || (filter.outcome !== undefined && entry.outcome !== filter.outcome)) continue;
        if (found.length === limit) return { value: found, nextPageToken: tokenOf({ ...here, at }) };
        found.push(entry);
      }
      at = 0;
      next = next === row.firstSlice || slice.runId !== run ? undefined : slice.predecessor;
    }
  }
  return { value: found };
}

async function* rowsFrom(
  services: BackupServices,
  run: RunId,
  from: ResourceId | undefined,
  only: ResourceId | undefined,
): AsyncGenerator<RunResource> {
  let skipping = from !== undefined;
  for await (const row of allPages((token) => services.records.runs.resources.list(run, token))) {
    if (row.resourceId === from) skipping = false;
    if (!skipping && (only === undefined || row.resourceId === only)) yield row;
  }
}

const tokenOf = (place: LedgerPlace): string => Buffer.from(JSON.stringify(place)).toString('base64url');

function placeOf(token: string): LedgerPlace {
  try {
    const { resource, slice, at } = JSON.parse(Buffer.from(token, 'base64url').toString()) as Partial<LedgerPlace>;
    if (typeof resource === 'string' && typeof slice === 'string' && typeof at === 'number')
      return { resource, slice, at };
  } catch (cause) {
    throw new Fault('invalid', 'This page token is none of ours', { origin: 'input', cause });
  }
  throw new Fault('invalid', 'This page token is none of ours', { origin: 'input' });
}

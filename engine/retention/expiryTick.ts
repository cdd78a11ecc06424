import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import { columnsOf, textOf } from '../repository/tableRows.ts';
import type { RetentionServices } from './retentionServices.ts';
import { dayMs } from './slots.ts';

/** In table `resources`, beside the partitions of the resources themselves. */
const partition = 'retention';
const KEY = 'cycle';
/** Pages of 200 resources that one tick hands on. */
const mostPages = 10;

/**
 * Once a day every resource gets a nudge to be looked at. Called every five minutes; does a part each time and goes on
 * where it stopped. May fire twice or never: a nudge more does nothing.
 */
export async function expiryTick(services: RetentionServices): Promise<number> {
  const { tables, clock, queue, records } = services;
  if (await services.isInSafeMode()) return 0;
  const row = await tables.get('resources', partition, KEY);
  const startedAt = row && textOf(row, 'startedAt');
  const isDone = row === undefined || row.columns['done'] === true;
  if (isDone && startedAt !== undefined && Math.abs(clock.now() - Date.parse(startedAt)) < dayMs) return 0;
  const beginsAt = isDone || startedAt === undefined ? instant(clock.now()) : startedAt;
  let pageToken = isDone || row === undefined ? undefined : textOf(row, 'pageToken');
  let etag = row?.etag;
  let sent = 0;
  for (let pages = 0; pages < mostPages; pages++) {
    const page = await records.resources.list({}, pageToken);
    for (const { id } of page.value) await queue.send('sweep', { expire: id });
    sent += page.value.length;
    pageToken = page.nextPageToken;
    const columns = columnsOf({ startedAt: beginsAt, pageToken, done: pageToken === undefined });
    const next = { partition, key: KEY, columns };
    try {
      etag = await tables.change(
        'resources',
        partition,
        etag === undefined ? { kind: 'insert', row: next } : { kind: 'update', row: next, ifMatch: etag },
      );
    } catch (error) {
      // Another timer is at it.
      if (isFault(error, 'conflict')) return sent;
      throw error;
    }
    if (pageToken === undefined) return sent;
  }
  return sent;
}

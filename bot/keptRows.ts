import { isFault } from '../engine/fault.ts';
import type { RequestId } from '../engine/model/ids.ts';
import type { Records } from '../engine/records/records.ts';

export type KeptRecords = Pick<Records, 'requests'>;

/** The bot keeps its rows sealed, in a partition of the journals that no restore request has. */
const partition = 'b07'.padEnd(32, '0') as RequestId;
const mostTries = 10;

export async function readKept<T>(records: KeptRecords, key: string): Promise<T | undefined> {
  return (await records.requests.journal.get(partition, key))?.value as T | undefined;
}

/**
 * Changes one kept row whatever others do to it meanwhile: on a conflict it is read again and `change` decides anew.
 * Answering the same object leaves the row as it is.
 */
export async function changeKept<T>(
  records: KeptRecords,
  key: string,
  change: (current: T | undefined) => T,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    const stored = await records.requests.journal.get(partition, key);
    const current = stored?.value as T | undefined;
    const next = change(current);
    if (next === current) return next;
    try {
      await records.requests.journal.put(partition, key, next, stored?.etag);
      return next;
    } catch (error) {
      if (!isFault(error, 'conflict') || tries >= mostTries) throw error;
    }
  }
}

/** Every kept row whose key starts with `prefix`. */
export async function* listKept<T>(
  records: KeptRecords,
  prefix: string,
): AsyncIterable<{ readonly key: string; readonly value: T }> {
  let token: string | undefined;
  do {
    const page = await records.requests.journal.list(partition, token);
    for (const { key, value } of page.value) if (key.startsWith(prefix)) yield { key, value: value as T };
    token = page.nextPageToken;
  } while (token !== undefined);
}

/** As `listKept`, reading these rows alone; those that do not open any more are passed over. */
export async function* listKeptUnder<T>(
  records: KeptRecords,
  prefix: string,
): AsyncIterable<{ readonly key: string; readonly value: T }> {
  let token: string | undefined;
  do {
    const page = await records.requests.journal.listUnder(partition, prefix, token);
    for (const { key, value } of page.value) if (value !== undefined) yield { key, value: value as T };
    token = page.nextPageToken;
  } while (token !== undefined);
}

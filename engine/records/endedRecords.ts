import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { isFault } from '../fault.ts';
import { instant, type Instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { RowChange, StoredRow, TableStore } from '../ports/tableStore.ts';
import { createSurely } from './readingBack.ts';
import type { SealedRows, Sealer } from './sealedRows.ts';

/*
 * Runs and restore requests change with every heartbeat, so that their changes are no part of the log of records. What
 * they came to lies in one sealed blob each: a lost table costs what was under way, and not the past. An end takes effect
 * together with a mark that names its blob; whoever finds the mark writes that blob from the row and takes the mark away.
 * So only the end that counts is kept, once, however many were ending it.
 */
const prefix = 'ended/';
type Kind = 'run' | 'request';

export interface EndedServices {
  readonly blobs: BlobStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
}

/** Writes down ends. */
export interface Keeper {
  /** Goes into the transaction in which this run or request ends. */
  mark(id: string): RowChange;
  /**
   * Keeps every end that is marked; asked after one took effect. Storage that is away keeps nothing from ending: what is
   * not kept now stays marked, and is kept with the next end.
   */
  keep(): Promise<void>;
}

/** `read`: what is to be kept of one that ended; undefined when it goes on again, or does not open. */
export function keeper(
  services: EndedServices & { readonly tables: TableStore; readonly rows: Pick<SealedRows, 'all'> },
  kind: Kind,
  partition: string,
  read: (id: string) => Promise<unknown>,
): Keeper {
  const { tables, rows } = services;
  const markOf = (id: string): string => `unkept:${id}`;
  const keepMarked = async ({ key, etag, columns }: StoredRow): Promise<void> => {
    const id = String(columns.of);
    const value = await unlessDamaged(() => read(id));
    if (value !== undefined) await keepEnded(services, String(columns.blob ?? blobName(services, kind, id)), value);
    try {
      await tables.change('records', partition, { kind: 'remove', key, ifMatch: etag });
    } catch (error) {
      // It ended once more, or another one kept it.
      if (!isFault(error, 'conflict', 'not-found')) throw error;
    }
  };
  return {
    mark(id) {
      const columns = { of: id, blob: blobName(services, kind, id) };
      return { kind: 'put', row: { partition, key: markOf(id), columns } };
    },
    async keep() {
      try {
        for await (const row of rows.all(partition, { from: markOf(''), to: 'unkept;' })) await keepMarked(row);
      } catch (error) {
        if (!isFault(error)) throw error;
      }
    },
  };
}

async function unlessDamaged<Value>(read: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isFault(error, 'corrupt', 'missing', 'not-found')) throw error;
    return undefined;
  }
}

/** `ended/{kind}/{id}/{time}-{random}`: what ended twice, such as a restore that was undone later, has a blob for each. */
function blobName({ random, clock }: EndedServices, kind: Kind, id: string): string {
  const suffix = Buffer.from(random.bytes(4)).toString('hex');
  return `${prefix}${kind}/${id}/${instant(clock.now())}-${suffix}`;
}

async function keepEnded({ blobs, sealer }: EndedServices, name: string, value: unknown): Promise<void> {
  const bytes = await promisify(gzip)(JSON.stringify(value));
  try {
    await createSurely(blobs, name, sealer.sealColumn('records', name, bytes));
  } catch (error) {
    // Whoever else found the mark was faster.
    if (!isFault(error, 'conflict')) throw error;
  }
}

export interface Ended {
  readonly id: string;
  readonly at: Instant;
  /** Undefined when no blob of it can be read. */
  readonly value: unknown;
}

/** The last end of each run or request. */
export async function* endedOf(services: EndedServices, kind: Kind): AsyncIterable<Ended> {
  const names = new Map<string, string[]>();
  let pageToken: string | undefined;
  do {
    const page = await services.blobs.list('repository', `${prefix}${kind}/`, pageToken);
    for (const { name } of page.blobs) {
      const id = name.split('/')[2] ?? '';
      names.set(id, [...(names.get(id) ?? []), name]);
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  for (const [id, all] of names) {
    const [newest = ''] = all.toSorted().toReversed();
    const at = newest.slice(`${prefix}${kind}/${id}/`.length, -9) as Instant;
    yield { id, at, value: await firstReadable(services, all.toSorted().toReversed()) };
  }
}

async function firstReadable({ blobs, sealer }: EndedServices, names: readonly string[]): Promise<unknown> {
  for (const name of names) {
    try {
      const opened = await sealer.openColumn('records', name, await blobs.read('repository', name));
      const bytes = await promisify(gunzip)(opened);
      return JSON.parse(bytes.toString()) as unknown;
    } catch (error) {
      if (!isFault(error, 'corrupt', 'not-found')) throw error;
    }
  }
  return undefined;
}

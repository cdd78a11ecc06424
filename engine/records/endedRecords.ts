import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { isFault } from '../fault.ts';
import { instant, type Instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Row, RowChange, StoredRow, TableStore } from '../ports/tableStore.ts';
import { createSurely } from './readingBack.ts';
import type { SealedRows, Sealer } from './sealedRows.ts';

/*
 * Runs and restore requests change with every heartbeat, so that their changes are no part of the log of records. What
 * they came to lies in one sealed blob each: a lost table costs what was under way, and not the past. An end takes effect
 * together with a mark that names its blob; whoever finds the mark writes that blob from the row and takes the mark away.
 * So only the end that counts is kept, once, however many were ending it. What ends again has a number that a row counts,
 * as clocks of two machines, or one millisecond, do not say which end came later.
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
  /** Go into the transaction in which this run or request ends; it must be conditional on its row as it was before. */
  mark(id: string): Promise<readonly RowChange[]>;
  /**
   * Keeps every end that is marked; asked after one took effect. Storage that is away keeps nothing from ending: what is
   * not kept now stays marked, and is kept with the next end.
   */
  keep(): Promise<void>;
}

/** `read`: what is to be kept of one that ended; undefined when it goes on again, or does not open. */
export function keeper(
  services: EndedServices & { readonly tables: TableStore; readonly rows: SealedRows },
  kind: Kind,
  partition: string,
  read: (id: string) => Promise<unknown>,
): Keeper {
  const { tables, rows } = services;
  const markOf = (id: string): string => `unkept:${id}`;
  const keepMarked = async ({ key, etag, columns }: StoredRow): Promise<void> => {
    const id = String(columns.of);
    const value = await unlessDamaged(() => read(id));
    const blob = columns.blob ?? blobName(services, kind, id, await numberOf(services, kind, partition, id));
    if (value !== undefined) await keepEnded(services, String(blob), value);
    try {
      await tables.change('records', partition, { kind: 'remove', key, ifMatch: etag });
    } catch (error) {
      // It ended once more, or another one kept it.
      if (!isFault(error, 'conflict', 'not-found')) throw error;
    }
  };
  return {
    async mark(id) {
      const number = 1 + (await numberOf(services, kind, partition, id));
      const columns = { of: id, blob: blobName(services, kind, id, number) };
      return [
        { kind: 'put', row: { partition, key: markOf(id), columns } },
        { kind: 'put', row: await numberRow(rows, partition, id, number) },
      ];
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

interface EndNumber {
  readonly number: number;
}
const numberKey = (id: string): string => `ends:${id}`;
const numberRow = (rows: SealedRows, partition: string, id: string, number: number): Promise<Row> =>
  rows.seal(partition, numberKey(id), { number } satisfies EndNumber);

/** How often it has ended: as its row says, and as its blobs say where that row does not open. */
async function numberOf(
  services: EndedServices & { readonly rows: SealedRows },
  kind: Kind,
  partition: string,
  id: string,
): Promise<number> {
  try {
    const row = await services.rows.get(partition, numberKey(id));
    return (row?.value as EndNumber | undefined)?.number ?? 0;
  } catch (error) {
    if (!isFault(error, 'corrupt')) throw error;
    const kept = await blobsOf(services, kind, `${id}/`);
    return Math.max(0, ...kept.map((name) => endOf(name).number));
  }
}

/** Says of a run or request that comes back from its blobs how often it had ended; whoever said so before was right. */
export async function numberEnds(
  { tables, rows }: { readonly tables: TableStore; readonly rows: SealedRows },
  partition: string,
  { id, number }: Ended,
): Promise<void> {
  if (number === 0) return;
  try {
    const row = await numberRow(rows, partition, id, number);
    await tables.change('records', partition, { kind: 'insert', row });
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
  }
}

/**
 * `ended/{kind}/{id}/n{number}-{time}-{random}`: what ended twice, such as a restore that was undone later, has a blob for
 * each, and its names ascend by number. Older ones have none and sort before.
 */
function blobName({ random, clock }: EndedServices, kind: Kind, id: string, number: number): string {
  const suffix = Buffer.from(random.bytes(4)).toString('hex');
  return `${prefix}${kind}/${id}/n${String(number).padStart(8, '0')}-${instant(clock.now())}-${suffix}`;
}

function endOf(name: string): { readonly number: number; readonly at: Instant } {
  const [, number = '0', at = ''] = /\/(?:n(\d+)-)?([^/]*)-[^-/]*$/.exec(name) ?? [];
  return { number: Number(number), at: at as Instant };
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
  /** How often it had ended by then; 0 where that was not counted. */
  readonly number: number;
  /** Undefined when no blob of it can be read. */
  readonly value: unknown;
}

/** The last end of each run or request. */
export async function* endedOf(services: EndedServices, kind: Kind): AsyncIterable<Ended> {
  const names = new Map<string, string[]>();
  for (const name of await blobsOf(services, kind, '')) {
    const id = name.split('/')[2] ?? '';
    names.set(id, [...(names.get(id) ?? []), name]);
  }
  for (const [id, all] of names) {
    const newestFirst = all.toSorted().toReversed();
    yield { id, ...endOf(newestFirst[0] ?? ''), value: await firstReadable(services, newestFirst) };
  }
}

async function blobsOf({ blobs }: EndedServices, kind: Kind, under: string): Promise<readonly string[]> {
  const names: string[] = [];
  let pageToken: string | undefined;
  do {
    const page = await blobs.list('repository', `${prefix}${kind}/${under}`, pageToken);
    names.push(...page.blobs.map(({ name }) => name));
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined);
  return names;
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

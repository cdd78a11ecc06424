import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { isFault } from '../fault.ts';
import { instant, type Instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { createSurely } from './readingBack.ts';
import type { SealedRows, Sealer } from './sealedRows.ts';

/*
 * Runs and restore requests change with every heartbeat, so that their changes are no part of the log of records. What
 * they came to lies in one sealed blob each, written before the end takes effect in its row: a lost table costs what was
 * under way, and not the past.
 */
const prefix = 'ended/';
type Kind = 'run' | 'request';

export interface EndedServices {
  readonly blobs: BlobStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
}

/** Writes down ends. `read`: what is to be kept of one that ended before. */
export interface Keeper {
  /**
   * Keeps an end; asked before it takes effect. Storage that takes no blobs keeps nothing from ending: then the end is
   * marked in its partition, and kept with the next one.
   */
  keep(id: string, value: unknown): Promise<void>;
}

export function keeper(
  services: EndedServices & { readonly tables: TableStore; readonly rows: Pick<SealedRows, 'all'> },
  kind: Kind,
  partition: string,
  read: (id: string) => Promise<unknown>,
): Keeper {
  const { tables, rows } = services;
  const markOf = (id: string): string => `unkept:${id}`;
  const isKept = async (id: string, value: unknown): Promise<boolean> => {
    try {
      await keepEnded(services, kind, id, value);
      return true;
    } catch (error) {
      if (!isFault(error)) throw error;
      return false;
    }
  };
  const keepMarked = async (): Promise<void> => {
    for await (const { key, columns } of rows.all(partition, { from: markOf(''), to: 'unkept;' })) {
      const id = String(columns.of);
      const value = await read(id);
      if (value !== undefined && !(await isKept(id, value))) return;
      await tables.change('records', partition, { kind: 'remove', key });
    }
  };
  return {
    async keep(id, value) {
      if (await isKept(id, value)) return keepMarked();
      const row = { partition, key: markOf(id), columns: { of: id } };
      await tables.change('records', partition, { kind: 'put', row });
    },
  };
}

/** `ended/{kind}/{id}/{time}-{random}`: what ended twice, such as a restore that was undone later, has a blob for each. */
async function keepEnded(services: EndedServices, kind: Kind, id: string, value: unknown): Promise<void> {
  const suffix = Buffer.from(services.random.bytes(4)).toString('hex');
  const name = `${prefix}${kind}/${id}/${instant(services.clock.now())}-${suffix}`;
  const bytes = await promisify(gzip)(JSON.stringify(value));
  await createSurely(services.blobs, name, services.sealer.sealColumn('records', name, bytes));
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
      const bytes = await promisify(gunzip)(sealer.openColumn('records', name, await blobs.read('repository', name)));
      return JSON.parse(bytes.toString()) as unknown;
    } catch (error) {
      if (!isFault(error, 'corrupt', 'not-found')) throw error;
    }
  }
  return undefined;
}

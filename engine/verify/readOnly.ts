import { Fault, isFault } from '../fault.ts';
import type { PackId } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { lru } from '../repository/lru.ts';

const refuse = (what: string) => (): never => {
  throw new Error(`Verification only reads, and was about to ${what}`);
};

/** The same blobs; a write is a defect of ours and never reaches them. */
export const readOnlyBlobs = (blobs: BlobStore): BlobStore => ({
  read: (...args) => blobs.read(...args),
  head: (...args) => blobs.head(...args),
  list: (...args) => blobs.list(...args),
  create: refuse('create a blob'),
  replace: refuse('replace a blob'),
  remove: refuse('remove a blob'),
});

/** The same tables, for reading alone. */
export const readOnlyTables = (tables: TableStore): TableStore => ({
  get: (...args) => tables.get(...args),
  query: (...args) => tables.query(...args),
  texts: (table, column, pageToken) => tables.texts(table, column, pageToken),
  change: refuse('change a row'),
  transact: refuse('change rows'),
});

const KEPT_BYTES = 64 * 1024 * 1024;

/**
 * Reads a pack whole when something of it is wanted, looks at it once with `check`, and answers ranges from memory: who
 * reads in the order of packs reads each one once. What is gone is not asked for again.
 */
export function wholePacks(blobs: BlobStore, check: (pack: PackId, bytes: Uint8Array) => void): BlobStore {
  const kept = lru<Uint8Array>(KEPT_BYTES);
  const gone = new Set<string>();
  return {
    ...blobs,
    async read(container, name, range, memory) {
      if (container !== 'repository' || !name.startsWith('packs/')) return blobs.read(container, name, range, memory);
      if (gone.has(name)) throw missing(name);
      let whole = kept.get(name);
      if (whole === undefined) {
        try {
          whole = await blobs.read(container, name);
        } catch (error) {
          if (isFault(error, 'not-found')) gone.add(name);
          throw error;
        }
        kept.set(name, whole, whole.byteLength);
        check((name.split('/').at(-1) ?? '') as PackId, whole);
      }
      return range === undefined ? whole : whole.subarray(range.from, range.from + range.length);
    },
  };
}

const missing = (name: string): Fault => new Fault('not-found', `Blob ${name} is missing`, { origin: 'storage' });

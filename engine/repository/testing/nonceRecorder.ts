import { createHash } from 'node:crypto';
import type { BlobStore } from '../../ports/blobStore.ts';
import type { TableStore } from '../../ports/tableStore.ts';
import { HEADER_BYTES } from '../objectSeal.ts';

/** Watches what is sent to storage, whether it arrives or not, and finds a key that was used for two contents. */
export interface NonceRecorder {
  blobs<T extends BlobStore>(store: T): T;
  tables<T extends TableStore>(store: T): T;
  /** Keys and nonces seen more than once with different bytes. */
  readonly reused: readonly string[];
  readonly seen: number;
}

export function nonceRecorder(): NonceRecorder {
  const bytesOf = new Map<string, string>();
  const reused: string[] = [];
  const record = (key: string, bytes: Uint8Array): void => {
    const digest = createHash('sha256').update(bytes).digest('hex');
    if ((bytesOf.get(key) ?? digest) !== digest) reused.push(key);
    bytesOf.set(key, digest);
  };
  const recordColumns = (partition: string, columns: Readonly<Record<string, unknown>>): void => {
    for (const value of Object.values(columns)) {
      // A sealed column: format, epoch and nonce are its first 17 bytes, its key hangs on the scope.
      if (value instanceof Uint8Array)
        record(`${partition}/${Buffer.from(value.subarray(0, 17)).toString('hex')}`, value);
    }
  };

  return {
    // Every object has a key of its own that follows from its header; so one header, one content.
    blobs: (store) => ({
      ...store,
      create: (container, name, bytes) => {
        if (Buffer.from(bytes.subarray(0, 4)).toString() === 'HFST') {
          record(Buffer.from(bytes.subarray(0, HEADER_BYTES)).toString('hex'), bytes);
        }
        return store.create(container, name, bytes);
      },
    }),
    tables: (store) => ({
      ...store,
      change: (table, partition, change) => {
        if (change.kind !== 'remove') recordColumns(partition, change.row.columns);
        return store.change(table, partition, change);
      },
      transact: (table, partition, changes) => {
        for (const change of changes) if (change.kind !== 'remove') recordColumns(partition, change.row.columns);
        return store.transact(table, partition, changes);
      },
    }),
    reused,
    get seen() {
      return bytesOf.size;
    },
  };
}

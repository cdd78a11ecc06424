import { hash } from 'node:crypto';
import type { BlobStore, Container } from '../../ports/blobStore.ts';
import type { Row, Table, TableStore } from '../../ports/tableStore.ts';
import { HEADER_BYTES } from '../objectSeal.ts';

/** Watches what is sent to storage, whether it arrives or not, and finds a key that was used for two contents. */
export interface NonceRecorder {
  blobs<T extends BlobStore>(store: T): T;
  tables<T extends TableStore>(store: T): T;
  /** For those who see writes in another way; costs microseconds for small objects. */
  sawBlob(container: Container, name: string, bytes: Uint8Array): void;
  sawRow(table: Table, row: Row): void;
  /** Keys and nonces seen more than once with different bytes. */
  readonly reused: readonly string[];
  /** Pairs of key and nonce. */
  readonly seen: number;
}

/** Format, epoch and nonce of a sealed column. */
const COLUMN_HEAD_BYTES = 17;
const COLUMN_BYTES = COLUMN_HEAD_BYTES + 16;

export function nonceRecorder(): NonceRecorder {
  const bytesOf = new Map<string, string>();
  const reused: string[] = [];
  const record = (key: string, bytes: Uint8Array): void => {
    const digest = hash('sha256', bytes, 'base64');
    if ((bytesOf.get(key) ?? digest) !== digest)
      reused.push(`${key.split('|', 1)[0]} ${Buffer.from(key).toString('hex')}`);
    bytesOf.set(key, digest);
  };
  /** The key of a column hangs on epoch and scope; one nonce of it, one content. */
  const recordColumn = (scope: string, bytes: Uint8Array): void => {
    if (bytes[0] === 1 && bytes.byteLength >= COLUMN_BYTES)
      record(`${scope}|${textOf(bytes, 1, COLUMN_HEAD_BYTES)}`, bytes);
  };

  const recorder: NonceRecorder = {
    sawBlob(_container, name, bytes) {
      // Every object has a key of its own that follows from kind, epoch and id in its header; so one of these, one content.
      if (textOf(bytes, 0, 4) === 'HFST')
        record(`object|${textOf(bytes, 5, 6)}${textOf(bytes, 8, 12)}${textOf(bytes, 16, HEADER_BYTES)}`, bytes);
      else if (/^(?:records|ended)\//.test(name)) recordColumn('records', bytes);
    },
    sawRow(table, { partition, columns }) {
      // All records share one scope, whatever their partition; elsewhere it is the resource, which is the partition.
      const scope = table === 'records' ? 'records' : partition;
      for (const value of Object.values(columns)) if (value instanceof Uint8Array) recordColumn(scope, value);
    },
    blobs: (store) => ({
      ...store,
      create: (container, name, bytes) => {
        recorder.sawBlob(container, name, bytes);
        return store.create(container, name, bytes);
      },
    }),
    tables: (store) => ({
      ...store,
      change: (table, partition, change) => {
        if (change.kind !== 'remove') recorder.sawRow(table, change.row);
        return store.change(table, partition, change);
      },
      transact: (table, partition, changes) => {
        for (const change of changes) if (change.kind !== 'remove') recorder.sawRow(table, change.row);
        return store.transact(table, partition, changes);
      },
    }),
    reused,
    get seen() {
      return bytesOf.size;
    },
  };
  return recorder;
}

const textOf = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1', from, to);

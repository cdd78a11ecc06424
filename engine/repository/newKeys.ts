import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { StoredRow, TableStore } from '../ports/tableStore.ts';
import type { KeyRing } from './keyRing.ts';
import { epochOf } from './objectSeal.ts';
import type { Points } from './repository.ts';
import { columnEpochOf } from './sealedColumns.ts';

/** A process that takes over resources seals under a new key at the latest after this time. */
const LOOK_EVERY_MS = 10 * 60_000;

interface KeptPorts {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
}

/**
 * The same storage, but what another process sealed under a newer key makes the ring look for that key before it is handed
 * on. Segments of packs need no look of their own: they are never of a newer epoch than the root or slice that names them.
 */
export function noticingNewKeys(ring: KeyRing, { blobs, tables }: KeptPorts): KeptPorts {
  const insistOn = async (epochs: readonly (number | undefined)[]): Promise<void> => {
    // A changed epoch looks like a new one: then the look finds nothing, and opening says what is missing.
    if (epochs.some((epoch) => epoch !== undefined && !ring.hasEpoch(epoch))) await ring.lookAgain();
  };
  const epochsIn = (rows: readonly StoredRow[]): (number | undefined)[] =>
    rows.flatMap(({ columns }) =>
      Object.values(columns).map((value) => (value instanceof Uint8Array ? columnEpochOf(value) : undefined)),
    );

  return {
    blobs: {
      ...blobs,
      async read(container, name, range, memory) {
        const bytes = await blobs.read(container, name, range, memory);
        if (range === undefined) await insistOn([epochOf(bytes)]);
        return bytes;
      },
    },
    tables: {
      ...tables,
      async get(table, partition, key) {
        const row = await tables.get(table, partition, key);
        if (row !== undefined) await insistOn(epochsIn([row]));
        return row;
      },
      async query(table, partition, range) {
        const page = await tables.query(table, partition, range);
        await insistOn(epochsIn(page.rows));
        return page;
      },
    },
  };
}

/** Jobs begin under the newest key: the ring looks again where its last look is old. */
export function withNewestKey(points: Points, ring: KeyRing, clock: Clock): Points {
  let lookedAt = clock.now();
  return {
    ...points,
    async takeFence(resource, taker) {
      if (clock.now() - lookedAt >= LOOK_EVERY_MS) {
        await ring.lookAgain();
        lookedAt = clock.now();
      }
      return points.takeFence(resource, taker);
    },
  };
}

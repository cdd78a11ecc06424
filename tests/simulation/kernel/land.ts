import type { MemoryBlobStore } from '../../../engine/testing/memoryBlobStore.ts';
import type { MemoryKeyWrapper } from '../../../engine/testing/memoryKeyWrapper.ts';
import type { MemoryQueue } from '../../../engine/testing/memoryQueue.ts';
import type { MemoryTableStore } from '../../../engine/testing/memoryTableStore.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import type { SimTenant } from '../tenant/simTenant.ts';

/** What outlives every process: storage, the vault, and the tenant that is backed up. */
export interface Land {
  readonly blobs: MemoryBlobStore;
  readonly tables: MemoryTableStore;
  readonly queue: MemoryQueue;
  readonly key: MemoryKeyWrapper;
  readonly tenant: SimTenant;
}

/** The same once more, to go its own way under another clock. */
export const forkLand = ({ blobs, tables, queue, key, tenant }: Land, clock: Clock): Land => ({
  blobs: blobs.fork({ clock }),
  tables: tables.fork(),
  queue: queue.fork({ clock }),
  key: key.fork(),
  tenant: tenant.fork({ clock }),
});

import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { chunkIndex } from './chunkIndex.ts';
import type { Core } from './core.ts';
import { createHash } from 'node:crypto';
import { ensureKeys, openKeys } from './keyRecords.ts';
import type { KeyWrappers } from './keyRecords.ts';
import type { KeyRing } from './keyRing.ts';
import { packMemory } from './memoryBudget.ts';
import type { MemoryBudget } from './memoryBudget.ts';
import { packWriter } from './packWriter.ts';
import { pageReader } from './pages.ts';
import { points } from './points.ts';
import { readStream } from './readStream.ts';
import type { Repository } from './repository.ts';
import { sealedColumns } from './sealedColumns.ts';
import { segmentReader } from './segmentReader.ts';
import { openSlice, putSlice } from './slices.ts';

export interface RepositoryPorts {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  readonly random: Random;
  readonly clock: Clock;
  /** Memory for packs; by default the one budget of this process. */
  readonly budget?: MemoryBudget;
}

/**
 * Makes the repository of a tenant where there is none, and opens it. May be repeated and may race: all end with one
 * repository. Make the recovery key known before: it cannot be had again. Faults as `openRepository`.
 */
export async function createRepository(
  ports: RepositoryPorts,
  wrappers: KeyWrappers,
  tenant: string,
): Promise<Repository> {
  await ensureKeys(ports, wrappers, tenant);
  return openRepository(ports, wrappers, tenant);
}

/**
 * Opens what `createRepository` made. Faults: `missing` (none here), `key-unavailable` (no given key opens it: stop before
 * Graph is read), `unsupported` (a newer app made it), `invalid` (another tenant's), `corrupt`.
 */
export async function openRepository(
  ports: RepositoryPorts,
  wrappers: KeyWrappers,
  tenant: string,
): Promise<Repository> {
  const ring = await openKeys(ports.blobs, wrappers, tenant);
  return repositoryOf({ ...ports, ring, budget: ports.budget ?? packMemory, chunks: chunkIndex() });
}

function repositoryOf(core: Core): Repository {
  const segments = segmentReader(core);
  const columns = sealedColumns(core.ring, core.random);

  return {
    id: core.ring.repository,
    tenant: core.ring.tenant,
    idOf: (...parts) => idOf(core.ring, parts),
    packWriter: (budget) => packWriter(core, budget),
    readStream: (stream, range) => readStream(core, segments, stream, range),
    putSlice: (slice) => putSlice(core, slice),
    openSlice: (resource, id) => openSlice(core, resource, id),
    sealColumn: (scope, place, bytes) => columns.seal(scope, place, bytes),
    openColumn: (scope, place, sealed) => columns.open(scope, place, sealed),
    points: points(core, pageReader(segments), columns),
  };
}

const idOf = (ring: KeyRing, parts: readonly string[]): string =>
  createHash('sha256').update('id').update(ring.idKey).update(JSON.stringify(parts)).digest('hex').slice(0, 32);

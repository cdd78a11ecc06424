import { createHash } from 'node:crypto';
import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { catalog } from './catalog.ts';
import { chunkIndex } from './chunkIndex.ts';
import { condemnedList } from './condemned.ts';
import { packName } from './core.ts';
import type { Core } from './core.ts';
import { expiry } from './expiry.ts';
import { ensureKeys } from './ensureKeys.ts';
import { housekeeping } from './housekeeping.ts';
import type { Housekeeping } from './housekeeping.ts';
import type { KeyWrappers } from './keyRecords.ts';
import type { KeyRing } from './keyRing.ts';
import { lru } from './lru.ts';
import { noticingNewKeys, withNewestKey } from './newKeys.ts';
import { openKeys } from './openKeys.ts';
import { isMoved, movedPacks } from './moved.ts';
import { acceptedObjects } from './acceptedObjects.ts';
import { damageList } from './damage.ts';
import { packMemory } from './memoryBudget.ts';
import type { MemoryBudget } from './memoryBudget.ts';
import { checkPack } from './pack.ts';
import { packWriter } from './packWriter.ts';
import { pageReader } from './pages.ts';
import { pointReader } from './pointReader.ts';
import { points } from './points.ts';
import { readStream } from './readStream.ts';
import { repairPacks } from './repairPacks.ts';
import type { PackRepair } from './repairPacks.ts';
import { rebuildRows } from './rebuildRows.ts';
import { rewriteRow } from './rewriteRow.ts';
import { openPointsFromBlobs, rootNames } from './recoverPoints.ts';
import type { RecoveredPoint } from './recoverPoints.ts';
import type { Catalog, Expiry, PointReader, Repository } from './repository.ts';
import { readRoot } from './root.ts';
import type { NeededPack } from './root.ts';
import { columnEpochOf, sealedColumns } from './sealedColumns.ts';
import { readNeeded, segmentReader } from './segmentReader.ts';
import { putSlice, recallSlice } from './slices.ts';
import { makeVerifier } from '../verify/verifier.ts';
import type { Verifier } from '../verify/verifier.ts';

/** A job opens what it has just committed several times until its point is made. */
const JUST_WRITTEN_CHARACTERS = 4 * 1024 * 1024;
const KEPT_ROOTS = 16;

export interface RepositoryPorts {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  readonly random: Random;
  readonly clock: Clock;
  /** Memory for packs; by default the one budget of this process. */
  readonly budget?: MemoryBudget;
}

/** A repository with what is derived from it. */
export interface OpenRepository extends Repository {
  /** The epoch under which this process seals; `lookAgain` finds the one that was just made. */
  readonly keys: Pick<KeyRing, 'epoch' | 'lookAgain'>;
  readonly catalog: Catalog;
  readonly expiry: Expiry;
  /** Every root in storage, of one resource or of all, without asking a table. */
  pointsFromBlobs(resource?: ResourceId): AsyncIterable<RecoveredPoint>;
  /** After the tables were lost: head and point rows of a resource from its roots. Answers how many points; then rebuild the catalog. */
  rebuildRows(resource: ResourceId): Promise<number>;
  /** Reads a whole pack, or those that it was rewritten into, and opens trailer and every segment. Faults `missing`, `corrupt`. */
  checkPack(pack: PackId, kind: 'content' | 'meta'): Promise<void>;
  /** Writes what can be had of damaged packs into new ones, one after the other. See `repairPacks`. */
  repairPacks(packs: readonly PackId[], beat?: () => Promise<void>): AsyncIterable<PackRepair>;
  /** Rewrites a row that says something else than its root. False when the root does not open or the row is gone. */
  rewriteRow(resource: ResourceId, point: PointId): Promise<boolean>;
  /** What the sweep needs. */
  readonly housekeeping: Housekeeping;
  /** Reads everything that is stored, and says what is not as it was written. */
  readonly verifier: Verifier;
}

/**
 * Makes the repository of a tenant where there is none, and opens it. May be repeated and may race: all end with one
 * repository. Make the recovery key known before: it cannot be had again. Faults as `openRepository`.
 */
export async function createRepository(
  ports: RepositoryPorts,
  wrappers: KeyWrappers,
  tenant: string,
): Promise<OpenRepository> {
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
): Promise<OpenRepository> {
  const ring = await openKeys(ports.blobs, wrappers, tenant);
  const chunks = chunkIndex();
  const kept = noticingNewKeys(ring, ports);
  const core: Core = {
    ...ports,
    ...kept,
    ring,
    budget: ports.budget ?? packMemory,
    chunks,
    condemned: condemnedList(ports.tables, chunks),
    moved: movedPacks({ blobs: kept.blobs, ring }),
    justWritten: lru(JUST_WRITTEN_CHARACTERS),
    roots: lru(KEPT_ROOTS),
  };
  return repositoryOf(core, (blobs) => openKeys(blobs, wrappers, tenant));
}

/** A repository opened for reading with a key and the `repository` container alone: no tables, no tenant to be named. */
export interface RecoveredRepository {
  readonly id: string;
  readonly tenant: string;
  pointsFromBlobs(resource?: ResourceId): AsyncIterable<RecoveredPoint>;
  /** Every root in storage by name, in order; nothing is opened. */
  rootsByName(): AsyncIterable<{ readonly resourceId: ResourceId; readonly id: PointId }>;
  /**
   * A point by its root alone, with the packs that it needs: some may be lost, and what does not lie in them can be read
   * all the same. Faults `missing`, `corrupt`, `unsupported`.
   */
  openRoot(
    resource: ResourceId,
    id: PointId,
  ): Promise<{ readonly reader: PointReader; readonly packs: readonly NeededPack[] }>;
  readStream: Repository['readStream'];
}

/** Opens what is left when all else is gone. `keptBytes`: memory for opened segments. Faults as `openRepository`. */
export async function openForRecovery(
  blobs: BlobStore,
  wrappers: KeyWrappers,
  keptBytes?: number,
): Promise<RecoveredRepository> {
  const ring = await openKeys(blobs, wrappers, undefined);
  const core = { blobs, ring };
  const segments = segmentReader(core, keptBytes);
  const pages = pageReader(segments);
  return {
    id: ring.repository,
    tenant: ring.tenant,
    pointsFromBlobs: (resource) => openPointsFromBlobs(core, pages, resource),
    async *rootsByName() {
      for await (const name of rootNames(core)) {
        const [, resourceId, id] = name.split('/') as [string, ResourceId, PointId];
        yield { resourceId, id };
      }
    },
    async openRoot(resource, id) {
      const root = await readRoot(core, resource, id);
      return { reader: pointReader(root, pages), packs: root.packs };
    },
    readStream: (stream, range) => readStream(core, segments, stream, range),
  };
}

function repositoryOf(core: Core, openKeysAnew: (blobs: BlobStore) => Promise<unknown>): OpenRepository {
  const segments = segmentReader(core);
  const columns = sealedColumns(core.ring, core.random);
  const pages = pageReader(segments);
  const shown = catalog(core, pages, columns);
  const accepted = acceptedObjects(core, columns);

  return {
    id: core.ring.repository,
    tenant: core.ring.tenant,
    keys: core.ring,
    idOf: (...parts) => idOf(core.ring, parts),
    packWriter: (budget) => packWriter(core, budget),
    readStream: (stream, range) => readStream(core, segments, stream, range),
    putSlice: (slice) => putSlice(core, slice),
    openSlice: (resource, id) => recallSlice(core, resource, id),
    sealColumn: (scope, place, bytes) => columns.seal(scope, place, bytes),
    async openColumn(scope, place, sealed) {
      const epoch = columnEpochOf(sealed);
      if (epoch !== undefined && !core.ring.hasEpoch(epoch)) await core.ring.lookAgain();
      return columns.open(scope, place, sealed);
    },
    points: withNewestKey(points(core, pages, columns), core.ring, core.clock),
    catalog: shown,
    expiry: expiry(core, columns, shown),
    housekeeping: housekeeping(core, columns, pages, accepted),
    damage: damageList(core, columns),
    acceptedObjects: accepted,
    verifier: makeVerifier(core, columns, openKeysAnew),
    pointsFromBlobs: (resource) => openPointsFromBlobs(core, pages, resource),
    rebuildRows: (resource) => rebuildRows(core, columns, resource),
    checkPack: (pack, kind) => checkStoredPack(core, pack, kind),
    repairPacks: (packs, beat = async () => undefined) => repairPacks(core, pages, segments, packs, beat),
    rewriteRow: (resource, point) => rewriteRow(core, columns, resource, point),
  };
}

async function checkStoredPack(core: Core, pack: PackId, kind: 'content' | 'meta'): Promise<void> {
  try {
    checkPack(core.ring, pack, kind, await readNeeded(core.blobs, 'repository', packName(pack)));
  } catch (error) {
    if (!isFault(error, 'missing') || !(await isMoved(core, core.moved, pack))) throw error;
    for (const next of (await core.moved.record(pack))?.packs ?? []) await checkStoredPack(core, next, kind);
  }
}

const idOf = (ring: KeyRing, parts: readonly string[]): string =>
  createHash('sha256').update('id').update(ring.idKey).update(JSON.stringify(parts)).digest('hex').slice(0, 32);

import { isFault } from '../../../engine/fault.ts';
import type { PointId, ResourceId, SliceId } from '../../../engine/model/ids.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import { makeRecords } from '../../../engine/records/makeRecords.ts';
import type { Records } from '../../../engine/records/records.ts';
import type { Sealer } from '../../../engine/records/sealedRows.ts';
import { openKeys } from '../../../engine/repository/openKeys.ts';
import type { KeyRing } from '../../../engine/repository/keyRing.ts';
import { openRepository, type OpenRepository } from '../../../engine/repository/openRepository.ts';
import type { Slice } from '../../../engine/repository/repository.ts';
import { readRoot, rootName, type Root } from '../../../engine/repository/root.ts';
import { sliceName } from '../../../engine/repository/slices.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import type { Land } from '../kernel/land.ts';
import { openedOnce } from './openedOnce.ts';
import { Past } from './past.ts';

/** Looks at everything with the keys, past the processes and their calls. Writes nothing. */
export class Inspector {
  readonly past: Past;
  readonly repository: OpenRepository;
  readonly ring: KeyRing;
  readonly records: Records;
  readonly #resources = new Map<ResourceId, ProtectedResource>();

  readonly #openPresent: () => Promise<OpenRepository>;

  private constructor(
    past: Past,
    repository: OpenRepository,
    ring: KeyRing,
    records: Records,
    present: () => Promise<OpenRepository>,
  ) {
    this.#openPresent = present;
    this.past = past;
    this.repository = repository;
    this.ring = ring;
    this.records = records;
  }

  static async open(land: Land, clock: Clock): Promise<Inspector> {
    const past = new Past(land.blobs);
    const blobs = past.everything;
    const random = seededRandom('inspector');
    const wrappers = { vault: land.key.fork() };
    const ports = { blobs, tables: land.tables, random, clock };
    const repository = await openRepository(ports, wrappers, land.tenant.tenantId);
    const ring = await openKeys(blobs, wrappers, land.tenant.tenantId);
    const present = () => openRepository({ ...ports, blobs: land.blobs }, wrappers, land.tenant.tenantId);
    const sealer: Sealer = {
      ...repository,
      openColumn: (scope, place, sealed) =>
        openedOnce(place, sealed, () => repository.openColumn(scope, place, sealed)),
    };
    return new Inspector(past, repository, ring, makeRecords({ ...ports, sealer }), present);
  }

  /** The repository as a process that starts now opens it: knows nothing, and finds only what is still there. */
  present(): Promise<OpenRepository> {
    return this.#openPresent();
  }

  /** A root that is or was in storage, whichever key sealed it. */
  async root(resource: ResourceId, id: PointId): Promise<Root> {
    const name = rootName(resource, id);
    const blob = this.past.find('repository', name);
    return blob === undefined
      ? this.#readRoot(resource, id)
      : openedOnce(name, blob.bytes, () => this.#readRoot(resource, id));
  }

  /** The same of a slice. */
  async slice(resource: ResourceId, id: SliceId): Promise<Slice> {
    const name = sliceName(resource, id);
    const blob = this.past.find('journal', name);
    const open = (): Promise<Slice> => this.repository.openSlice(resource, id);
    return blob === undefined ? open() : openedOnce(name, blob.bytes, open);
  }

  async #readRoot(resource: ResourceId, id: PointId): Promise<Root> {
    const core = { blobs: this.past.everything, ring: this.ring };
    try {
      return await readRoot(core, resource, id);
    } catch (error) {
      if (!isFault(error, 'missing')) throw error;
      await this.ring.lookAgain();
      return readRoot(core, resource, id);
    }
  }

  /** What is known of a resource; it never changes which one it is. */
  async resource(id: ResourceId): Promise<ProtectedResource | undefined> {
    const known = this.#resources.get(id) ?? (await this.records.resources.get(id))?.value;
    if (known !== undefined) this.#resources.set(id, known);
    return known;
  }
}

import { isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId, SliceId } from '../model/ids.ts';
import type { AcceptedObject, AcceptedObjects } from './acceptedObjects.ts';
import type { Core } from './core.ts';
import { raiseFence, readHead } from './heads.ts';
import { forgetLetGo, letGoPoints } from './letGo.ts';
import type { LetGo } from './letGo.ts';
import type { MovedRecord } from './moved.ts';
import type { Pages } from './pages.ts';
import { repack } from './repack.ts';
import type { Repack, Repacked } from './repack.ts';
import type { Head, Slice } from './repository.ts';
import { readRoot } from './root.ts';
import type { Root } from './root.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { openJson, sealJson } from './sealedJson.ts';
import { openSlice } from './slices.ts';
import { sweepNotes } from './sweepNotes.ts';
import type { SweepNotes } from './sweepNotes.ts';
import { momentOf } from './pointRows.ts';
import { rowsOf, startingWith } from './tableRows.ts';

/** What the sweep needs of a repository: it looks at everything and names nothing. */
export interface Housekeeping {
  /** A head with an empty ETag when the resource has none. */
  head(resource: ResourceId): Promise<Head>;
  /** Whoever holds the resource can commit no more. Fault `stale-fence` when the head moved since it was read. */
  raiseFence(head: Head): Promise<Head>;
  /** Ids of the visible points, by their rows alone. */
  visible(resource: ResourceId): Promise<readonly PointId[]>;
  /** What earlier cycles read of a resource, and what is to be read anew. */
  notes(resource: ResourceId): Promise<SweepNotes>;
  /** Points whose rows were taken away on purpose. */
  letGo(resource: ResourceId): Promise<readonly LetGo[]>;
  /** Takes signs of these away: nothing in storage needs them any more. May be repeated. */
  forgetLetGo(resource: ResourceId, points: readonly PointId[]): Promise<void>;
  /** What a root says of its making. Faults `missing`, `corrupt`. */
  originOf(resource: ResourceId, point: PointId): Promise<Pick<Root, 'predecessor' | 'fence'>>;
  /** Packs that a root names. Faults `missing`, `corrupt`. */
  packsOf(resource: ResourceId, point: PointId): Promise<readonly PackId[]>;
  /** Faults `missing`, `corrupt`. */
  openSlice(resource: ResourceId, id: SliceId): Promise<Slice>;
  /** Where the segments of a pack went; undefined when it was never rewritten. */
  moved(pack: PackId): Promise<MovedRecord | undefined>;
  /** Keeps something for the next call; what it says can be found anew. */
  keep(name: string, value: unknown): Promise<void>;
  /** Undefined where it is not there, or not as it was kept. */
  recall(name: string): Promise<unknown>;
  /** Objects whose loss somebody accepted. */
  accepted(): Promise<readonly AcceptedObject[]>;
  /** Writes what is needed of these packs into others, and says where it went. */
  repack(work: Repack): Promise<Repacked>;
}

export const housekeeping = (
  core: Core,
  columns: SealedColumns,
  pages: Pages,
  accepted: AcceptedObjects,
): Housekeeping => ({
  head: (resource) => readHead(core, resource),
  raiseFence: (head) => raiseFence(core, head),
  async visible(resource) {
    const points: PointId[] = [];
    for await (const row of rowsOf(core.tables, 'resources', resource, startingWith('point/')))
      points.push(momentOf(row).id);
    return points;
  },
  notes: (resource) => sweepNotes(core, resource),
  letGo: (resource) => letGoPoints(core, columns, resource),
  forgetLetGo: (resource, points) => forgetLetGo(core, resource, points),
  originOf: (resource, point) => readRoot(core, resource, point),
  packsOf: async (resource, point) => (await readRoot(core, resource, point)).packs.map(({ pack }) => pack),
  openSlice: (resource, id) => openSlice(core, resource, id),
  moved: (pack) => core.moved.record(pack),
  async keep(name, value) {
    await core.blobs.replace('derived', name, sealJson(core.ring, core.random, 'index', name, value));
  },
  async recall(name) {
    try {
      return openJson(core.ring, 'index', name, await core.blobs.read('derived', name));
    } catch (error) {
      if (!isFault(error, 'not-found', 'corrupt', 'missing', 'unsupported')) throw error;
      return undefined;
    }
  },
  accepted: () => Array.fromAsync(accepted.list()),
  repack: (work) => repack(core, pages, work),
});

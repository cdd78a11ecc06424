import { Fault, isFault } from '../engine/fault.ts';
import { isHexId } from '../engine/model/ids.ts';
import type { PackId, PointId, ResourceId } from '../engine/model/ids.ts';
import type { DiscoveredResource } from '../engine/model/resource.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';
import { packName } from '../engine/repository/core.ts';
import { inParallel } from '../engine/repository/inParallel.ts';
import type { RecoveredRepository } from '../engine/repository/openRepository.ts';
import { withoutSiblings } from '../engine/repository/rebuildRows.ts';
import type { PointReader } from '../engine/repository/repository.ts';

/** A restore point whose root opens. */
export interface FoundPoint {
  readonly id: PointId;
  readonly reader: PointReader;
  /** Packs that it needs and that are not in storage, or not with their length: what lies in them is lost. */
  readonly lostPacks: readonly string[];
}

/** A root that does not open. */
export interface DamagedRoot {
  readonly id: PointId;
  readonly fault: Fault;
}

/** One mailbox, one drive, with its points, newest first. */
export interface FoundResource {
  readonly id: ResourceId;
  /** Undefined when no root says it: those of the first days do not. */
  readonly facts?: DiscoveredResource;
  readonly points: readonly FoundPoint[];
  readonly damaged: readonly DamagedRoot[];
}

const ROOTS_AT_ONCE = 16;

/** Which packs are in storage with which length, by one listing; a pack that was written anew elsewhere counts as there. */
export interface PacksInStorage {
  readonly lengths: ReadonlyMap<string, number>;
  readonly moved: ReadonlySet<string>;
}

export async function packsInStorage(blobs: BlobStore): Promise<PacksInStorage> {
  const lengths = new Map<string, number>();
  const moved = new Set<string>();
  for await (const blob of listed(blobs, 'packs/')) lengths.set(blob.name, blob.length);
  for await (const blob of listed(blobs, 'moved/')) moved.add(blob.name.slice('moved/'.length));
  return { lengths, moved };
}

async function* listed(blobs: BlobStore, prefix: string) {
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await blobs.list('repository', prefix, token);
    token = page.nextPageToken;
    yield* page.blobs;
  }
}

/**
 * Every resource of the repository with its restore points, from the roots alone. Roots that were being made when a job
 * was killed, and on which nothing stands, are left out. Faults only when storage cannot be read at all.
 */
export async function survey(
  repository: RecoveredRepository,
  packs: PacksInStorage,
  onRoot: (read: number) => void = () => undefined,
): Promise<FoundResource[]> {
  const found = new Map<ResourceId, { points: FoundPoint[]; damaged: DamagedRoot[] }>();
  let read = 0;
  await inParallel(repository.rootsByName(), ROOTS_AT_ONCE, async ({ resourceId, id }) => {
    // Such as what a file manager leaves in each folder that it shows.
    if (!isHexId(resourceId) || !isHexId(id)) return;
    const resource = found.get(resourceId) ?? { points: [], damaged: [] };
    found.set(resourceId, resource);
    try {
      const { reader, packs: needed } = await repository.openRoot(resourceId, id);
      resource.points.push({ id, reader, lostPacks: lostOf(needed, packs) });
    } catch (error) {
      resource.damaged.push({ id, fault: damageOf(error, `points/${resourceId}/${id}`) });
    }
    onRoot(++read);
  });
  return [...found].map(([id, resource]) => resourceOf(id, resource)).toSorted(byName);
}

function lostOf(
  needed: readonly { readonly pack: PackId; readonly length: number }[],
  packs: PacksInStorage,
): string[] {
  return needed
    .filter(({ pack, length }) => packs.lengths.get(packName(pack)) !== length && !packs.moved.has(pack))
    .map(({ pack }) => packName(pack));
}

function resourceOf(
  id: ResourceId,
  { points, damaged }: { readonly points: readonly FoundPoint[]; readonly damaged: readonly DamagedRoot[] },
): FoundResource {
  const chain = withoutSiblings(
    points.map((point) => ({
      id: point.id,
      predecessor: point.reader.predecessor,
      fence: point.reader.point.fence,
      takenAt: point.reader.point.takenAt,
      point,
    })),
  );
  const newestFirst = chain.toSorted((a, b) => (a.takenAt > b.takenAt ? -1 : 1)).map(({ point }) => point);
  const facts = newestFirst.find(({ reader }) => reader.resource !== undefined)?.reader.resource;
  return { id, ...(facts !== undefined && { facts }), points: newestFirst, damaged };
}

/** What cannot be read of storage that answers is damage; trouble with storage itself ends the recovery. */
export function damageOf(error: unknown, name: string): Fault {
  if (isFault(error, 'missing', 'corrupt', 'unsupported')) return error;
  if (error instanceof Fault) throw error;
  const said = error instanceof Error ? error.message : String(error);
  return new Fault('corrupt', `${name} opens and cannot be understood (${said}).`, { origin: 'storage', cause: error });
}

const byName = (a: FoundResource, b: FoundResource): number => {
  const [left, right] = [a, b].map(({ id, facts }) => [facts?.name ?? '~', facts?.workload ?? '', id].join('\n'));
  return (left ?? '') < (right ?? '') ? -1 : 1;
};

import { Fault, isFault } from '../fault.ts';
import type { PackId, PointId, ResourceId } from '../model/ids.ts';
import { packName } from './core.ts';
import type { Core } from './core.ts';
import { inParallel } from './inParallel.ts';
import { isMoved, movedPacks } from './moved.ts';
import type { MovedPacks } from './moved.ts';
import type { Pages } from './pages.ts';
import { pointReader } from './pointReader.ts';
import type { PointReader } from './repository.ts';
import { readRoot } from './root.ts';
import type { Root } from './root.ts';

/** A root found in storage: it opens and everything it needs is there, or the fault says why it does not count. */
export type RecoveredPoint =
  | { readonly kind: 'whole'; readonly resourceId: ResourceId; readonly id: PointId; readonly reader: PointReader }
  | { readonly kind: 'broken'; readonly resourceId: ResourceId; readonly id: PointId; readonly fault: Fault };

type FoundRoot =
  | { readonly kind: 'whole'; readonly root: Root }
  /** `root`: it opens, and a pack that it needs is missing or cut off. */
  | (Extract<RecoveredPoint, { readonly kind: 'broken' }> & { readonly root?: Root });

const HEADS_AT_ONCE = 8;

/**
 * Every root in storage, of one resource or of all, in the order of their names: needs no tables, no catalog, no Graph.
 * Also finds points that were being made when a job was killed: these are whole too.
 */
export async function* openPointsFromBlobs(
  core: Pick<Core, 'blobs' | 'ring'>,
  pages: Pages,
  resource?: ResourceId,
): AsyncGenerator<RecoveredPoint> {
  for await (const found of rootsInStorage(core, resource)) {
    if (found.kind === 'broken') yield found;
    else
      yield {
        kind: 'whole',
        resourceId: found.root.resourceId,
        id: found.root.id,
        reader: pointReader(found.root, pages),
      };
  }
}

/** The same as roots. */
export async function* rootsInStorage(
  core: Pick<Core, 'blobs' | 'ring'>,
  resource?: ResourceId,
): AsyncGenerator<FoundRoot> {
  /** Lengths of packs that were looked up already; points share most of them. */
  const lengths = new Map<string, number | undefined>();
  const moved = movedPacks(core);
  for await (const name of rootNames(core, resource)) {
    const [, resourceId, id] = name.split('/') as [string, ResourceId, PointId];
    let root: Root | undefined;
    try {
      root = await readRoot(core, resourceId, id);
      await checkPacks(core, moved, root, lengths);
      yield { kind: 'whole', root };
    } catch (error) {
      if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
      yield { kind: 'broken', resourceId, id, fault: error, ...(root && { root }) };
    }
  }
}

/** Names of all roots in storage, of one resource or of all; nothing is opened. */
export async function* rootNames(core: Pick<Core, 'blobs'>, resource?: ResourceId): AsyncGenerator<string> {
  const prefix = resource === undefined ? 'points/' : `points/${resource}/`;
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await core.blobs.list('repository', prefix, pageToken);
    pageToken = page.nextPageToken;
    for (const blob of page.blobs) yield blob.name;
  }
}

async function checkPacks(
  core: Pick<Core, 'blobs'>,
  moved: MovedPacks,
  root: Root,
  lengths: Map<string, number | undefined>,
): Promise<void> {
  await inParallel(root.packs, HEADS_AT_ONCE, async ({ pack, length }) => {
    const name = packName(pack);
    if (!lengths.has(name)) lengths.set(name, await lengthOf(core, moved, pack, length));
    const stored = lengths.get(name);
    if (stored === length) return;
    const what = stored === undefined ? 'missing' : 'corrupt';
    throw new Fault(
      what,
      `${name}, which a restore point needs, is ${stored === undefined ? 'missing from storage' : `${stored} bytes long instead of ${length}`}.`,
      { origin: 'storage' },
    );
  });
}

/** A pack that was rewritten is as long as its root says when all of it is where it went. */
async function lengthOf(
  core: Pick<Core, 'blobs'>,
  moved: MovedPacks,
  pack: PackId,
  length: number,
): Promise<number | undefined> {
  const facts = await core.blobs.head('repository', packName(pack));
  if (facts !== undefined && facts.length === length) return length;
  // Gone, or cut off and repaired.
  return (await isMoved(core, moved, pack, length)) ? length : facts?.length;
}

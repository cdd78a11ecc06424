import { z } from 'zod';
import type { Change, ReadContext } from '../../engine/connector.ts';
import { Fault, isFault } from '../../engine/fault.ts';
import type { Cursor } from '../../engine/model/ids.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { segment, sharepointScope, type CallOptions, type Graph } from '../../graph/index.ts';
import { createLoopGuard, mostRestarts, PAGE_LOOP } from '../reading/loopGuard.ts';
import { listedDriveItem } from './listed.ts';
import { DRIVE_ITEM_SELECT, driveItemShape, type DriveItem } from './shapes.ts';

const ITEMS_PER_PAGE = 1_000;
/** Makes the feed tell removals, keep on behind folders that the app may not see, and show sharing changes. */
const FEED_WISHES = ['deltashowremovedasdeleted', 'deltatraversepermissiongaps', 'deltashowsharingchanges'];

const cursorShape = z.object({
  v: z.literal(1),
  /** Where the feed goes on; absent: list anew. */
  link: z.string().optional(),
  rootId: z.string().optional(),
  /** `link` is the place from which the service said to list anew; nothing came from it yet. */
  isNamed: z.boolean().optional(),
  /** How often the listing started over in this round. */
  restarts: z.number().optional(),
});
type DriveCursor = z.infer<typeof cursorShape>;

export const driveOptions = ({ priority, signal }: Pick<ReadContext, 'priority' | 'signal'>): CallOptions => ({
  scope: sharepointScope,
  priority,
  signal,
});

/** Everything that changed in a drive: folders, files and notebooks in one feed, parents not always before children. */
export async function* changesOfDrive(
  graph: Graph,
  resource: ProtectedResource,
  cursor: Cursor | undefined,
  context: ReadContext,
): AsyncGenerator<Change> {
  let state = readCursor(cursor);
  let isLooping = createLoopGuard();
  const driveId = resource.sourceId;
  state.rootId ??= await readRootId(graph, driveId, context);
  for (;;) {
    try {
      const page = await graph.page(driveItemShape, state.link ?? `/drives/${segment(driveId)}/root/delta`, {
        ...driveOptions(context),
        prefer: state.link === undefined ? [...FEED_WISHES, 'hierarchicalsharing'] : FEED_WISHES,
        ...(state.link === undefined ? { query: { $select: DRIVE_ITEM_SELECT, $top: String(ITEMS_PER_PAGE) } } : {}),
      });
      const link = page.nextLink ?? page.deltaLink;
      if (link === undefined)
        throw new Fault('resync', 'The listing of the drive ended without a place to go on from', { origin: 'graph' });
      if (page.nextLink !== undefined && isLooping(link))
        throw new Fault('resync', 'Microsoft Graph gives the same page of a drive again and again', {
          origin: 'graph',
          code: PAGE_LOOP,
        });
      for (const item of page.value) yield* driveChange(item, state.rootId);
      const { isNamed: _isNamed, ...before } = state;
      state = { ...before, link };
      if (page.nextLink === undefined) {
        const { restarts: _restarts, ...next } = state;
        yield { kind: 'end', cursor: writeCursor(next) };
        return;
      }
      yield { kind: 'checkpoint', cursor: writeCursor(state) };
    } catch (error) {
      const reason = deadLink(error, state);
      isLooping = createLoopGuard();
      // The service may name the place from which to list anew; both of its kinds end in the same: the listing is read
      // to its end, and what it did not show is asked by id before it counts as gone.
      const location = error instanceof Fault ? error.location : undefined;
      state = {
        v: 1,
        restarts: (state.restarts ?? 0) + 1,
        ...(state.rootId === undefined ? {} : { rootId: state.rootId }),
        ...(location === undefined || state.isNamed === true ? {} : { link: location, isNamed: true }),
      };
      yield { kind: 'restarted', reason };
      yield { kind: 'checkpoint', cursor: writeCursor(state) };
    }
  }
}

function* driveChange(item: DriveItem, rootId: string | undefined): Generator<Change> {
  if (item.deleted !== undefined && item.deleted !== null) {
    yield { kind: 'removed', sourceId: item.id };
    return;
  }
  // The root is the drive itself.
  if ((item.root !== undefined && item.root !== null) || item.id === rootId) return;
  if (item.remoteItem !== undefined && item.remoteItem !== null) {
    yield {
      kind: 'outOfScope',
      sourceId: item.id,
      name: item.name ?? '',
      reason: 'A shortcut: what it points to belongs to another drive and is backed up there.',
    };
    return;
  }
  const listed = listedDriveItem(item, rootId);
  if (item.malware !== undefined && item.malware !== null) yield { kind: 'skipped', item: listed, reason: 'malware' };
  else yield { kind: 'changed', item: listed };
}

async function readRootId(graph: Graph, driveId: string, context: ReadContext): Promise<string> {
  const { id } = await graph.get(driveItemShape, `/drives/${segment(driveId)}/items/root`, {
    ...driveOptions(context),
    query: { $select: 'id' },
  });
  return id;
}

/** Why the listing must start over; throws what is no reason to, and what happens again and again. */
function deadLink(error: unknown, { link, isNamed, restarts = 0 }: DriveCursor): string {
  const isDead =
    isFault(error, 'resync') ||
    (isFault(error, 'invalid') && link !== undefined) ||
    (isFault(error, 'not-found') && isNamed === true);
  if (!isDead || !(error instanceof Fault)) throw error;
  if (restarts >= mostRestarts(error))
    throw new Fault('invalid', `${error.message}, also after it was listed anew`, {
      origin: 'graph',
      code: error.code ?? 'ListingFails',
      cause: error,
    });
  return error.message;
}

const writeCursor = (state: DriveCursor): Cursor => JSON.stringify(state) as Cursor;

function readCursor(cursor: Cursor | undefined): DriveCursor {
  if (cursor === undefined) return { v: 1 };
  const parsed = cursorShape.safeParse(jsonOf(cursor));
  if (!parsed.success)
    throw new Fault('resync', 'The saved place in the drive cannot be read, it is listed anew', { origin: 'input' });
  return parsed.data;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Fault('resync', 'The saved place in the drive cannot be read, it is listed anew', {
      origin: 'input',
      cause,
    });
  }
}

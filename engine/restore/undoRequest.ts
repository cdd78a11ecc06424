import { isFault, type Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { RestoreUndo, UndoneItem } from '../model/restoreRequest.ts';
import { journalKey, letGo, rowWriter } from './requestStore.ts';
import type { RequestTenure, StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import type { ItemJournal } from './runRequest.ts';

/** From the first item on: what an earlier undo came to stands in the journal. */
export function beginUndo(stored: StoredRequest, now: number): StoredRequest {
  const undo: RestoreUndo = { state: 'running', startedAt: instant(now), removed: 0, kept: 0 };
  const { goesOn: _, ...request } = stored.request;
  return { ...stored, request: { ...request, undo }, work: { ...stored.work, undoAt: 0 } };
}

/** It ends here and may be asked for again; the result of the restore stays as it was. */
export function undoStopped(stored: StoredRequest, now: number, trouble: string): StoredRequest {
  const { undoAt: _, ...work } = stored.work;
  const undo: RestoreUndo = { ...undoOf(stored, now), state: 'failed', finishedAt: instant(now), trouble };
  return letGo({ ...stored, request: { ...stored.request, undo }, work });
}

const undoOf = ({ request }: StoredRequest, now: number): RestoreUndo =>
  request.undo ?? { state: 'running', startedAt: instant(now), removed: 0, kept: 0 };

const rowLost =
  'The record of what became of some items is gone, so that they cannot be taken back. Look at the place they went to.';

/** One step of taking a restore back: removes what it created and nobody has touched since; everything else stays. */
export async function undoStep(
  tenure: RequestTenure,
  services: RestoreServices,
  signal: AbortSignal,
): Promise<'more' | 'done'> {
  const until = services.clock.now() + services.limits.jobMs;
  const { request, work } = tenure.current;
  let at = work.undoAt ?? 0;
  let undo = undoOf(tenure.current, services.clock.now());
  const handOn = async (): Promise<void> => {
    const reached = { at, undo };
    await tenure.save((stored) =>
      letGo({
        ...stored,
        request: { ...stored.request, undo: reached.undo },
        work: { ...stored.work, undoAt: reached.at },
      }),
    );
  };
  // A job that was stopped may have restored a few items more than it saved.
  for (; ; at++) {
    if (services.clock.now() >= until) {
      await handOn();
      return 'more';
    }
    const stored = await services.records.requests.journal.get(request.id, journalKey('item', at));
    const row = stored?.value as ItemJournal | undefined;
    if (row === undefined && at >= work.at) break;
    await tenure.beat();
    // Everything that was carried out has a row: without it nobody knows what stands there.
    if (row === undefined) undo = { ...undo, trouble: rowLost };
    if (row?.written === undefined) continue;
    const put = rowWriter(services, request.id, journalKey('item', at), stored?.etag);
    const became = await takeBack(row, services, signal, put);
    undo = isFault(became) ? { ...undo, trouble: became.message } : { ...undo, [became]: undo[became] + 1 };
  }
  const { trouble } = undo;
  if (trouble !== undefined) {
    await tenure.save((stored) =>
      undoStopped({ ...stored, request: { ...stored.request, undo } }, services.clock.now(), trouble),
    );
    return 'done';
  }
  const now = instant(services.clock.now());
  const { removed, kept } = undo;
  await tenure.save((stored) => {
    const { undoAt: _, ...rest } = stored.work;
    const over: RestoreUndo = { ...undo, state: 'done', finishedAt: now };
    return letGo({
      ...stored,
      request: { ...stored.request, undo: over, undone: { at: now, removed, kept } },
      work: rest,
    });
  });
  return 'done';
}

/**
 * What becomes of one item, written down before and after the target is touched, so that a repeat counts it right. A
 * refusal is answered, not thrown: it holds up no other item, and leaves this one to the next try.
 */
async function takeBack(
  row: ItemJournal,
  services: RestoreServices,
  signal: AbortSignal,
  keep: (row: ItemJournal) => Promise<void>,
): Promise<'removed' | 'kept' | Fault> {
  if (row.undo !== undefined && row.undo !== 'begun') return countedAs(row.undo);
  if (row.undo === undefined) await keep({ ...row, undo: 'begun' });
  const found = await removeOne(row, services, signal);
  if (isFault(found)) return found;
  const became = found === 'gone' && row.undo === 'begun' ? 'removed' : found;
  await keep({ ...row, undo: became });
  return countedAs(became);
}

const countedAs = (became: UndoneItem | 'kept'): 'removed' | 'kept' => (became === 'removed' ? 'removed' : 'kept');

async function removeOne(
  row: ItemJournal,
  services: RestoreServices,
  signal: AbortSignal,
): Promise<UndoneItem | Fault> {
  // What took the place of a live item is not taken away again: that would leave neither. Nor where the answer to moving
  // the live one away was lost, and the item counts as failed.
  if (row.result?.outcome === 'replaced' || row.retired !== undefined) return 'inPlace';
  if (row.written === undefined || row.targetResource === undefined) return 'changed';
  const target = (await services.records.resources.get(row.targetResource))?.value;
  const connector = target === undefined ? undefined : services.connectors.get(target.workload);
  if (target === undefined || connector === undefined) return 'changed';
  try {
    return await connector.restore.undo(target, row.written, { signal });
  } catch (error) {
    if (isFault(error, 'not-found', 'conflict')) return 'changed';
    // Nobody has touched it since: it could be removed, and is not.
    if (isFault(error, 'forbidden', 'locked')) return error;
    throw error;
  }
}

import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import { journalKey, letGo } from './requestStore.ts';
import type { RequestTenure } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import type { ItemJournal } from './runRequest.ts';

/** One step of taking a restore back: removes what it created and nobody has touched since; everything else stays. */
export async function undoStep(
  tenure: RequestTenure,
  services: RestoreServices,
  signal: AbortSignal,
): Promise<'more' | 'done'> {
  const until = services.clock.now() + services.limits.jobMs;
  const { request, work } = tenure.current;
  let at = work.undoAt ?? 0;
  let undone = request.undone ?? { at: instant(services.clock.now()), removed: 0, kept: 0 };
  const save = async (more: boolean): Promise<void> => {
    const reached = { at, undone };
    await tenure.save((stored) => {
      const { undoAt: _, ...rest } = stored.work;
      return letGo({
        ...stored,
        request: { ...stored.request, undone: reached.undone },
        work: more ? { ...rest, undoAt: reached.at } : rest,
      });
    });
  };
  // A job that was stopped may have restored a few items more than it saved.
  for (; ; at++) {
    if (services.clock.now() >= until) {
      await save(true);
      return 'more';
    }
    const row = (await services.records.requests.journal.get(request.id, journalKey('item', at)))?.value as
      ItemJournal | undefined;
    if (row === undefined && at >= work.at) break;
    await tenure.beat();
    if (row?.written === undefined) continue;
    undone = (await removeOne(row, services, signal))
      ? { ...undone, removed: undone.removed + 1 }
      : { ...undone, kept: undone.kept + 1 };
  }
  await save(false);
  return 'done';
}

async function removeOne(row: ItemJournal, services: RestoreServices, signal: AbortSignal): Promise<boolean> {
  // What took the place of a live item is not taken away again: that would leave neither.
  if (row.written === undefined || row.targetResource === undefined || row.result?.outcome === 'replaced') return false;
  const target = (await services.records.resources.get(row.targetResource))?.value;
  const connector = target === undefined ? undefined : services.connectors.get(target.workload);
  if (target === undefined || connector === undefined) return false;
  try {
    return await connector.restore.undo(target, row.written, { signal });
  } catch (error) {
    if (isFault(error, 'not-found', 'conflict', 'forbidden', 'locked')) return false;
    throw error;
  }
}

import type { RunId } from '../model/ids.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import { changeRun, hasEnded, isClosed } from './rows.ts';

/**
 * Asks a run to stop: `cancelling` until the last job noticed, then `cancelled`. What is stored by then stays and is
 * shown. False when the run ended before, or there is none. May be repeated.
 */
export async function cancelRun(services: BackupServices, id: RunId): Promise<boolean> {
  const run = await changeRun(services, id, (current) =>
    hasEnded(current) ? undefined : { ...current, state: 'cancelling' },
  );
  if (!run) return false;
  // Whoever works notices at the next slice; whoever waits is woken to close its row.
  if (!run.planned) await services.queue.send('backup', { run: id });
  for await (const row of allPages((token) => services.records.runs.resources.list(id, token))) {
    if (!isClosed(row)) await services.queue.send('backup', { run: id, resource: row.resourceId });
  }
  return true;
}

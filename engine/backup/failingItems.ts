import type { ResourceId, RunId } from '../model/ids.ts';
import type { Job } from './job.ts';

/** Told once, in the run in which an item fails for the fifth time. Names are the bot's to look up in the ledger. */
export interface FailingItems {
  readonly kind: 'failingItems';
  readonly run: RunId;
  readonly resource: ResourceId;
  readonly items: readonly { readonly itemId: string; readonly attempts: number; readonly reason?: string }[];
}

/** Puts a word into the outbox about items that reached the number of attempts at which an admin should know. */
export async function tellFailingItems(job: Job): Promise<void> {
  const { services, run, resource, settings, state } = job;
  // Nothing newly failed when the round brought no slice of its own.
  if (state.counts.failed === 0 || state.base === undefined) return;
  const point = await services.repository.points.open(resource.id, job.head.newestPoint ?? state.base);
  const items = point.missing
    .filter((entry) => entry.outcome === 'failed' && entry.attempts === settings.alertAttempts)
    .map(({ itemId, attempts, reason }) => ({ itemId, attempts, ...(reason !== undefined && { reason }) }));
  if (items.length === 0) return;
  const message: FailingItems = { kind: 'failingItems', run: run.id, resource: resource.id, items };
  await services.records.outbox.add(`failing-${run.id}-${resource.id}`, message);
}

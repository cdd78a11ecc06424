import type { Cleanup, CleanupCycle } from '../../../contract/cleanup.ts';
import type { UserId } from '../../../engine/model/ids.ts';
import { listingShrank } from '../../../engine/sweep/listing.ts';
import type { SweepReport } from '../../../engine/sweep/report.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import type { Handlers } from '../handler.ts';

export const cleanupRoutes: Handlers<'getCleanup' | 'acceptListing'> = {
  getCleanup:
    async ({ services }) =>
    async () =>
      json(await shownCleanup(services)),

  acceptListing:
    async ({ services, caller }) =>
    async ({ body }) => {
      await services.sweep.acceptListing(
        caller.id as UserId,
        body.reason,
        caller.name === '' ? undefined : caller.name,
      );
      return json(await shownCleanup(services));
    },
};

async function shownCleanup({ sweep }: Services): Promise<Cleanup> {
  const [last, plan] = await Promise.all([sweep.report(), sweep.plan()]);
  return { ...(last !== undefined && { last: presentCycle(last) }), ...plan };
}

function presentCycle(report: SweepReport): CleanupCycle {
  const { cycle: _, refusedCode, ...shown } = report;
  return { ...shown, listingShrank: refusedCode === listingShrank };
}

import { nextSlot } from '../../engine/backup/duePolicies.ts';
import { isFault } from '../../engine/fault.ts';
import { instant, type Instant } from '../../engine/model/ids.ts';
import type { Run } from '../../engine/model/run.ts';
import { mayStartRuns, seesTenant } from '../access.ts';
import { hasEnded } from '../cards/job.ts';
import { statusCard, type OwnStatus, type TenantStatus } from '../cards/status.ts';
import { coverageOf, isWanted } from '../coverage.ts';
import { allResources } from '../resources.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';

/** How well protected the tenant is; a member hears about their own data. */
export async function status(asked: Asked): Promise<Answer> {
  const { actor, services, texts, now } = asked;
  const whole = seesTenant(actor);
  const shown = whole ? await tenantStatus(asked) : await ownStatus(asked);
  return sayCard(
    statusCard(texts, shown, now, {
      backup: mayStartRuns(actor),
      failures: whole,
      consoleUrl: services.consoleUrl('overview'),
    }),
  );
}

async function tenantStatus({ services, now }: Asked): Promise<TenantStatus> {
  const { records } = services;
  const [{ safe, wanted }, verdict] = await Promise.all([coverageOf(records), services.verdict()]);
  const [open] = await records.runs.open();
  const last = await newestEnded(records);
  const slots = (await records.policies.list())
    .map(({ value }) => nextSlot(value, instant(now)))
    .filter((slot) => slot !== undefined)
    .toSorted();
  return {
    kind: 'tenant',
    protected: safe,
    all: wanted,
    verdict,
    ...(last?.finishedAt === undefined ? {} : { lastFinishedAt: last.finishedAt }),
    ...(open === undefined ? {} : { running: { runId: open.value.id, state: open.value.state } }),
    ...(slots[0] === undefined ? {} : { nextAt: slots[0] }),
  };
}

/** The newest run that came to its end. */
export async function newestEnded(records: Asked['services']['records']): Promise<Run | undefined> {
  let token: string | undefined;
  do {
    const page = await records.runs.list(token);
    const ended = page.value.find((run) => hasEnded(run) && run.only === undefined) ?? page.value.find(hasEnded);
    if (ended !== undefined) return ended;
    token = page.nextPageToken;
  } while (token !== undefined);
  return undefined;
}

async function ownStatus({ actor, services }: Asked): Promise<OwnStatus> {
  const resources: { name: string; workload: string; lastCopyAt?: Instant }[] = [];
  for await (const resource of allResources(services.records, { ownerId: actor.id })) {
    const point = await services.points.find(resource.id, 'latest').catch((error: unknown) => {
      // No copy yet is an answer.
      if (isFault(error, 'not-found')) return undefined;
      throw error;
    });
    const lastCopyAt = point?.confirmedAt ?? point?.takenAt;
    // What is left out, or has nothing that could be copied, is no news; what was copied before is.
    if (lastCopyAt === undefined && !isWanted(resource)) continue;
    resources.push({
      name: resource.name,
      workload: resource.workload,
      ...(lastCopyAt === undefined ? {} : { lastCopyAt }),
    });
  }
  return { kind: 'own', resources };
}

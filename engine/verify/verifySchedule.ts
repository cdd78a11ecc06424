import { instant, type ResourceId } from '../model/ids.ts';
import type { Verification } from '../model/verification.ts';
import { hasEndedInspection } from './inspectionJob.ts';
import { isVerification, startVerification } from './verifyFlow.ts';
import type { VerifyServices } from './verifyServices.ts';

/** What is looked at by itself. */
export interface VerifySchedule {
  /** A sample of everything, of this share of the content. */
  readonly samples: 'off' | 'weekly' | 'monthly';
  readonly share: number;
  /** Every byte of each resource within so many days, a part of the resources each day; 0: never. */
  readonly fullEveryDays: number;
}

interface Services extends VerifyServices {
  /** The id of what has this name, the same whenever it is asked. */
  idOf(...parts: readonly string[]): string;
}

const dayMs = 24 * 3_600_000;
const weekMs = 7 * dayMs;

/**
 * Starts what is due and was not started: the sample of this week or month, and the part of today. The parts come round in
 * their order: a day without a host makes a turn longer and leaves nothing out. May fire twice or never.
 */
export async function scheduleVerifications(
  services: Services,
  { samples, share, fullEveryDays }: VerifySchedule,
): Promise<void> {
  const now = services.clock.now();
  const week = Math.floor(now / weekMs);
  const month = instant(now).slice(0, 7);
  if (samples !== 'off') {
    const [slot, since] = samples === 'weekly' ? [`week ${week}`, week * weekMs] : [month, Date.parse(`${month}-01`)];
    const id = services.idOf('verify', slot);
    if (await isDue(services, id, since))
      await startVerification(services, { level: 'sampling', share }, 'schedule', id);
  }
  if (fullEveryDays === 0) return;
  const day = Math.floor(now / dayMs);
  const id = services.idOf('verify', `day ${day}`);
  if (!(await isDue(services, id, day * dayMs))) return;
  const last = (await recent(services)).find(({ part }) => part !== undefined);
  if (last !== undefined && !hasEndedInspection(last)) return;
  const index = last?.part?.of === fullEveryDays ? (last.part.index + 1) % fullEveryDays : 0;
  await startVerification(services, { level: 'full', part: { index, of: fullEveryDays } }, 'schedule', id);
}

/** Not started, and something was protected before this time began: a new deployment has its first backup before it. */
async function isDue({ records, repository }: Services, id: string, since: number): Promise<boolean> {
  if ((await records.inspections.get(id)) !== undefined) return false;
  let token: string | undefined;
  do {
    const page = await records.resources.list({}, token);
    for (const resource of page.value)
      if (Date.parse(resource.firstSeenAt) < since && (await hasPoint(repository, resource.id))) return true;
    token = page.nextPageToken;
  } while (token !== undefined);
  return false;
}

const hasPoint = async ({ points }: VerifyServices['repository'], id: ResourceId): Promise<boolean> =>
  (await points.head(id)).newestPoint !== undefined;

async function recent({ records }: Services): Promise<readonly Verification[]> {
  const { value } = await records.inspections.list('verify');
  return value.flatMap((one) => (isVerification(one.value) ? [one.value] : []));
}

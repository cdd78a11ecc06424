import { Fault, isFault } from '../fault.ts';
import { instant, type UserId } from '../model/ids.ts';
import type { Finding, Verification } from '../model/verification.ts';
import { hasEndedInspection, letGo, takeInspection, writeInspection, type InspectionJob } from './inspectionJob.ts';
import { repairSteps } from './repair.ts';
import type { VerifyServices } from './verifyServices.ts';

type Services = Pick<
  VerifyServices,
  'repository' | 'records' | 'queue' | 'clock' | 'random' | 'holder' | 'isDead' | 'settings' | 'log' | 'signal'
>;

/** It ended, and what it found is being put right. */
export const isUnderRepair = ({ repair }: Verification): boolean =>
  repair?.state === 'queued' || repair?.state === 'running';

/** Asks that what a verification found is put right. Fault `conflict` while it is not done, or is being repaired already. */
export async function askRepair(
  { records, clock }: Pick<VerifyServices, 'records' | 'clock'>,
  id: string,
  by: UserId,
): Promise<void> {
  const stored = await records.inspections.get(id);
  const value = stored?.value as Verification | undefined;
  if (stored === undefined || value === undefined || value.state !== 'done' || isUnderRepair(value))
    throw new Fault('conflict', 'Only a verification that is done, and is not being repaired, can be put right.');
  const now = instant(clock.now());
  const repair: Verification['repair'] = { state: 'queued', startedBy: by, startedAt: now, done: [], left: [] };
  await records.inspections.update(id, { ...value, heartbeatAt: now, repair }, stored.etag);
}

/**
 * One nudge for a repair that was asked for: works until it is through or the time of the job is spent, and hands on then.
 * May be called twice at once, late, or when nothing was asked: then nothing happens.
 */
export async function workOnRepair(services: Services, id: string): Promise<void> {
  const job = await takeInspection(services, id, isRepairable, (value) => !isUnderRepair(value));
  if (job === undefined) return;
  try {
    await work(services, job);
  } catch (error) {
    if (isFault(error, 'conflict')) return;
    await endInTrouble(services, job, error);
  }
}

async function work(services: Services, job: InspectionJob<Verification>): Promise<void> {
  const { repository, clock, settings, log, signal } = services;
  const { id, repair } = job.value;
  await note(services, job, { state: 'running' });
  let beatAt = clock.now();
  const beat = async (): Promise<void> => {
    if (signal.aborted) throw new Fault('cancelled', 'The host is stopping');
    if (clock.now() - beatAt < settings.aliveMs / 4) return;
    await writeInspection(services, job, {});
    beatAt = clock.now();
  };
  const findings = await findingsOf(services, id);
  for await (const { place, done, left } of repairSteps({ repository, findings }, repair?.place, beat)) {
    const { repair: { done: before = [], left: open = [] } = {} } = job.value;
    const said = { done: [...before, ...done], left: [...open, ...left] };
    if (place === undefined) {
      await end(services, job, { state: 'done', ...said });
      log.info('verify.repaired', { verification: id, done: said.done.length, left: said.left.length });
      return;
    }
    await note(services, job, { ...said, place });
    beatAt = clock.now();
    if (signal.aborted) throw new Fault('cancelled', 'The host is stopping');
    if (clock.now() - job.startedAt < settings.jobMs) continue;
    await letGo(services, job);
    return services.queue.send('sweep', { verify: id });
  }
}

/** Passing trouble is waited out where the repair stands; anything else ends it, and says why. A defect of ours is thrown on. */
async function endInTrouble(services: Services, job: InspectionJob<Verification>, error: unknown): Promise<void> {
  if (!isFault(error)) {
    await letGo(services, job);
    throw error;
  }
  const { settings, queue } = services;
  const { id, tries = 0 } = job.value;
  const isPassing = isFault(error, 'unavailable', 'throttled', 'cancelled');
  if (!isPassing || tries * settings.longestRetryMs >= settings.giveUpMs)
    return end(services, job, { state: 'failed', reason: error.message });
  await letGo(services, job, error.kind === 'cancelled' ? {} : { tries: tries + 1 });
  const pause = Math.min(settings.longestRetryMs, settings.firstRetryMs * 2 ** Math.min(tries, 20));
  await queue.send('sweep', { verify: id }, Math.ceil(Math.max(pause, error.retryAfterMs ?? 0) / 1000));
}

async function note(
  services: Services,
  job: InspectionJob<Verification>,
  change: Partial<NonNullable<Verification['repair']>>,
): Promise<void> {
  const { repair } = job.value;
  if (repair !== undefined) await writeInspection(services, job, { repair: { ...repair, ...change } });
}

const isRepairable = (value: unknown): value is Verification =>
  typeof value === 'object' && value !== null && 'repair' in value && hasEndedInspection(value as Verification);

async function end(
  services: Services,
  job: InspectionJob<Verification>,
  change: Partial<NonNullable<Verification['repair']>>,
): Promise<void> {
  const { holder: _holder, tries: _tries, ...value } = job.value;
  if (value.repair === undefined) return;
  const { place: _place, ...repair } = value.repair;
  job.value = value;
  await writeInspection(services, job, {
    repair: { ...repair, ...change, finishedAt: instant(services.clock.now()) },
  });
}

async function findingsOf({ records }: Services, id: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  let token: string | undefined;
  do {
    const page = await records.inspections.evidence.list(id, token);
    findings.push(...(page.value as readonly Finding[]));
    token = page.nextPageToken;
  } while (token !== undefined);
  return findings;
}

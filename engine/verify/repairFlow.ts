import { Fault, isFault } from '../fault.ts';
import { instant, type UserId } from '../model/ids.ts';
import type { Finding, Verification } from '../model/verification.ts';
import { hasEndedInspection, letGo, takeInspection, writeInspection, type InspectionJob } from './inspectionJob.ts';
import { repairFindings } from './repair.ts';
import type { VerifyServices } from './verifyServices.ts';

type Services = Pick<
  VerifyServices,
  'repository' | 'records' | 'clock' | 'random' | 'holder' | 'isDead' | 'settings' | 'log' | 'signal'
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

/** Works on a repair that was asked for. May be called twice at once, late, or when nothing was asked: then nothing happens. */
export async function workOnRepair(services: Services, id: string): Promise<void> {
  const job = await takeInspection(services, id, isRepairable, (value) => !isUnderRepair(value));
  if (job === undefined) return;
  try {
    const { repository } = services;
    const { repair } = job.value;
    if (repair !== undefined) await writeInspection(services, job, { repair: { ...repair, state: 'running' } });
    const { done, left } = await repairFindings({ repository, findings: await findingsOf(services, id) });
    await end(services, job, { state: 'done', done, left });
    services.log.info('verify.repaired', { verification: id, done: done.length, left: left.length });
  } catch (error) {
    if (isFault(error, 'conflict')) return;
    if (!isFault(error)) {
      await letGo(services, job);
      throw error;
    }
    await end(services, job, { state: 'failed', reason: error.message });
  }
}

const isRepairable = (value: unknown): value is Verification =>
  typeof value === 'object' && value !== null && 'repair' in value && hasEndedInspection(value as Verification);

async function end(
  services: Services,
  job: InspectionJob<Verification>,
  change: Partial<NonNullable<Verification['repair']>>,
): Promise<void> {
  const { repair } = job.value;
  if (repair === undefined) return;
  const { holder: _holder, ...value } = job.value;
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

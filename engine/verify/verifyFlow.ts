import { Fault, isFault } from '../fault.ts';
import { instant, type PointId, type ResourceId, type UserId } from '../model/ids.ts';
import {
  addTally,
  nothingFound,
  noTally,
  type Verification,
  type VerifyLevel,
  type VerifyPlace,
} from '../model/verification.ts';
import { everyResource } from '../records/everyResource.ts';
import { newId } from '../repository/newId.ts';
import {
  endInTrouble,
  hasEndedInspection,
  letGo,
  takeInspection,
  writeInspection,
  type InspectionJob,
} from './inspectionJob.ts';
import { forgetWhole } from './acceptedFindings.ts';
import { checkRecords } from './checkRecords.ts';
import { hiddenRecord } from './hiddenRecord.ts';
import { addFound, countEvidence, keepFindings } from './keepFindings.ts';
import { askRepair, isUnderRepair, workOnRepair } from './repairFlow.ts';
import type { VerifyServices } from './verifyServices.ts';
import type { VerifyStep } from './verifier.ts';

/** Packs under suspicion that a verification carries from job to job; what is beyond is met by a full one. */
const MOST_SUSPECTS = 1000;

export interface VerifyOrder {
  readonly level: VerifyLevel;
  /** 0 to 1; only for a sample. */
  readonly share?: number;
  readonly seed?: string;
  readonly resource?: ResourceId;
  readonly part?: Verification['part'];
}

/** One queue message: an id and nothing else. */
export interface VerifyNudge {
  readonly verify: string;
}

/** Puts a verification on the queue; one of this id is put there once. */
export async function startVerification(
  services: VerifyServices,
  { level, share = services.settings.share, seed, resource, part }: VerifyOrder,
  startedBy: Verification['startedBy'],
  id: string = newId(services.random),
): Promise<string> {
  const { records, clock, random, queue } = services;
  const now = instant(clock.now());
  const verification: Verification = {
    id,
    level,
    share: level === 'full' ? 1 : share,
    seed: seed ?? newId(random),
    ...(resource !== undefined && { resource }),
    ...(part !== undefined && { part }),
    startedBy,
    startedAt: now,
    state: 'queued',
    heartbeatAt: now,
    // Of one resource, or of some, the rest is not looked at.
    place: { step: resource === undefined && part === undefined ? 'records' : 'resources' },
    looked: noTally,
    found: nothingFound,
    suspects: [],
  };
  if (await records.inspections.create(id, 'verify', clock.now(), verification))
    await queue.send('sweep', { verify: id } satisfies VerifyNudge);
  return id;
}

export async function readVerification(
  services: Pick<VerifyServices, 'records'>,
  id: string,
): Promise<Verification | undefined> {
  const stored = await services.records.inspections.get(id);
  return stored !== undefined && isVerification(stored.value) ? stored.value : undefined;
}

export const isVerification = (value: unknown): value is Verification =>
  typeof value === 'object' && value !== null && 'looked' in value;

/**
 * One nudge: works until it is through or the time of the job is spent. May be called twice at once, late, or for one that
 * ended: then nothing happens. Reads; what it found is written down only after it was read. Throws what is a defect of ours.
 */
export async function workOnVerification(services: VerifyServices, id: string): Promise<void> {
  const job = await takeInspection(services, id, isVerification);
  if (job === undefined) return workOnRepair(services, id);
  try {
    await work(services, job);
  } catch (error) {
    if (isFault(error, 'conflict')) return;
    await endInTrouble(services, job, error, (delaySeconds) => nudge(services, id, delaySeconds));
  }
}

/** Takes up what lost its worker. May run twice at once. `now`: whoever worked before this process began is dead. */
export async function verifyTick(services: VerifyServices, now = false): Promise<void> {
  const { records, clock, settings } = services;
  const { value } = await records.inspections.list('verify');
  for (const { value: one } of value) {
    if (!isVerification(one) || (hasEndedInspection(one) && !isUnderRepair(one))) continue;
    if (!now && clock.now() - Date.parse(one.heartbeatAt) < settings.takeOverMs) continue;
    await nudge(services, one.id);
  }
}

/** Puts right what it found, in a job of its own. Fault `conflict` as `askRepair`. */
export async function startRepair(services: VerifyServices, id: string, by: UserId): Promise<void> {
  await askRepair(services, id, by);
  await nudge(services, id);
}

const nudge = (services: VerifyServices, id: string, delaySeconds = 0): Promise<void> =>
  services.queue.send('sweep', { verify: id } satisfies VerifyNudge, delaySeconds);

async function work(services: VerifyServices, job: InspectionJob<Verification>): Promise<void> {
  const { clock, settings, signal } = services;
  let waiting: VerifyStep[] = [];
  let committedAt = clock.now();
  const commit = async (): Promise<void> => {
    await commitSteps(services, job, waiting);
    waiting = [];
    committedAt = clock.now();
  };
  let began = clock.now();
  for await (const step of stepsOf(services, job.value)) {
    if (signal.aborted) throw new Fault('cancelled', 'The host is stopping');
    waiting.push(step);
    if (step.place.step === 'done') {
      await commit();
      return finish(services, job);
    }
    const isOver = clock.now() - job.startedAt >= settings.jobMs;
    const isDue =
      step.findings.length > 0 || step.place.part === 'known' || clock.now() - committedAt >= settings.commitMs;
    if (isDue || isOver) await commit();
    if (isOver) {
      await letGo(services, job);
      return nudge(services, job.value.id);
    }
    await giveWay(services, clock.now() - began);
    began = clock.now();
  }
}

async function* stepsOf(services: VerifyServices, verification: Verification): AsyncGenerator<VerifyStep> {
  const { repository, records, ground } = services;
  let { place } = verification;
  if (place.step === 'records') {
    place = { step: 'keys' };
    const { unreadable } = await everyResource(records);
    const findings = [...(await checkRecords(ground, records.audit)), ...unreadable.map(hiddenRecord)];
    yield { place, findings, looked: {} };
  }
  const every = await everyResource(records);
  const resources = [...every.resources.map(({ id }) => id), ...every.unreadable];
  const { suspects, strangers } = verification;
  yield* repository.verifier.steps(verification, place, { resources, suspects, ...(strangers && { strangers }) });
}

/** Whoever backs up comes first: while a run is open, as much time is left to it as was taken. */
async function giveWay({ records, clock, settings, signal }: VerifyServices, tookMs: number): Promise<void> {
  const pause = Math.min(tookMs, settings.pauseMs);
  if (pause < 20 || (await records.runs.open()).length === 0) return;
  await clock.sleep(pause, signal);
}

/** First what was found, then that it was looked at: a kill in between finds it again, under the same keys. */
async function commitSteps(
  services: VerifyServices,
  job: InspectionJob<Verification>,
  steps: readonly VerifyStep[],
): Promise<void> {
  const last = steps.at(-1);
  if (last === undefined) return;
  const fresh = await keepFindings(
    services,
    job.value,
    steps.flatMap(({ findings }) => findings),
  );
  for (const { place } of steps) await recheckKnown(services, job.value, place);
  const suspects = new Set([...job.value.suspects, ...fresh.suspects]);
  const { tries: _tries, reason: _reason, ...value } = job.value;
  job.value = value;
  const strangers = steps.findLast((step) => step.strangers !== undefined)?.strangers ?? value.strangers;
  await writeInspection(services, job, {
    place: last.place,
    ...(strangers && { strangers }),
    looked: steps.reduce((sum, { looked }) => addTally(sum, looked), value.looked),
    found: addFound(value.found, fresh.findings),
    suspects: [...suspects].slice(0, MOST_SUSPECTS),
  });
}

/** What was on the damage list before and was not met again may be whole: brought back, or repaired. It is read to know. */
async function recheckKnown(
  { repository }: VerifyServices,
  { startedAt }: Verification,
  { part, resource }: VerifyPlace,
): Promise<void> {
  if (part !== 'known' || resource === undefined) return;
  const marked = await repository.damage.points(resource);
  if (marked.length > 0)
    await repository.damage.pointsWhole(resource, await repository.verifier.recheckPoints(resource, marked));
  await recheckHidden(repository, resource);
  const before = (await Array.fromAsync(repository.damage.items(resource))).filter(({ at }) => at < startedAt);
  if (before.length === 0) return;
  await repository.damage.healed(resource, await repository.verifier.recheck(resource, before));
}

/** Of a note that does not open nobody knows which points it means: its item is read in all of them. */
async function recheckHidden(
  { damage, verifier, points }: VerifyServices['repository'],
  resource: ResourceId,
): Promise<void> {
  const hidden = await damage.unreadable(resource);
  if (hidden.length === 0) return;
  const shown: PointId[] = [];
  let token: string | undefined;
  do {
    const page = await points.list(resource, token);
    shown.push(...page.points.map(({ id }) => id));
    token = page.nextPageToken;
  } while (token !== undefined);
  const items = hidden.map((itemId) => ({ itemId, points: shown }));
  await damage.healed(resource, await verifier.recheck(resource, items));
}

async function finish(services: VerifyServices, job: InspectionJob<Verification>): Promise<void> {
  const { id } = job.value;
  // Counted anew: a job that was killed wrote down more than it could count.
  const found = await countEvidence(services, id);
  const items = found.items - (found.acceptedItems ?? 0);
  const others = found.others - (found.acceptedOthers ?? 0);
  await forgetWhole(services, job.value);
  // What was accepted is told where somebody looks; it calls nobody again.
  if (items + others > 0) {
    const notice: DamageFound = { kind: 'damageFound', verification: id, items, others };
    await services.records.outbox.add(`verify-${id}`, notice);
  }
  const { holder: _holder, ...value } = job.value;
  job.value = value;
  await writeInspection(services, job, {
    state: 'done',
    found,
    finishedAt: instant(services.clock.now()),
    place: { step: 'done' },
  });
  services.log.info('verify.ended', { verification: id, items: found.items, others: found.others });
}

/** Told once, when a verification ends that found something. Names are the reader's to look up. */
export interface DamageFound {
  readonly kind: 'damageFound';
  readonly verification: string;
  readonly items: number;
  readonly others: number;
}

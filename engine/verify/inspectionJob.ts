import { isFault } from '../fault.ts';
import { instant, type Instant } from '../model/ids.ts';
import { newId } from '../repository/newId.ts';
import type { VerifyServices } from './verifyServices.ts';

/** What verifications and drills have in common: one job at a time works on them, and goes on where the last one stopped. */
export interface Inspection {
  readonly id: string;
  readonly state: 'queued' | 'running' | 'done' | 'failed';
  readonly heartbeatAt: Instant;
  /** The job that works on it. */
  readonly holder?: string;
  /** Why it failed, or what it waits for. */
  readonly reason?: string;
  readonly finishedAt?: Instant;
  /** Jobs in a row that ended in passing trouble. */
  readonly tries?: number;
}

type Services = Pick<VerifyServices, 'records' | 'clock' | 'random' | 'holder' | 'isDead' | 'settings' | 'log'>;

/** One job on one inspection: the version that it wrote last. */
export interface InspectionJob<T extends Inspection> {
  readonly startedAt: number;
  value: T;
  etag: string;
}

export const hasEndedInspection = ({ state }: Inspection): boolean => state === 'done' || state === 'failed';

/** Undefined when it ended, is none of this kind, or a living job works on it. */
export async function takeInspection<T extends Inspection>(
  services: Services,
  id: string,
  isOne: (value: unknown) => value is T,
  hasEnded: (value: T) => boolean = hasEndedInspection,
): Promise<InspectionJob<T> | undefined> {
  const { records, clock, random, holder, settings } = services;
  const stored = await records.inspections.get(id);
  if (stored === undefined || !isOne(stored.value) || hasEnded(stored.value)) return undefined;
  const { holder: other, heartbeatAt } = stored.value;
  const isHeld = other !== undefined && clock.now() - Date.parse(heartbeatAt) < settings.aliveMs;
  if (isHeld && !services.isDead(other.slice(0, other.lastIndexOf('/')))) return undefined;
  const job: InspectionJob<T> = { startedAt: clock.now(), value: stored.value, etag: stored.etag };
  try {
    const running = hasEndedInspection(stored.value) ? {} : { state: 'running' };
    await writeInspection(services, job, { ...running, holder: `${holder}/${newId(random)}` } as Partial<T>);
  } catch (error) {
    if (isFault(error, 'conflict')) return undefined;
    throw error;
  }
  return job;
}

/** With a heartbeat. Fault `conflict` when another job took it over: nothing of this one counts any more. */
export async function writeInspection<T extends Inspection>(
  services: Pick<Services, 'records' | 'clock'>,
  job: InspectionJob<T>,
  change: Partial<T>,
): Promise<void> {
  const next: T = { ...job.value, heartbeatAt: instant(services.clock.now()), ...change };
  job.etag = await services.records.inspections.update(next.id, next, job.etag);
  job.value = next;
}

/** Lets go of it, so that the next job finds it free at once. */
export async function letGo<T extends Inspection>(
  services: Pick<Services, 'records' | 'clock'>,
  job: InspectionJob<T>,
  change: Partial<T> = {},
): Promise<void> {
  const { holder: _holder, ...value } = job.value;
  job.value = value as T;
  await writeInspection(services, job, change);
}

/** Passing trouble is waited out; anything else ends it, and says why. A defect of ours is thrown on. */
export async function endInTrouble<T extends Inspection>(
  services: Services,
  job: InspectionJob<T>,
  error: unknown,
  again: (delaySeconds: number) => Promise<void>,
): Promise<void> {
  const { clock, log, settings } = services;
  if (!isFault(error)) {
    await letGo(services, job);
    throw error;
  }
  const { id, tries = 0 } = job.value;
  log.warn('inspection.trouble', { inspection: id, kind: error.kind, origin: error.origin });
  const pause = Math.min(settings.longestRetryMs, settings.firstRetryMs * 2 ** Math.min(tries, 20));
  const isPassing = isFault(error, 'unavailable', 'throttled', 'cancelled');
  try {
    if (isPassing && tries * settings.longestRetryMs < settings.giveUpMs) {
      const isStopping = error.kind === 'cancelled';
      await letGo(services, job, (isStopping ? {} : { tries: tries + 1, reason: error.message }) as Partial<T>);
      await again(Math.ceil(Math.max(pause, error.retryAfterMs ?? 0) / 1000));
      return;
    }
    const finishedAt = instant(clock.now());
    await letGo(services, job, { state: 'failed', reason: error.message, finishedAt } as Partial<T>);
  } catch (trouble) {
    // The tick takes it up again.
    if (!isFault(trouble)) throw trouble;
    log.warn('inspection.leftToTick', { inspection: id, kind: trouble.kind });
  }
}

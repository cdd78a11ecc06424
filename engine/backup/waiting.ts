import { isFault, type Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Waiting } from '../model/run.ts';
import type { BackupSettings } from './defaults.ts';

/** Where Microsoft 365 asks to wait and does not say how long. */
const unsaidMs = 60_000;

/**
 * The next try after passing trouble: when Microsoft 365 said, else after a pause that grows, and not before
 * `leastMs`. Undefined once `failedWithoutProgressMs` went by in trouble without any progress: then it has failed.
 * `before` is what was noted since the last progress. Pure.
 */
export function waitAfter(
  fault: Fault,
  before: Partial<Waiting>,
  now: number,
  settings: Pick<BackupSettings, 'failedWithoutProgressMs' | 'firstRetryMs' | 'longestRetryMs'>,
  leastMs = 0,
): Waiting | undefined {
  const waitsSince = before.waitsSince ?? instant(now);
  if (now - Date.parse(waitsSince) >= settings.failedWithoutProgressMs) return undefined;
  const isAsked = fault.kind === 'throttled';
  const tries = (before.tries ?? 0) + (isAsked ? 0 : 1);
  const grown = Math.min(settings.firstRetryMs * 2 ** Math.min(tries - 1, 20), settings.longestRetryMs);
  const pause = fault.retryAfterMs ?? Math.max(leastMs, isAsked ? unsaidMs : grown);
  return {
    waitsSince,
    resumesAt: instant(now + Math.max(1000, pause)),
    reason: isAsked ? 'Microsoft 365 asks to wait' : sentence(fault),
    tries,
  };
}

export const isStorageTrouble = (fault: Fault): boolean =>
  fault.origin === 'storage' ||
  fault.origin === 'keys' ||
  isFault(fault, 'storage-full', 'key-unavailable', 'corrupt', 'missing');

/** What the admin reads first: storage is named as such, so that nobody looks for the trouble at Microsoft 365. */
export const sentence = (fault: Fault): string =>
  isStorageTrouble(fault) && !/^storage/i.test(fault.message) ? `Storage: ${fault.message}` : fault.message;

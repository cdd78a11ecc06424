import { covers, isInForce } from '../model/hold.ts';
import type { LegalHold } from '../model/hold.ts';
import type { Instant } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Records } from '../records/records.ts';

/** Legal holds that are in force at `now`, by the storage clock. */
export async function holdsInForce({ holds }: Pick<Records, 'holds'>, now: Instant): Promise<readonly LegalHold[]> {
  return (await holds.list()).flatMap(({ value }) => (isInForce(value, now) ? [value] : []));
}

export const isHeld = (holds: readonly LegalHold[], resource: ProtectedResource): boolean =>
  holds.some((hold) => covers(hold, resource));

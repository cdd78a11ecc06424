import { Fault } from '../fault.ts';
import type { Instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';

/** Further apart than this, one of the two clocks is wrong and nobody can say which. */
export const mostSkewMs = 5 * 60_000;
/** What is refused with while the two clocks disagree. */
export const clockSkew = 'ClockSkew';
const nothing = new Uint8Array(1);

/**
 * What time the storage service has it. It alone dates the blobs, and no machine of ours can set it: every decision about
 * age in expiry and sweep uses it. One write of a byte; faults as the store's.
 */
export async function storageNow(blobs: Pick<BlobStore, 'replace'>): Promise<Instant> {
  return (await blobs.replace('derived', 'clock', nothing)).modifiedAt;
}

/**
 * Fault `invalid` when this machine's clock is more than five minutes away from `storage`. Points carry times of this
 * machine: as long as it is wrong, no age is certain enough to let anything go by.
 */
export function checkSkew(storage: Instant, clock: Pick<Clock, 'now'>): void {
  const skewMs = clock.now() - Date.parse(storage);
  if (Math.abs(skewMs) <= mostSkewMs) return;
  const minutes = Math.round(Math.abs(skewMs) / 60_000);
  throw new Fault(
    'invalid',
    `This machine's clock is ${minutes} minutes ${skewMs > 0 ? 'ahead of' : 'behind'} the clock of the storage account. Nothing expires and nothing is removed until it is put right.`,
    { origin: 'engine', code: clockSkew },
  );
}

import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { Records } from './records.ts';

const DAY_MS = 24 * 3_600_000;

/**
 * Writes the head of the audit log into the log of the app, which lies outside of the storage account: with the first call
 * in this process and then once a day. Whoever rewrites the audit log, or puts the account back, cannot change that.
 */
export function auditHeadTeller(services: {
  readonly records: Pick<Records, 'audit'>;
  readonly clock: Clock;
  readonly log: Log;
}): () => Promise<void> {
  const { records, clock, log } = services;
  let toldAt: number | undefined;
  return async () => {
    const now = clock.now();
    if (toldAt !== undefined && now - toldAt < DAY_MS) return;
    const { count, hash } = await records.audit.head();
    if (count > 0) log.info('audit.head', { count, hash });
    toldAt = now;
  };
}

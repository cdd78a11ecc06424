import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Records } from '../records/records.ts';
import { readConfig } from '../repository/keyRecords.ts';
import { changeKeyNotes, readKeyNotes, type KeyNotes } from './keyNotes.ts';

/** A recovery key that nobody tried for this long may be lost by now. */
const PROVE_EVERY_MS = 90 * 24 * 3_600_000;

/** Told to administrators: nobody has typed the recovery key since then. */
export interface RecoveryKeyUnproven {
  readonly kind: 'recoveryKeyUnproven';
  /** The last proof, or when the repository was made. */
  readonly since: Instant;
  readonly wasProved: boolean;
}

/** Were people reminded, and nobody has tried the recovery key since? */
export const isProofAwaited = ({ proved, remindedAt }: KeyNotes = {}): boolean =>
  remindedAt !== undefined && (proved === undefined || proved.at < remindedAt);

/** Puts a reminder into the outbox when the recovery key was not proved for a quarter, and again after each further one. */
export async function remindOfProof(services: {
  readonly blobs: BlobStore;
  readonly clock: Clock;
  readonly records: Pick<Records, 'settings' | 'outbox'>;
}): Promise<void> {
  const { records, clock } = services;
  const { proved, remindedAt } = (await readKeyNotes(records))?.value ?? {};
  const now = clock.now();
  if (remindedAt !== undefined && now - Date.parse(remindedAt) < PROVE_EVERY_MS) return;
  if (proved !== undefined && now - Date.parse(proved.at) < PROVE_EVERY_MS) return;
  const since = proved?.at ?? ((await readConfig(services.blobs))?.config.createdAt as Instant | undefined);
  if (since === undefined || now - Date.parse(since) < PROVE_EVERY_MS) return;
  const notice: RecoveryKeyUnproven = { kind: 'recoveryKeyUnproven', since, wasProved: proved !== undefined };
  // The day names it: a tick that was killed before its note tells nobody twice.
  await records.outbox.add(`recovery-key-${instant(now).slice(0, 10)}`, notice);
  try {
    await changeKeyNotes(records, { remindedAt: instant(now) });
  } catch (error) {
    // A tick at the same time noted the same.
    if (!isFault(error, 'conflict')) throw error;
  }
}

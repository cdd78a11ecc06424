import { isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant, UserId } from '../model/ids.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import type { NewAuditEntry, Records } from '../records/records.ts';
import type { KeyPorts } from '../repository/ensureKeys.ts';
import type { KeyWrappers, WrappedKeys } from '../repository/keyRecords.ts';
import { readKeys } from '../repository/openKeys.ts';
import type { OpenedEpoch } from '../repository/openKeys.ts';
import type { OpenRepository } from '../repository/openRepository.ts';
import { parseRecoveryKey, recoveryKeyWrapper } from '../repository/recoveryKey.ts';
import type { RecoveryWrapper } from '../repository/recoveryKey.ts';
import { recoveryInForce, replaceRecoveryKey, rewrapKeys, rotateKeys } from '../repository/rotateKeys.ts';
import type { Rotated } from '../repository/rotateKeys.ts';
import { changeKeyNotes, insistOnNoted, readKeyNotes } from './keyNotes.ts';

export interface KeyServices extends KeyPorts {
  readonly tenant: string;
  /** Key Vault or the key file that this deployment works with. */
  readonly outer: KeyWrapper;
  readonly records: Pick<Records, 'settings' | 'audit'>;
  /** The repository of this process, which shall seal under a new key at once. */
  readonly repository: Pick<OpenRepository, 'keys'>;
}

/** Who does it, for the audit. */
export type Doer = Pick<NewAuditEntry, 'who' | 'name' | 'from'>;

export interface KeyWrap {
  readonly kind: WrappedKeys['kind'];
  readonly keyId: string;
  readonly wrappedAt: Instant;
}

export interface KeyStatus {
  /** The epoch under which everything new is sealed. */
  readonly epoch: number;
  /** Oldest first; of each its wraps, newest first. */
  readonly epochs: readonly { readonly epoch: number; readonly madeAt: Instant; readonly wraps: readonly KeyWrap[] }[];
  /** The key that opens all of them now. */
  readonly outer: { readonly kind: KeyWrapper['kind']; readonly keyId: string };
  /** The recovery key in force; absent where none was ever made. */
  readonly recoveryKeyId?: string;
  /** False when the next rotation asks for the recovery key. */
  readonly rotatesAlone: boolean;
  readonly provedAt?: Instant;
  readonly provedBy?: UserId | 'system';
}

/** What the key records and the notes say together. Faults as opening the repository, and `missing` as `insistOnNoted`. */
export async function keyStatus(services: KeyServices): Promise<KeyStatus> {
  const { epochs, newest } = await readNoted(services, { vault: services.outer });
  const { proved } = (await readKeyNotes(services.records))?.value ?? {};
  const recovery = recoveryInForce(epochs);
  return {
    epoch: newest.record.epoch,
    epochs: epochs.map((epoch) => ({
      epoch: epoch.record.epoch,
      madeAt: epoch.record.createdAt as Instant,
      wraps: wrapsWithTime(epoch),
    })),
    outer: { kind: services.outer.kind, keyId: services.outer.keyId },
    rotatesAlone: recovery === undefined || recovery.public !== undefined,
    ...(recovery !== undefined && { recoveryKeyId: recovery.keyId }),
    ...(proved !== undefined && proved.keyId === recovery?.keyId && { provedAt: proved.at, provedBy: proved.by }),
  };
}

export interface Proof {
  readonly isProved: boolean;
  /** Of the key that was typed; empty when it could not be read. */
  readonly keyId: string;
  readonly at: Instant;
  /** For people: that it opens everything, or why it does not. */
  readonly detail: string;
}

/**
 * Tries a typed recovery key against storage, without the outer key: the answer is what a recovery would meet. A wrong or
 * mistyped key is an answer and no fault. Faults when storage cannot be read.
 */
export async function proveRecoveryKey(services: KeyServices, typed: string, doer: Doer): Promise<Proof> {
  const at = instant(services.clock.now());
  const proof = await tryRecoveryKey(services, typed);
  const noted = { ...doer, at, action: 'key.verify', on: { keyId: proof.keyId } };
  if (proof.isProved) {
    await changeKeyNotes(
      services.records,
      { proved: { at, by: doer.who, keyId: proof.keyId } },
      { ...noted, result: 'done' },
    );
  } else await services.records.audit.append({ ...noted, result: 'refused' });
  return { ...proof, at };
}

/** The same without a word to the records. */
export async function tryRecoveryKey(
  services: Pick<KeyServices, 'blobs' | 'random'>,
  typed: string,
): Promise<Omit<Proof, 'at'>> {
  let keyId = '';
  try {
    const recovery = recoveryKeyWrapper(parseRecoveryKey(typed), services.random);
    keyId = recovery.keyId;
    const { epochs, closed } = await readKeys(services.blobs, { recovery }, undefined);
    if (closed.length > 0 || recoveryInForce(epochs)?.keyId !== keyId) {
      const last = epochs.at(-1)?.record.epoch ?? 0;
      const detail = `This recovery key was replaced. It opens what was sealed under the keys up to number ${last}, and nothing after that. Use the one that was shown last.`;
      return { isProved: false, keyId, detail };
    }
    return { isProved: true, keyId, detail: 'This recovery key opens the repository.' };
  } catch (error) {
    if (isFault(error, 'invalid', 'key-unavailable')) return { isProved: false, keyId, detail: error.message };
    throw error;
  }
}

/** Adds an epoch after `from` (default: the newest now), under which this process seals at once. Faults as `rotateKeys`. */
export async function rotate(
  services: KeyServices,
  doer: Doer,
  { from, recovery }: { readonly from?: number; readonly recovery?: RecoveryWrapper } = {},
): Promise<Rotated> {
  const wrappers = { vault: services.outer, ...(recovery !== undefined && { recovery }) };
  const { newest } = await readNoted(services, wrappers);
  const rotated = await rotateKeys(services, wrappers, services.tenant, from ?? newest.record.epoch);
  await services.repository.keys.lookAgain();
  await noteNow(services, entry(services, doer, 'key.rotate', { epoch: String(rotated.epoch) }));
  return rotated;
}

/**
 * Wraps every epoch for the outer key of this deployment, which the settings name already; `by` opens them until now: the
 * old outer key or the recovery key. The same key with a new version needs no `by`. Answers how many epochs.
 */
export async function rewrap(services: KeyServices, doer: Doer, by: KeyWrappers): Promise<number> {
  await readNoted(services, by);
  const epochs = await rewrapKeys(services, by, services.tenant, services.outer);
  await services.repository.keys.lookAgain();
  await noteNow(services, entry(services, doer, 'key.rewrap', { keyId: services.outer.keyId }));
  return epochs;
}

/** Makes `to` the recovery key in force. The old one keeps opening the epochs until now: rotate afterwards. */
export async function replaceRecovery(services: KeyServices, doer: Doer, to: RecoveryWrapper): Promise<number> {
  const wrappers = { vault: services.outer };
  await readNoted(services, wrappers);
  const epochs = await replaceRecoveryKey(services, wrappers, services.tenant, to);
  await noteNow(services, entry(services, doer, 'key.replaceRecovery', { keyId: to.keyId }));
  return epochs;
}

async function readNoted(
  { blobs, tenant, records }: KeyServices,
  wrappers: KeyWrappers,
): Promise<{ readonly epochs: readonly OpenedEpoch[]; readonly newest: OpenedEpoch }> {
  const { epochs } = await readKeys(blobs, wrappers, tenant);
  const newest = epochs.at(-1) as OpenedEpoch;
  insistOnNoted((await readKeyNotes(records))?.value, newest.record.epoch, newest.wraps.length);
  return { epochs, newest };
}

async function noteNow(services: KeyServices, noted: NewAuditEntry): Promise<void> {
  const { epochs } = await readKeys(services.blobs, { vault: services.outer }, services.tenant);
  const newest = epochs.at(-1) as OpenedEpoch;
  await changeKeyNotes(services.records, { epoch: newest.record.epoch, wraps: newest.wraps.length }, noted);
}

const entry = (
  { clock }: Pick<KeyServices, 'clock'>,
  doer: Doer,
  action: string,
  on: NewAuditEntry['on'],
): NewAuditEntry => ({ ...doer, at: instant(clock.now()), action, on, result: 'done' });

const wrapsWithTime = ({ record, wraps }: OpenedEpoch): readonly KeyWrap[] =>
  [record, ...wraps.map((wrap) => wrap.record)]
    .flatMap(({ wrapped, createdAt }) =>
      wrapped.map(({ kind, keyId }) => ({ kind, keyId, wrappedAt: createdAt as Instant })),
    )
    .toReversed();

import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import type { KeyPorts } from './ensureKeys.ts';
import {
  afterOf,
  checkOf,
  createUnlessThere,
  epochName,
  keyUnavailable,
  REPOSITORY_FORMAT,
  wrapFor,
  wrapName,
} from './keyRecords.ts';
import type { KeyWrappers, WrappedKeys } from './keyRecords.ts';
import { KEY_BYTES } from './keyRing.ts';
import { readKeys, wrapsOf } from './openKeys.ts';
import type { OpenedEpoch, OpenedKeys } from './openKeys.ts';
import { publicRecoveryWrapper } from './recoveryKey.ts';
import type { RecoveryWrapper } from './recoveryKey.ts';

/** How often a writer goes after a number that others are faster to take. */
const MOST_TRIES = 20;

export interface Rotated {
  /** The newest epoch, under which everything new is sealed from now on. */
  readonly epoch: number;
  /** False when there was a newer epoch than `from` already. */
  readonly isNew: boolean;
}

/**
 * Adds an epoch after `from` with a new key, wrapped for the outer key and for the recovery key by its public part. What
 * was sealed before stays as it is and readable. May be repeated and may race: all end with one epoch after `from`.
 * Faults as opening; `invalid` with code `RecoveryKeyNeeded` when the key records carry no public part: then the recovery
 * key is to be given as well, once.
 */
export async function rotateKeys(
  ports: KeyPorts,
  wrappers: KeyWrappers & { readonly vault: KeyWrapper },
  tenant: string,
  from: number,
): Promise<Rotated> {
  const opened = await readKeys(ports.blobs, wrappers, tenant);
  const newest = newestOf(opened);
  if (newest.record.epoch > from) return { epoch: newest.record.epoch, isNew: false };
  if (newest.record.epoch < from) {
    throw new Fault(
      'missing',
      `${epochName(from)} is missing from the repository container. Bring it back from a copy before keys are rotated.`,
      { origin: 'storage' },
    );
  }
  const epoch = from + 1;
  const keys = Buffer.concat([ports.random.bytes(KEY_BYTES), newest.keys.subarray(KEY_BYTES)]);
  const unchecked = {
    format: REPOSITORY_FORMAT,
    epoch,
    createdAt: instant(ports.clock.now()),
    wrapped: await wrapFor([wrappers.vault, recoveryFor(opened, wrappers.recovery, ports)], keys),
    check: '',
  };
  const check = checkOf(opened.configBytes, unchecked, keys);
  const isNew = await createUnlessThere(ports.blobs, epochName(epoch), {
    ...unchecked,
    check,
    after: afterOf(newest.keys, check),
  });
  // Read back and opened by the outer key alone, as every process will: only then anybody seals with it.
  const again = newestOf(await readKeys(ports.blobs, { vault: wrappers.vault }, tenant));
  return { epoch: again.record.epoch, isNew };
}

/**
 * Wraps the keys of every epoch for another outer key, or for a newer version of the same; no data is touched. When it
 * answers, `to` opens the repository without the old one. May be repeated. Faults as opening.
 */
export async function rewrapKeys(
  ports: KeyPorts,
  wrappers: KeyWrappers,
  tenant: string,
  to: KeyWrapper,
): Promise<number> {
  const epochs = await wrapAll(ports, wrappers, tenant, to);
  await readKeys(ports.blobs, { vault: to }, tenant);
  return epochs;
}

/**
 * Makes `to` the recovery key: it opens every epoch, and from now on new epochs are wrapped for it alone. Who has the old
 * recovery key and a copy of the key records still opens the epochs until now with it: rotate afterwards. May be repeated.
 */
export async function replaceRecoveryKey(
  ports: KeyPorts,
  wrappers: KeyWrappers,
  tenant: string,
  to: RecoveryWrapper,
): Promise<number> {
  const epochs = await wrapAll(ports, wrappers, tenant, to);
  await readKeys(ports.blobs, { recovery: to }, tenant);
  return epochs;
}

/** Oldest epoch first: what counts as the recovery key stands with the newest, which changes last. */
async function wrapAll(ports: KeyPorts, wrappers: KeyWrappers, tenant: string, to: KeyWrapper): Promise<number> {
  const opened = await readKeys(ports.blobs, wrappers, tenant);
  if (opened.closed.length > 0)
    throw keyUnavailable('This recovery key was replaced: it does not open the newest keys. Give the one in force.');
  for (const epoch of opened.epochs) await wrapEpoch(ports, opened.configBytes, epoch, to);
  return opened.epochs.length;
}

async function wrapEpoch(ports: KeyPorts, config: Uint8Array, epoch: OpenedEpoch, to: KeyWrapper): Promise<void> {
  const wrapped = await wrapFor([to], epoch.keys);
  for (let number = epoch.wraps.length + 1, tries = 0; tries < MOST_TRIES; number++, tries++) {
    const record = {
      format: REPOSITORY_FORMAT,
      epoch: epoch.record.epoch,
      number,
      createdAt: instant(ports.clock.now()),
      wrapped,
      check: '',
    };
    const name = wrapName(epoch.record.epoch, number);
    if (await createUnlessThere(ports.blobs, name, { ...record, check: checkOf(config, record, epoch.keys) })) return;
  }
  throw new Fault('unavailable', 'The key records are changed by others all the time; try again.', {
    origin: 'storage',
  });
}

/** The recovery key in force, as the key records carry it; undefined when the repository has none. */
export const recoveryInForce = (epochs: readonly Pick<OpenedEpoch, 'record' | 'wraps'>[]): WrappedKeys | undefined => {
  const newest = epochs.at(-1);
  return newest && wrapsOf({ name: '', ...newest }).find(({ kind }) => kind === 'recovery');
};

function recoveryFor(opened: OpenedKeys, given: KeyWrapper | undefined, ports: KeyPorts): KeyWrapper | undefined {
  const inForce = recoveryInForce(opened.epochs);
  if (inForce === undefined) return given;
  if (given !== undefined) {
    if (given.keyId === inForce.keyId) return given;
    throw new Fault('invalid', 'This is not the recovery key in force. Give the one that was shown last.', {
      origin: 'input',
    });
  }
  if (inForce.public !== undefined) return publicRecoveryWrapper(inForce.keyId, inForce.public, ports.random);
  throw new Fault(
    'invalid',
    'The keys of this repository were made before a new key could be wrapped for the recovery key without it. Give the recovery key this once.',
    { origin: 'input', code: 'RecoveryKeyNeeded' },
  );
}

const newestOf = ({ epochs }: OpenedKeys): OpenedEpoch => epochs.at(-1) as OpenedEpoch;

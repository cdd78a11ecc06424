import { createSecretKey, timingSafeEqual } from 'node:crypto';
import { Fault, isFault } from '../fault.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { afterOf, checkOf, keyUnavailable, newestEpoch, readConfig, readEpochs, sameText } from './keyRecords.ts';
import type { KeyWrappers, RepositoryConfig, StoredEpoch, WrappedKeys } from './keyRecords.ts';
import { KEY_BYTES, keyRing } from './keyRing.ts';
import type { KeyRing, OpenedEpochs } from './keyRing.ts';
import { notWhatWasWritten } from './objectSeal.ts';

/** An epoch whose records hold, with its keys in the clear. */
export interface OpenedEpoch extends StoredEpoch {
  /** Epoch key and id key. */
  readonly keys: Uint8Array;
}

export interface OpenedKeys {
  readonly config: RepositoryConfig;
  readonly configBytes: Uint8Array;
  /** From the first on; never empty. */
  readonly epochs: readonly OpenedEpoch[];
  /** Epochs that came after this recovery key was replaced: it does not open them. */
  readonly closed: readonly StoredEpoch[];
}

/**
 * Opens every epoch from what storage holds, never from what this process remembers: a key is used only after it was
 * read back and round-tripped. Faults: `missing` (no repository here, or a key record is gone), `key-unavailable`,
 * `corrupt`, `unsupported`. The ring finds epochs that come later by the same wrappers.
 */
export async function openKeys(blobs: BlobStore, wrappers: KeyWrappers, tenant: string | undefined): Promise<KeyRing> {
  const look = async (known?: OpenedEpochs): Promise<OpenedEpochs> => {
    if (known?.epochs.has(await newestEpoch(blobs)) === true) return known;
    const { config, epochs } = await readKeys(blobs, wrappers, tenant);
    const [first] = epochs;
    const idKey = first?.keys.subarray(KEY_BYTES) ?? new Uint8Array();
    if (known !== undefined && !timingSafeEqual(known.idKey, idKey))
      throw notWhatWasWritten('keys/1', 'it is the key of another repository');
    return {
      tenant: config.tenant,
      repository: config.repository,
      idKey,
      epochs: new Map(epochs.map(({ record, keys }) => [record.epoch, createSecretKey(keys.subarray(0, KEY_BYTES))])),
    };
  };
  return keyRing(await look(), look);
}

/** The same with the keys themselves, for those who wrap them anew. Faults as `openKeys`. */
export async function readKeys(
  blobs: BlobStore,
  wrappers: KeyWrappers,
  tenant: string | undefined,
): Promise<OpenedKeys> {
  const stored = await readConfig(blobs);
  if (stored === undefined) {
    throw new Fault(
      'missing',
      'There is no repository here: config is missing from the repository container. Check the storage account, or bring config back.',
      { origin: 'storage' },
    );
  }
  if (tenant !== undefined && stored.config.tenant !== tenant) {
    throw new Fault(
      'invalid',
      'This repository belongs to another tenant, as its config says. Check TENANT_ID and the storage account.',
      { origin: 'input' },
    );
  }
  const opened: OpenedEpoch[] = [];
  const closed: StoredEpoch[] = [];
  for (const epoch of await readEpochs(blobs)) {
    if (opened.length > 0 && isBeyond(epoch, wrappers)) closed.push(epoch);
    else opened.push(await openEpoch(epoch, wrappers, stored.bytes, opened.at(-1)));
  }
  if (opened.length === 0) {
    throw keyUnavailable(
      'keys/1 is missing from the repository container. Nothing can be opened without it; bring it back from a copy.',
    );
  }
  return { config: stored.config, configBytes: stored.bytes, epochs: opened, closed };
}

/** True for an epoch that the only key given, a recovery key that was replaced, was not to open. */
const isBeyond = (epoch: StoredEpoch, { vault, recovery }: KeyWrappers): boolean =>
  vault === undefined && recovery !== undefined && !wrapsOf(epoch).some((wrap) => isFor(wrap, recovery));

async function openEpoch(
  epoch: StoredEpoch,
  wrappers: KeyWrappers,
  config: Uint8Array,
  before: OpenedEpoch | undefined,
): Promise<OpenedEpoch> {
  const { name, record, wraps } = epoch;
  const keys = await unwrap(epoch, wrappers);
  const damaged = (record_: string): Fault =>
    notWhatWasWritten(record_, 'it, or config, was changed since it was made');
  if (!sameText(record.check, checkOf(config, record, keys))) throw damaged(name);
  for (const wrap of wraps) {
    if (!sameText(wrap.record.check, checkOf(config, wrap.record, keys))) throw damaged(wrap.name);
  }
  const after = before === undefined ? undefined : afterOf(before.keys, record.check);
  if (!sameText(record.after ?? '', after ?? '')) throw damaged(name);
  if (before !== undefined && !timingSafeEqual(before.keys.subarray(KEY_BYTES), keys.subarray(KEY_BYTES)))
    throw damaged(name);
  return { ...epoch, keys };
}

/** What the keys were wrapped to, newest first. */
export const wrapsOf = ({ record, wraps }: StoredEpoch): readonly WrappedKeys[] =>
  [...record.wrapped, ...wraps.flatMap((wrap) => wrap.record.wrapped)].toReversed();

const isFor = (wrapped: WrappedKeys, wrapper: KeyWrapper): boolean =>
  wrapped.kind === wrapper.kind && wrapped.keyId === wrapper.keyId;

const recordOf = ({ name, wraps }: StoredEpoch, wrapped: WrappedKeys): string =>
  wraps.find(({ record }) => record.wrapped.includes(wrapped))?.name ?? name;

/** The same, with what the key was asked to open: it may be that which was changed, and not the key. */
const askedFor = (name: string, fault: Fault): Fault =>
  new Fault(fault.kind, `${fault.message} (It was asked to open ${name}.)`, {
    origin: fault.origin,
    ...(fault.code !== undefined && { code: fault.code }),
    ...(fault.status !== undefined && { status: fault.status }),
    cause: fault,
  });

async function unwrap(epoch: StoredEpoch, wrappers: KeyWrappers): Promise<Buffer> {
  const { recovery, vault } = wrappers;
  const { name } = epoch;
  const all = wrapsOf(epoch);
  if (recovery !== undefined && epoch.record.epoch === 1 && !all.some((wrapped) => isFor(wrapped, recovery))) {
    if (all.some(({ kind }) => kind === 'recovery')) {
      throw keyUnavailable(
        `This recovery key is not the one of this repository (${name} was wrapped by another). Check for a typing error, or take the key that was shown when the repository was made.`,
      );
    }
  }
  let trouble: Fault | undefined;
  for (const wrapper of [vault, recovery]) {
    if (wrapper === undefined) continue;
    const ofKind = all.filter(({ kind }) => kind === wrapper.kind);
    // By its name first: a key that was replaced may be disabled by now, and needs not be asked.
    const named = ofKind.toSorted((a, b) => Number(isFor(b, wrapper)) - Number(isFor(a, wrapper)));
    for (const wrapped of named) {
      try {
        const keys = Buffer.from(await wrapper.unwrap(Buffer.from(wrapped.key, 'hex')));
        if (keys.length === 2 * KEY_BYTES) return keys;
        trouble = notWhatWasWritten(name, `its ${wrapper.kind} key is of the wrong length`);
      } catch (error) {
        // Throttles and outages of the vault come and go; only a refusal lets the other key have its turn.
        if (!isFault(error, 'key-unavailable')) throw error;
        trouble ??= askedFor(recordOf(epoch, wrapped), error);
      }
    }
  }
  throw (
    trouble ??
    keyUnavailable(
      `${name} was wrapped by ${[...new Set(all.map(({ kind }) => kind))].join(' and ')}; none of these keys was given.`,
    )
  );
}

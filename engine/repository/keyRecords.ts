import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import { Fault, isFault } from '../fault.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import { deriveKey, KEY_BYTES } from './keyRing.ts';
import { notWhatWasWritten } from './objectSeal.ts';

/** Repository format that this version writes; it reads every older one. */
export const REPOSITORY_FORMAT = 1;

/** At least one; with both, either opens the repository for ever. */
export interface KeyWrappers {
  /** Key Vault, or the key file of a local start. */
  readonly vault?: KeyWrapper;
  readonly recovery?: KeyWrapper;
}

const configSchema = z.strictObject({
  product: z.literal('holdfast'),
  format: z.number().int().positive(),
  repository: z.string().regex(/^[0-9a-f]{32}$/),
  tenant: z.string().min(1),
  createdAt: z.string(),
});
export type RepositoryConfig = z.infer<typeof configSchema>;

const hex64 = z.string().regex(/^[0-9a-f]{64}$/);
const wrappedSchema = z.strictObject({
  kind: z.enum(['vault', 'file', 'recovery']),
  keyId: z.string(),
  // As it is written: a digit in the other case would be the same byte, and the change not seen.
  key: z.string().regex(/^[0-9a-f]+$/),
  /** Of a recovery key: lets a later epoch be wrapped for it without it. */
  public: hex64.optional(),
});
export type WrappedKeys = z.infer<typeof wrappedSchema>;

const epochSchema = z.strictObject({
  format: z.number().int().positive(),
  epoch: z.number().int().positive(),
  createdAt: z.string(),
  wrapped: z.array(wrappedSchema).min(1),
  check: hex64,
  /** From the second epoch on: made with the key of the one before, so that nobody else can add an epoch. */
  after: hex64.optional(),
});
/** `keys/{epoch}`: the keys of an epoch as they were wrapped when it was made. */
export type EpochRecord = z.infer<typeof epochSchema>;

const wrapSchema = z.strictObject({
  format: z.number().int().positive(),
  epoch: z.number().int().positive(),
  number: z.number().int().positive(),
  createdAt: z.string(),
  wrapped: z.array(wrappedSchema).min(1),
  check: hex64,
});
/** `keys/{epoch}/{number}`: the same keys, wrapped again later. */
export type WrapRecord = z.infer<typeof wrapSchema>;

/** All that storage says of one epoch. */
export interface StoredEpoch {
  readonly name: string;
  readonly record: EpochRecord;
  /** In the order of their numbers. */
  readonly wraps: readonly { readonly name: string; readonly record: WrapRecord }[];
}

export const epochName = (epoch: number): string => `keys/${epoch}`;
export const wrapName = (epoch: number, number: number): string => `keys/${epoch}/${number}`;

/** Config as it lies in storage; undefined when there is none. Faults `corrupt`, `unsupported` (made by a newer app). */
export async function readConfig(
  blobs: BlobStore,
): Promise<{ readonly config: RepositoryConfig; readonly bytes: Uint8Array } | undefined> {
  const bytes = await readIfThere(blobs, 'config');
  if (bytes === undefined) return undefined;
  return { config: parsed(configSchema, 'config', bytes), bytes };
}

/** Every epoch in storage, from the first on. Faults `missing` (one between them is gone), `corrupt`, `unsupported`. */
export async function readEpochs(blobs: BlobStore): Promise<readonly StoredEpoch[]> {
  const inOrder = (await keyNames(blobs)).toSorted((a, b) => a.epoch - b.epoch || a.number - b.number);
  const epochs: { name: string; record: EpochRecord; wraps: { name: string; record: WrapRecord }[] }[] = [];
  for (const { name, epoch, number } of inOrder) {
    const last = epochs.at(-1);
    if (number === 0) {
      insistOnNext(epochName(epochs.length + 1), name);
      epochs.push({
        name,
        record: ofName(name, parsed(epochSchema, name, await blobs.read('repository', name)), epoch),
        wraps: [],
      });
    } else {
      if (last?.record.epoch !== epoch) throw keyRecordMissing(epochName(epoch));
      insistOnNext(wrapName(epoch, last.wraps.length + 1), name);
      const record = ofName(name, parsed(wrapSchema, name, await blobs.read('repository', name)), epoch);
      if (record.number !== number) throw notWhatWasWritten(name, 'it is another key record');
      last.wraps.push({ name, record });
    }
  }
  return epochs;
}

/** Number of the newest epoch by the names in storage; 0 when there is none. */
export const newestEpoch = async (blobs: BlobStore): Promise<number> =>
  Math.max(0, ...(await keyNames(blobs)).map(({ epoch }) => epoch));

interface KeyName {
  readonly name: string;
  readonly epoch: number;
  /** Of a later wrap, else 0. */
  readonly number: number;
}

async function keyNames(blobs: BlobStore): Promise<readonly KeyName[]> {
  const names: KeyName[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await blobs.list('repository', 'keys/', token);
    token = page.nextPageToken;
    for (const { name } of page.blobs) {
      const [, epoch, number = '0'] = /^keys\/([1-9]\d{0,8})(?:\/([1-9]\d{0,8}))?$/.exec(name) ?? [];
      if (epoch === undefined) throw notWhatWasWritten(name, 'no key record has such a name');
      names.push({ name, epoch: Number(epoch), number: Number(number) });
    }
  }
  return names;
}

function ofName<T extends { readonly epoch: number }>(name: string, record: T, epoch: number): T {
  if (record.epoch !== epoch) throw notWhatWasWritten(name, 'it is another key record');
  return record;
}

function insistOnNext(expected: string, found: string): void {
  if (expected !== found) throw keyRecordMissing(expected);
}

const keyRecordMissing = (name: string): Fault =>
  new Fault(
    'missing',
    `${name} is missing from the repository container, and later key records are there. Bring it back from a copy.`,
    {
      origin: 'storage',
    },
  );

/** The keys under each of the wrappers, as they stand in a record. */
export async function wrapFor(wrappers: readonly (KeyWrapper | undefined)[], keys: Uint8Array): Promise<WrappedKeys[]> {
  const wrapped: WrappedKeys[] = [];
  for (const wrapper of wrappers) {
    if (wrapper === undefined) continue;
    wrapped.push({
      kind: wrapper.kind,
      keyId: wrapper.keyId,
      key: Buffer.from(await wrapper.wrap(keys)).toString('hex'),
      ...(wrapper.publicPart !== undefined && { public: wrapper.publicPart }),
    });
  }
  if (wrapped.length === 0)
    throw keyUnavailable('There is neither a vault key nor a recovery key to wrap the new key.');
  return wrapped;
}

/**
 * Binds config and everything of a key record except the wrapped bytes, which authenticate themselves, and what is made
 * of the check itself.
 */
export function checkOf(config: Uint8Array, record: EpochRecord | WrapRecord, keys: Uint8Array): string {
  const open = {
    ...record,
    check: '',
    wrapped: record.wrapped.map(({ key: _key, ...facts }) => facts),
  };
  if ('after' in open) delete open.after;
  return createHmac('sha256', macKey(keys, 'number' in record ? 'key wrap record' : 'key record'))
    .update(config)
    .update(keys.subarray(KEY_BYTES))
    .update(JSON.stringify(open))
    .digest('hex');
}

/** Says, with the key of the epoch before, that the epoch with this check follows it. */
export const afterOf = (keysBefore: Uint8Array, check: string): string =>
  createHmac('sha256', macKey(keysBefore, 'next key record')).update(check).digest('hex');

const macKey = (keys: Uint8Array, purpose: string): ReturnType<typeof deriveKey> =>
  deriveKey(createSecretKey(keys.subarray(0, KEY_BYTES)), '', purpose);

/** True when this call wrote it; false when somebody else was faster: theirs counts, and what is used is read back anyway. */
export async function createUnlessThere(blobs: BlobStore, name: string, value: object): Promise<boolean> {
  try {
    await blobs.create('repository', name, Buffer.from(JSON.stringify(value)));
    return true;
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    return false;
  }
}

export async function readIfThere(blobs: BlobStore, name: string): Promise<Uint8Array | undefined> {
  try {
    return await blobs.read('repository', name);
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}

function jsonOf(name: string, bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch (cause) {
    throw notWhatWasWritten(name, 'it is not the JSON that was written', cause);
  }
}

/** Made once: each schema costs more to make than to use. */
const formatSchema = z.looseObject({ format: z.number() });

/** Only the very bytes that we write: a changed blank or letter case is a change. */
function parsed<Schema extends z.ZodType<object>>(schema: Schema, name: string, bytes: Uint8Array): z.infer<Schema> {
  const json = jsonOf(name, bytes);
  const format = formatSchema.safeParse(json);
  if (format.success && format.data.format > REPOSITORY_FORMAT) throw madeByNewer(name, format.data.format);
  const value = schema.safeParse(json);
  if (!value.success || JSON.stringify(value.data) !== Buffer.from(bytes).toString())
    throw notWhatWasWritten(name, 'it is not in the form that was written');
  return value.data;
}

const madeByNewer = (name: string, format: number): Fault =>
  new Fault(
    'unsupported',
    `This repository is of format ${format}, as ${name} says. It needs a Holdfast that reads repository format ${format}; this one reads up to ${REPOSITORY_FORMAT}. Install the newer version.`,
    { origin: 'storage' },
  );

export const sameText = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
export const keyUnavailable = (message: string): Fault => new Fault('key-unavailable', message, { origin: 'keys' });

import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { z } from 'zod';
import { Fault, isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { KeyWrapper } from '../ports/keyWrapper.ts';
import type { Random } from '../ports/random.ts';
import { deriveKey, KEY_BYTES, keyRing } from './keyRing.ts';
import type { KeyRing } from './keyRing.ts';
import { newId } from './newId.ts';
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

const recordSchema = z.strictObject({
  format: z.number().int().positive(),
  epoch: z.number().int().positive(),
  createdAt: z.string(),
  wrapped: z
    .array(
      z.strictObject({
        kind: z.enum(['vault', 'file', 'recovery']),
        keyId: z.string(),
        // As it is written: a digit in the other case would be the same byte, and the change not seen.
        key: z.string().regex(/^[0-9a-f]+$/),
      }),
    )
    .min(1),
  check: z.string().regex(/^[0-9a-f]{64}$/),
});
type KeyRecord = z.infer<typeof recordSchema>;

interface KeyPorts {
  readonly blobs: BlobStore;
  readonly random: Random;
}

/** Config as it lies in storage; undefined when there is none. Faults `corrupt`, `unsupported` (made by a newer app). */
export async function readConfig(
  blobs: BlobStore,
): Promise<{ readonly config: RepositoryConfig; readonly bytes: Uint8Array } | undefined> {
  const bytes = await readIfThere(blobs, 'config');
  if (bytes === undefined) return undefined;
  const format = z.looseObject({ format: z.number() }).safeParse(jsonOf('config', bytes));
  if (format.success && format.data.format > REPOSITORY_FORMAT) {
    throw new Fault(
      'unsupported',
      `This repository is of format ${format.data.format}. It needs a Holdfast that reads repository format ${format.data.format}; this one reads up to ${REPOSITORY_FORMAT}. Install the newer version.`,
      { origin: 'storage' },
    );
  }
  return { config: parsed(configSchema, 'config', bytes), bytes };
}

/** Makes `config` and `keys/1` where they are missing. Creators that race end with one repository; nothing is ever overwritten. */
export async function ensureKeys(
  ports: KeyPorts & { readonly clock: Clock },
  wrappers: KeyWrappers,
  tenant: string,
): Promise<void> {
  const createdAt = instant(ports.clock.now());
  if ((await readConfig(ports.blobs)) === undefined) {
    await refuseOverContent(ports.blobs, 'config');
    const config: RepositoryConfig = {
      product: 'holdfast',
      format: REPOSITORY_FORMAT,
      repository: newId(ports.random),
      tenant,
      createdAt,
    };
    await createUnlessThere(ports.blobs, 'config', config);
  }
  if ((await readIfThere(ports.blobs, 'keys/1')) !== undefined) return;
  await refuseOverContent(ports.blobs, 'keys/1');
  const stored = await readConfig(ports.blobs);
  if (stored === undefined)
    throw new Fault('missing', 'config vanished from storage while the repository was made.', { origin: 'storage' });
  const keys = Buffer.concat([ports.random.bytes(KEY_BYTES), ports.random.bytes(KEY_BYTES)]);
  await createUnlessThere(ports.blobs, 'keys/1', await sealRecord(stored.bytes, 1, keys, wrappers, createdAt));
}

/**
 * Opens every epoch from what storage holds, never from what this process remembers: a key is used only after it was
 * read back and round-tripped. Faults: `missing` (no repository here), `key-unavailable`, `corrupt`, `unsupported`.
 */
export async function openKeys(blobs: BlobStore, wrappers: KeyWrappers, tenant: string | undefined): Promise<KeyRing> {
  const stored = await readConfig(blobs);
  if (stored === undefined) {
    throw new Fault(
      'missing',
      'There is no repository here: config is missing from the repository container. Check the storage account, or bring config back.',
      { origin: 'storage' },
    );
  }
  if (tenant !== undefined && stored.config.tenant !== tenant) {
    throw new Fault('invalid', 'This repository belongs to another tenant. Check TENANT_ID and the storage account.', {
      origin: 'input',
    });
  }
  const epochs = new Map<number, KeyObject>();
  let idKey: Uint8Array | undefined;
  for (const name of await keyNames(blobs)) {
    const record = parsed(recordSchema, name, await blobs.read('repository', name));
    const keys = await unwrap(name, record, wrappers);
    if (name !== `keys/${record.epoch}` || !sameText(record.check, checkOf(stored.bytes, record, keys))) {
      throw notWhatWasWritten(name, 'it, or config, was changed since it was made');
    }
    epochs.set(record.epoch, createSecretKey(keys.subarray(0, KEY_BYTES)));
    idKey = keys.subarray(KEY_BYTES);
  }
  if (idKey === undefined)
    throw keyUnavailable(
      'keys/1 is missing from the repository container. Nothing can be opened without it; bring it back from a copy.',
    );
  return keyRing(stored.config.tenant, stored.config.repository, idKey, epochs);
}

async function sealRecord(
  config: Uint8Array,
  epoch: number,
  keys: Uint8Array,
  wrappers: KeyWrappers,
  createdAt: string,
): Promise<KeyRecord> {
  const given = [wrappers.vault, wrappers.recovery].filter((wrapper) => wrapper !== undefined);
  if (given.length === 0) throw keyUnavailable('There is neither a vault key nor a recovery key to wrap the new key.');
  const wrapped: KeyRecord['wrapped'] = [];
  for (const wrapper of given) {
    wrapped.push({
      kind: wrapper.kind,
      keyId: wrapper.keyId,
      key: Buffer.from(await wrapper.wrap(keys)).toString('hex'),
    });
  }
  const record = { format: REPOSITORY_FORMAT, epoch, createdAt, wrapped, check: '' };
  return { ...record, check: checkOf(config, record, keys) };
}

async function unwrap(name: string, record: KeyRecord, wrappers: KeyWrappers): Promise<Buffer> {
  const { recovery, vault } = wrappers;
  const mine = record.wrapped.find((wrapped) => wrapped.kind === 'recovery');
  if (recovery !== undefined && mine !== undefined && mine.keyId !== recovery.keyId) {
    throw keyUnavailable(
      `This recovery key is not the one of this repository (${name} was wrapped by another). Check for a typing error, or take the key that was shown when the repository was made.`,
    );
  }
  let trouble: Fault | undefined;
  for (const wrapper of [vault, recovery]) {
    const wrapped = record.wrapped.find((candidate) => candidate.kind === wrapper?.kind);
    if (wrapper === undefined || wrapped === undefined) continue;
    try {
      const keys = Buffer.from(await wrapper.unwrap(Buffer.from(wrapped.key, 'hex')));
      if (keys.length === 2 * KEY_BYTES) return keys;
      trouble = notWhatWasWritten(name, `its ${wrapper.kind} key is of the wrong length`);
    } catch (error) {
      // Throttles and outages of the vault come and go; only a refusal lets the other key have its turn.
      if (!isFault(error, 'key-unavailable')) throw error;
      trouble = error;
    }
  }
  throw (
    trouble ??
    keyUnavailable(
      `${name} was wrapped by ${record.wrapped.map(({ kind }) => kind).join(' and ')}; none of these keys was given.`,
    )
  );
}

/** Binds config and everything of the record except the wrapped bytes, which authenticate themselves. */
function checkOf(config: Uint8Array, record: KeyRecord, keys: Uint8Array): string {
  const open = { ...record, check: '', wrapped: record.wrapped.map(({ kind, keyId }) => ({ kind, keyId })) };
  const key = deriveKey(createSecretKey(keys.subarray(0, KEY_BYTES)), '', 'key record');
  return createHmac('sha256', key)
    .update(config)
    .update(keys.subarray(KEY_BYTES))
    .update(JSON.stringify(open))
    .digest('hex');
}

/** A new key over existing content would make that content unreadable without a word. */
async function refuseOverContent(blobs: BlobStore, what: string): Promise<void> {
  for (const prefix of ['packs/', 'points/', 'keys/'].filter((candidate) => !what.startsWith(candidate))) {
    for (let token: string | undefined, more = true; more; more = token !== undefined) {
      const page = await blobs.list('repository', prefix, token);
      token = page.nextPageToken;
      if (page.blobs.length > 0) {
        // Another creator may have finished meanwhile, and what lies here is its work.
        if ((await readIfThere(blobs, what)) !== undefined) return;
        throw keyUnavailable(
          `${what} is missing from a repository that holds ${prefix.slice(0, -1)}. No new key is made over them; bring ${what} back from a copy.`,
        );
      }
    }
  }
}

async function keyNames(blobs: BlobStore): Promise<string[]> {
  const names: string[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await blobs.list('repository', 'keys/', token);
    token = page.nextPageToken;
    names.push(...page.blobs.map((blob) => blob.name));
  }
  return names;
}

async function createUnlessThere(blobs: BlobStore, name: string, value: object): Promise<void> {
  try {
    await blobs.create('repository', name, Buffer.from(JSON.stringify(value)));
  } catch (error) {
    // Somebody else was faster: theirs counts, and what is used is read back anyway.
    if (!isFault(error, 'conflict')) throw error;
  }
}

async function readIfThere(blobs: BlobStore, name: string): Promise<Uint8Array | undefined> {
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

/** Only the very bytes that we write: a changed blank or letter case is a change. */
function parsed<Schema extends z.ZodType<object>>(schema: Schema, name: string, bytes: Uint8Array): z.infer<Schema> {
  const value = schema.safeParse(jsonOf(name, bytes));
  if (!value.success || JSON.stringify(value.data) !== Buffer.from(bytes).toString())
    throw notWhatWasWritten(name, 'it is not in the form that was written');
  return value.data;
}

const sameText = (a: string, b: string): boolean =>
  a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
const keyUnavailable = (message: string): Fault => new Fault('key-unavailable', message, { origin: 'keys' });

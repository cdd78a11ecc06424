import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import {
  checkOf,
  createUnlessThere,
  epochName,
  keyUnavailable,
  readConfig,
  readIfThere,
  REPOSITORY_FORMAT,
  wrapFor,
} from './keyRecords.ts';
import type { KeyWrappers, RepositoryConfig } from './keyRecords.ts';
import { KEY_BYTES } from './keyRing.ts';
import { newId } from './newId.ts';

export interface KeyPorts {
  readonly blobs: BlobStore;
  readonly random: Random;
  readonly clock: Clock;
}

const FIRST = epochName(1);

/** Makes `config` and `keys/1` where they are missing. Creators that race end with one repository; nothing is ever overwritten. */
export async function ensureKeys(ports: KeyPorts, wrappers: KeyWrappers, tenant: string): Promise<void> {
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
  if ((await readIfThere(ports.blobs, FIRST)) !== undefined) return;
  await refuseOverContent(ports.blobs, FIRST);
  const stored = await readConfig(ports.blobs);
  if (stored === undefined)
    throw new Fault('missing', 'config vanished from storage while the repository was made.', { origin: 'storage' });
  const keys = Buffer.concat([ports.random.bytes(KEY_BYTES), ports.random.bytes(KEY_BYTES)]);
  const wrapped = await wrapFor([wrappers.vault, wrappers.recovery], keys);
  const record = { format: REPOSITORY_FORMAT, epoch: 1, createdAt, wrapped, check: '' };
  await createUnlessThere(ports.blobs, FIRST, { ...record, check: checkOf(stored.bytes, record, keys) });
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

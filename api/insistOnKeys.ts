import { Fault } from '../engine/fault.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';

/**
 * Fault `key-unavailable` while nobody has made the keys of this deployment. A repository that lost them is none of its
 * business: opening that one says what is missing.
 */
export async function insistOnKeys(blobs: BlobStore): Promise<void> {
  if ((await blobs.head('repository', 'keys/1')) !== undefined) return;
  const { blobs: found, nextPageToken } = await blobs.list('repository', '');
  if (nextPageToken !== undefined || found.some(({ name }) => name !== 'config')) return;
  throw new Fault(
    'key-unavailable',
    'Holdfast has no keys yet: run `npm run bootstrap` once, as docs/deploy.md says. Nothing is backed up until then.',
    { origin: 'keys' },
  );
}

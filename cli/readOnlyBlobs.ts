import { Fault } from '../engine/fault.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';

/** The reading half of a blob store. */
export type BlobReader = Pick<BlobStore, 'read' | 'head' | 'list'>;

/** A blob store that refuses every change: a recovery leaves what may be the last copy as it is. */
export const readOnlyBlobs = ({ read, head, list }: BlobReader): BlobStore => ({
  read,
  head,
  list,
  create: refuse,
  replace: refuse,
  remove: refuse,
});

const refuse = (): Promise<never> =>
  Promise.reject(new Fault('unsupported', 'A recovery changes nothing in a repository.'));

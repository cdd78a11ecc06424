import type { Instant } from '../model/ids.ts';
import type { WriteProtection } from './writeProtection.ts';

export type Container = 'repository' | 'journal' | 'derived' | 'exports';

export interface BlobFacts {
  readonly name: string;
  readonly length: number;
  readonly etag: string;
  /** The storage service's clock. */
  readonly modifiedAt: Instant;
}

export interface BlobPage {
  readonly blobs: readonly BlobFacts[];
  /** Present when more follow. */
  readonly nextPageToken?: string;
}

/**
 * Blobs as Azure keeps them. Reads see every write that was answered before. Every call may fail with
 * Fault `unavailable` (outcomeUnknown for writes), `storage-full`, `forbidden`; origin `storage`.
 */
export interface BlobStore {
  /**
   * Makes a new blob in one request. When it exists with equal length and MD5 (an answer was lost and the call
   * repeated) this succeeds; with other bytes it fails with `conflict`. When it succeeded, `bytes` may be written over.
   */
  create(container: Container, name: string, bytes: Uint8Array): Promise<BlobFacts>;
  /** Writes over whatever is there; with `ifMatch` only over that version, else Fault `conflict`. Never used on packs. */
  replace(container: Container, name: string, bytes: Uint8Array, ifMatch?: string): Promise<BlobFacts>;
  /**
   * Bytes [from, from + length) or the whole. Fault `not-found` when there is no such blob. A store may put them into
   * `memory` when that is long enough, and then answers with its beginning.
   */
  read(
    container: Container,
    name: string,
    range?: { readonly from: number; readonly length: number },
    memory?: Uint8Array,
  ): Promise<Uint8Array>;
  /** Undefined when there is no such blob. */
  head(container: Container, name: string): Promise<BlobFacts | undefined>;
  /** Names in ascending order. A page may be short or empty and still have a token. */
  list(container: Container, prefix: string, pageToken?: string): Promise<BlobPage>;
  /** Removes a blob; nothing happens when it is gone already. Refused with `conflict` where the blob is write-protected. */
  remove(container: Container, name: string): Promise<void>;
  /** Only where the storage knows it. */
  readonly protection?: WriteProtection;
}

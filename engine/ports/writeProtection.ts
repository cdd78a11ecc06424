import type { Instant } from '../model/ids.ts';
import type { Container } from './blobStore.ts';

/** A blob and the end of its protection; without one it has none, or it never had. */
export interface ProtectedBlob {
  readonly name: string;
  readonly until?: Instant;
}

/** Blobs that nobody can replace or remove before a date, whoever they are. Faults `unavailable`, `forbidden`. */
export interface WriteProtection {
  /** Can blobs of this container have such a date? Whoever owns the storage account decides. */
  isOn(container: Container): Promise<boolean>;
  /** Only where it is on. Names in ascending order; a page may be empty and still have a token. */
  list(
    container: Container,
    prefix: string,
    pageToken?: string,
  ): Promise<{ readonly blobs: readonly ProtectedBlob[]; readonly nextPageToken?: string }>;
  /**
   * From now on the blob is protected until then. May be repeated. Never shortens: Fault `conflict` when its date is
   * later already, `invalid` when `until` is over, `not-found` when there is no such blob.
   */
  extend(container: Container, name: string, until: Instant): Promise<void>;
}

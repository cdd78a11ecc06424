import type { ItemId } from './ids.ts';
import type { StoredStream } from './stream.ts';

/** What people see of an item in lists, and what search looks at. Times are ISO 8601 UTC, sizes bytes. */
export interface ItemFacts {
  readonly name: string;
  /** mailFolder, message, folder, notebook, file. */
  readonly kind: string;
  /** Can it be opened to show what is inside (mail folder, folder, notebook)? */
  readonly container: boolean;
  readonly size: number;
  readonly createdAt?: string;
  readonly modifiedAt?: string;
  /** `Name <address>` of the sender. */
  readonly from?: string;
  readonly to?: readonly string[];
  readonly sentAt?: string;
  readonly receivedAt?: string;
  /** Well-known role of a container, language independent: `inbox`, `sentitems`, `root`, … */
  readonly role?: string;
}

/** An item as a connector lists it, in Graph's ids. */
export interface ListedItem extends ItemFacts {
  readonly sourceId: string;
  /** Undefined for what hangs directly under the resource. */
  readonly parentSourceId?: string;
  /** Equal tags mean equal content and properties: changeKey, eTag. */
  readonly versionTag: string;
  /** What else Graph said and a restore needs; small JSON, kept as the stream `meta`. */
  readonly meta?: unknown;
  /** False for what has no content of its own (containers): nothing is fetched, `meta` is all there is. */
  readonly hasContent: boolean;
}

/** One state of one item inside a restore point: what is shown, and where its bytes lie. */
export interface Entry extends ItemFacts {
  readonly id: ItemId;
  readonly sourceId: string;
  /** Undefined for what hangs directly under the resource. */
  readonly parentId?: ItemId;
  readonly versionTag: string;
  /** SHA-256 (hex) of the bytes that `format=original` gives; absent when there are none. */
  readonly sha256?: string;
  readonly streams: readonly StoredStream[];
  /** `source-hash-mismatch`: two equal downloads disagreed with what Graph said of the file. */
  readonly flags?: readonly string[];
}

/** The moment by which an item is sorted inside its container, newest first. */
export const sortMoment = (facts: ItemFacts): string =>
  facts.receivedAt ?? facts.modifiedAt ?? facts.sentAt ?? facts.createdAt ?? '';

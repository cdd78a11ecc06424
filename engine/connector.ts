import type { Cursor, Workload } from './model/ids.ts';
import type { DiscoveredResource, ProtectedResource } from './model/resource.ts';
import type { Entry, ListedItem } from './model/item.ts';
import type { SkipReason } from './model/ledger.ts';
import type { PolicyOptions } from './model/policy.ts';
import type { Fault } from './fault.ts';

/**
 * What a workload offers the engine. One folder in workloads/ implements it; the engine never sees Graph.
 * Troubles come as Faults: `throttled` (with scope and time) and `unavailable` leave through the iterators and end the
 * job, to be continued from what was committed; a trouble with one item is yielded for that item and stops nobody else.
 */
export interface Connector {
  readonly workload: Workload;
  readonly description: WorkloadDescription;

  /** Every resource of this workload that exists now, with the reason for those that should exist and do not. */
  discover(signal: AbortSignal): AsyncIterable<Discovery>;

  /**
   * What changed since `cursor`, or everything when there is none. Items may come more than once (the last one counts)
   * and in any order. Metadata only; content is fetched later. Fault `resync` when the cursor is dead.
   */
  changes(resource: ProtectedResource, cursor: Cursor | undefined, context: ReadContext): AsyncIterable<Change>;

  /**
   * Reads the content of `items` (at most `fetchBatch`), any number in flight as the workload allows. Parts of one item
   * are of one version: when it changed meanwhile the connector reads it anew and yields its parts again (the later part
   * of a name replaces the former). Ends every item with exactly one done, vanished, skipped or failed.
   */
  fetch(resource: ProtectedResource, items: readonly ListedItem[], context: ReadContext): AsyncIterable<Fetched>;

  /** Most items that one call of `fetch` takes. */
  readonly fetchBatch: number;

  /**
   * Asks for items by id: where each is now. Undefined = the source does not have it any more (404). An id that the
   * answer lacks is undecided, such as an item which its mailbox cannot open. Used for what a removal or a complete
   * listing left open.
   */
  locate(
    resource: ProtectedResource,
    sourceIds: readonly string[],
    context: ReadContext,
  ): Promise<ReadonlyMap<string, ListedItem | undefined>>;

  /** The giving-back side; absent when Microsoft offers no way. */
  readonly restore: RestoreSide;
}

export interface ReadContext {
  readonly signal: AbortSignal;
  readonly options: PolicyOptions;
  /** `restore` before `incremental` before `first`: who gets the allowance first. */
  readonly priority: 'restore' | 'incremental' | 'first';
}

export type Discovery =
  | { readonly kind: 'found'; readonly resource: DiscoveredResource }
  /** A person without mailbox or OneDrive: `reason` is for the admin; `refused` marks a 403 or 423, which is a failure. */
  | {
      readonly kind: 'absent';
      readonly resource: DiscoveredResource;
      readonly reason: string;
      readonly refused: boolean;
    };

export type Change =
  | { readonly kind: 'changed'; readonly item: ListedItem }
  /** The item left `containerSourceId` (undefined: left the resource): gone or moved, which shows at the end of the round. */
  | { readonly kind: 'removed'; readonly sourceId: string; readonly containerSourceId?: string }
  | { readonly kind: 'skipped'; readonly item: ListedItem; readonly reason: SkipReason }
  /** A container or rule that is not backed up by choice; its items are not enumerated. */
  | { readonly kind: 'outOfScope'; readonly sourceId: string; readonly name: string; readonly reason: string }
  /** The listing of `containerSourceId` (undefined: the whole resource) starts over; what it does not show by the end is asked by id. */
  | { readonly kind: 'restarted'; readonly containerSourceId?: string; readonly reason: string }
  /** Everything yielded before may be committed together with this cursor. */
  | { readonly kind: 'checkpoint'; readonly cursor: Cursor }
  /** Once, last: the source has nothing more to say. */
  | { readonly kind: 'end'; readonly cursor: Cursor };

export type Fetched =
  | {
      readonly kind: 'part';
      readonly sourceId: string;
      readonly name: 'original' | 'exact';
      /** Bytes, when the source said so beforehand. */
      readonly size?: number;
      /** True when `open` can start anywhere: then an item larger than a slice goes on in the next job. */
      readonly resumable: boolean;
      /** Opens the bytes from `from` on. Called once per part unless the engine continues a large item. */
      open(from: number): AsyncIterable<Uint8Array>;
    }
  /** All parts are read and of one version; `item` holds the properties of that version. */
  | { readonly kind: 'done'; readonly item: ListedItem; readonly flags?: readonly string[] }
  | { readonly kind: 'vanished'; readonly sourceId: string }
  | { readonly kind: 'skipped'; readonly sourceId: string; readonly reason: SkipReason }
  | { readonly kind: 'failed'; readonly sourceId: string; readonly fault: Fault };

export interface WorkloadDescription {
  readonly workload: Workload;
  /** `Mail`, `OneDrive files`. */
  readonly label: string;
  /** A Fluent icon name: `Mail`, `Folder`. */
  readonly icon: string;
  readonly itemKinds: readonly {
    readonly kind: string;
    readonly label: string;
    readonly icon: string;
    readonly container: boolean;
  }[];
  readonly permissions: readonly WorkloadPermission[];
  /** What Microsoft gives no way to back up or restore, said plainly. */
  readonly coverageNotes: readonly string[];
  /** What no restore into Microsoft 365 brings back; every plan that holds items of this workload says it. */
  readonly planNotes?: readonly string[];
  /** File type of `format=original`: extension and media type by kind. */
  original(entry: Entry): { readonly extension: string; readonly mediaType: string };
  /**
   * Is this, as `format=original` gives it, what a program of its kind can open? Asked in restore drills, of content that was
   * checked to be what was stored, up to 32 MiB. Values hold no content and no names. Absent where bytes say nothing.
   */
  readonly inspect?: (bytes: Uint8Array) => Promise<readonly InspectedProperty[]>;
}

/** One thing that was looked at inside of an item. */
export interface InspectedProperty {
  readonly property: string;
  readonly isRight: boolean;
  readonly found?: string;
}

export interface WorkloadPermission {
  readonly name: string;
  readonly app: 'backup' | 'restore';
  readonly why: string;
  /** Without it: refuse the workload, or lose what `otherwise` says. */
  readonly otherwise: string;
}

export type Grade =
  | { readonly fidelity: 'exact' }
  | { readonly fidelity: 'approximate'; readonly changes: readonly string[] }
  | { readonly fidelity: 'lost'; readonly reason: string };

/** Giving items back. Never sends mail, never invites, never overwrites unless told. */
export interface RestoreSide {
  /** What will come back, judged before anything is written. Asks the target tenant only what it must (and remembers). */
  grade(target: ProtectedResource, entry: Entry, context: RestoreContext): Promise<Grade>;
  /**
   * The container under which `path` (outermost first) exists, made where missing. A step with a role is found by its
   * role whatever its name in the mailbox's language. Idempotent.
   */
  container(
    target: ProtectedResource,
    path: readonly ContainerStep[],
    context: RestoreContext,
  ): Promise<TargetContainer>;
  /** The same look-up without making anything; undefined when it does not exist yet. */
  findContainer(
    target: ProtectedResource,
    path: readonly ContainerStep[],
    context: RestoreContext,
  ): Promise<TargetContainer | undefined>;
  /**
   * Objects in the container that could be this item: by name for files, by moment, subject, sender and Message-ID for
   * mail. `meta` opens the item's `meta` stream; it is asked only where it decides.
   */
  look(
    target: ProtectedResource,
    container: TargetContainer,
    entry: Entry,
    context: RestoreContext,
    meta: () => Promise<unknown>,
  ): Promise<readonly Existing[]>;
  /** A free name in the container for a kept-both copy, chosen beforehand; undefined where names do not collide (mail). */
  freeName(
    target: ProtectedResource,
    container: TargetContainer,
    entry: Entry,
    context: RestoreContext,
  ): Promise<string | undefined>;
  /**
   * Writes one item. `content` yields verified bytes only and throws before its end when verification fails; nothing may
   * be committed at the target before the stream it needs ended well. May be called again after an unknown outcome only
   * once `find` said it is not there.
   */
  write(
    target: ProtectedResource,
    container: TargetContainer,
    entry: Entry,
    write: WriteOrder,
    context: RestoreContext,
  ): Promise<Written>;
  /** What an earlier attempt with this order left at the target, by its mark, or by name and count; for unknown outcomes and restarts. */
  find(
    target: ProtectedResource,
    container: TargetContainer,
    entry: Entry,
    write: WriteOrder,
    context: RestoreContext,
  ): Promise<Written | undefined>;
  /** After `replace`: moves the former object out of the way (mail: Deleted Items). Files replace in `write`. */
  retire(target: ProtectedResource, existing: Existing, context: RestoreContext): Promise<void>;
  /**
   * Removes what a restore created, only if unchanged since (`tag`). `changed`: it stays as it is. `gone`: there was
   * nothing to remove, be it that somebody else was faster or an earlier call whose answer got lost.
   */
  undo(target: ProtectedResource, written: Written, context: RestoreContext): Promise<'removed' | 'changed' | 'gone'>;
}

export interface RestoreContext {
  readonly signal: AbortSignal;
}

export interface ContainerStep {
  readonly name: string;
  readonly role?: string;
  readonly kind: string;
  /** Opened `meta` stream of the container entry, when there is one. */
  readonly meta?: unknown;
}

export interface TargetContainer {
  readonly sourceId: string;
  readonly path: string;
}

export interface Existing {
  readonly sourceId: string;
  readonly name: string;
  /** Equal content and properties as far as Graph shows. */
  readonly same: boolean;
  readonly modifiedAt?: string;
  readonly tag: string;
}

export interface WriteOrder {
  /** Unique per (request, item): the idempotency mark. */
  readonly mark: string;
  /** Final name, chosen beforehand (files). */
  readonly name?: string;
  readonly conflict: 'keepBoth' | 'replace';
  /** With `replace`: what is replaced, as the plan saw it. */
  readonly existing?: Existing;
  /** How many look-alikes the container held before the first attempt, and which (`sourceId`). */
  readonly lookAlikes: number;
  readonly before?: readonly string[];
  /** Opened `meta` stream. */
  readonly meta: unknown;
  /**
   * Verified bytes of a stream from `from` on; undefined when the entry has no such stream. May be asked for again.
   * Once progress was saved, a job whose time is spent ends in the middle of them, but not in the first `again` bytes:
   * those that are only read to get back to where an earlier job stood.
   */
  content(name: 'original' | 'exact', from?: number, again?: number): AsyncIterable<Uint8Array> | undefined;
  /** Where a large upload stood, from an earlier attempt; the connector hands on whatever it needs (sealed in the journal). */
  readonly progress?: string;
  /** Called whenever a large upload got further. */
  saveProgress(progress: string): Promise<void>;
}

export interface Written {
  readonly sourceId: string;
  /** The target's version tag right after the write; undo compares it. */
  readonly tag: string;
  readonly result: 'restored' | 'changedByService';
  /** What is different from the backup, in words. */
  readonly changes?: readonly string[];
  readonly webUrl?: string;
}

import type { BlobFacts, BlobStore, Container } from '../ports/blobStore.ts';
import { checkBlobName, checkPut, checkRange } from '../ports/blobRules.ts';
import type { Clock } from '../ports/clock.ts';
import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { Instant } from '../model/ids.ts';
import { observers } from './observers.ts';
import { brokeOff, pageTokens, type ListFault } from './pageTokens.ts';
import { SortedMap } from './sortedMap.ts';
import { virtualClock } from './virtualClock.ts';

export interface MemoryBlobStoreOptions {
  /** The storage service's clock. */
  readonly clock?: Clock;
  /** Names per page; default 5,000. */
  readonly pageSize?: number;
  /** Every second page is empty and has a token all the same, as the service may answer. */
  readonly emptyPages?: boolean;
  /** Containers whose blobs may be protected until a date. */
  readonly immutable?: readonly Container[];
}

/** A blob as the store holds it. The bytes are the store's own and must not be changed. */
export interface StoredBlob extends BlobFacts {
  readonly bytes: Uint8Array;
  readonly protectedUntil?: Instant;
}

/** `before` is missing where the blob was made, `after` where it was taken away. */
export interface BlobMutation {
  readonly container: Container;
  readonly name: string;
  readonly before?: StoredBlob | undefined;
  readonly after?: StoredBlob | undefined;
  /** Done by `tamper`, not by a caller of the port. */
  readonly isTampering: boolean;
}

export interface ListedPage {
  readonly container: Container;
  readonly prefix: string;
  /** 1 for the first page. */
  readonly page: number;
}

export interface MemoryBlobStore extends BlobStore {
  /** From now on a write that would make the sum of all blobs larger fails with `storage-full`. */
  limitTo(bytes: number | undefined): void;
  /** From now on blobs for which this is true can be neither replaced nor removed (immutability policy). */
  protect(isProtected: (container: Container, name: string) => boolean): void;
  /** From now on asked for every page of a listing. */
  disturbLists(rule: ((page: ListedPage) => ListFault | undefined) | undefined): void;
  /** The service forgets its place in every listing under way: their page tokens are refused. */
  expireTokens(): void;
  /** Damages a blob behind everybody's back; `undefined` takes it away. */
  tamper(container: Container, name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void;
  /** Told of each change before the caller that made it gets its answer. Must not throw: the caller would see it. */
  onMutation(observer: (mutation: BlobMutation) => void): () => void;
  /** The blobs under `prefix` in order of name, uncopied and uncounted: for a look at the state, not for the engine. */
  stored(container: Container, prefix?: string): Iterable<StoredBlob>;
  /** One blob, uncopied and uncounted. */
  peek(container: Container, name: string): StoredBlob | undefined;
  /**
   * A store of its own that starts with what is here now, costs no copy, and goes its own way from then on. Limits and
   * protection go with it; observers and disturbed lists do not.
   */
  fork(options?: Pick<MemoryBlobStoreOptions, 'clock'>): MemoryBlobStore;
  /** Everything that is stored, in order of container and name. */
  dump(): readonly { readonly container: Container; readonly name: string; readonly bytes: Uint8Array }[];
  /** Writes that changed something so far. */
  readonly writes: number;
  /** The sum of all blobs. */
  readonly usedBytes: number;
}

const allContainers: readonly Container[] = ['derived', 'exports', 'journal', 'repository'];

interface State {
  readonly containers: Record<Container, SortedMap<StoredBlob>>;
  readonly tokens: ReturnType<typeof pageTokens>;
  version: number;
  used: number;
  limit: number | undefined;
  isProtected: (container: Container, name: string) => boolean;
}

/** Blobs in memory, stricter than the service: every rule that Azure has somewhere holds here at once. */
export function memoryBlobStore(options: MemoryBlobStoreOptions = {}): MemoryBlobStore {
  return storeOver(options, {
    containers: forEach(() => new SortedMap()),
    tokens: pageTokens(),
    version: 0,
    used: 0,
    limit: undefined,
    isProtected: () => false,
  });
}

function storeOver(options: MemoryBlobStoreOptions, state: State): MemoryBlobStore {
  const clock = options.clock ?? virtualClock();
  const pageSize = options.pageSize ?? 5000;
  const { containers, tokens } = state;
  const observing = observers<BlobMutation>();
  let disturbed: ((page: ListedPage) => ListFault | undefined) | undefined;

  const put = (container: Container, name: string, after: StoredBlob | undefined, isTampering = false): void => {
    const before = containers[container].get(name);
    state.used += (after?.length ?? 0) - (before?.length ?? 0);
    state.version += 1;
    if (after) containers[container].set(name, after);
    else containers[container].delete(name);
    if (observing.any) observing.tell({ container, name, before, after, isTampering });
  };
  const store = (container: Container, name: string, bytes: Uint8Array): BlobFacts => {
    const growth = bytes.length - (containers[container].get(name)?.length ?? 0);
    if (state.limit !== undefined && state.used + growth > state.limit) {
      throw new Fault('storage-full', `There is no room for blob ${name}`, { origin: 'storage', status: 507 });
    }
    const etag = `"0x${(state.version + 1).toString(16)}"`;
    const facts = { name, length: bytes.length, etag, modifiedAt: instant(clock.now()) };
    // A copy: `slice` of a Buffer is none.
    put(container, name, { ...facts, bytes: new Uint8Array(bytes) });
    return facts;
  };
  const insistOnDates = (container: Container): void => {
    if (options.immutable?.includes(container) !== true)
      throw new Fault('unsupported', `Container ${container} knows no such dates`, { origin: 'storage' });
  };
  const refuseIfProtected = (container: Container, name: string): void => {
    const until = containers[container].get(name)?.protectedUntil;
    if (state.isProtected(container, name) || (until !== undefined && until > instant(clock.now())))
      throw conflict(`Blob ${name} is write-protected`, 'BlobImmutableDueToPolicy');
  };

  return {
    async create(container, name, bytes) {
      checkPut(name, bytes);
      const existing = containers[container].get(name);
      if (!existing) return store(container, name, bytes);
      if (Buffer.compare(existing.bytes, bytes) === 0) return factsOf(existing);
      throw conflict(`Blob ${name} exists with other bytes`, 'BlobAlreadyExists');
    },

    async replace(container, name, bytes, ifMatch) {
      checkPut(name, bytes);
      const existing = containers[container].get(name);
      if (ifMatch !== undefined && existing?.etag !== ifMatch) {
        throw conflict(`Blob ${name} changed since it was read`, 'ConditionNotMet');
      }
      if (existing) refuseIfProtected(container, name);
      return store(container, name, bytes);
    },

    async read(container, name, range, memory) {
      checkBlobName(name);
      const blob = containers[container].get(name);
      if (!blob) throw new Fault('not-found', `Blob ${name} is missing`, { origin: 'storage', code: 'BlobNotFound' });
      if (range) checkRange(range);
      const found = range ? blob.bytes.subarray(range.from, range.from + range.length) : blob.bytes;
      if (memory === undefined || memory.length < found.length) return found.slice();
      memory.set(found);
      return memory.subarray(0, found.length);
    },

    async head(container, name) {
      checkBlobName(name);
      const blob = containers[container].get(name);
      return blob && factsOf(blob);
    },

    async list(container, prefix, pageToken) {
      const { place, isAfterEmptyPage } = tokens.take(pageToken);
      const { page, after } = place === undefined ? { page: 1, after: undefined } : openPlace(place);
      const fault = disturbed?.({ container, prefix, page });
      if (fault === 'fail') throw brokeOff(`the list of blobs ${prefix}`);
      const from = after === undefined ? prefix : `${after}\u0000`;
      const names = containers[container].slice(from, behind(prefix), pageSize + 1);
      const shown = names.slice(0, pageSize);
      const next = (last: string | undefined, isEmpty: boolean): string =>
        tokens.give(JSON.stringify([page + 1, last ?? null]), isEmpty);
      if (fault === 'empty' || (options.emptyPages && !isAfterEmptyPage && names.length > 0)) {
        return { blobs: [], nextPageToken: next(after, true) };
      }
      const blobs = fault === 'hide' ? [] : shown.flatMap((name) => containers[container].get(name) ?? []).map(factsOf);
      if (fault === 'end' || names.length <= shown.length) return { blobs };
      return { blobs, nextPageToken: next(shown.at(-1), false) };
    },

    async remove(container, name) {
      checkBlobName(name);
      if (!containers[container].has(name)) return;
      refuseIfProtected(container, name);
      put(container, name, undefined);
    },

    protection: {
      isOn: async (container) => options.immutable?.includes(container) === true,
      async list(container, prefix, pageToken) {
        insistOnDates(container);
        const from = pageToken === undefined ? prefix : `${pageToken}\u0000`;
        const names = containers[container].slice(from, behind(prefix), pageSize + 1);
        const blobs = names.slice(0, pageSize).map((name) => {
          const until = containers[container].get(name)?.protectedUntil;
          return until === undefined ? { name } : { name, until };
        });
        const last = blobs.at(-1)?.name;
        return names.length > blobs.length && last !== undefined ? { blobs, nextPageToken: last } : { blobs };
      },
      async extend(container, name, until) {
        insistOnDates(container);
        const blob = containers[container].get(name);
        if (!blob) throw new Fault('not-found', `Blob ${name} is missing`, { origin: 'storage', code: 'BlobNotFound' });
        if (until <= instant(clock.now()))
          throw new Fault('invalid', `The date for blob ${name} is over`, {
            origin: 'storage',
            code: 'InvalidHeaderValue',
          });
        if (blob.protectedUntil !== undefined && until < blob.protectedUntil)
          throw conflict(`Blob ${name} is protected for longer already`, 'BlobImmutableDueToPolicy');
        put(container, name, { ...blob, protectedUntil: until });
      },
    },

    limitTo(bytes) {
      state.limit = bytes;
    },
    protect(rule) {
      state.isProtected = rule;
    },
    disturbLists(rule) {
      disturbed = rule;
    },
    expireTokens: () => tokens.expire(),
    tamper(container, name, change) {
      const blob = containers[container].get(name);
      if (!blob) throw new Error(`There is no blob ${name} to tamper with`);
      const bytes = change(blob.bytes.slice());
      put(container, name, bytes && { ...blob, bytes, length: bytes.length }, true);
    },
    onMutation: (observer) => observing.add(observer),
    stored: (container, prefix = '') => under(containers[container], prefix),
    peek: (container, name) => containers[container].get(name),
    fork: (changed = {}) =>
      storeOver(
        { ...options, ...changed },
        { ...state, tokens: tokens.fork(), containers: forEach((container) => containers[container].fork()) },
      ),
    dump: () =>
      allContainers.flatMap((container) =>
        Array.from(containers[container].values(), ({ name, bytes }) => ({ container, name, bytes: bytes.slice() })),
      ),
    get writes() {
      return state.version;
    },
    get usedBytes() {
      return state.used;
    },
  };
}

function* under(blobs: SortedMap<StoredBlob>, prefix: string): Generator<StoredBlob> {
  for (const name of blobs.slice(prefix, behind(prefix), Infinity)) {
    const blob = blobs.get(name);
    if (blob) yield blob;
  }
}

/** Names of blobs are ASCII: none that begins with `prefix` comes after this. */
const behind = (prefix: string): string => `${prefix}\uffff`;

const forEach = <T>(make: (container: Container) => T): Record<Container, T> => ({
  repository: make('repository'),
  journal: make('journal'),
  derived: make('derived'),
  exports: make('exports'),
});

const openPlace = (place: string): { page: number; after: string | undefined } => {
  const [page, after] = JSON.parse(place) as [number, string | null];
  return { page, after: after ?? undefined };
};
const conflict = (message: string, code: string): Fault => new Fault('conflict', message, { origin: 'storage', code });
const factsOf = ({ name, length, etag, modifiedAt }: BlobFacts): BlobFacts => ({ name, length, etag, modifiedAt });

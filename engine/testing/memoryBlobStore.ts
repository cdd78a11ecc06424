import { createHash } from 'node:crypto';
import type { BlobFacts, BlobStore, Container } from '../ports/blobStore.ts';
import { checkBlobName, checkPut, checkRange } from '../ports/blobRules.ts';
import type { Clock } from '../ports/clock.ts';
import { Fault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import { virtualClock } from './virtualClock.ts';

export interface MemoryBlobStoreOptions {
  /** The storage service's clock. */
  readonly clock?: Clock;
  /** Names per page; default 5,000. */
  readonly pageSize?: number;
  /** Every second page is empty and has a token all the same, as the service may answer. */
  readonly emptyPages?: boolean;
}

export interface MemoryBlobStore extends BlobStore {
  /** From now on a write that would make the sum of all blobs larger fails with `storage-full`. */
  limitTo(bytes: number | undefined): void;
  /** From now on blobs for which this is true can be neither replaced nor removed (immutability policy). */
  protect(isProtected: (container: Container, name: string) => boolean): void;
  /** Damages a blob behind everybody's back; `undefined` takes it away. */
  tamper(container: Container, name: string, change: (bytes: Uint8Array) => Uint8Array | undefined): void;
  /** Everything that is stored, in order of container and name. */
  dump(): readonly { readonly container: Container; readonly name: string; readonly bytes: Uint8Array }[];
  /** Writes that changed something so far. */
  readonly writes: number;
}

interface Stored extends BlobFacts {
  readonly bytes: Uint8Array;
}

/** Blobs in memory, stricter than the service: every rule that Azure has somewhere holds here at once. */
export function memoryBlobStore(options: MemoryBlobStoreOptions = {}): MemoryBlobStore {
  const clock = options.clock ?? virtualClock();
  const pageSize = options.pageSize ?? 5000;
  const containers = new Map<Container, Map<string, Stored>>();
  let version = 0;
  let used = 0;
  let limit: number | undefined;
  let isProtected = (_container: Container, _name: string): boolean => false;

  const blobsOf = (container: Container): Map<string, Stored> => {
    const blobs = containers.get(container) ?? new Map<string, Stored>();
    containers.set(container, blobs);
    return blobs;
  };
  const store = (container: Container, name: string, bytes: Uint8Array): BlobFacts => {
    const blobs = blobsOf(container);
    const growth = bytes.length - (blobs.get(name)?.length ?? 0);
    if (limit !== undefined && used + growth > limit) {
      throw new Fault('storage-full', `There is no room for blob ${name}`, { origin: 'storage', status: 507 });
    }
    used += growth;
    version += 1;
    const facts = { name, length: bytes.length, etag: `"0x${version.toString(16)}"`, modifiedAt: instant(clock.now()) };
    // A copy: `slice` of a Buffer is none.
    blobs.set(name, { ...facts, bytes: new Uint8Array(bytes) });
    return facts;
  };
  const refuseIfProtected = (container: Container, name: string): void => {
    if (isProtected(container, name)) throw conflict(`Blob ${name} is write-protected`, 'BlobImmutableDueToPolicy');
  };

  return {
    async create(container, name, bytes) {
      checkPut(name, bytes);
      const existing = blobsOf(container).get(name);
      if (!existing) return store(container, name, bytes);
      if (existing.length === bytes.length && md5(existing.bytes) === md5(bytes)) return factsOf(existing);
      throw conflict(`Blob ${name} exists with other bytes`, 'BlobAlreadyExists');
    },

    async replace(container, name, bytes, ifMatch) {
      checkPut(name, bytes);
      const existing = blobsOf(container).get(name);
      if (ifMatch !== undefined && existing?.etag !== ifMatch) {
        throw conflict(`Blob ${name} changed since it was read`, 'ConditionNotMet');
      }
      if (existing) refuseIfProtected(container, name);
      return store(container, name, bytes);
    },

    async read(container, name, range) {
      checkBlobName(name);
      const blob = blobsOf(container).get(name);
      if (!blob) throw new Fault('not-found', `Blob ${name} is missing`, { origin: 'storage', code: 'BlobNotFound' });
      if (!range) return blob.bytes.slice();
      checkRange(range);
      return blob.bytes.slice(range.from, range.from + range.length);
    },

    async head(container, name) {
      checkBlobName(name);
      const blob = blobsOf(container).get(name);
      return blob && factsOf(blob);
    },

    async list(container, prefix, pageToken) {
      const [empty, after] = openToken(pageToken);
      const all = [...blobsOf(container).values()]
        .filter((blob) => blob.name.startsWith(prefix) && (after === undefined || blob.name > after))
        .toSorted((a, b) => (a.name < b.name ? -1 : 1));
      if (options.emptyPages && !empty && all.length > 0) {
        return { blobs: [], nextPageToken: JSON.stringify([true, after ?? null]) };
      }
      const blobs = all.slice(0, pageSize).map(factsOf);
      const last = blobs.at(-1);
      if (!last || all.length <= blobs.length) return { blobs };
      return { blobs, nextPageToken: JSON.stringify([false, last.name]) };
    },

    async remove(container, name) {
      checkBlobName(name);
      const blob = blobsOf(container).get(name);
      if (!blob) return;
      refuseIfProtected(container, name);
      used -= blob.length;
      version += 1;
      blobsOf(container).delete(name);
    },

    limitTo(bytes) {
      limit = bytes;
    },
    protect(rule) {
      isProtected = rule;
    },
    tamper(container, name, change) {
      const blob = blobsOf(container).get(name);
      if (!blob) throw new Error(`There is no blob ${name} to tamper with`);
      const bytes = change(blob.bytes.slice());
      if (bytes) blobsOf(container).set(name, { ...blob, bytes, length: bytes.length });
      else blobsOf(container).delete(name);
    },
    dump: () =>
      [...containers]
        .flatMap(([container, blobs]) =>
          [...blobs.values()].map(({ name, bytes }) => ({ container, name, bytes: bytes.slice() })),
        )
        .toSorted((a, b) => (`${a.container}/${a.name}` < `${b.container}/${b.name}` ? -1 : 1)),
    get writes() {
      return version;
    },
  };
}

const md5 = (bytes: Uint8Array): string => createHash('md5').update(bytes).digest('hex');
const conflict = (message: string, code: string): Fault => new Fault('conflict', message, { origin: 'storage', code });
const factsOf = ({ name, length, etag, modifiedAt }: BlobFacts): BlobFacts => ({ name, length, etag, modifiedAt });

function openToken(token: string | undefined): [empty: boolean, after: string | undefined] {
  if (token === undefined) return [false, undefined];
  const [empty, after] = JSON.parse(token) as [boolean, string | null];
  return [empty, after ?? undefined];
}

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterPoint, newRound } from '../../engine/backup/roundState.ts';
import { Fault } from '../../engine/fault.ts';
import { instant } from '../../engine/model/ids.ts';
import type { PackId, PointId, ResourceId, RunId, SliceId } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import type { BlobFacts, BlobStore, Container } from '../../engine/ports/blobStore.ts';
import type { Clock } from '../../engine/ports/clock.ts';
import type { StoredRow, TableStore } from '../../engine/ports/tableStore.ts';
import { packName } from '../../engine/repository/core.ts';
import { encodeEntries } from '../../engine/repository/entryCodec.ts';
import type { KeyRing } from '../../engine/repository/keyRing.ts';
import type { Slice } from '../../engine/repository/repository.ts';
import { letGoRow } from '../../engine/repository/letGo.ts';
import { hashOfLists, rootName } from '../../engine/repository/root.ts';
import type { NeededPack, Root } from '../../engine/repository/root.ts';
import { sealedColumns } from '../../engine/repository/sealedColumns.ts';
import { sealJson } from '../../engine/repository/sealedJson.ts';
import { sliceName } from '../../engine/repository/slices.ts';
import { memoryBlobStore } from '../../engine/testing/memoryBlobStore.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';

const dayMs = 24 * 3_600_000;
/** As Azure lists at once. */
const pageSize = 5_000;
const packBytes = 4 * 1024 * 1024;
const runId = '0'.repeat(32) as RunId;

export interface History {
  readonly resources: number;
  readonly packsEach: number;
  /** Points that are shown: those of the last days. */
  readonly pointsEach: number;
  /** Slices that carry the ledgers of the last days. */
  readonly slicesEach: number;
}

export interface HistoryStore {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  /** How often storage was asked what since they were cleared. */
  readonly calls: Map<string, number>;
  /** Milliseconds that went into making storage up: no storage account takes them from the process that sweeps. */
  madeUpMs: number;
  /** The history is there from now on; before, storage holds only what was written. */
  begin(ring: KeyRing): void;
  idOf(resource: number): ResourceId;
}

const hex = (number: number, digits: number): string => number.toString(16).padStart(digits, '0');
/** In one piece, as text comes from the network: joined text takes more memory. */
const flat = (text: string): string => Buffer.from(text, 'latin1').toString('latin1');
/** Ids begin with any digits, as random ones do. */
const spread = (number: number): string => hex(Math.imul(number + 1, 0x9e3779b1) >>> 0, 8);
const idOf = (resource: number): ResourceId => `${spread(resource)}${hex(resource, 24)}` as ResourceId;
/** The `n`th pack, point or slice of a resource. */
const nth = (resource: number, n: number): string => spread(resource * 0x10001 + n) + hex(resource, 8) + hex(n, 16);
const numberOf = (resource: string): number => Number.parseInt(resource.slice(8), 16);
const indexOf = (id: string): number => Number.parseInt(id.slice(16), 16);

/**
 * Storage of a tenant after many days, made up at the moment of asking, so that it takes no memory of the process that is
 * measured. Each day brings every resource a slice and a point and lets its oldest point go; what the sweep removes is gone.
 * What is written lies in files under `folder` where it is large, else in memory.
 */
export function historyStore(history: History, clock: Clock, folder: string): HistoryStore {
  const { resources, packsEach, pointsEach, slicesEach } = history;
  const memory = { blobs: memoryBlobStore({ clock }), tables: memoryTableStore() };
  const random = seededRandom('history');
  const removed = new Set<string>();
  const inOrder = Array.from({ length: resources }, (_, n) => n).toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1));
  const beganAt = clock.now();
  const days = Math.max(pointsEach, slicesEach);
  let ring: KeyRing | undefined;

  /** Days are numbered from the first one that storage still knows of. */
  const newestDay = (): number => days + Math.floor((clock.now() - beganAt) / dayMs);
  const momentOf = (day: number): number => beganAt + (day - days) * dayMs - 3_600_000;
  const count = (name: string): void => void store.calls.set(name, (store.calls.get(name) ?? 0) + 1);
  const facts = (name: string, at: number): BlobFacts => ({
    name: flat(name),
    length: packBytes,
    etag: flat(`"0x8DD${name.slice(-12)}"`),
    modifiedAt: flat(instant(at)) as BlobFacts['modifiedAt'],
  });

  /** How many blobs each resource has under a prefix, and the `n`th of one. */
  const listed: Readonly<Record<string, { each(): number; at(resource: number, n: number): BlobFacts }>> = {
    'packs/': {
      each: () => packsEach,
      at: (resource, n) => facts(packName(nth(resource, n) as PackId), momentOf(1)),
    },
    'points/': {
      each: () => newestDay() - days + pointsEach,
      at: (resource, n) => {
        const day = days - pointsEach + 1 + n;
        return facts(rootName(idOf(resource), nth(resource, day) as PointId), momentOf(day));
      },
    },
    'slices/': {
      each: () => newestDay() - days + slicesEach,
      at: (resource, n) => {
        const day = days - slicesEach + 1 + n;
        return facts(sliceName(idOf(resource), nth(resource, day) as SliceId), momentOf(day));
      },
    },
  };

  function rootOf(resource: number, day: number): Root {
    const at = instant(momentOf(day));
    const packs = Array.from({ length: packsEach }, (_, n): NeededPack => ({
      pack: nth(resource, n) as PackId,
      kind: n % 10 === 0 ? 'meta' : 'content',
      length: packBytes,
      bytes: 4_000_000,
    }));
    const lists = { missing: [], packs, containers: [], items: [] };
    return {
      id: nth(resource, day) as PointId,
      resourceId: idOf(resource),
      fence: day,
      runId,
      window: { from: at, to: at },
      takenAt: at,
      status: 'complete',
      counts: { items: 0, containers: 0, missing: 0 },
      bytes: 0,
      runCounts: noCounts,
      ...lists,
      hash: hashOfLists(lists),
    };
  }

  function sliceOf(resource: number, day: number): Slice {
    const at = instant(momentOf(day));
    return {
      id: nth(resource, day) as SliceId,
      resourceId: idOf(resource),
      runId,
      fence: day,
      step: day,
      predecessor: nth(resource, day - 1) as SliceId,
      committedAt: at,
      entries: [],
      removals: [],
      ledger: [],
      pending: [],
      packs: [],
      state: afterPoint(newRound(runId, at, undefined, undefined, false), nth(resource, day) as PointId, at),
    };
  }

  function madeUp(container: Container, name: string): Uint8Array | undefined {
    const [kind, resource = '', id = ''] = name.split('/');
    if (ring === undefined || removed.has(name)) return undefined;
    const began = performance.now();
    try {
      if (container === 'repository' && kind === 'points')
        return sealJson(ring, random, 'root', name, rootOf(numberOf(resource), indexOf(id)));
      if (container !== 'journal' || kind !== 'slices') return undefined;
      const stored = { ...sliceOf(numberOf(resource), indexOf(id)), entries: encodeEntries([]) };
      return sealJson(ring, random, 'slice', name, stored);
    } finally {
      store.madeUpMs += performance.now() - began;
    }
  }

  const isOnDisk = (container: Container, name: string): boolean =>
    container === 'derived' && name.startsWith('sweep/');
  const fileOf = (name: string): string => path.join(folder, name.replaceAll('/', '-'));

  const blobs: BlobStore = {
    ...memory.blobs,
    async list(container, prefix, pageToken) {
      count('lists');
      const base = Object.keys(listed).find((name) => prefix.startsWith(name)) ?? prefix;
      const all = listed[base];
      if (all === undefined || ring === undefined) return memory.blobs.list(container, prefix, pageToken);
      const began = performance.now();
      const from = Number(pageToken ?? 0);
      const each = all.each();
      const meant = inOrder.filter((resource) => idOf(resource).startsWith(prefix.slice(base.length)));
      const to = Math.min(meant.length * each, from + pageSize);
      const page: BlobFacts[] = [];
      for (let n = from; n < to; n++) {
        const blob = all.at(meant[Math.floor(n / each)] ?? 0, n % each);
        if (!removed.has(blob.name)) page.push(blob);
      }
      store.madeUpMs += performance.now() - began;
      return to < meant.length * each ? { blobs: page, nextPageToken: String(to) } : { blobs: page };
    },
    async read(container, name, range, into) {
      count('reads');
      if (!isOnDisk(container, name)) return madeUp(container, name) ?? memory.blobs.read(container, name, range, into);
      try {
        return readFileSync(fileOf(name));
      } catch (cause) {
        throw new Fault('not-found', `Blob ${name} is missing`, { origin: 'storage', cause });
      }
    },
    async head(container, name) {
      count('heads');
      return memory.blobs.head(container, name);
    },
    async create(container, name, bytes) {
      count('writes');
      return memory.blobs.create(container, name, bytes);
    },
    async replace(container, name, bytes, ifMatch) {
      count('writes');
      if (!isOnDisk(container, name)) return memory.blobs.replace(container, name, bytes, ifMatch);
      mkdirSync(folder, { recursive: true });
      writeFileSync(fileOf(name), bytes);
      return { name, length: bytes.length, etag: '"1"', modifiedAt: instant(clock.now()) };
    },
    async remove(container, name) {
      count('removals');
      removed.add(name);
      return memory.blobs.remove(container, name);
    },
  };

  const tables: TableStore = {
    ...memory.tables,
    async query(table, partition, range) {
      count('queries');
      if (table !== 'resources' || ring === undefined || !/^[0-9a-f]{32}$/.test(partition))
        return memory.tables.query(table, partition, range);
      const resource = numberOf(partition);
      const row = (key: string, columns: StoredRow['columns']): StoredRow => ({ partition, key, columns, etag: '"1"' });
      const newest = nth(resource, newestDay());
      if (range?.from?.startsWith('letGo/') === true) {
        const columns = sealedColumns(ring, random);
        const signOf = (day: number): StoredRow => {
          const sign = letGoRow(columns, idOf(resource), { id: nth(resource, day) as PointId });
          return { ...sign, etag: '"1"' };
        };
        const oldest = days - pointsEach + 1;
        return { rows: Array.from({ length: newestDay() - days }, (_, n) => signOf(oldest + n)) };
      }
      if (range?.from?.startsWith('point/') !== true)
        return {
          rows: [row('head', { fence: newestDay(), step: 1, headSlice: newest, newestPoint: newest, mark: '' })],
        };
      const points = Array.from({ length: pointsEach }, (_, n) => nth(resource, newestDay() - n));
      return { rows: points.map((point, n) => row(`point/${String(n).padStart(13, '0')}/${point}`, { point })) };
    },
    async transact(table, partition, changes) {
      count('transactions');
      return memory.tables.transact(table, partition, changes);
    },
  };

  const store: HistoryStore = {
    blobs,
    tables,
    calls: new Map(),
    madeUpMs: 0,
    begin: (opened) => void (ring = opened),
    idOf,
  };
  return store;
}

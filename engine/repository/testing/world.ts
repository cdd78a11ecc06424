import type { Instant, ItemId, PointId, ResourceId, RunId, SliceId } from '../../model/ids.ts';
import { instant } from '../../model/ids.ts';
import type { Entry } from '../../model/item.ts';
import { noCounts } from '../../model/ledger.ts';
import type { RestorePoint } from '../../model/point.ts';
import type { StoredStream } from '../../model/stream.ts';
import type { BlobStore } from '../../ports/blobStore.ts';
import type { KeyWrapper } from '../../ports/keyWrapper.ts';
import type { TableStore } from '../../ports/tableStore.ts';
import { memoryBlobStore } from '../../testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../testing/memoryKeyWrapper.ts';
import { memoryTableStore } from '../../testing/memoryTableStore.ts';
import { seededRandom } from '../../testing/seededRandom.ts';
import { virtualClock } from '../../testing/virtualClock.ts';
import type { VirtualClock } from '../../testing/virtualClock.ts';
import { memoryBudget } from '../memoryBudget.ts';
import { newId } from '../newId.ts';
import { createRepository } from '../openRepository.ts';
import type { OpenRepository } from '../openRepository.ts';
import type { Head, PackRef, PointDraft, PointReader, Slice } from '../repository.ts';

/** Storage that outlives processes, and a way to start a process on it. */
export interface World {
  readonly blobs: ReturnType<typeof memoryBlobStore>;
  readonly tables: ReturnType<typeof memoryTableStore>;
  readonly random: ReturnType<typeof seededRandom>;
  readonly clock: VirtualClock;
  /** Opens (or makes) the repository, through other ports or with another outer key where given. */
  readonly open: (through?: {
    readonly blobs?: BlobStore;
    readonly tables?: TableStore;
    readonly vault?: KeyWrapper;
  }) => Promise<OpenRepository>;
  /** A world of its own that starts with what is stored here now. */
  readonly fork: () => World;
}

export const tenant = 'contoso.onmicrosoft.com';
export const vault = memoryKeyWrapper('vault');
export const resource = 'ab'.repeat(16) as ResourceId;
export const run = 'run-1' as RunId;

export function world(seed = 'world', recovery?: KeyWrapper, outer: KeyWrapper = vault): World {
  return worldOn(memoryBlobStore({ emptyPages: true }), memoryTableStore({ emptyPages: true }), seed, recovery, outer);
}

function worldOn(
  blobs: World['blobs'],
  tables: World['tables'],
  seed: string,
  recovery: KeyWrapper | undefined,
  outer: KeyWrapper,
): World {
  const random = seededRandom(seed);
  const clock = virtualClock();
  const open: World['open'] = ({ vault: key = outer, ...through } = {}) =>
    createRepository(
      // A budget of its own: a killed process never gives memory back.
      { blobs, tables, random, clock, budget: memoryBudget(96 * 1024 * 1024), ...through },
      { vault: key, ...(recovery !== undefined && { recovery }) },
      tenant,
    );
  return {
    blobs,
    tables,
    random,
    clock,
    open,
    fork: () => worldOn(blobs.fork(), tables.fork(), `${seed} forked`, recovery, outer),
  };
}

/** The minute `n` of the test's day. */
export const minute = (n: number): Instant => instant(Date.parse('2026-03-01T00:00:00Z') + n * 60_000);

export async function* inPieces(bytes: Uint8Array, size = 60_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

/** Incompressible bytes that depend on the seed alone; quick enough for tens of megabytes. */
export function noise(size: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(size / 4));
  let state = (seed * 2_654_435_761) >>> 0 || 1;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, size);
}

/** 32 hex, the same for the same text. */
export const idFor = (text: string): ItemId => Buffer.from(seededRandom(text).bytes(16)).toString('hex') as ItemId;

export function entry(name: string, more: Partial<Entry> = {}): Entry {
  return {
    id: idFor(name),
    sourceId: `source-${name}`,
    name,
    kind: 'message',
    container: false,
    size: 1,
    receivedAt: '2026-01-01T00:00:00.000Z',
    versionTag: '1',
    streams: [],
    ...more,
  };
}
export const folderEntry = (name: string, more: Partial<Entry> = {}): Entry =>
  entry(name, { kind: 'mailFolder', container: true, size: 0, ...more });

export const storedEntry = (name: string, stream: StoredStream, more: Partial<Entry> = {}): Entry =>
  entry(name, { size: stream.size, sha256: stream.sha256, streams: [stream], ...more });

export const aliveNobody = { aliveMs: 120_000, isDead: () => true };

export async function take(repository: OpenRepository, holder = 'job', at = minute(0)): Promise<Head> {
  const head = await repository.points.takeFence(resource, { holder, run, now: at, ...aliveNobody });
  if (head === undefined) throw new Error('The fence was not given');
  return head;
}

export function sliceOf(head: Head, random: World['random'], content: Partial<Slice>): Slice {
  return {
    id: newId(random) as SliceId,
    resourceId: head.resourceId,
    runId: run,
    fence: head.fence,
    step: head.step + 1,
    ...(head.headSlice !== undefined && { predecessor: head.headSlice }),
    committedAt: minute(0),
    entries: [],
    removals: [],
    ledger: [],
    pending: [],
    packs: [],
    state: {},
    ...content,
  };
}

/** Puts a slice and lets the head name it. */
export async function commitSlice(
  repository: OpenRepository,
  random: World['random'],
  head: Head,
  entries: readonly Entry[],
  packs: readonly PackRef[] = [],
  removals: readonly ItemId[] = [],
): Promise<{ readonly head: Head; readonly slice: Slice }> {
  const slice = sliceOf(head, random, { entries, packs, removals });
  await repository.putSlice(slice);
  return { slice, head: await repository.points.commit(head, { headSlice: slice.id, step: slice.step }) };
}

export const draftOf = (
  random: World['random'],
  slices: readonly Slice[],
  at: number,
  more: Partial<PointDraft> = {},
): PointDraft => ({
  id: newId(random) as PointId,
  runId: run,
  window: { from: minute(at - 1), to: minute(at) },
  slices: slices.map((slice) => slice.id),
  removals: [],
  status: 'complete',
  missing: [],
  counts: noCounts,
  ...more,
});

/** One round: a slice with these entries and removals, and the point over it. */
export async function publishRound(
  repository: OpenRepository,
  random: World['random'],
  head: Head,
  at: number,
  entries: readonly Entry[],
  removals: readonly ItemId[] = [],
  packs: readonly PackRef[] = [],
): Promise<{ readonly head: Head; readonly point: RestorePoint }> {
  const committed = await commitSlice(repository, random, head, entries, packs, removals);
  return repository.points.publish(committed.head, draftOf(random, [committed.slice], at));
}

export const names = (entries: readonly Entry[]): string[] => entries.map(({ name }) => name);
export const everyEntry = (reader: PointReader): Promise<Entry[]> => Array.fromAsync(reader.entries());
export const newest = async (repository: OpenRepository): Promise<PointReader> =>
  repository.points.open(resource, (await repository.points.find(resource, 'latest')).id);
/** Second `n` of the year. */
export const received = (n: number): string => instant(Date.parse('2026-01-01T00:00:00Z') + n * 1000);

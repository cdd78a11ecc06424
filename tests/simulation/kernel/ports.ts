import { Fault, isFault } from '../../../engine/fault.ts';
import type { BlobPage, BlobStore } from '../../../engine/ports/blobStore.ts';
import type { Clock } from '../../../engine/ports/clock.ts';
import type { KeyWrapper } from '../../../engine/ports/keyWrapper.ts';
import type { Queue } from '../../../engine/ports/queue.ts';
import type { RowChange, TableStore } from '../../../engine/ports/tableStore.ts';
import { listedPrefixes } from '../../../engine/sweep/state.ts';
import type { Boundary, Shown } from './boundary.ts';
import type { CallKind } from './faults.ts';
import { never, type SimProcess } from './process.ts';
import type { SimTime } from './time.ts';

/** The ports of one process, over stores that outlive it. Every call is counted and can be disturbed. */
export interface Outside {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  readonly queue: Queue;
  readonly key: KeyWrapper;
}

export function portsOf(process: SimProcess, boundary: Boundary, outside: Outside, again?: TryAgain): Outside {
  const call = <T>(
    name: string,
    kind: CallKind,
    about: string,
    act: () => Promise<T>,
    damage?: (answer: T) => T,
  ): Promise<T> => patiently(again, kind !== 'write', () => once(name, kind, about, act, damage));
  const repeatable = <T>(name: string, about: string, act: () => Promise<T>): Promise<T> =>
    patiently(again, true, () => once(name, 'write', about, act));
  const once = <T>(
    name: string,
    kind: CallKind,
    about: string,
    act: () => Promise<T>,
    damage?: (answer: T) => T,
  ): Promise<T> =>
    boundary.pass(process, {
      name,
      kind,
      about,
      act: (shown) => (shown === undefined ? act() : disturbed(name, kind, act, shown, damage)),
    });
  const { blobs, tables, queue, key } = outside;
  const named = (container: string, name: string): string => `${container}/${name}`;
  return {
    blobs: {
      create: (c, name, bytes) => repeatable('blobs.create', named(c, name), () => blobs.create(c, name, bytes)),
      replace: (c, name, bytes, ifMatch) =>
        call('blobs.replace', 'write', named(c, name), () => blobs.replace(c, name, bytes, ifMatch)),
      read: (c, name, range, memory) =>
        call('blobs.read', 'bytes', named(c, name), () => blobs.read(c, name, range, memory), oneBitOff),
      head: (c, name) => call('blobs.head', 'read', named(c, name), () => blobs.head(c, name)),
      list: (c, prefix, token) =>
        // Who removes things acts on these lists; the others are short, and nobody takes what is not in them for gone.
        call(
          'blobs.list',
          swept.has(prefix) ? 'list' : 'read',
          named(c, prefix),
          () => blobs.list(c, prefix, token),
          cutShort,
        ),
      remove: (c, name) => repeatable('blobs.remove', named(c, name), () => blobs.remove(c, name)),
    },
    tables: {
      get: (table, partition, rowKey) =>
        call('tables.get', 'read', `${table}/${partition}/${rowKey}`, () => tables.get(table, partition, rowKey)),
      query: (table, partition, range) =>
        call('tables.query', 'read', `${table}/${partition}/${range?.from ?? ''}`, () =>
          tables.query(table, partition, range),
        ),
      texts: (table, column, token) =>
        call('tables.texts', 'read', `${table}/*/${column}`, () => tables.texts(table, column, token)),
      change: (table, partition, change) =>
        call('tables.change', 'write', `${table}/${partition}/${changed(change)}`, () =>
          tables.change(table, partition, change),
        ),
      transact: (table, partition, changes) =>
        call('tables.transact', 'write', `${table}/${partition}/${changes.map(changed).join(',')}`, () =>
          tables.transact(table, partition, changes),
        ),
    },
    queue: {
      send: (name, message, delaySeconds) =>
        repeatable('queue.send', `${name} ${JSON.stringify(message)} ${delaySeconds ?? 0}`, () =>
          queue.send(name, message, delaySeconds),
        ),
    },
    key: {
      kind: key.kind,
      keyId: key.keyId,
      wrap: (plain) => call('keys.wrap', 'key', key.keyId, () => key.wrap(plain)),
      unwrap: (wrapped) => call('keys.unwrap', 'key', key.keyId, () => key.unwrap(wrapped)),
    },
  };
}

/** What the adapters of Azure do before they report trouble: a few more tries, where that can do no harm. */
export interface TryAgain {
  readonly tries: number;
  readonly pauseMs: number;
  readonly clock: Clock;
}

/** A write whose repetition could take its own first try for another writer's is repeated only when nothing happened. */
async function patiently<T>(again: TryAgain | undefined, isRepeatable: boolean, act: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await act();
    } catch (error) {
      if (again === undefined || tries >= again.tries || !isFault(error, 'unavailable')) throw error;
      if (!isRepeatable && error.outcomeUnknown) throw error;
      await again.clock.sleep(again.pauseMs * 2 ** (tries - 1));
    }
  }
}

/** The clock of a process: the simulated time, for as long as it lives. */
export const clockOf = (process: SimProcess, time: SimTime): Clock => ({
  now: () => time.now,
  sleep: (ms, signal) => {
    if (process.isDead) return never();
    if (signal?.aborted === true) return Promise.reject(cancelled());
    return new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        signal?.removeEventListener('abort', stop);
        if (process.isPaused) void process.awake().then(() => !process.isDead && resolve());
        else if (!process.isDead) resolve();
      };
      const callOff = time.after(ms, wake);
      const stop = (): void => {
        callOff();
        reject(cancelled());
      };
      signal?.addEventListener('abort', stop, { once: true });
    });
  },
});

const cancelled = (): Fault => new Fault('cancelled', 'The wait was cancelled');

async function disturbed<T>(
  name: string,
  kind: CallKind,
  act: () => Promise<T>,
  { fault, ms }: Shown,
  damage: ((answer: T) => T) | undefined,
): Promise<T> {
  const origin = kind === 'key' ? 'keys' : 'storage';
  if (fault === 'refuse')
    throw new Fault('unavailable', `${name} is busy`, { origin, status: 503, code: 'ServerBusy' });
  if (fault === 'throttle')
    throw new Fault('unavailable', `${name} asks to wait`, {
      origin,
      status: 503,
      code: 'ServerBusy',
      retryAfterMs: ms,
    });
  const lost = () =>
    new Fault('unavailable', `No answer to ${name}`, { origin, outcomeUnknown: true, code: 'ECONNRESET' });
  if (fault === 'fail-before') throw lost();
  const answer = await act();
  if (fault === 'fail-after') throw lost();
  return (fault === 'corrupt' || fault === 'cut-list') && damage !== undefined ? damage(answer) : answer;
}

const swept: ReadonlySet<string> = new Set(listedPrefixes);

const cutShort = ({ blobs }: BlobPage): BlobPage => ({ blobs: blobs.slice(0, 1) });

/** On its way, not in storage. */
function oneBitOff(bytes: Uint8Array): Uint8Array {
  const middle = bytes.length >> 1;
  if (bytes.length > 0) bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  return bytes;
}

const changed = (change: RowChange): string =>
  `${change.kind}:${change.kind === 'remove' ? change.key : change.row.key}`;

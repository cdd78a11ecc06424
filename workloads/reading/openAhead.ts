import { isFault } from '../../engine/fault.ts';
import type { Download } from '../../graph/index.ts';

/** An item's bytes, ready to be read once. */
export interface Opened {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Known when it was small enough to be read ahead, or when the service said so. */
  readonly length?: number;
  /** Closes its connection when nobody is going to read it. */
  discard(): Promise<void>;
}

/** Opens the content of item `index`. */
export type Open = (index: number, signal: AbortSignal) => Promise<Download>;

/** Up to here an item is read ahead whole; a larger one waits on its connection until it is its turn. */
const WHOLE_BYTES = 1024 * 1024;
/** A small item that breaks off on the way is asked for again. */
const TRIES = 3;

/** Opens items in order, some ahead of the one that is taken. */
export interface Ahead {
  /** The body of item `index`; rejects with its Fault. Called once per index, in ascending order. */
  take(index: number): Promise<Opened>;
  /** Breaks off what nobody will read any more. */
  close(): Promise<void>;
}

/** `ahead`: how many are asked for at once; the scope's lane decides how many of them are in flight. */
export function openAhead(
  open: Open,
  options: { readonly count: number; readonly ahead: number; readonly signal: AbortSignal },
): Ahead {
  const leftovers = new AbortController();
  const signal = AbortSignal.any([options.signal, leftovers.signal]);
  const started = new Map<number, Promise<Opened>>();

  const start = (index: number) => {
    if (index >= options.count || started.has(index)) return;
    const opened = openOne(() => open(index, signal));
    // Its trouble is met when it is taken.
    opened.catch(() => undefined);
    started.set(index, opened);
  };

  return {
    take(index) {
      for (let next = index; next < index + options.ahead; next++) start(next);
      const opened = started.get(index);
      started.delete(index);
      if (opened === undefined) throw new RangeError(`There is no item ${index}`);
      return opened;
    },
    async close() {
      const left = [...started.values()];
      started.clear();
      if (left.length > 0) leftovers.abort();
      for (const outcome of await Promise.allSettled(left))
        if (outcome.status === 'fulfilled') await outcome.value.discard();
    },
  };
}

async function openOne(open: () => Promise<Download>): Promise<Opened> {
  for (let tries = 1; ; tries++) {
    const { bytes, length } = await open();
    const body = bytes[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    let read = 0;
    const discard = async () => void (await body.return?.());
    try {
      for (;;) {
        const next = await body.next();
        if (next.done === true) return { bytes: chunks(head), length: read, discard };
        head.push(next.value);
        read += next.value.length;
        if (read > WHOLE_BYTES)
          return { bytes: resumed(head, body), discard, ...(length === undefined ? {} : { length }) };
      }
    } catch (error) {
      if (!isFault(error, 'unavailable') || tries === TRIES) throw error;
    }
  }
}

async function* chunks(parts: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* parts;
}

async function* resumed(head: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* head;
    for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

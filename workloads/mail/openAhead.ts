import type { CallOptions, Graph } from '../../graph/index.ts';
import { isFault } from '../../engine/fault.ts';

/** A message's bytes, ready to be read once. */
export interface Opened {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Known when it was small enough to be read ahead, or when Graph said so. */
  readonly length?: number;
}

/** So many are asked for ahead of the one that is read; the mailbox's lane lets four of them be in flight. */
const AHEAD = 6;
/** Up to here a message is read ahead whole; a larger one waits on its connection until it is its turn. */
const WHOLE_BYTES = 1024 * 1024;
/** A small message that breaks off on the way is asked for again. */
const TRIES = 3;

/** Opens `paths` in order, some ahead of the one that is taken. */
export interface Ahead {
  /** The body at `paths[index]`; rejects with its Fault. Called once per index, in ascending order. */
  take(index: number): Promise<Opened>;
  /** Breaks off what nobody will read any more. */
  close(): Promise<void>;
}

export function openAhead(graph: Graph, paths: readonly string[], options: CallOptions): Ahead {
  const leftovers = new AbortController();
  const signal = AbortSignal.any([options.signal, leftovers.signal]);
  const started = new Map<number, Promise<Opened>>();

  const start = (index: number) => {
    const path = paths[index];
    if (path === undefined || started.has(index)) return;
    const opened = openOne(graph, path, { ...options, signal });
    // Its trouble is met when it is taken.
    opened.catch(() => undefined);
    started.set(index, opened);
  };

  return {
    take(index) {
      for (let next = index; next < index + AHEAD; next++) start(next);
      const opened = started.get(index);
      started.delete(index);
      if (opened === undefined) throw new RangeError(`There is no message ${index}`);
      return opened;
    },
    async close() {
      if (started.size > 0) leftovers.abort();
      await Promise.allSettled(started.values());
    },
  };
}

async function openOne(graph: Graph, path: string, options: CallOptions): Promise<Opened> {
  for (let tries = 1; ; tries++) {
    const { bytes, length } = await graph.read(path, options);
    const body = bytes[Symbol.asyncIterator]();
    const head: Uint8Array[] = [];
    let read = 0;
    try {
      for (;;) {
        const next = await body.next();
        if (next.done === true) return { bytes: chunks(head), length: read };
        head.push(next.value);
        read += next.value.length;
        if (read > WHOLE_BYTES) return { bytes: resumed(head, body), ...(length === undefined ? {} : { length }) };
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

import { Fault, isFault } from '../fault.ts';
import type { Fetched } from '../connector.ts';
import type { Entry, ListedItem } from '../model/item.ts';
import type { StoredStream } from '../model/stream.ts';
import { entryOf } from './entries.ts';
import type { Job } from './job.ts';
import type { ItemId } from '../model/ids.ts';

export type Part = Extract<Fetched, { kind: 'part' }>;

/** The source broke off while its bytes were read; `cause` says why. Tells its troubles apart from those of storage. */
export class ReadFailed extends Error {
  constructor(cause: unknown) {
    super('The source could not be read to its end', { cause });
    this.name = 'ReadFailed';
  }
}

/** What `source` yields; its own errors arrive as `ReadFailed`, those of whoever takes it stay what they are. */
export async function* fromSource<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const steps = source[Symbol.asyncIterator]();
  let ended = false;
  try {
    for (;;) {
      const step = await steps.next().catch((error: unknown) => {
        ended = true;
        throw new ReadFailed(error);
      });
      ended = step.done === true;
      if (step.done === true) return;
      yield step.value;
    }
  } finally {
    if (!ended) await steps.return?.();
  }
}

/** The bytes of `source` with a heartbeat in between. */
export async function* readSource(
  job: Job,
  source: AsyncIterable<Uint8Array>,
  read: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of fromSource(source)) {
    read(bytes.byteLength);
    yield bytes;
    await job.beat();
  }
}

/** Reads a part to its end and stores it. Answers the fault when it is the item's own; throws what concerns the whole job. */
export async function storePart(
  job: Job,
  item: ListedItem,
  part: Part,
  read: (bytes: number) => void,
): Promise<StoredStream | Fault> {
  try {
    const kind = contentKind(job, item, part.name);
    const stream = await job.writer.store(part.name, kind, readSource(job, part.open(0), read));
    return wrongLength(part, stream) ?? stream;
  } catch (error) {
    return itemFault(job, error);
  }
}

/** The parts of an item that are stored, and what is wrong with one that is not. */
export function outcomeOf(parts: ReadonlyMap<string, StoredStream | Fault>): {
  readonly good: readonly StoredStream[];
  readonly fault: Fault | undefined;
} {
  const good: StoredStream[] = [];
  let fault: Fault | undefined;
  for (const part of parts.values()) {
    if (part instanceof Fault) fault ??= part;
    else good.push(part);
  }
  return { good, fault };
}

/** A body that ends too early looks like a whole one to everybody who does not count. */
export const wrongLength = (part: Part, stream: StoredStream): Fault | undefined =>
  part.size === undefined || part.size === stream.size
    ? undefined
    : new Fault('source-corrupt', `Microsoft 365 announced ${part.size} bytes and gave ${stream.size}`, {
        origin: 'graph',
      });

/** The trouble of one item, which stops nobody else. Whatever concerns the job as a whole is thrown on. */
export function itemFault(job: Job, error: unknown): Fault {
  if (!(error instanceof ReadFailed)) throw error;
  const { cause } = error;
  if (!isFault(cause)) return defectOf(cause);
  if (isFault(cause, 'unavailable') && job.givesUpOnItem()) return cause;
  if (isFault(cause, 'throttled', 'unavailable', 'unauthorized', 'cancelled', 'stale-fence')) throw cause;
  return cause;
}

/** A defect of the connector, met with one odd item. Its name says enough; its message could hold content. */
export const defectOf = (cause: unknown): Fault =>
  new Fault('invalid', `Holdfast could not read this item: ${cause instanceof Error ? cause.name : typeof cause}`, {
    cause,
  });

function contentKind(job: Job, item: ListedItem, name: string): 'mime' | 'text' | 'binary' {
  if (name !== 'original') return 'binary';
  const entry: Entry = entryOf('' as ItemId, undefined, item, []);
  const { mediaType } = job.connector.description.original(entry);
  if (mediaType === 'message/rfc822') return 'mime';
  return /^text\/|[/+](json|xml)$/.test(mediaType) ? 'text' : 'binary';
}

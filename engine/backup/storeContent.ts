import { Fault, isFault } from '../fault.ts';
import type { Fetched } from '../connector.ts';
import type { ItemId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { StoredStream } from '../model/stream.ts';
import { ContentSlice } from './contentSlice.ts';
import type { Job } from './job.ts';
import { putBack, takeRanges, type TakenLine } from './lineRanges.ts';
import { defectOf, fromSource, outcomeOf, ReadFailed, storePart } from './readSource.ts';
import { lineQueues, type Line } from './roundState.ts';
import { storeLarge } from './storeLarge.ts';
import type { KnownItems } from './workingSet.ts';

type ItemLine = Extract<Line, { kind: 'item' }>;

/** Decides about the next lines that wait, fetches what must be fetched, and commits one slice. */
export async function storeContent(job: Job): Promise<void> {
  if (job.state.large) return storeLarge(job);
  // A worker of the queue `backup` leaves the history of first backups to the queue of that name.
  const from =
    job.state.first && job.queue === 'backup' ? lineQueues.filter((queue) => queue !== 'history') : lineQueues;
  const { taken, rest } = takeRanges(job.state.queues, job.settings.sliceItems, from);
  const lines: TakenLine[] = [];
  for (const { queue, slice, from: at, to } of taken) {
    const { pending } = await job.services.repository.openSlice(job.resource.id, slice);
    for (let i = at; i < to; i++) lines.push({ queue, slice, at: i, line: pending[i] as Line });
  }

  const slice = new ContentSlice(job);
  const undecided = new Set(lines);
  let trouble: Fault | undefined;
  try {
    const large = await decide(job, slice, lines, undecided);
    if (large && slice.decided === 0) {
      // A slice of its own, from the next step on. Lines before it were replaced by later ones.
      undecided.delete(large.taken);
      const queues = putBack(rest, [...undecided]);
      job.state = { ...job.state, queues, large: { id: large.line.id, item: large.line.item, streams: [] } };
      return;
    }
  } catch (error) {
    // What was decided before Microsoft 365 stopped answering stays decided; after a storage fault nothing does.
    if (!isFault(error) || error.origin !== 'graph') throw error;
    trouble = error;
  }
  if (undecided.size < lines.length) await slice.commit(putBack(rest, [...undecided]));
  if (trouble) throw trouble;
}

/** Works through `lines` in order until the slice is full. Stops at an item too large for a slice and answers it. */
async function decide(
  job: Job,
  slice: ContentSlice,
  lines: readonly TakenLine[],
  undecided: Set<TakenLine>,
): Promise<{ readonly taken: TakenLine; readonly line: ItemLine } | undefined> {
  const { known, elsewhere } = await findKnown(job, lines);
  const latest = job.state.replaced > 0 ? await job.index() : undefined;
  let batch: Waiting[] = [];
  let batchBytes = 0;
  const fetchBatch = async (): Promise<void> => {
    const full = batch;
    batch = [];
    batchBytes = 0;
    if (full.length > 0) await fetchItems(job, slice, full, undecided);
  };

  for (const taken of lines) {
    const { line } = taken;
    if (slice.isFull()) return undefined;
    if (line.kind === 'outOfScope') {
      if (latest === undefined || latest.lastSeq(line.id) === line.seq) slice.outOfScope(line);
      undecided.delete(taken);
      continue;
    }
    if (line.kind !== 'item') throw new Error(`A line of kind ${line.kind} waits for content`);
    if (latest !== undefined && latest.lastSeq(line.id) !== line.seq) {
      undecided.delete(taken);
      continue;
    }
    if (await decideWithoutContent(job, slice, line, known.get(line.id), elsewhere)) {
      undecided.delete(taken);
      continue;
    }
    const isLarge = line.item.size > job.settings.sliceBytes;
    if (isLarge || batch.length >= job.connector.fetchBatch || batchBytes + line.item.size > job.settings.sliceBytes) {
      await fetchBatch();
      if (isLarge) return { taken, line };
      if (slice.isFull()) return undefined;
    }
    batch.push({ taken, line, known: known.get(line.id) });
    batchBytes += line.item.size;
  }
  await fetchBatch();
  return undefined;
}

async function findKnown(job: Job, lines: readonly TakenLine[]): Promise<KnownItems> {
  if (!job.state.knowsItems) return { known: new Map(), elsewhere: new Set() };
  const ids = lines.flatMap(({ line }) => (line.kind === 'item' ? [line.id] : []));
  return (await job.set()).findKnown(ids);
}

async function decideWithoutContent(
  job: Job,
  slice: ContentSlice,
  line: ItemLine,
  known: Entry | undefined,
  elsewhere: ReadonlySet<ItemId>,
): Promise<boolean> {
  if (line.skip) slice.skipped(line.id, line.item, line.skip);
  // Of what is damaged the same version is fetched again.
  else if (known?.versionTag === line.item.versionTag && !job.hasLostContent(line.id))
    await slice.reused(line, known, !elsewhere.has(line.id));
  else if (!line.item.hasContent) {
    await slice.stored(line.id, line.item, []);
    slice.foundByCompare(line, known);
  } else return false;
  return true;
}

interface Waiting {
  readonly taken: TakenLine;
  readonly line: ItemLine;
  /** Its state in the set, when the set has it. */
  readonly known: Entry | undefined;
}

interface Reading extends Waiting {
  /** What became of each part; a part that comes again replaces the former, be it good or not. */
  readonly streams: Map<string, StoredStream | Fault>;
}

/** Reads the content of a batch. Every item ends with one outcome, or stays undecided when the source stopped answering. */
async function fetchItems(
  job: Job,
  slice: ContentSlice,
  batch: readonly Waiting[],
  undecided: Set<TakenLine>,
): Promise<void> {
  const open = new Map<string, Reading>(
    batch.map((waiting) => [waiting.line.item.sourceId, { ...waiting, streams: new Map() }]),
  );
  try {
    await readBatch(job, slice, open, undecided);
  } catch (error) {
    if (!(error instanceof ReadFailed)) throw error;
    if (isFault(error.cause)) throw error.cause;
    // A defect met with one odd item of the batch: alone, each of the others still comes through.
    if (open.size > 1) {
      for (const waiting of open.values()) await fetchItems(job, slice, [waiting], undecided);
      return;
    }
    job.services.log.error('backup.connectorDefect', { workload: job.resource.workload, resource: job.resource.id });
    giveUp(slice, open, undecided, defectOf(error.cause));
    return;
  }
  giveUp(slice, open, undecided, new Fault('invalid', 'The connector gave no answer for this item'));
}

async function readBatch(
  job: Job,
  slice: ContentSlice,
  open: Map<string, Reading>,
  undecided: Set<TakenLine>,
): Promise<void> {
  const items = [...open.values()].map(({ line }) => line.item);
  for await (const fetched of fromSource(job.connector.fetch(job.resource, items, job.context))) {
    await job.beat();
    const sourceId = fetched.kind === 'done' ? fetched.item.sourceId : fetched.sourceId;
    const reading = open.get(sourceId);
    if (!reading) continue;
    if (fetched.kind === 'part') {
      const stored = await storePart(job, reading.line.item, fetched, (bytes) => slice.read(bytes));
      reading.streams.set(fetched.name, stored);
      continue;
    }
    await end(slice, reading, fetched);
    open.delete(sourceId);
    undecided.delete(reading.taken);
  }
}

function giveUp(
  slice: ContentSlice,
  open: ReadonlyMap<string, Reading>,
  undecided: Set<TakenLine>,
  fault: Fault,
): void {
  for (const { taken, line } of open.values()) {
    slice.failed(line.id, line.item, fault);
    undecided.delete(taken);
  }
}

async function end(slice: ContentSlice, reading: Reading, fetched: Exclude<Fetched, { kind: 'part' }>): Promise<void> {
  const { line, streams } = reading;
  switch (fetched.kind) {
    case 'done': {
      const { good, fault } = outcomeOf(streams);
      if (fault) slice.failed(line.id, line.item, fault);
      else {
        await slice.stored(line.id, fetched.item, good, fetched.flags);
        slice.foundByCompare(line, reading.known);
      }
      break;
    }
    case 'vanished':
      slice.vanished(line.id, line.item);
      break;
    case 'skipped':
      slice.skipped(line.id, line.item, fetched.reason);
      break;
    case 'failed':
      slice.failed(line.id, line.item, fetched.fault);
      break;
  }
}

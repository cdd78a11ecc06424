import type { ItemId } from '../model/ids.ts';
import type { Entry, ListedItem } from '../model/item.ts';
import type { Job } from './job.ts';
import { linesForSlice } from './lineRanges.ts';
import type { Question } from './roundIndex.ts';
import { hasLines, type Line } from './roundState.ts';
import { withMissed } from './withMissed.ts';

/** An item of which the listing left open whether it is still there. */
interface Doubt {
  readonly id: ItemId;
  readonly sourceId: string;
  /** Its state in the set; undefined when only the list of missing items holds it. */
  readonly entry: Entry | undefined;
  /** Nobody said that it left: a listing of everything did not show it. */
  readonly isUnseen?: true;
  /** The source said so itself, or must it be asked by id? */
  readonly mustAsk: boolean;
}

/**
 * The end of a round, when every feed is drained and all content is in: what left a container and turned up nowhere
 * else is gone, what a new start of the listing did not show is asked by id, and what hangs under a container that is
 * gone goes with it. Nothing of it is visible before the restore point that ends the round.
 */
export async function settleRemovals(job: Job): Promise<void> {
  for await (const doubts of inBatches(openDoubts(job), job.settings.sliceItems)) {
    await answer(job, doubts);
    if (job.isOver() || (await job.isCancelled())) return;
  }
  // What was found elsewhere has to be stored before it shows what still hangs under a removed container.
  if (hasLines(job.state)) return;
  const set = await job.set();
  const removals = await set.under(job.state.settling?.goneContainers ?? []);
  await job.commit({
    removals,
    counts: { removed: removals.length },
    state: (state) => ({ ...state, settled: true }),
  });
}

/** Decides about some doubts and commits what follows. */
async function answer(job: Job, doubts: readonly Doubt[]): Promise<void> {
  const asking = doubts.filter(({ mustAsk }) => mustAsk).map(({ sourceId }) => sourceId);
  const found =
    asking.length === 0
      ? new Map<string, ListedItem | undefined>()
      : await job.connector.locate(job.resource, asking, job.context);
  let seq = job.state.seq;
  const lines: Line[] = [];
  const gone: Doubt[] = [];
  for (const doubt of doubts) {
    const item = found.get(doubt.sourceId);
    if (item) lines.push({ kind: 'item', seq: ++seq, id: doubt.id, item });
    // A connector that says nothing about an item has not said that it is gone.
    else if (!doubt.mustAsk || found.has(doubt.sourceId)) gone.push(doubt);
  }
  const sorted = linesForSlice(lines, job.services.clock.now() - job.settings.recentMs);
  const containers = gone.flatMap(({ id, entry }) => (entry?.container ? [id] : []));
  const index = await job.index();
  await job.commit({
    removals: gone.map(({ id }) => id),
    lines: sorted.lines,
    counts: {
      listed: lines.length,
      pending: lines.length,
      removed: gone.filter(({ entry }) => entry !== undefined).length,
    },
    state: (state, slice) => ({
      ...sorted.place(state, slice),
      seq,
      ...withMissed(state, { gone: gone.filter(({ isUnseen }) => isUnseen).length }),
      settling: { goneContainers: [...(state.settling?.goneContainers ?? []), ...containers] },
    }),
  });
  for (const line of lines) index.add(line);
}

/** Every doubt that no slice has answered yet: an answer leaves its trace in the set or in the lines of the round. */
async function* openDoubts(job: Job): AsyncGenerator<Doubt> {
  const { questions } = await job.index();
  const yielded = new Set<ItemId>();
  const removed = questions.filter((question) => question.kind !== 'restarted');
  for (let at = 0; at < removed.length; at += job.settings.sliceItems) {
    yield* removedDoubts(job, removed.slice(at, at + job.settings.sliceItems), yielded);
  }
  const restarted = questions.filter((question) => question.kind === 'restarted');
  if (restarted.length > 0) yield* unseenDoubts(job, restarted, yielded);
}

async function* removedDoubts(
  job: Job,
  questions: readonly Exclude<Question, { kind: 'restarted' }>[],
  yielded: Set<ItemId>,
): AsyncGenerator<Doubt> {
  const index = await job.index();
  const set = await job.set();
  const known = await set.find(questions.map(({ id }) => id));
  for (const question of questions) {
    const { id, sourceId, seq } = question;
    const entry = known.get(id);
    const carried = job.missing.has(id) && !set.isRemoved(id);
    if (yielded.has(id) || (entry === undefined && !carried)) continue;
    const container = question.kind === 'removed' ? question.container : undefined;
    const listedAt = index.lastSeq(id);
    if (listedAt !== undefined) {
      // It was said again later, or it was said to be elsewhere: it moved, or it came back.
      if (listedAt > seq || (container !== undefined && container !== parentInRound(job, index.parentOf(id)))) continue;
      yielded.add(id);
      // Asked by id already: no listing can know better.
      yield { id, sourceId, entry, mustAsk: question.kind === 'removed' };
      continue;
    }
    yielded.add(id);
    const leftItsPlace = container === undefined || entry === undefined || entry.parentId === container;
    yield { id, sourceId, entry, mustAsk: !leftItsPlace };
  }
}

/** What the newest point holds, or lacks, in a container whose listing began anew, and was not shown since. */
async function* unseenDoubts(
  job: Job,
  restarted: readonly Extract<Question, { kind: 'restarted' }>[],
  yielded: ReadonlySet<ItemId>,
): AsyncGenerator<Doubt> {
  const index = await job.index();
  const set = await job.set();
  for await (const entry of set.base()) {
    const listedAt = index.lastSeq(entry.id) ?? 0;
    const inDoubt = restarted.some(
      ({ container, seq }) => listedAt < seq && (container === undefined || container === entry.parentId),
    );
    if (inDoubt && !set.isRemoved(entry.id) && !yielded.has(entry.id))
      yield { id: entry.id, sourceId: entry.sourceId, entry, mustAsk: true, isUnseen: true };
  }
  // Where a missing item lay is not known, so each new start asks for all of them that are in no listing.
  const missing = [...job.missing.values()].filter(
    ({ itemId }) => index.lastSeq(itemId) === undefined && !set.isRemoved(itemId) && !yielded.has(itemId),
  );
  const known = await set.find(missing.map(({ itemId }) => itemId));
  for (const { itemId: id, sourceId } of missing)
    if (!known.has(id)) yield { id, sourceId, entry: undefined, mustAsk: true };
}

const parentInRound = (job: Job, sourceId: string | undefined): ItemId | undefined =>
  sourceId === undefined ? undefined : job.itemId(sourceId);

async function* inBatches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = [];
  for await (const one of source) {
    batch.push(one);
    if (batch.length < size) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0) yield batch;
}

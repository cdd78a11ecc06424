import type { Change } from '../connector.ts';
import { isFault } from '../fault.ts';
import type { Cursor, SliceId } from '../model/ids.ts';
import type { Counts } from '../model/ledger.ts';
import type { Job } from './job.ts';
import { linesForSlice } from './lineRanges.ts';
import type { RoundIndex } from './roundIndex.ts';
import type { Line, NewLine, RoundState } from './roundState.ts';
import { sameAsKnown } from './sameAsKnown.ts';

/** A cursor is refused at most this often in one round; then the resource fails by name. */
const mostResyncs = 2;

/**
 * Reads the listing of a resource to its end, or as far as the time of the job goes, and commits what it said as
 * lines. Fetches no content: what lies between two checkpoints is committed together with the later cursor.
 */
export async function listChanges(job: Job): Promise<void> {
  const index = await job.index();
  let draft = new ListingDraft(job, index);
  // Without a saved place everything is listed anew; what the newest point holds and this does not show is asked by id.
  if (job.state.cursor === undefined && job.state.base !== undefined && job.state.lineSlices.length === 0) {
    draft.add({ kind: 'restarted' });
  }
  for (;;) {
    try {
      for await (const change of job.connector.changes(job.resource, draft.cursor, job.context)) {
        await job.beat();
        if (change.kind === 'end') {
          if (!mustCompare(job.state, draft.resyncs)) return await endListing(job, draft, change.cursor);
          draft = await beginCompare(job, draft, change.cursor);
          break;
        }
        if (change.kind !== 'checkpoint') {
          draft.note(change);
          continue;
        }
        draft.cursor = change.cursor;
        if (!draft.isFull() && !job.isOver()) continue;
        await draft.commit(false);
        if (job.isOver() || (await job.isCancelled())) return;
        draft = new ListingDraft(job, index);
      }
      if (!draft.begins) throw new Error(`The ${job.resource.workload} connector ended a listing without saying so`);
      if (job.isOver() || (await job.isCancelled())) return;
      draft.begins = false;
    } catch (error) {
      if (!isFault(error, 'resync') || draft.resyncs >= mostResyncs) throw error;
      draft.startAnew();
    }
  }
}

/** A full compare first hears the feed out: only then can it tell what the feed had missed. A dead feed has nothing to say. */
const mustCompare = ({ full, first, compareSeq }: RoundState, resyncs: number): boolean =>
  full && !first && compareSeq === undefined && resyncs === 0;

/** What the feed said is durable; from here on everything is listed. */
async function beginCompare(job: Job, heard: ListingDraft, cursor: Cursor): Promise<ListingDraft> {
  heard.cursor = cursor;
  if (heard.hasLines) await heard.commit(false);
  const { cursor: _heard, ...state } = job.state;
  job.state = { ...state, compareSeq: state.seq };
  const draft = new ListingDraft(job, await job.index());
  draft.add({ kind: 'restarted' });
  draft.begins = true;
  return draft;
}

async function endListing(job: Job, draft: ListingDraft, cursor: Cursor): Promise<void> {
  draft.cursor = cursor;
  if (job.state.firstSlice === undefined && (await draft.saysNothingNew())) {
    // Nothing changed: not one blob is written, the next round starts from the same place.
    const { fresh, containers } = draft;
    const counts = { ...job.state.counts, listed: fresh, reused: fresh, containers };
    job.state = { ...job.state, counts, cursor, listed: true };
    return;
  }
  await draft.commit(true);
}

/** Lines since the last committed checkpoint. */
class ListingDraft {
  cursor: Cursor | undefined;
  resyncs: number;
  /** Items listed for the first time in this round. */
  fresh = 0;
  /** Nothing of its listing was read yet. */
  begins = false;
  readonly #job: Job;
  readonly #index: RoundIndex;
  readonly #lines: Line[] = [];
  readonly #startedAt: number;
  #seq: number;
  #replaced = 0;
  #questions = 0;
  #startCursor: Cursor | undefined;

  constructor(job: Job, index: RoundIndex) {
    this.#job = job;
    this.#index = index;
    this.#seq = job.state.seq;
    this.#startCursor = job.state.startCursor;
    this.#startedAt = job.services.clock.now();
    this.cursor = job.state.cursor;
    this.resyncs = job.state.resyncs;
  }

  get hasLines(): boolean {
    return this.#lines.length > 0;
  }

  get containers(): number {
    return this.#lines.filter((line) => line.kind === 'item' && line.item.container).length;
  }

  note(change: Exclude<Change, { kind: 'checkpoint' | 'end' }>): void {
    switch (change.kind) {
      case 'changed':
      case 'skipped': {
        const { item } = change;
        const id = this.#job.itemId(item.sourceId);
        if (this.#index.repeats(id, item.versionTag, item.parentSourceId)) return;
        const told = this.#index.knows(id, item.versionTag);
        this.add({
          kind: 'item',
          id,
          item,
          ...(change.kind === 'skipped' && { skip: change.reason }),
          ...(told && { told }),
        });
        break;
      }
      case 'outOfScope': {
        const { sourceId, name, reason } = change;
        const id = this.#job.itemId(sourceId);
        if (this.#index.repeats(id, '', undefined)) return;
        this.add({ kind: 'outOfScope', id, sourceId, name, reason });
        break;
      }
      case 'removed': {
        const container = change.containerSourceId;
        this.add({
          kind: 'removed',
          id: this.#job.itemId(change.sourceId),
          sourceId: change.sourceId,
          ...(container !== undefined && { container: this.#job.itemId(container) }),
        });
        break;
      }
      case 'restarted': {
        const container = change.containerSourceId;
        this.add({ kind: 'restarted', ...(container !== undefined && { container: this.#job.itemId(container) }) });
        break;
      }
    }
  }

  add(line: NewLine): void {
    if (line.kind === 'item' || line.kind === 'outOfScope') {
      if (this.#index.has(line.id)) this.#replaced++;
      else this.fresh++;
    } else {
      this.#questions++;
    }
    const placed: Line = { ...line, seq: ++this.#seq };
    this.#index.add(placed);
    this.#lines.push(placed);
  }

  /** The saved place is dead. Everything is listed from the start; what it does not show is asked by id. */
  startAnew(): void {
    this.resyncs++;
    this.cursor = undefined;
    this.#startCursor = undefined;
    this.add({ kind: 'restarted' });
  }

  isFull(): boolean {
    const { settings, services } = this.#job;
    if (this.#lines.length === 0) return false;
    return this.#lines.length >= settings.sliceItems || services.clock.now() - this.#startedAt >= settings.sliceMs;
  }

  /** True when every line is an item that the newest point holds just so. */
  async saysNothingNew(): Promise<boolean> {
    if (this.resyncs > 0 || this.#lines.length > this.#job.settings.sliceItems) return false;
    if (this.#lines.length === 0) return true;
    if (!this.#job.state.knowsItems) return false;
    const items = this.#lines.flatMap((line) => (line.kind === 'item' && !line.skip ? [line] : []));
    if (items.length < this.#lines.length || this.#replaced > 0) return false;
    const known = await (await this.#job.set()).find(items.map(({ id }) => id));
    return items.every((line) => sameAsKnown(line.item, this.#job.parentId(line.item), known.get(line.id)));
  }

  async commit(ended: boolean): Promise<void> {
    const { lines, place } = linesForSlice(this.#lines, this.#job.services.clock.now() - this.#job.settings.recentMs);
    const counts: Partial<Counts> = { listed: this.fresh, pending: this.fresh };
    const { cursor, resyncs } = this;
    await this.#job.commit({
      lines,
      counts,
      state: ({ startCursor: _before, ...state }: RoundState, slice: SliceId) => ({
        ...place(state, slice),
        ...(this.#startCursor !== undefined && { startCursor: this.#startCursor }),
        ...(cursor !== undefined && { cursor }),
        listed: ended,
        resyncs,
        seq: this.#seq,
        replaced: state.replaced + this.#replaced,
        questions: state.questions + this.#questions,
      }),
    });
  }
}

import type { Fault } from '../fault.ts';
import type { ItemId } from '../model/ids.ts';
import type { Entry, ListedItem } from '../model/item.ts';
import { nothingMissed, type Counts, type LedgerEntry, type Outcome, type SkipReason } from '../model/ledger.ts';
import type { StoredStream } from '../model/stream.ts';
import { entryOf, ledgerLine } from './entries.ts';
import type { Job } from './job.ts';
import type { Line, LineQueue, LineRange, RoundState } from './roundState.ts';
import { sameAsKnown } from './sameAsKnown.ts';
import { withMissed } from './withMissed.ts';

type ItemLine = Extract<Line, { kind: 'item' }>;

/** What became of the items of one slice, until it is committed. Every listed item gets exactly one outcome. */
export class ContentSlice {
  readonly #job: Job;
  readonly #startedAt: number;
  readonly #entries: Entry[] = [];
  readonly #ledger: LedgerEntry[] = [];
  readonly #lines: Line[] = [];
  readonly #counts: Partial<Record<keyof Counts, number>> = {};
  #missed = nothingMissed;
  #seq: number;
  bytes = 0;

  constructor(job: Job) {
    this.#job = job;
    this.#startedAt = job.services.clock.now();
    this.#seq = job.state.seq;
  }

  get decided(): number {
    return this.#ledger.length;
  }

  isFull(): boolean {
    const { settings, services } = this.#job;
    if (this.decided === 0) return false;
    return (
      this.bytes >= settings.sliceBytes ||
      services.clock.now() - this.#startedAt >= settings.sliceMs ||
      this.#job.isOver()
    );
  }

  /** Bytes that came from the source. */
  read(bytes: number): void {
    this.bytes += bytes;
  }

  async stored(
    id: ItemId,
    item: ListedItem,
    streams: readonly StoredStream[],
    flags?: readonly string[],
  ): Promise<void> {
    const meta = await this.#meta(item);
    this.#entries.push(entryOf(id, this.#job.parentId(item), item, [...streams, ...meta], flags));
    this.#settle(id, item, 'stored');
  }

  /**
   * Its tag is known: nothing is fetched. When it changed its place or name, or is not in the set, a new entry says so and
   * keeps its content.
   */
  async reused(line: ItemLine, known: Entry, isInSet: boolean): Promise<void> {
    const parentId = this.#job.parentId(line.item);
    if (!isInSet || !sameAsKnown(line.item, parentId, known)) {
      const content = known.streams.filter((stream) => stream.name !== 'meta');
      const meta = await this.#meta(line.item);
      this.#entries.push(entryOf(line.id, parentId, line.item, [...content, ...meta], known.flags));
    }
    this.#settle(line.id, line.item, 'reused');
  }

  /** It was stored: had the feed said nothing of this state of it? */
  foundByCompare(line: ItemLine, known: Entry | undefined): void {
    const { compareSeq } = this.#job.state;
    if (
      compareSeq === undefined ||
      line.seq <= compareSeq ||
      line.told === true ||
      known?.versionTag === line.item.versionTag
    )
      return;
    this.#missed =
      known === undefined
        ? { ...this.#missed, found: this.#missed.found + 1 }
        : { ...this.#missed, differing: this.#missed.differing + 1 };
  }

  skipped(id: ItemId, item: ListedItem, reason: SkipReason): void {
    this.#settle(id, item, 'skipped', reason);
  }

  failed(id: ItemId, item: ListedItem, fault: Fault): void {
    this.#settle(id, item, 'failed', fault.code === undefined ? fault.message : `${fault.message} (${fault.code})`);
  }

  /** Listed, then gone before it could be read. What the set still holds of it leaves at the end of the round. */
  vanished(id: ItemId, item: ListedItem): void {
    this.#settle(id, item, 'vanished');
    this.#lines.push({ kind: 'gone', seq: ++this.#seq, id, sourceId: item.sourceId });
  }

  outOfScope(line: Extract<Line, { kind: 'outOfScope' }>): void {
    this.#settle(line.id, line, 'outOfScope', line.reason);
  }

  /** Commits the slice. `queues` are those left to do. */
  async commit(queues: Readonly<Record<LineQueue, readonly LineRange[]>>, large?: RoundState['large']): Promise<void> {
    const index = this.#lines.length > 0 ? await this.#job.index() : undefined;
    await this.#job.commit({
      entries: this.#entries,
      ledger: this.#ledger,
      lines: this.#lines,
      counts: { ...this.#counts, pending: -this.decided, bytesRead: this.bytes },
      state: ({ large: _large, ...state }) => ({
        ...state,
        queues,
        seq: this.#seq,
        ...withMissed(state, this.#missed),
        questions: state.questions + this.#lines.length,
        ...(large && { large }),
      }),
    });
    for (const line of this.#lines) index?.add(line);
  }

  #settle(
    id: ItemId,
    item: { sourceId: string; name: string; container?: boolean },
    outcome: Outcome,
    reason?: string,
  ): void {
    const { sourceId, name } = item;
    const before = this.#job.missing.get(id);
    this.#ledger.push(
      ledgerLine(this.#job.resource.id, { id, sourceId, name }, outcome, this.#job.now(), reason, before),
    );
    this.#counts[outcome] = (this.#counts[outcome] ?? 0) + 1;
    const isKept = outcome === 'stored' || outcome === 'reused';
    if (isKept && item.container) this.#counts.containers = (this.#counts.containers ?? 0) + 1;
  }

  async #meta(item: ListedItem): Promise<StoredStream[]> {
    if (item.meta === undefined) return [];
    const bytes = Buffer.from(JSON.stringify(item.meta));
    return [await this.#job.writer.store('meta', 'text', oneChunk(bytes))];
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

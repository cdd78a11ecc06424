import { Fault } from '../fault.ts';
import type { Connector, ReadContext } from '../connector.ts';
import { instant, type Instant, type ItemId, type SliceId } from '../model/ids.ts';
import type { Entry, ListedItem } from '../model/item.ts';
import { addCounts, isBalanced, type Counts, type LedgerEntry } from '../model/ledger.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { Run, RunResource } from '../model/run.ts';
import type { QueueName } from '../ports/queue.ts';
import type { Versioned } from '../records/records.ts';
import type { DamagedItem } from '../repository/damage.ts';
import { compareEntries } from '../repository/entryOrder.ts';
import { newId } from '../repository/newId.ts';
import type { Head, PackWriter, PointDraft, PointReader, Slice } from '../repository/repository.ts';
import type { BackupServices } from './backupServices.ts';
import { itemIdOf } from './entries.ts';
import { afterPoint, type Line, type RoundState } from './roundState.ts';
import { RoundIndex } from './roundIndex.ts';
import { changeRow } from './rows.ts';
import { WorkingSet } from './workingSet.ts';

/** What a slice adds; what is left out is empty. */
export interface SliceWork {
  readonly entries?: readonly Entry[];
  readonly removals?: readonly ItemId[];
  readonly ledger?: readonly LedgerEntry[];
  readonly lines?: readonly Line[];
  /** Added to the counts of the run. */
  readonly counts?: Partial<Counts>;
  /** The state after the slice, given its id. */
  state(state: RoundState, slice: SliceId): RoundState;
}

export interface JobStart {
  readonly services: BackupServices;
  readonly run: Run;
  readonly resource: ProtectedResource;
  readonly connector: Connector;
  readonly context: ReadContext;
  readonly queue: QueueName;
  readonly head: Head;
  readonly state: RoundState;
  readonly base: PointReader | undefined;
  /** Items that the newest point has lost. */
  readonly damaged: ReadonlyMap<ItemId, DamagedItem>;
  /** Of this resource in the run. */
  readonly row: Versioned<RunResource>;
}

/** Passing trouble is the job's at first; after so many jobs without progress it is put down to the item it met. */
const patientTries = 3;
/** Items in one job that may be given up in this way: more of them are an outage. */
const mostGivenUp = 3;

/** One job on one resource: holds its fence, and is the only one who moves its head. */
export class Job {
  readonly services: BackupServices;
  readonly run: Run;
  readonly resource: ProtectedResource;
  readonly connector: Connector;
  readonly context: ReadContext;
  readonly queue: QueueName;
  /** Failed and skipped items that the newest point carries, by id. */
  readonly missing: ReadonlyMap<ItemId, LedgerEntry>;
  /** Items that the newest point has lost, by id. */
  readonly damaged: ReadonlyMap<ItemId, DamagedItem>;
  /** The newest point, when this job began, was a partial one. */
  readonly startedOnPartial: boolean;
  head: Head;
  state: RoundState;
  /** Something was committed or published by this job. */
  progressed = false;

  readonly #startedAt: number;
  #beatAt: number;
  #writer: PackWriter;
  #countedBytes = 0;
  #index: RoundIndex | undefined;
  #set: WorkingSet | undefined;
  #givenUp = 0;
  #isFollowed = false;
  /** Of this resource in the run, as this job wrote it last. */
  #row: Versioned<RunResource> | undefined;
  /** Jobs before this one that ended in passing trouble without any progress. */
  readonly #tries: number;

  constructor(start: JobStart) {
    this.services = start.services;
    this.run = start.run;
    this.resource = start.resource;
    this.connector = start.connector;
    this.context = start.context;
    this.queue = start.queue;
    this.head = start.head;
    this.state = start.state;
    this.missing = new Map(start.base?.missing.map((entry) => [entry.itemId, entry]));
    this.startedOnPartial = start.base?.point.status === 'partial';
    this.damaged = start.damaged;
    this.#row = start.row;
    this.#tries = start.row.value.tries ?? 0;
    this.#startedAt = this.#beatAt = start.services.clock.now();
    this.#writer = start.services.repository.packWriter();
  }

  get settings(): BackupServices['settings'] {
    return this.services.settings;
  }

  get writer(): PackWriter {
    return this.#writer;
  }

  now(): Instant {
    return instant(this.services.clock.now());
  }

  /** The time of this job is spent: it hands on after what it is doing. */
  isOver(): boolean {
    return this.services.clock.now() - this.#startedAt >= this.settings.jobMs;
  }

  itemId(sourceId: string): ItemId {
    return itemIdOf(this.services.repository, this.resource, sourceId);
  }

  parentId(item: ListedItem): ItemId | undefined {
    return item.parentSourceId === undefined ? undefined : this.itemId(item.parentSourceId);
  }

  /** What the lines of this round say. Read from the slices once per job. */
  async index(): Promise<RoundIndex> {
    this.#index ??= await RoundIndex.load(this.services.repository, this.resource.id, this.state.lineSlices);
    return this.#index;
  }

  /** The set as it stands. Read once per job and point. */
  async set(): Promise<WorkingSet> {
    if (this.#set !== undefined) return this.#set;
    const { repository } = this.services;
    const elsewhere = this.state.basis && repository.points.elsewhere(this.resource.id);
    const base = await this.base();
    this.#set = await WorkingSet.load(repository, this.resource.id, base, this.state.since, elsewhere);
    return this.#set;
  }

  /** The newest point, or what can be read of it where it is damaged. Faults `missing`, `corrupt`. */
  async base(): Promise<PointReader | undefined> {
    const { base, basis } = this.state;
    const { points } = this.services.repository;
    if (basis !== undefined) return points.openBasis(this.resource.id, basis);
    return base === undefined ? undefined : points.open(this.resource.id, base);
  }

  /** Were its stored bytes found lost? Then the same version is fetched again. What only lost its page is known elsewhere, or is not known. */
  hasLostContent(id: ItemId): boolean {
    return this.damaged.get(id)?.area === 'content';
  }

  /** Keeps the resource while something long goes on. Fault `stale-fence` when another job took it over. */
  async beat(): Promise<void> {
    if (this.services.signal.aborted) throw new Fault('cancelled', 'The host is stopping');
    if (this.services.clock.now() - this.#beatAt < this.settings.heartbeatMs) return;
    this.#beatAt = this.services.clock.now();
    this.head = await this.services.repository.points.commit(this.head, { heartbeatAt: this.now() });
    await this.#showProgress();
  }

  /** May an item whose download broke off count as failed, so that it does not hold up all others? */
  givesUpOnItem(): boolean {
    if (this.#tries < patientTries || this.#givenUp >= mostGivenUp) return false;
    this.#givenUp++;
    return true;
  }

  /** Did somebody cancel the run? Asked once per slice. */
  async isCancelled(): Promise<boolean> {
    const run = await this.services.records.runs.get(this.run.id);
    return run === undefined || run.value.state === 'cancelling' || run.value.state === 'cancelled';
  }

  /**
   * Makes one slice durable: packs first, then the slice, then the head that names it. After that it counts; before
   * that nothing of it does.
   */
  async commit(work: SliceWork): Promise<void> {
    const { repository, random } = this.services;
    const packs = await this.#writer.flush();
    const id = newId(random) as SliceId;
    const entries = (work.entries ?? []).toSorted(compareEntries);
    const state = this.#stateAfter(work, id, entries.length);
    const slice: Slice = {
      id,
      resourceId: this.resource.id,
      runId: this.run.id,
      fence: this.head.fence,
      step: this.head.step + 1,
      ...(this.head.headSlice !== undefined && { predecessor: this.head.headSlice }),
      committedAt: this.now(),
      entries,
      removals: work.removals ?? [],
      ledger: work.ledger ?? [],
      pending: work.lines ?? [],
      packs,
      state,
    };
    await repository.putSlice(slice);
    this.head = await repository.points.commit(this.head, {
      headSlice: id,
      step: slice.step,
      heartbeatAt: slice.committedAt,
    });
    this.#beatAt = this.services.clock.now();
    this.#countedBytes = this.#writer.bytesStored;
    this.state = state;
    this.progressed = true;
    this.#set?.add(slice);
    await this.#showProgress();
  }

  #stateAfter(work: SliceWork, id: SliceId, entries: number): RoundState {
    const before = this.state;
    const counts = addCounts(addCounts(before.counts, work.counts ?? {}), {
      bytesStored: this.#writer.bytesStored - this.#countedBytes,
    });
    if (!isBalanced(counts))
      throw new Error(`The ledger of ${this.resource.id} is out of balance: ${JSON.stringify(counts)}`);
    return work.state(
      {
        ...before,
        since: [...before.since, id],
        entriesSince: before.entriesSince + entries,
        firstSlice: before.firstSlice ?? id,
        lineSlices: work.lines && work.lines.length > 0 ? [...before.lineSlices, id] : before.lineSlices,
        counts,
      },
      id,
    );
  }

  /** Makes a restore point visible and brings the catalog on its way. */
  async publish(draft: PointDraft): Promise<void> {
    const { basis } = this.state;
    const { head, point } = await this.services.repository.points.publish(this.head, {
      ...draft,
      ...(basis && { basis }),
    });
    this.head = head;
    this.state = afterPoint(this.state, point.id, point.takenAt);
    this.#set = undefined;
    this.#beatAt = this.services.clock.now();
    this.progressed = true;
    this.#isFollowed = false;
    await this.#showProgress();
    await this.letCatalogFollow();
  }

  async confirm(): Promise<void> {
    this.head = await this.services.repository.points.confirm(this.head, this.now());
    await this.letCatalogFollow();
  }

  /** Once for what became visible, by this job or by one that was cut off right after. */
  async letCatalogFollow(): Promise<void> {
    if (this.#isFollowed) return;
    await this.services.queue.send('sweep', { resource: this.resource.id });
    this.#isFollowed = true;
  }

  /** Lets go of the resource, so that the next nudge finds it free at once. `ended`: this run is through with it. */
  async release(ended: boolean): Promise<void> {
    this.head = await this.services.repository.points.commit(this.head, {
      heartbeatAt: undefined,
      holder: undefined,
      ...(ended && { openRun: undefined }),
    });
  }

  /** Drops what was stored and not committed, for instance after storage refused it. */
  abandon(): void {
    this.#writer.abandon();
    this.#writer = this.services.repository.packWriter();
    this.#countedBytes = 0;
    this.#index = undefined;
    this.#set = undefined;
  }

  async #showProgress(): Promise<void> {
    const now = this.now();
    this.#row = await changeRow(
      this.services,
      this.run.id,
      this.resource.id,
      ({ resumesAt: _resumesAt, reason: _reason, waitsSince, ...row }) => ({
        ...row,
        ...(waitsSince && !this.progressed && { waitsSince }),
        state: 'open',
        counts: this.state.counts,
        ...(this.state.firstSlice && { firstSlice: this.state.firstSlice, lastSlice: this.head.headSlice }),
        ...(this.state.published && this.state.base && { pointId: this.state.base }),
        heartbeatAt: now,
        ...(this.progressed && { progressAt: now, tries: 0, mishaps: {} }),
      }),
      this.#row,
    );
  }
}

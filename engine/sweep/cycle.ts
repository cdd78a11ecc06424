import { Fault, isFault } from '../fault.ts';
import type { RowChange } from '../ports/tableStore.ts';
import { objectKey, SWEEP } from '../repository/condemned.ts';
import type { ObjectState } from '../repository/condemned.ts';
import { storageNow } from '../retention/storageClock.ts';
import { insistOnGrowth } from './listing.ts';
import type { Counts, Listing } from './listing.ts';
import type { Listed } from './packTables.ts';
import type { SweepCounts } from './report.ts';
import { advance, mostChanges, readObjects, zeroEach } from './state.ts';
import type { ListedPrefix, ObjectRow, PerPrefix, SweepState } from './state.ts';
import type { SweepServices, SweepSettings } from './sweepServices.ts';

const beatMs = 30_000;
/** A sweeper that says nothing for so long after its time was over was killed. */
const graceMs = 2 * 60_000;
export const busyMs = ({ jobMs }: Pick<SweepSettings, 'jobMs'>): number => jobMs + graceMs;

/** The part of a cycle that one call does: it alone moves the state, and every change goes with it. */
export class Cycle {
  readonly services: SweepServices;
  readonly listing: Listing;
  state: SweepState;
  objects: Map<string, ObjectRow>;
  /** Storage clock when this call began, in ms. */
  readonly now: number;
  readonly #endsAt: number;
  #beatAt: number;

  constructor(services: SweepServices, start: Pick<Cycle, 'state' | 'listing' | 'objects' | 'now'>, endsAt: number) {
    this.services = services;
    this.state = start.state;
    this.listing = start.listing;
    this.objects = start.objects;
    this.now = start.now;
    this.#endsAt = endsAt;
    this.#beatAt = services.clock.now();
  }

  get settings(): SweepServices['settings'] {
    return this.services.settings;
  }

  isOver(): boolean {
    return this.services.signal.aborted || this.services.clock.now() >= this.#endsAt;
  }

  /** Fault `cancelled` when the time of this call is spent: the next one goes on. */
  insistOnTime(): void {
    if (this.isOver()) throw new Fault('cancelled', 'The sweep goes on later');
  }

  facts(name: string): Listed | undefined {
    const prefix = name.slice(0, name.indexOf('/') + 1) as ListedPrefix;
    return this.listing[prefix]?.get(name);
  }

  async advance(change: Partial<SweepState>): Promise<void> {
    this.state = (await advance(this.services, this.state, change)).state;
  }

  /** Now and then, so that nobody takes this sweeper for dead while it lists and looks. */
  async beat(): Promise<void> {
    const clock = this.services.clock.now();
    if (clock < this.#beatAt + beatMs) return;
    this.#beatAt = clock;
    await this.advance({ busyUntil: Date.parse(await storageNow(this.services.blobs)) + busyMs(this.settings) });
  }

  /** Everything is listed for the scan that began at `scan`. Fault `invalid` where it shows less than there must be. */
  async listed(scan: number, counts: Counts): Promise<void> {
    const { listed, removed, scanned } = this.state;
    // Of roots and slices an earlier call told, before it removed some of them.
    const isTold = scanned === scan;
    insistOnGrowth(isTold ? { ...counts, 'points/': Infinity, 'slices/': Infinity } : counts, listed, removed);
    if (!isTold) await this.advance({ listed: counts, removed: zeroEach, scanned: scan });
  }

  async note(counts: Partial<SweepCounts>): Promise<void> {
    await this.advance({ counts: added(this.state.counts, counts) });
  }

  /**
   * Puts objects into a state, a bundle at a time; `before` is asked before each, `done` follows it. Those that changed meanwhile, because
   * something that is about to name them took them off the list, are left out. `counts` is asked for each bundle.
   */
  async move(
    names: readonly string[],
    to: ObjectState | 'off',
    counts: (bundle: readonly string[]) => Partial<SweepState>,
    done: (bundle: readonly string[]) => Promise<void> = async () => undefined,
    before: () => Promise<void> = async () => undefined,
  ): Promise<void> {
    for (let from = 0; from < names.length; from += mostChanges) {
      this.insistOnTime();
      await before();
      const bundle = await this.#moveBundle(names.slice(from, from + mostChanges), to, counts);
      await done(bundle);
    }
  }

  async #moveBundle(
    names: readonly string[],
    to: ObjectState | 'off',
    counts: (bundle: readonly string[]) => Partial<SweepState>,
  ): Promise<readonly string[]> {
    let bundle = names;
    for (;;) {
      const at = Date.parse(await storageNow(this.services.blobs));
      const changes = bundle.map((name) => this.#change(name, to, at));
      try {
        const { state, etags } = await advance(this.services, this.state, counts(bundle), changes);
        this.state = state;
        if (etags === undefined) this.objects = await readObjects(this.services.tables);
        else this.#remember(bundle, to, at, etags);
        return bundle;
      } catch (error) {
        if (!isFault(error, 'conflict')) throw error;
        const before = this.objects;
        this.objects = await readObjects(this.services.tables);
        const unchanged = bundle.filter((name) => before.get(name)?.etag === this.objects.get(name)?.etag);
        if (unchanged.length === bundle.length) throw error;
        bundle = unchanged;
      }
    }
  }

  #change(name: string, to: ObjectState | 'off', at: number): RowChange {
    const before = this.objects.get(name);
    const key = objectKey(name);
    if (to === 'off') return { kind: 'remove', key, ...(before !== undefined && { ifMatch: before.etag }) };
    // What is deleted says since when; how long it was condemned does not matter any more.
    const row = { partition: SWEEP, key, columns: { state: to, at, cycle: this.state.cycle } };
    return before === undefined ? { kind: 'insert', row } : { kind: 'update', row, ifMatch: before.etag };
  }

  #remember(bundle: readonly string[], to: ObjectState | 'off', at: number, etags: readonly string[]): void {
    for (const [index, name] of bundle.entries()) {
      if (to === 'off') this.objects.delete(name);
      else this.objects.set(name, { name, state: to, at, cycle: this.state.cycle, etag: etags[index] ?? '' });
    }
  }
}

export const added = (counts: SweepCounts, more: Partial<SweepCounts>): SweepCounts =>
  Object.fromEntries(
    Object.entries(counts).map(([key, value]) => [key, value + (more[key as keyof SweepCounts] ?? 0)]),
  ) as unknown as SweepCounts;

export function addedEach(counts: PerPrefix, names: readonly string[]): PerPrefix {
  const sums: Record<string, number> = { ...counts };
  for (const name of names) {
    const prefix = name.slice(0, name.indexOf('/') + 1);
    sums[prefix] = (sums[prefix] ?? 0) + 1;
  }
  return sums as PerPrefix;
}

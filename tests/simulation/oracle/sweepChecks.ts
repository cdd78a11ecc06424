import type { PackId, PointId, ResourceId, SliceId } from '../../../engine/model/ids.ts';
import type { StoredRow } from '../../../engine/ports/tableStore.ts';
import { OBJECT_ROWS, STATE_KEY, SWEEP } from '../../../engine/repository/condemned.ts';
import { packName } from '../../../engine/repository/core.ts';
import { movedName } from '../../../engine/repository/moved.ts';
import { listedPrefixes } from '../../../engine/sweep/state.ts';
import type { RowMutation } from '../../../engine/testing/memoryTableStore.ts';
import type { Land } from '../kernel/land.ts';
import type { SimTime } from '../kernel/time.ts';
import type { Inspector } from './inspector.ts';
import type { Findings } from './violations.ts';

/** What the list of the sweep said of an object from one change of rows on. */
interface Said {
  readonly change: number;
  readonly state: string;
  /** Since when, by the clock of storage; and in which cycle: its number is the moment when it began. */
  readonly at: number;
  readonly cycle: number;
}

/** What the list of the sweep says of each object that is on it. */
export const objectStates = ({ tables }: Land): readonly string[] =>
  Array.from(tables.stored('resources', SWEEP))
    .filter(({ key }) => key.startsWith(OBJECT_ROWS))
    .map(({ columns }) => String(columns['state']));

const DAY = 24 * 3_600_000;
const BETWEEN_CYCLES = 4 * 3_600_000;

/** I17, I18: what is condemned is named by nothing new; what is removed was condemned for long enough, in two cycles. */
export class SweepChecks {
  readonly #land: Land;
  readonly #inspector: Inspector;
  readonly #findings: Findings;
  readonly #time: SimTime;
  readonly #said = new Map<string, readonly Said[]>();
  readonly #owed: (() => Promise<void>)[] = [];
  #changes = 0;

  constructor(land: Land, time: SimTime, inspector: Inspector, findings: Findings) {
    this.#land = land;
    this.#time = time;
    this.#inspector = inspector;
    this.#findings = findings;
    for (const row of land.tables.stored('resources', SWEEP)) this.#note(row.key, row);
    land.tables.onMutation(({ table, partition, rows }) => {
      if (table !== 'resources') return;
      this.#changes += 1;
      for (const row of rows)
        if (partition === SWEEP) this.#note(row.key, row.after);
        else if (this.#said.size > 0) this.#onRow(partition as ResourceId, row);
    });
    land.blobs.onMutation(({ container, name, after }) => {
      const isListed = listedPrefixes.some((prefix) => name.startsWith(prefix));
      if (after === undefined && isListed && (container === 'repository' || container === 'journal'))
        this.#onRemoval(name);
    });
  }

  get isOwing(): boolean {
    return this.#owed.length > 0;
  }

  async settle(): Promise<void> {
    for (let owed = this.#owed.shift(); owed !== undefined; owed = this.#owed.shift()) await owed();
  }

  #note(key: string, row: StoredRow | undefined): void {
    if (key === STATE_KEY || !key.startsWith(OBJECT_ROWS)) return;
    const name = key.slice(OBJECT_ROWS.length);
    const columns = row?.columns ?? {};
    const said: Said = {
      change: this.#changes,
      state: String(columns['state'] ?? 'off'),
      at: Number(columns['at'] ?? 0),
      cycle: Number(columns['cycle'] ?? 0),
    };
    this.#said.set(name, [...(this.#said.get(name) ?? []), said]);
  }

  #onRow(resource: ResourceId, { key, before, after }: RowMutation): void {
    if (after === undefined) return;
    const change = this.#changes;
    const slice = after.columns['headSlice'] as SliceId | undefined;
    if (key === 'head' && slice !== undefined && slice !== before?.columns['headSlice']) {
      const knows = Number(after.columns['knows'] ?? 0);
      this.#owed.push(async () => {
        const { entries } = await this.#inspector.slice(resource, slice);
        const packs = entries.flatMap(({ streams }) =>
          streams.flatMap(({ parts }) => parts.map(({ place }) => place.pack)),
        );
        this.#named(`slice ${slice}`, new Set(packs), knows, change);
      });
    }
    if (!key.startsWith('point/') || before !== undefined) return;
    const point = key.slice(key.lastIndexOf('/') + 1) as PointId;
    this.#owed.push(async () => {
      const { packs, predecessor } = await this.#inspector.root(resource, point);
      const known = predecessor === undefined ? [] : (await this.#inspector.root(resource, predecessor)).packs;
      const old = new Set(known.map(({ pack }) => pack));
      const added = packs.map(({ pack }) => pack).filter((pack) => !old.has(pack));
      this.#named(`point ${point}`, new Set(added), Infinity, change);
    });
  }

  /** I17. What was condemned after the job had looked is the sweep's own care: it looks again before it removes. */
  #named(who: string, packs: ReadonlySet<PackId>, knows: number, change: number): void {
    for (const pack of packs) {
      const said = this.#said.get(packName(pack))?.findLast((one) => one.change < change);
      const isMoved = this.#land.blobs.peek('repository', movedName(pack)) !== undefined;
      const isGoing = said?.state === 'deleted' && !isMoved;
      const isCondemned = said?.state === 'condemned' && said.cycle <= knows;
      this.#findings.check(
        'I17',
        !isGoing && !isCondemned,
        () => `${who} names ${packName(pack)}, which is ${said?.state}, and its job could know`,
      );
    }
  }

  #onRemoval(name: string): void {
    const said = this.#said.get(name) ?? [];
    const decided = said.findLast(({ state }) => state === 'deleted');
    const listed = said.findLast(({ state }) => state === 'condemned' || state === 'retiring');
    const seen = (): string => `${name} was removed at ${this.#time.now}; the list said ${JSON.stringify(said)}`;
    this.#findings.check('I18', said.at(-1)?.state === 'deleted', seen);
    if (decided === undefined || listed === undefined) return this.#findings.broken('I18', seen());
    this.#findings.check('I18', decided.at - listed.at >= DAY && this.#time.now - listed.at >= DAY, seen);
    this.#findings.check('I18', decided.cycle - listed.cycle >= BETWEEN_CYCLES, seen);
  }
}

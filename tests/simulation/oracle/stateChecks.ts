import type { PointId, ResourceId, SliceId } from '../../../engine/model/ids.ts';
import type { Head } from '../../../engine/repository/repository.ts';
import { packName } from '../../../engine/repository/core.ts';
import { movedName, movedPrefix } from '../../../engine/repository/moved.ts';
import { rootName } from '../../../engine/repository/root.ts';
import { sliceName } from '../../../engine/repository/slices.ts';
import type { RowMutation, TableMutation } from '../../../engine/testing/memoryTableStore.ts';
import type { StoredRow } from '../../../engine/ports/tableStore.ts';
import type { Land } from '../kernel/land.ts';
import type { Inspector } from './inspector.ts';
import type { PointChecks } from './pointChecks.ts';
import type { Findings } from './violations.ts';

/** What holds after every mutation of storage. Sees it at once; what takes reading is looked at before time goes on. */
export class StateChecks {
  readonly #inspector: Inspector;
  readonly #points: PointChecks;
  readonly #findings: Findings;
  #hasRemoved = false;
  readonly #owed: (() => Promise<void>)[] = [];
  /** Points that can be seen, by resource. */
  readonly #visible = new Map<ResourceId, ReadonlySet<PointId>>();

  constructor(land: Land, inspector: Inspector, points: PointChecks, findings: Findings) {
    this.#inspector = inspector;
    this.#points = points;
    this.#findings = findings;
    for (const partition of land.tables.partitions('resources')) {
      const ids = Array.from(land.tables.stored('resources', partition), pointIn).filter((id) => id !== undefined);
      if (ids.length > 0) this.#visible.set(partition as ResourceId, new Set(ids));
    }
    land.tables.onMutation((mutation) => this.#onRows(mutation));
    land.blobs.onMutation(({ container, name, before, after }) => {
      if (container === 'repository' && before !== undefined && after === undefined) this.#onRemoval(name);
    });
  }

  /** Looks at everything that happened since. */
  async settle(): Promise<void> {
    for (let owed = this.#owed.shift(); owed !== undefined; owed = this.#owed.shift()) await owed();
  }

  get isOwing(): boolean {
    return this.#owed.length > 0;
  }

  #onRows({ table, partition, rows }: TableMutation): void {
    const { past } = this.#inspector;
    past.moment += 1;
    if (table !== 'resources') return;
    const resource = partition as ResourceId;
    const moment = past.moment;
    for (const { key, before, after } of rows) {
      if (key === 'head' && after !== undefined) this.#onHead(resource, moment, before, after);
    }
    const [shown, hidden] = [rows.filter(isNewPoint), rows.filter(({ after }) => after === undefined)];
    const visible = new Set(this.#visible.get(resource));
    for (const id of hidden.map(({ before }) => before && pointIn(before))) if (id !== undefined) visible.delete(id);
    for (const id of shown.map(({ after }) => after && pointIn(after))) {
      if (id === undefined) continue;
      visible.add(id);
      this.#owed.push(() => this.#onPoint(resource, id, moment));
    }
    this.#visible.set(resource, visible);
  }

  /** I13: one chain of commits under a growing fence. */
  #onHead(resource: ResourceId, moment: number, before: StoredRow | undefined, after: StoredRow): void {
    const [was, is] = [before && headOf(before), headOf(after)];
    const said = () => `head of ${resource} went from ${JSON.stringify(was)} to ${JSON.stringify(is)}`;
    const fence = was?.fence ?? 0;
    this.#findings.check('I13', is.fence === fence || is.fence === fence + 1, said);
    this.#findings.check('I13', is.fence > fence || is.holder === undefined || is.holder === was?.holder, said);
    this.#findings.check('I13', is.step >= (was?.step ?? 0), said);
    const slice = is.headSlice;
    if (slice !== undefined && slice !== was?.headSlice)
      this.#owed.push(() => this.#onSlice(resource, slice, was, is, moment));
  }

  /** I2 and I13: a head names a slice that was there, with its packs, made under this fence after the one before. */
  async #onSlice(
    resource: ResourceId,
    id: SliceId,
    was: HeadRow | undefined,
    is: HeadRow,
    moment: number,
  ): Promise<void> {
    const { past } = this.#inspector;
    const isThere = past.at(moment, 'journal', sliceName(resource, id)) !== undefined;
    if (!this.#findings.check('I2', isThere, () => `the head of ${resource} names slice ${id}, which is not there`))
      return;
    const slice = await this.#inspector.slice(resource, id);
    this.#findings.check(
      'I13',
      slice.fence === is.fence && slice.step === is.step && slice.predecessor === was?.headSlice,
      () =>
        `slice ${id} of fence ${slice.fence}, step ${slice.step}, after ${slice.predecessor}: ${JSON.stringify([was, is])}`,
    );
    const named = new Map<string, number | undefined>(slice.packs.map((ref) => [packName(ref.pack), ref.length]));
    for (const { streams } of slice.entries)
      for (const { parts } of streams)
        for (const { place } of parts) if (!named.has(packName(place.pack))) named.set(packName(place.pack), undefined);
    for (const [name, length] of named) this.#needs(`slice ${id}`, name, length, moment);
  }

  async #onPoint(resource: ResourceId, id: PointId, moment: number): Promise<void> {
    const { past } = this.#inspector;
    const isThere = past.at(moment, 'repository', rootName(resource, id)) !== undefined;
    if (!this.#findings.check('I2', isThere, () => `point ${id} is visible without its root`)) return;
    const root = await this.#inspector.root(resource, id);
    for (const { pack, length } of root.packs) this.#needs(`point ${id}`, packName(pack), length, moment);
    await this.#points.check(resource, id);
  }

  #needs(who: string, name: string, length: number | undefined, moment: number): void {
    const { past } = this.#inspector;
    const there = past.at(moment, 'repository', name);
    const isElsewhere = past.at(moment, 'repository', `${movedPrefix}${name.slice(-PACK_ID_LENGTH)}`) !== undefined;
    this.#findings.check(
      'I2',
      there === undefined ? isElsewhere : length === undefined || there.length === length,
      () => `${who} needs ${name} of ${length ?? 'any'} bytes; it had ${there?.length ?? 'none'}`,
    );
  }

  /** Every point that can be seen is read once more, if anything was removed since the beginning. */
  async readAgain(most: number): Promise<void> {
    if (!this.#hasRemoved) return;
    const all = [...this.#visible].flatMap(([resource, ids]) => [...ids].map((id) => ({ resource, id })));
    for (const { resource, id } of all.slice(-most)) await this.#points.readNow(resource, id);
  }

  /** I16: what a visible point needs is removed only when it was written elsewhere before. */
  #onRemoval(name: string): void {
    const { past } = this.#inspector;
    const [visible, moment] = [[...this.#visible], past.moment];
    this.#hasRemoved = true;
    this.#owed.push(async () => {
      for (const [resource, ids] of visible)
        for (const id of ids) {
          if (name === rootName(resource, id))
            this.#findings.broken('I16', `the root of visible point ${id} was removed`);
          if (!name.startsWith('packs/')) continue;
          const { packs } = await this.#inspector.root(resource, id);
          const needed = packs.find(({ pack }) => packName(pack) === name);
          const isElsewhere =
            needed !== undefined && past.at(moment, 'repository', movedName(needed.pack)) !== undefined;
          this.#findings.check(
            'I16',
            needed === undefined || isElsewhere,
            () => `${name} was removed, and visible point ${id} needs it`,
          );
        }
    });
  }
}

const PACK_ID_LENGTH = 32;

type HeadRow = Pick<Head, 'fence' | 'step' | 'headSlice' | 'newestPoint' | 'holder'>;

const headOf = ({ columns }: StoredRow): HeadRow => ({
  fence: Number(columns['fence'] ?? 0),
  step: Number(columns['step'] ?? 0),
  ...(typeof columns['headSlice'] === 'string' && { headSlice: columns['headSlice'] as SliceId }),
  ...(typeof columns['newestPoint'] === 'string' && { newestPoint: columns['newestPoint'] as PointId }),
  ...(typeof columns['holder'] === 'string' && { holder: columns['holder'] }),
});

const pointIn = ({ key }: StoredRow): PointId | undefined =>
  key.startsWith('point/') ? (key.slice(key.lastIndexOf('/') + 1) as PointId) : undefined;

const isNewPoint = ({ key, before, after }: RowMutation): boolean =>
  key.startsWith('point/') && before === undefined && after !== undefined;

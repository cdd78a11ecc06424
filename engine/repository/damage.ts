import type { Instant, ItemId, PackId, PointId, ResourceId } from '../model/ids.ts';
import type { RowChange, StoredRow } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { columnsOf, numberOf, rowsOf, startingWith, textOf } from './tableRows.ts';

/** An item whose stored bytes are not what was written. */
export interface DamagedItem {
  readonly itemId: ItemId;
  /** When it was last found so. */
  readonly at: Instant;
  /** Newest restore point that holds it damaged. */
  readonly point: PointId;
  readonly points: readonly PointId[];
  readonly kind: 'missing' | 'corrupt';
  /** Cannot its content be read, or the page or root that names it? */
  readonly area: 'content' | 'page' | 'point';
  /** Does the newest restore point hold it so? Then the next run fetches it again. */
  readonly inNewest: boolean;
  readonly sourceId: string;
  readonly name: string;
  /** In words. */
  readonly reason: string;
  /** Packs out of which it cannot be read. */
  readonly packs: readonly PackId[];
  /** A run asked for it, and the source does not have it any more. */
  readonly goneSince?: Instant;
}

export interface DamageCount {
  readonly resource: ResourceId;
  readonly inNewest: number;
  readonly items: number;
}

/** What verification found damaged, until it is healed. Changes nothing that is shown, and nothing that is stored. */
export interface DamageList {
  /** In the order of their ids. */
  items(resource: ResourceId): AsyncIterable<DamagedItem>;
  /**
   * Puts them on the list, or brings them up to date; nothing new points into their packs any more. What is on it from the
   * same moment (`at`) is taken together: other versions of an item, met by the same look at things.
   */
  note(resource: ResourceId, items: readonly DamagedItem[]): Promise<void>;
  /** The newest point holds them whole, or does not hold them any more: only older ones lost them. */
  onlyOlder(resource: ResourceId, items: readonly DamagedItem[]): Promise<void>;
  /** Of each resource that has any how many there are, those of the newest point and all together. */
  counts(): AsyncIterable<DamageCount>;
  /** Takes them off the list. */
  healed(resource: ResourceId, items: readonly ItemId[]): Promise<void>;
  /** Restore points that cannot be read as a whole, whatever becomes of their items: those that show them stay marked. */
  points(resource: ResourceId): Promise<readonly PointId[]>;
  notePoints(resource: ResourceId, points: readonly PointId[]): Promise<void>;
  /** They can be read again, or are not shown any more. */
  pointsWhole(resource: ResourceId, points: readonly PointId[]): Promise<void>;
  /** Nothing new points into what is damaged, in this process, from here on. Asked whenever a job begins. */
  avoidDamagedPacks(): Promise<void>;
}

/** Behind the rows that every look at a head reads. */
const ITEMS = 'lost/item/';
/** Packs are shared by all resources, so that their list is the tenant's; so are the counts that a verdict needs. */
const TENANT = 'damage';
const PACKS = 'pack/';
const POINTS = 'lost/point/';
const COUNTS = 'resource/';
const BATCH = 100;

type SealedPart = Pick<DamagedItem, 'sourceId' | 'name' | 'reason' | 'packs' | 'points' | 'area'>;

const placeOf = (resource: ResourceId, key: string): string => `resources/${resource}/${key}/sealed`;

export function damageList(core: Pick<Core, 'tables' | 'chunks'>, columns: SealedColumns): DamageList {
  const rowOf = (resource: ResourceId, item: DamagedItem): RowChange => {
    const { itemId, sourceId, name, reason, packs, points, at, point, kind, area, inNewest, goneSince } = item;
    const key = `${ITEMS}${itemId}`;
    const sealed: SealedPart = {
      sourceId,
      name,
      reason,
      area,
      packs: packs.slice(0, 500),
      points: points.slice(0, 200),
    };
    const bytes = columns.seal(resource, placeOf(resource, key), Buffer.from(JSON.stringify(sealed)));
    return {
      kind: 'put',
      row: {
        partition: resource,
        key,
        columns: columnsOf({ item: itemId, at, point, kind, inNewest, goneSince, sealed: bytes }),
      },
    };
  };

  const opened = (resource: ResourceId, row: StoredRow): DamagedItem => {
    const bytes = row.columns['sealed'];
    const plain = columns.open(
      resource,
      placeOf(resource, row.key),
      bytes instanceof Uint8Array ? bytes : new Uint8Array(),
    );
    const goneSince = textOf(row, 'goneSince') as Instant | undefined;
    return {
      itemId: textOf(row, 'item') as ItemId,
      at: textOf(row, 'at') as Instant,
      point: textOf(row, 'point') as PointId,
      kind: textOf(row, 'kind') as DamagedItem['kind'],
      inNewest: row.columns['inNewest'] === true,
      ...(goneSince !== undefined && { goneSince }),
      // Rows of the first days say nothing of the area.
      ...({ area: 'content', ...JSON.parse(Buffer.from(plain).toString()) } as SealedPart),
    };
  };

  /** `item` together with what the same look at things said of it before. */
  async function together(resource: ResourceId, item: DamagedItem): Promise<DamagedItem> {
    const row = await core.tables.get('resources', resource, `${ITEMS}${item.itemId}`);
    if (row === undefined) return item;
    const before = opened(resource, row);
    const { goneSince } = before;
    if (before.at !== item.at) return { ...item, ...(item.inNewest && goneSince !== undefined && { goneSince }) };
    return {
      ...(item.inNewest || !before.inNewest ? item : before),
      inNewest: item.inNewest || before.inNewest,
      points: [...new Set([...before.points, ...item.points])],
      packs: [...new Set([...before.packs, ...item.packs])],
    };
  }

  async function putCount(resource: ResourceId, counts: Omit<DamageCount, 'resource'>): Promise<void> {
    const key = `${COUNTS}${resource}`;
    await core.tables.change(
      'resources',
      TENANT,
      counts.items === 0
        ? { kind: 'remove', key }
        : { kind: 'put', row: { partition: TENANT, key, columns: { ...counts } } },
    );
  }

  async function recount(resource: ResourceId): Promise<void> {
    const counts = { items: 0, inNewest: 0 };
    for await (const row of rowsOf(core.tables, 'resources', resource, startingWith(ITEMS))) {
      counts.items += 1;
      if (row.columns['inNewest'] === true) counts.inNewest += 1;
    }
    await putCount(resource, counts);
  }

  async function inBatches(partition: string, changes: readonly RowChange[]): Promise<void> {
    for (let from = 0; from < changes.length; from += BATCH) {
      await core.tables.transact('resources', partition, changes.slice(from, from + BATCH));
    }
  }

  return {
    async *items(resource) {
      for await (const row of rowsOf(core.tables, 'resources', resource, startingWith(ITEMS))) {
        yield opened(resource, row);
      }
    },
    async note(resource, items) {
      const packs = new Set(items.flatMap((item) => item.packs));
      await inBatches(
        TENANT,
        [...packs].map((pack) => ({ kind: 'put', row: { partition: TENANT, key: `${PACKS}${pack}`, columns: {} } })),
      );
      if (items.length === 0) return;
      // Counted as one until it is known how many: a kill in between never says that there are none.
      await putCount(resource, { items: 1, inNewest: 1 });
      const rows: RowChange[] = [];
      for (const item of oneEach(items)) rows.push(rowOf(resource, await together(resource, item)));
      await inBatches(resource, rows);
      await recount(resource);
    },
    async onlyOlder(resource, items) {
      if (items.length === 0) return;
      await inBatches(
        resource,
        items.map((item) => rowOf(resource, item)),
      );
      await recount(resource);
    },
    async *counts() {
      for await (const row of rowsOf(core.tables, 'resources', TENANT, startingWith(COUNTS))) {
        const resource = row.key.slice(COUNTS.length) as ResourceId;
        yield { resource, inNewest: numberOf(row, 'inNewest'), items: numberOf(row, 'items') };
      }
    },
    async healed(resource, items) {
      await inBatches(
        resource,
        items.map((item) => ({ kind: 'remove', key: `${ITEMS}${item}` })),
      );
      await recount(resource);
    },
    async points(resource) {
      const rows = await Array.fromAsync(rowsOf(core.tables, 'resources', resource, startingWith(POINTS)));
      return rows.map(({ key }) => key.slice(POINTS.length) as PointId);
    },
    async notePoints(resource, points) {
      await inBatches(
        resource,
        [...new Set(points)].map((point) => ({
          kind: 'put',
          row: { partition: resource, key: `${POINTS}${point}`, columns: {} },
        })),
      );
    },
    async pointsWhole(resource, points) {
      await inBatches(
        resource,
        points.map((point) => ({ kind: 'remove', key: `${POINTS}${point}` })),
      );
    },
    async avoidDamagedPacks() {
      for (const pack of await damagedPacks(core)) core.chunks.forgetPack(pack);
    },
  };
}

/** Packs of which something was found lost or damaged, of the whole tenant. */
export async function damagedPacks({ tables }: Pick<Core, 'tables'>): Promise<ReadonlySet<PackId>> {
  const packs = new Set<PackId>();
  for await (const { key } of rowsOf(tables, 'resources', TENANT, startingWith(PACKS)))
    packs.add(key.slice(PACKS.length) as PackId);
  return packs;
}

/** Findings of several versions of an item, as one. */
function oneEach(items: readonly DamagedItem[]): readonly DamagedItem[] {
  const byId = Map.groupBy(items, ({ itemId }) => itemId);
  return [...byId.values()].map((versions) => {
    const [first] = versions.toSorted((a, b) => Number(b.inNewest) - Number(a.inNewest)) as [DamagedItem];
    return {
      ...first,
      points: [...new Set(versions.flatMap(({ points }) => points))],
      packs: [...new Set(versions.flatMap(({ packs }) => packs))],
    };
  });
}

import { isFault } from '../fault.ts';
import type { Instant, ItemId, PackId, PointId, ResourceId, UserId } from '../model/ids.ts';
import type { Row, RowChange, StoredRow, TableStore } from '../ports/tableStore.ts';
import type { Core } from './core.ts';
import type { SealedColumns } from './sealedColumns.ts';
import { rowsOf, startingWith, textOf } from './tableRows.ts';

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
  /** Somebody accepted that these points do not give it back any more. Others than these are new damage. */
  readonly accepted?: AcceptedLoss & { readonly points: readonly PointId[] };
}

/** Who accepted a loss, and why. */
export interface AcceptedLoss {
  readonly by: UserId;
  readonly byName?: string;
  readonly at: Instant;
  readonly reason: string;
}

/** Is all that is damaged of it accepted as lost? */
export const isAcceptedLoss = ({ accepted, points }: Pick<DamagedItem, 'accepted' | 'points'>): boolean =>
  accepted !== undefined && points.every((point) => accepted.points.includes(point));

export interface DamageCount {
  readonly resource: ResourceId;
  readonly inNewest: number;
  readonly items: number;
  /** Of the items those that are accepted as lost. */
  readonly accepted: number;
}

/** What verification found damaged, until it is healed. Changes nothing that is shown, and nothing that is stored. */
export interface DamageList {
  /** In the order of their ids. Notes that do not open are left out: `unreadable` names them, and they count as damage. */
  items(resource: ResourceId): AsyncIterable<DamagedItem>;
  /** Items whose notes do not open any more. */
  unreadable(resource: ResourceId): Promise<readonly ItemId[]>;
  /**
   * From now on nobody is warned of these; they stay on the list. Answers those that were accepted, as `mayAccept` said
   * of their newest notes. Fault `conflict` when a note changed at that moment: then none or some of them are.
   */
  accept(
    resource: ResourceId,
    items: readonly ItemId[],
    loss: AcceptedLoss,
    mayAccept: (item: DamagedItem) => boolean,
  ): Promise<readonly ItemId[]>;
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
const COUNTED = TENANT as ResourceId;
const PACKS = 'pack/';
const POINTS = 'lost/point/';
const COUNTS = 'resource/';
const BATCH = 100;

type SealedCount = Omit<DamageCount, 'resource' | 'accepted'> & Partial<Pick<DamageCount, 'accepted'>>;

const placeOf = (resource: ResourceId, key: string): string => `resources/${resource}/${key}/sealed`;

export function damageList(core: Pick<Core, 'tables' | 'chunks'>, columns: SealedColumns): DamageList {
  // All of it is sealed: by a column nobody puts anything on the list, and nobody makes a damage look older than it is.
  const rowOf = (resource: ResourceId, item: DamagedItem): Row => {
    const key = `${ITEMS}${item.itemId}`;
    const value: DamagedItem = { ...item, packs: item.packs.slice(0, 500), points: item.points.slice(0, 200) };
    const sealed = columns.seal(resource, placeOf(resource, key), Buffer.from(JSON.stringify(value)));
    return { partition: resource, key, columns: { sealed } };
  };
  const putOf = (resource: ResourceId, item: DamagedItem): RowChange => ({ kind: 'put', row: rowOf(resource, item) });

  const unsealed = (scope: ResourceId, place: string, row: StoredRow): string => openText(columns, scope, place, row);

  /** `item` together with what the same look at things said of it before. */
  async function together(resource: ResourceId, item: DamagedItem): Promise<DamagedItem> {
    const row = await core.tables.get('resources', resource, `${ITEMS}${item.itemId}`);
    const before = row && openedOr(resource, row);
    if (before === undefined) return item;
    const { goneSince, accepted } = before;
    const kept = accepted === undefined ? {} : { accepted };
    if (before.at !== item.at)
      return { ...item, ...(item.inNewest && goneSince !== undefined && { goneSince }), ...kept };
    return {
      ...(item.inNewest || !before.inNewest ? item : before),
      ...kept,
      inNewest: item.inNewest || before.inNewest,
      points: [...new Set([...before.points, ...item.points])],
      packs: [...new Set([...before.packs, ...item.packs])],
    };
  }

  const sealedCount = (key: string, counts: SealedCount): Uint8Array =>
    columns.seal(COUNTED, placeOf(COUNTED, key), Buffer.from(JSON.stringify(counts)));

  const openedOr = (resource: ResourceId, row: StoredRow) => noteOr(columns, resource, row);
  const notes = (resource: ResourceId) => rowsOf(core.tables, 'resources', resource, startingWith(ITEMS));

  async function putCount(resource: ResourceId, counts: SealedCount): Promise<void> {
    const key = `${COUNTS}${resource}`;
    await core.tables.change(
      'resources',
      TENANT,
      counts.items === 0
        ? { kind: 'remove', key }
        : { kind: 'put', row: { partition: TENANT, key, columns: { sealed: sealedCount(key, counts) } } },
    );
  }

  async function countOf(resource: ResourceId): Promise<SealedCount> {
    const counts = { items: 0, inNewest: 0, accepted: 0 };
    for await (const row of notes(resource)) {
      const item = openedOr(resource, row);
      counts.items += 1;
      // What cannot be known is taken for the worse.
      if (item === undefined || item.inNewest) counts.inNewest += 1;
      if (item !== undefined && isAcceptedLoss(item)) counts.accepted += 1;
    }
    return counts;
  }
  const recount = async (resource: ResourceId): Promise<void> => putCount(resource, await countOf(resource));

  /** What the row of a count says, or the items themselves where it does not open. */
  async function readCount(resource: ResourceId, row: StoredRow): Promise<SealedCount> {
    try {
      return JSON.parse(unsealed(COUNTED, placeOf(COUNTED, row.key), row)) as SealedCount;
    } catch (error) {
      if (!isFault(error, 'corrupt')) throw error;
      return countOf(resource);
    }
  }

  async function inBatches(partition: string, changes: readonly RowChange[]): Promise<void> {
    for (let from = 0; from < changes.length; from += BATCH) {
      await core.tables.transact('resources', partition, changes.slice(from, from + BATCH));
    }
  }

  return {
    async *items(resource) {
      for await (const row of notes(resource)) {
        const item = openedOr(resource, row);
        if (item !== undefined) yield item;
      }
    },
    unreadable: (resource) => unreadableNotes(core.tables, columns, resource),
    async accept(resource, items, loss, mayAccept) {
      const changes: RowChange[] = [];
      for (const id of items) {
        const row = await core.tables.get('resources', resource, `${ITEMS}${id}`);
        const item = row && openedOr(resource, row);
        if (item === undefined || isAcceptedLoss(item) || !mayAccept(item)) continue;
        const accepted = { ...loss, points: [...new Set([...(item.accepted?.points ?? []), ...item.points])] };
        changes.push({ kind: 'update', row: rowOf(resource, { ...item, accepted }), ifMatch: row?.etag ?? '' });
      }
      await inBatches(resource, changes);
      await recount(resource);
      return changes.map((change) => (change.kind === 'update' ? change.row.key.slice(ITEMS.length) : '') as ItemId);
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
      for (const item of oneEach(items)) rows.push(putOf(resource, await together(resource, item)));
      await inBatches(resource, rows);
      await recount(resource);
    },
    async onlyOlder(resource, items) {
      if (items.length === 0) return;
      await inBatches(
        resource,
        items.map((item) => putOf(resource, item)),
      );
      await recount(resource);
    },
    async *counts() {
      for await (const row of rowsOf(core.tables, 'resources', TENANT, startingWith(COUNTS))) {
        const resource = row.key.slice(COUNTS.length) as ResourceId;
        yield { resource, accepted: 0, ...(await readCount(resource, row)) };
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

function openText(
  columns: Pick<SealedColumns, 'open'>,
  scope: ResourceId,
  place: string,
  { columns: { sealed } }: StoredRow,
): string {
  return Buffer.from(columns.open(scope, place, sealed instanceof Uint8Array ? sealed : new Uint8Array())).toString();
}

function openNote(columns: Pick<SealedColumns, 'open'>, resource: ResourceId, row: StoredRow): DamagedItem {
  const goneSince = textOf(row, 'goneSince') as Instant | undefined;
  // Rows of the first days had some of it in columns, and nothing of the area.
  const plain = {
    itemId: textOf(row, 'item') as ItemId,
    at: textOf(row, 'at') as Instant,
    point: textOf(row, 'point') as PointId,
    kind: textOf(row, 'kind') as DamagedItem['kind'],
    inNewest: row.columns['inNewest'] === true,
    area: 'content',
    ...(goneSince !== undefined && { goneSince }),
  } as const;
  const sealed = JSON.parse(openText(columns, resource, placeOf(resource, row.key), row)) as Partial<DamagedItem> &
    Pick<DamagedItem, 'sourceId' | 'name' | 'reason' | 'packs' | 'points'>;
  return { ...plain, ...sealed };
}

/** Undefined when the note is not as it was written. */
function noteOr(columns: Pick<SealedColumns, 'open'>, resource: ResourceId, row: StoredRow): DamagedItem | undefined {
  try {
    return openNote(columns, resource, row);
  } catch (error) {
    if (!isFault(error, 'corrupt')) throw error;
    return undefined;
  }
}

/** Items whose notes do not open. */
export async function unreadableNotes(
  tables: TableStore,
  columns: Pick<SealedColumns, 'open'>,
  resource: ResourceId,
): Promise<readonly ItemId[]> {
  const ids: ItemId[] = [];
  for await (const row of rowsOf(tables, 'resources', resource, startingWith(ITEMS)))
    if (noteOr(columns, resource, row) === undefined) ids.push(row.key.slice(ITEMS.length) as ItemId);
  return ids;
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

import type { TargetContainer, WriteOrder, Written } from '../../connector.ts';
import { isFault } from '../../fault.ts';
import type { Entry } from '../../model/item.ts';
import type { ResourceId, Workload } from '../../model/ids.ts';
import { rowsOf, startingWith } from '../../repository/tableRows.ts';
import type { VerifyServices } from '../verifyServices.ts';

/** One item that a drill is about to make at its place, or has made there and not taken away yet. */
export interface PlacedItem {
  readonly place: ResourceId;
  readonly workload: Workload;
  readonly container: TargetContainer;
  /** Without where its bytes lie. */
  readonly entry: Entry;
  readonly order: Pick<WriteOrder, 'mark' | 'name' | 'lookAlikes' | 'before' | 'meta'>;
  readonly written?: Written;
}

/**
 * What lies at the places of drills, written down before it is made and forgotten when it is gone: whatever dies, the next
 * drill knows what to take away.
 */
export interface PlacedRows {
  put(item: PlacedItem): Promise<void>;
  list(): Promise<readonly PlacedItem[]>;
  forget(item: PlacedItem): Promise<void>;
}

const partition = 'drill';
const PLACED = 'placed/';
/** A column holds 64 KiB; sealing adds little. */
const MOST_BYTES = 60 * 1024;

export function placedRows({ ground: { tables, sealer } }: Pick<VerifyServices, 'ground'>): PlacedRows {
  const keyOf = ({ order }: PlacedItem): string => `${PLACED}${order.mark}`;
  const placeOf = (key: string): string => `resources/${partition}/${key}/sealed`;

  return {
    async put(item) {
      const key = keyOf(item);
      const sealed = sealer.sealColumn(partition, placeOf(key), bytesOf(item));
      await tables.change('resources', partition, { kind: 'put', row: { partition, key, columns: { sealed } } });
    },
    async list() {
      const items: PlacedItem[] = [];
      for await (const { key, columns } of rowsOf(tables, 'resources', partition, startingWith(PLACED))) {
        const { sealed } = columns;
        if (!(sealed instanceof Uint8Array)) continue;
        try {
          const bytes = await sealer.openColumn(partition, placeOf(key), sealed);
          items.push(JSON.parse(Buffer.from(bytes).toString()) as PlacedItem);
        } catch (error) {
          // Nobody knows any more what it was: it stays in the folder that has the name of the drills.
          if (!isFault(error, 'corrupt')) throw error;
        }
      }
      return items;
    },
    forget: async (item) => {
      await tables.change('resources', partition, { kind: 'remove', key: keyOf(item) });
    },
  };
}

/** What is too much for a row is left away; the mark alone finds it as well, or the name and the count. */
function bytesOf(item: PlacedItem): Uint8Array {
  const { entry, order } = item;
  const bare = { ...item, entry: { ...entry, streams: entry.streams.map((stream) => ({ ...stream, parts: [] })) } };
  const whole = Buffer.from(JSON.stringify(bare));
  if (whole.length <= MOST_BYTES) return whole;
  const { meta: _meta, before: _before, ...less } = order;
  return Buffer.from(JSON.stringify({ ...bare, order: less }));
}

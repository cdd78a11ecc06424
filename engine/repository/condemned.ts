import { Fault, isFault } from '../fault.ts';
import type { PackId } from '../model/ids.ts';
import type { StoredRow, TableStore } from '../ports/tableStore.ts';
import type { ChunkIndex } from './chunkIndex.ts';
import { numberOf, rowsOf, startingWith, textOf } from './tableRows.ts';

/** Rows of the sweep: table `resources`, this partition. */
export const SWEEP = 'sweep';
export const STATE_KEY = 'state';
export const OBJECT_ROWS = 'object/';

/**
 * `condemned`: nobody needed it, nothing new may name it, after a day it goes. `retiring`: needed, and about to be written
 * into another pack; nothing new may name it. `deleted`: it was decided that the blob goes. `kept`: looked at closely and
 * left as it is. The name of an object is that of its blob.
 */
export type ObjectState = 'condemned' | 'retiring' | 'deleted' | 'kept';

export const objectKey = (name: string): string => `${OBJECT_ROWS}${name}`;
const packKey = (pack: PackId): string => objectKey(`packs/${pack.slice(0, 2)}/${pack}`);
export const stateOfRow = (row: StoredRow): ObjectState => textOf(row, 'state') as ObjectState;

/**
 * Packs that nothing new may name, as this process knows them. A condemnation has a number that grows; a head carries the
 * number that its job knew of. So the sweep can tell jobs that know from jobs that do not, without asking any clock.
 */
export interface CondemnedList {
  /** The number of the condemnation that is known here; read from storage when nothing is known yet. */
  known(): Promise<number>;
  /** Looks whether there is a newer one, and reads the list then. Afterwards no chunk is found in these packs any more. */
  refresh(): Promise<void>;
  /**
   * What names `packs` is about to become durable. Those that are condemned or retiring are taken off the list; those that
   * are on their way out (`deleted`) are answered.
   */
  reclaim(packs: readonly PackId[]): Promise<ReadonlySet<PackId>>;
}

export function condemnedList(tables: TableStore, chunks: ChunkIndex): CondemnedList {
  let known: number | undefined;
  let listed: ReadonlySet<PackId> = new Set();

  async function refresh(): Promise<number> {
    // The number first: whatever is condemned under it is in its rows by then.
    const state = await tables.get('resources', SWEEP, STATE_KEY);
    const announced = state === undefined ? 0 : numberOf(state, 'announced');
    if (announced === known) return announced;
    const packs = new Set<PackId>();
    for await (const row of rowsOf(tables, 'resources', SWEEP, startingWith(objectKey('packs/')))) {
      if (stateOfRow(row) === 'kept') continue;
      const pack = row.key.slice(row.key.lastIndexOf('/') + 1) as PackId;
      packs.add(pack);
      chunks.forgetPack(pack);
    }
    listed = packs;
    known = announced;
    return announced;
  }

  /** False when the pack is going. */
  async function keep(pack: PackId): Promise<boolean> {
    for (;;) {
      const row = await tables.get('resources', SWEEP, packKey(pack));
      const state = row && stateOfRow(row);
      if (row === undefined || state === 'deleted' || state === 'kept') return state !== 'deleted';
      try {
        await tables.change('resources', SWEEP, { kind: 'remove', key: row.key, ifMatch: row.etag });
        return true;
      } catch (error) {
        // The sweep was faster, or the answer got lost: the row says.
        if (!isFault(error, 'conflict')) throw error;
      }
    }
  }

  return {
    known: async () => known ?? (await refresh()),
    async refresh() {
      await refresh();
    },
    async reclaim(packs) {
      await refresh();
      const going = new Set<PackId>();
      for (const pack of packs) if (listed.has(pack) && !(await keep(pack))) going.add(pack);
      return going;
    },
  };
}

/** The fault for a pack that is on its way out: what names it is stored anew. */
export const isGoing = (pack: PackId): Fault =>
  new Fault(
    'missing',
    `packs/${pack.slice(0, 2)}/${pack} was removed because nothing needed it. No restore point is made on it; its items are stored anew in the next run.`,
    { origin: 'storage' },
  );

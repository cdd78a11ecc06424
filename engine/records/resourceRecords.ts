import type { ResourceId } from '../model/ids.ts';
import type { ProtectedResource } from '../model/resource.ts';
import type { RowChange, TableStore } from '../ports/tableStore.ts';
import type { Records, Versioned } from './records.ts';
import type { SealedRows } from './sealedRows.ts';

const partition = 'resources';
const pageSize = 200;

export function resourceRecords(tables: TableStore, rows: SealedRows): Records['resources'] {
  return {
    get: async (id) => (await rows.get(partition, id)) as Versioned<ProtectedResource> | undefined,

    async list(filter = {}, pageToken) {
      const { workload, state, ownerId } = filter;
      const wanted = filter.q === undefined ? undefined : folded(filter.q);
      const page = await rows.readablePage(partition, {
        limit: pageSize,
        ...(pageToken !== undefined && { pageToken }),
      });
      // Only what was sealed decides: a column that anybody can change would hide a resource from those who look for it.
      const value = page.value
        .map((row) => row.value as ProtectedResource)
        .filter((resource) => isOrAny(resource.workload, workload) && isOrAny(resource.state, state))
        .filter((resource) => isOrAny(resource.ownerId, ownerId))
        .filter(({ name, address = '' }) => wanted === undefined || folded(`${name}\n${address}`).includes(wanted));
      const found = { value, unreadable: page.unreadable as readonly ResourceId[] };
      return page.nextPageToken === undefined ? found : { ...found, nextPageToken: page.nextPageToken };
    },

    async put(resource, etag) {
      const row = await rows.seal(partition, resource.id, resource);
      const change: RowChange =
        etag === undefined
          ? { kind: 'put', row }
          : etag === ''
            ? { kind: 'insert', row }
            : { kind: 'update', row, ifMatch: etag };
      await tables.change('records', partition, change);
    },

    async remove(id) {
      await tables.change('records', partition, { kind: 'remove', key: id });
    },
  };
}

const isOrAny = (value: string | undefined, wanted: string | undefined): boolean =>
  wanted === undefined || value === wanted;
const folded = (text: string): string => text.normalize('NFC').toLowerCase();

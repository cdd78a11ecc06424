import { Fault } from '../fault.ts';
import { elsewhere, findBasis, rootOfBasis } from './basis.ts';
import type { Core } from './core.ts';
import { readHead, takeFence, writeHead } from './heads.ts';
import type { Pages } from './pages.ts';
import { pointReader } from './pointReader.ts';
import { findPoint, listPoints, pointRow, visiblePoints } from './pointRows.ts';
import { publish } from './publish.ts';
import type { Points } from './repository.ts';
import { recallRoot } from './root.ts';
import type { SealedColumns } from './sealedColumns.ts';

export function points(core: Core, pages: Pages, columns: SealedColumns): Points {
  const rows = { tables: core.tables, columns };

  return {
    head: (resource) => readHead(core, resource),
    async takeFence(resource, taker) {
      const head = await takeFence(core, resource, taker, await core.condemned.known());
      // Only now: whatever is condemned later raises this fence before it goes.
      if (head !== undefined) await core.condemned.refresh();
      return head;
    },
    commit: (head, change) => writeHead(core, head, { ...head, ...change }),
    publish: (head, draft) => publish(core, pages, columns, head, draft),

    async confirm(head, at) {
      for await (const visible of visiblePoints(rows, head.resourceId)) {
        if (visible.point.id !== head.newestPoint) continue;
        const row = pointRow(rows, { ...visible.point, confirmedAt: at }, visible.hash);
        return writeHead(core, head, { ...head, heartbeatAt: at }, [
          { kind: 'update', row, ifMatch: visible.row.etag },
        ]);
      }
      throw new Fault('not-found', 'There is no restore point to confirm.', { origin: 'storage' });
    },

    list: (resource, pageToken) => listPoints(rows, resource, pageToken),
    find: async (resource, at) => (await findPoint(rows, resource, at)).point,
    open: async (resource, id) => pointReader(await recallRoot(core, resource, id), pages),

    findBasis: (resource, newest) => findBasis(core, resource, newest),
    async openBasis(resource, basis) {
      const root = await rootOfBasis(core, resource, basis);
      return root && pointReader(root, pages);
    },
    elsewhere: (resource) => elsewhere(core, pages, resource),
  };
}

import { isFault } from '../fault.ts';
import type { ResourceId, RunId } from '../model/ids.ts';
import type { Run, RunResource } from '../model/run.ts';
import type { RowChange, TableStore } from '../ports/tableStore.ts';
import { newestFirst } from './newestFirst.ts';
import type { Records, Versioned } from './records.ts';
import type { SealedRows } from './sealedRows.ts';
import { keeper, type EndedServices } from './endedRecords.ts';

/*
 * All rows of runs share one partition, so that they change together: the run itself, one row that puts it in order of
 * time, and one that is there while it has not ended. So nobody reads finished runs to find the open ones.
 */
export const runsPartition = 'runs';
const partition = runsPartition;
const runKey = (id: string): string => `run:${id}`;
const openKey = (id: string): string => `open:${id}`;
const listKey = (run: Run): string => `list:${newestFirst(Date.parse(run.startedAt))}:${run.id}`;
const pageSize = 50;

const lastPartOf = (key: string): string => key.slice(key.lastIndexOf(':') + 1);

const hasEnded = (run: Run): boolean => run.state === 'completed' || run.state === 'cancelled';

interface RunServices {
  readonly tables: TableStore;
  readonly rows: SealedRows;
}

/** What the blob of a run that ended holds. */
export interface EndedRun {
  readonly run: Run;
  readonly rows: readonly RunResource[];
}

export function runRecords(services: EndedServices & RunServices): Records['runs'] {
  const { tables, rows } = services;
  const resources = runResourceRecords(tables, rows);
  const endedRun = async (run: Run): Promise<EndedRun> => {
    const ended: RunResource[] = [];
    let pageToken: string | undefined;
    do {
      const page = await resources.list(run.id, pageToken);
      ended.push(...page.value);
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined);
    return { run, rows: ended };
  };

  const get = async (id: RunId): Promise<Versioned<Run> | undefined> =>
    (await rows.get(partition, runKey(id))) as Versioned<Run> | undefined;
  const ends = keeper(services, 'run', partition, async (id) => {
    const run = (await get(id as RunId))?.value;
    return run && hasEnded(run) ? endedRun(run) : undefined;
  });

  return {
    async create(run) {
      const changes: RowChange[] = [
        { kind: 'insert', row: await rows.seal(partition, runKey(run.id), run) },
        { kind: 'insert', row: { partition, key: listKey(run), columns: { run: run.id } } },
      ];
      if (!hasEnded(run))
        changes.push({ kind: 'put', row: { partition, key: openKey(run.id), columns: { run: run.id } } });
      try {
        await tables.transact('records', partition, changes);
        return true;
      } catch (error) {
        if (isFault(error, 'conflict')) return false;
        throw error;
      }
    },

    get,

    async list(pageToken) {
      const range = { from: 'list:', to: 'list;', limit: pageSize, ...(pageToken !== undefined && { pageToken }) };
      const page = await tables.query('records', partition, range);
      // The key says which, and not the column: a key cannot be changed behind our back without the row being gone.
      const runs = await Promise.all(page.rows.map(({ key }) => get(lastPartOf(key) as RunId)));
      const value = runs.flatMap((run) => (run ? [run.value] : []));
      return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };
    },

    async open() {
      const ids: RunId[] = [];
      for await (const { key } of rows.all(partition, { from: 'open:', to: 'open;' }))
        ids.push(lastPartOf(key) as RunId);
      const runs = await Promise.all(ids.map(get));
      return runs.filter((run) => run !== undefined && !hasEnded(run.value)) as Versioned<Run>[];
    },

    async update(run, etag) {
      const changes: RowChange[] = [
        { kind: 'update', row: await rows.seal(partition, runKey(run.id), run), ifMatch: etag },
      ];
      if (hasEnded(run)) changes.push({ kind: 'remove', key: openKey(run.id) }, ...(await ends.mark(run.id)));
      const [written = ''] = await tables.transact('records', partition, changes);
      if (hasEnded(run)) await ends.keep();
      return { value: run, etag: written };
    },

    resources,
  };
}

const perTransaction = 100;

function runResourceRecords(tables: TableStore, rows: SealedRows): Records['runs']['resources'] {
  const partitionOf = (run: RunId): string => `run-${run}`;
  const get = async (run: RunId, resource: ResourceId): Promise<Versioned<RunResource> | undefined> =>
    (await rows.get(partitionOf(run), resource)) as Versioned<RunResource> | undefined;

  return {
    async plan(run, planned) {
      const there = new Set<string>();
      for await (const { key } of rows.all(partitionOf(run))) there.add(key);
      const missing = planned.filter(({ resourceId }) => !there.has(resourceId));
      for (let at = 0; at < missing.length; at += perTransaction) {
        const changes = await Promise.all(
          missing.slice(at, at + perTransaction).map(async (row): Promise<RowChange> => ({
            kind: 'insert',
            row: await rows.seal(partitionOf(run), row.resourceId, row),
          })),
        );
        await insertMissing(tables, partitionOf(run), changes);
      }
    },

    get,

    async list(run, pageToken) {
      const page = await rows.page(partitionOf(run), { limit: 200, ...(pageToken !== undefined && { pageToken }) });
      const value = page.value.map((row) => row.value as RunResource);
      return page.nextPageToken === undefined ? { value } : { value, nextPageToken: page.nextPageToken };
    },

    async update(row, etag) {
      const partition = partitionOf(row.runId);
      const sealed = await rows.seal(partition, row.resourceId, row);
      const written = await tables.change('records', partition, { kind: 'update', row: sealed, ifMatch: etag });
      return { value: row, etag: written };
    },
  };
}

/** All at once; when another planner was faster with some, one by one, and what is there stays. */
async function insertMissing(tables: TableStore, partition: string, changes: readonly RowChange[]): Promise<void> {
  try {
    await tables.transact('records', partition, changes);
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    if (changes.length === 1) return;
    for (const change of changes) await insertMissing(tables, partition, [change]);
  }
}

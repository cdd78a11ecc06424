import type { LedgerEntry, Run, RunResource } from '../../../contract/runs.ts';
import type { ResourceId, RunId } from '../../../engine/model/ids.ts';
import type { ProtectedResource } from '../../../engine/model/resource.ts';
import type { Run as Stored } from '../../../engine/model/run.ts';
import { readRecord } from '../../../engine/records/everyResource.ts';
import { maySeeNames, sharedSettings } from '../../access.ts';
import type { Services, ShownRun } from '../../services.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import type { Handlers } from '../handler.ts';
import { named, type Names } from '../named.ts';
import { cutPages } from '../paging.ts';
import { notFound } from '../problem.ts';

type RunRoute = 'listRuns' | 'getRun' | 'listRunResources' | 'listRunLedger' | 'cancelRun';

export const runRoutes: Handlers<RunRoute> = {
  listRuns:
    async ({ services }) =>
    async ({ query }) => {
      const page = await cutPages(
        (token) => services.records.runs.list(token),
        (run) => (query.policyId !== undefined && run.policyId !== query.policyId ? undefined : run),
        { size: query.pageSize, token: query.pageToken },
      );
      const names = await services.roles.names();
      const shown = (await services.backup.describe(page.value)).map((run) => presentRun(run, names));
      // The state that people see is computed, so that a filter by state comes last; a page may be short for it.
      return json({
        ...page,
        value: query.state === undefined ? shown : shown.filter((run) => run.state === query.state),
      });
    },

  getRun: async ({ services, params }) => {
    const run = await findRun(services, params.id);
    return async () => json(await describe(services, run));
  },

  listRunResources: async ({ services, params }) => {
    const run = await findRun(services, params.id);
    return async ({ query }) => {
      const page = await cutPages(
        (token) => services.records.runs.resources.list(run.id, token),
        (row) => (query.state !== undefined && row.state !== query.state ? undefined : row),
        { size: query.pageSize, token: query.pageToken },
      );
      const resources = await resourcesById(
        services,
        page.value.map((row) => row.resourceId),
      );
      const value = page.value.map((stored): RunResource => {
        const { runId: _, lastSlice: __, firstSlice: ___, ...row } = stored;
        const resource = resources.get(row.resourceId);
        return { ...row, name: resource?.name ?? '', workload: resource?.workload ?? '' };
      });
      return json({ ...page, value });
    };
  },

  listRunLedger: async ({ services, caller, params }) => {
    const run = await findRun(services, params.id);
    return async ({ query }) => {
      const page = await services.backup.ledger(run.id, {
        ...(query.outcome === undefined ? {} : { outcome: query.outcome }),
        ...(query.resourceId === undefined ? {} : { resourceId: query.resourceId as ResourceId }),
        ...(query.pageToken === undefined ? {} : { pageToken: query.pageToken }),
        ...(query.pageSize === undefined ? {} : { limit: query.pageSize }),
      });
      const settings = await sharedSettings(services.records);
      const resources = await resourcesById(
        services,
        page.value.map((entry) => entry.resourceId),
      );
      const value = page.value.map((stored): LedgerEntry => {
        const { sourceId: _, ...entry } = stored;
        const resource = resources.get(entry.resourceId);
        const showNames = resource !== undefined && maySeeNames(caller, resource, settings);
        return { ...entry, name: showNames ? entry.name : `item ${entry.itemId.slice(0, 6)}` };
      });
      return json({ ...page, value });
    };
  },

  cancelRun: async (asked) => {
    const { services, params } = asked;
    const run = await findRun(services, params.id);
    return async () => {
      await services.backup.cancelRun(run.id);
      await audit(asked, 'run.cancel', { run: run.id });
      return json(await describe(services, await findRun(services, run.id)), 202);
    };
  },
};

async function findRun(services: Services, id: string): Promise<Stored> {
  const run = await services.records.runs.get(id as RunId);
  if (run === undefined) throw notFound('run');
  return run.value;
}

async function describe(services: Services, run: Stored): Promise<Run> {
  const [shown] = await services.backup.describe([run]);
  return presentRun(shown ?? run, await services.roles.names());
}

export function presentRun(shown: ShownRun, names: Names): Run {
  const { planned: _, waiting: __, groups: ___, heldRetention: ____, alreadyRunning, only, ...run } = shown;
  return {
    ...named('startedByName', run.startedBy, names),
    ...run,
    alreadyRunning: [...alreadyRunning],
    ...(only && { only: [...only] }),
  };
}

export async function resourcesById(
  services: Services,
  ids: readonly ResourceId[],
): Promise<ReadonlyMap<ResourceId, ProtectedResource>> {
  // A record that does not open keeps nobody from the page that names it.
  const found = await Promise.all([...new Set(ids)].map((id) => readRecord(services.records, id)));
  return new Map(
    found.flatMap((known) => (known === undefined || known === 'unreadable' ? [] : [[known.id, known] as const])),
  );
}

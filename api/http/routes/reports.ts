import type { Report, ReportKind } from '../../../contract/audit.ts';
import { instant } from '../../../engine/model/ids.ts';
import type { Page } from '../../../engine/records/records.ts';
import { maySeeNames, sharedSettings } from '../../access.ts';
import type { Services } from '../../services.ts';
import { json } from '../answer.ts';
import { audit } from '../audit.ts';
import { auditColumns, auditRow } from '../auditTable.ts';
import { type Caller, hasRole } from '../caller.ts';
import { toCsv } from '../csv.ts';
import type { Handlers } from '../handler.ts';
import { newestPoint } from './resources.ts';
import { resourcesById } from './runs.ts';

const MOST_ROWS = 10_000;

interface Wanted {
  readonly services: Services;
  readonly caller: Caller;
  readonly isIn: (time: string) => boolean;
}
interface Table {
  readonly columns: readonly string[];
  readonly rows: Report['rows'];
  readonly summary: string;
  readonly complete: boolean;
}

const tables: Readonly<Record<ReportKind, (wanted: Wanted) => Promise<Table>>> = {
  coverage,
  runs,
  failures,
  audit: auditLog,
};

export const reportRoutes: Handlers<'getReport'> = {
  getReport:
    async (asked) =>
    async ({ query }) => {
      const { services, caller, params } = asked;
      const isIn = (time: string) =>
        (query.from === undefined || Date.parse(time) >= Date.parse(query.from)) &&
        (query.to === undefined || Date.parse(time) < Date.parse(query.to));
      const table = await tables[params.kind]({ services, caller, isIn });
      await audit(asked, 'report.read', { report: params.kind, format: query.format ?? 'json' });
      const generatedAt = instant(services.clock.now());
      if (query.format === 'csv') {
        return {
          status: 200,
          headers: {
            'Content-Type': 'text/csv; charset=utf-8',
            'Content-Disposition': `attachment; filename="holdfast-${params.kind}-${generatedAt.slice(0, 10)}.csv"`,
            'Cache-Control': 'no-store',
          },
          body: toCsv(table.columns, table.rows),
        };
      }
      const report: Report = {
        kind: params.kind,
        generatedAt,
        generatedBy: caller.name,
        timeZone: 'UTC',
        filter: {
          ...(query.from === undefined ? {} : { from: query.from }),
          ...(query.to === undefined ? {} : { to: query.to }),
        },
        ...table,
        columns: [...table.columns],
      };
      return json(report);
    },
};

/** Reads a list to its end, up to the most rows of a report. */
async function gather<Value>(
  source: (token?: string) => Promise<Page<Value>>,
  keep: (value: Value) => boolean,
): Promise<{ values: Value[]; complete: boolean }> {
  const values: Value[] = [];
  let token: string | undefined;
  do {
    const page = await source(token);
    for (const value of page.value) {
      if (!keep(value)) continue;
      if (values.length === MOST_ROWS) return { values, complete: false };
      values.push(value);
    }
    token = page.nextPageToken;
  } while (token !== undefined);
  return { values, complete: true };
}

async function coverage({ services }: Wanted): Promise<Table> {
  const unreadable = new Set<string>();
  const { values, complete } = await gather(
    async (token) => {
      const page = await services.records.resources.list({}, token);
      for (const id of page.unreadable) unreadable.add(id);
      return page;
    },
    () => true,
  );
  const rows: Report['rows'] = [];
  for (const resource of values) {
    const point = await newestPoint(services, resource.id);
    rows.push([
      resource.name,
      resource.address ?? '',
      resource.workload,
      resource.kind,
      resource.state,
      resource.reason ?? '',
      point?.takenAt ?? null,
      point?.confirmedAt ?? null,
      point?.counts.items ?? null,
      point?.bytes ?? null,
    ]);
  }
  for (const id of unreadable)
    rows.push([id, '', '', '', 'unreadable', 'Its record does not open.', null, null, null, null]);
  const safe = values.filter(({ state }) => state === 'protected' || state === 'waiting').length;
  return {
    columns: [
      'Name',
      'Address',
      'Workload',
      'Kind',
      'State',
      'Reason',
      'Last restore point',
      'Confirmed',
      'Items',
      'Bytes',
    ],
    rows,
    summary: `${safe} of ${values.length + unreadable.size} resources are protected.`,
    complete,
  };
}

async function runs({ services, isIn }: Wanted): Promise<Table> {
  const { values, complete } = await gather(
    (token) => services.records.runs.list(token),
    (run) => isIn(run.startedAt),
  );
  const shown = await services.backup.describe(values);
  return {
    columns: [
      'Run',
      'Policy',
      'Started by',
      'State',
      'Status',
      'Started',
      'Finished',
      'Listed',
      'Stored',
      'Reused',
      'Skipped',
      'Failed',
      'Vanished',
      'Out of scope',
      'Removed',
      'Bytes read',
      'Bytes stored',
      'Reason',
    ],
    rows: shown.map(({ counts, ...run }) => [
      run.id,
      run.policyId,
      run.startedBy,
      run.state,
      run.status ?? '',
      run.startedAt,
      run.finishedAt ?? null,
      counts.listed,
      counts.stored,
      counts.reused,
      counts.skipped,
      counts.failed,
      counts.vanished,
      counts.outOfScope,
      counts.removed,
      counts.bytesRead,
      counts.bytesStored,
      run.reason ?? '',
    ]),
    summary: `${shown.length} runs, ${shown.filter(({ status }) => status === 'failed' || status === 'partial').length} of them not complete.`,
    complete,
  };
}

/** What failed or was skipped in the newest run of each policy, by id with its reason. */
async function failures({ services, caller, isIn }: Wanted): Promise<Table> {
  const settings = await sharedSettings(services.records);
  const newest = await gather(
    (token) => services.records.runs.list(token),
    (run) => isIn(run.startedAt),
  );
  const seen = new Set<string>();
  const rows: Report['rows'] = [];
  let complete = newest.complete;
  for (const run of newest.values) {
    if (seen.has(run.policyId)) continue;
    seen.add(run.policyId);
    for (const outcome of ['failed', 'skipped', 'vanished'] as const) {
      const { values, complete: whole } = await gather(
        (pageToken) => services.backup.ledger(run.id, { outcome, ...(pageToken === undefined ? {} : { pageToken }) }),
        () => true,
      );
      complete &&= whole;
      const resources = await resourcesById(
        services,
        values.map(({ resourceId }) => resourceId),
      );
      for (const entry of values) {
        const resource = resources.get(entry.resourceId);
        const showName = resource !== undefined && maySeeNames(caller, resource, settings);
        rows.push([
          run.id,
          resource?.name ?? entry.resourceId,
          resource?.workload ?? '',
          showName ? entry.name : '',
          entry.itemId,
          entry.outcome,
          entry.reason ?? '',
          entry.attempts,
          entry.firstSeenAt ?? null,
        ]);
      }
    }
  }
  return {
    columns: ['Run', 'Resource', 'Workload', 'Item', 'Item id', 'Outcome', 'Reason', 'Attempts', 'First seen'],
    rows: rows.slice(0, MOST_ROWS),
    summary:
      rows.length === 0
        ? 'Nothing failed or was skipped in the newest runs.'
        : `${rows.length} items failed, were skipped or vanished in the newest runs.`,
    complete: complete && rows.length <= MOST_ROWS,
  };
}

async function auditLog({ services, caller, isIn }: Wanted): Promise<Table> {
  const seesAll = hasRole(caller, 'admin', 'auditor');
  const { values, complete } = await gather(
    (token) => services.records.audit.list(token),
    (entry) => isIn(entry.at) && (seesAll || entry.who === caller.id),
  );
  return {
    columns: auditColumns,
    rows: values.map(auditRow),
    summary: `${values.length} entries.`,
    complete,
  };
}

/** The operator process of a start: holds the product's services and answers the start's questions over IPC. */
import { bootstrap } from '../../api/bootstrap.ts';
import { check } from '../../api/check.ts';
import type { Composed } from '../../api/compose.ts';
import { consoleLog } from '../../api/consoleLog.ts';
import { readSettings } from '../../api/settings.ts';
import { withTenantId } from '../../api/tenantId.ts';
import { isFault } from '../../engine/fault.ts';
import type { RunId } from '../../engine/model/ids.ts';
import type { Run, RunResource } from '../../engine/model/run.ts';
import type { FromOperator, OperatorCalls, ToOperator } from './operator.ts';
import { hasEnded } from './progress.ts';
import { SettingsError } from '../../api/settings.ts';

const send = (message: FromOperator) => {
  if (process.connected) process.send?.(message);
};

let composed: Composed | undefined;
let keyKept: PromiseWithResolvers<void> | undefined;

const calls: OperatorCalls = {
  async bootstrap() {
    const made = await bootstrap(await withTenantId(readSettings()), { log: consoleLog, showRecoveryKey: handOver });
    composed = made.composed;
    return { ...(await followed()), ...(made.trouble !== undefined && { trouble: made.trouble }) };
  },
  async storedItems() {
    return countStored(services());
  },
  async run(id) {
    const run = await services().records.runs.get(id as RunId);
    if (run === undefined) return undefined;
    const [shown] = await services().backup.describe([run.value]);
    return shown;
  },
  async check() {
    const { lines, isFine } = await check(await withTenantId(readSettings()), consoleLog);
    return { lines, isFine };
  },
};

function services() {
  if (composed === undefined) throw new Error('The operator was asked before it was made');
  return composed.services;
}

function handOver(key: string): Promise<void> {
  keyKept = Promise.withResolvers<void>();
  send({ kind: 'recoveryKey', key });
  return keyKept.promise;
}

/** The run that the start shows: the newest one under way. The first backup is the one before which none was completed. */
async function followed(): ReturnType<OperatorCalls['bootstrap']> {
  const { value: newest } = await services().records.runs.list();
  const open = newest.find((run) => !hasEnded(run));
  const isFirst = newest.every((run) => run.state !== 'completed');
  return { isFirst, ...(open !== undefined && { run: open.id }) };
}

async function countStored({ records, repository }: Composed['services']): Promise<number> {
  const open = new Map<string, RunResource>();
  for (const run of await records.runs.open())
    for (const row of await rowsOf(records, run.value)) open.set(row.resourceId, row);
  let stored = 0;
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await records.resources.list({}, token);
    const counts = await Promise.all(
      page.value.map(async ({ id }) => {
        const row = open.get(id);
        const { points } = await repository.points.list(id);
        // A first backup shows its items in the run's row long before a restore point shows them.
        const { items } = points[0]?.counts ?? { items: 0 };
        const { stored: kept, reused, containers } = row?.counts ?? { stored: 0, reused: 0, containers: 0 };
        return Math.max(items, kept + reused - containers);
      }),
    );
    stored += counts.reduce((sum, count) => sum + count, 0);
    token = page.nextPageToken;
  }
  return stored;
}

async function rowsOf(records: Composed['services']['records'], run: Run): Promise<RunResource[]> {
  const rows: RunResource[] = [];
  for (let token: string | undefined, more = true; more; more = token !== undefined) {
    const page = await records.runs.resources.list(run.id, token);
    rows.push(...page.value);
    token = page.nextPageToken;
  }
  return rows;
}

/** Foreseen troubles speak in their own sentence; of a surprise the stack is what helps. */
function explain(error: unknown): string {
  if (error instanceof SettingsError || isFault(error)) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

// Ctrl-C reaches the whole process group; the start decides when this process ends, and its death ends it too.
process.on('SIGINT', () => undefined);
process.on('SIGTERM', () => undefined);
process.on('disconnect', () => process.exit(0));
process.on('message', (message: ToOperator) => {
  if (message.kind === 'keyKept') {
    if (message.trouble === undefined) keyKept?.resolve();
    else keyKept?.reject(new Error(`The recovery key could not be handed over: ${message.trouble}`));
    return;
  }
  const { id, method, args } = message;
  const call = calls[method] as (...given: readonly string[]) => Promise<unknown>;
  call(...args).then(
    (value) => send({ kind: 'answer', id, value }),
    (error: unknown) => send({ kind: 'answer', id, trouble: explain(error) }),
  );
});

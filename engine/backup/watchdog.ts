import { instant, type Instant } from '../model/ids.ts';
import type { Run, RunResource } from '../model/run.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import type { BackupSettings } from './defaults.ts';
import { finishRun } from './finishRun.ts';
import { fail } from './nudges.ts';
import { progressOf } from './runProgress.ts';
import { changeRow, changeRun, isClosed } from './rows.ts';

/** A resource that never started waits in a long queue, most likely: it is not nudged again more often than this. */
const queuedAgainMs = 3_600_000;

export type RowVerdict = 'wait' | 'nudge' | 'fail';

/** What becomes of an open row. `headBeat` is the heartbeat of its resource, when this run holds it. Pure. */
export function rowVerdict(
  row: RunResource,
  headBeat: Instant | undefined,
  startedAt: Instant,
  now: Instant,
  settings: BackupSettings,
): RowVerdict {
  const age = (at: Instant | undefined): number => (at === undefined ? Infinity : Date.parse(now) - Date.parse(at));
  const isWaiting = row.resumesAt !== undefined && row.resumesAt > now;
  const hasStarted = row.progressAt !== undefined || row.firstSlice !== undefined;
  const standsStill = Math.max(
    hasStarted ? age(row.progressAt ?? startedAt) : 0,
    row.waitsSince === undefined ? 0 : age(row.waitsSince),
  );
  if (!isWaiting && standsStill > settings.failedWithoutProgressMs) return 'fail';
  if (isWaiting || Math.min(age(row.heartbeatAt), age(headBeat), age(row.resumesAt)) < settings.takeOverMs)
    return 'wait';
  return age(row.nudgedAt) < (hasStarted ? settings.takeOverMs : queuedAgainMs) ? 'wait' : 'nudge';
}

/** Every 5 min: takes up what lost its worker, fails what stood still for a day, ends what is through. May run twice at once. */
export async function watchdogTick(services: BackupServices): Promise<void> {
  for (const { value: run } of await services.records.runs.open()) {
    if (run.planned) await watchRun(services, run);
    else await watchPlanning(services, run);
    await finishRun(services, run.id);
  }
}

async function watchPlanning(services: BackupServices, run: Run): Promise<void> {
  const now = services.clock.now();
  if (now - Date.parse(run.startedAt) > services.settings.failedWithoutProgressMs) {
    await fail(services, { run: run.id }, run.waiting?.reason ?? 'It could not be planned for a whole day');
    return;
  }
  const heardAt = Math.max(Date.parse(run.heartbeatAt), Date.parse(run.waiting?.resumesAt ?? run.heartbeatAt));
  if (now - heardAt > services.settings.takeOverMs) {
    await services.queue.send('backup', { run: run.id });
  }
}

async function watchRun(services: BackupServices, run: Run): Promise<void> {
  const { records, repository, queue, clock, settings } = services;
  const rows: RunResource[] = [];
  for await (const row of allPages((token) => records.runs.resources.list(run.id, token))) {
    rows.push(row);
    if (isClosed(row)) continue;
    const now = instant(clock.now());
    if (rowVerdict(row, undefined, run.startedAt, now, settings) === 'wait') continue;
    const head = await repository.points.head(row.resourceId);
    const beat = head.openRun === run.id ? head.heartbeatAt : undefined;
    switch (rowVerdict(row, beat, run.startedAt, now, settings)) {
      case 'fail':
        await fail(services, { run: run.id, resource: row.resourceId }, row.reason ?? 'No progress for a whole day');
        break;
      case 'nudge':
        await changeRow(services, run.id, row.resourceId, (current) => ({ ...current, nudgedAt: now }));
        await queue.send('backup', { run: run.id, resource: row.resourceId });
        break;
      case 'wait':
        break;
    }
  }
  const { counts, heartbeatAt } = progressOf(run, rows, instant(clock.now()), settings);
  await changeRun(services, run.id, (current) =>
    current.heartbeatAt === heartbeatAt ? undefined : { ...current, counts, heartbeatAt },
  );
}

/**
 * At process start: whoever held a resource in an earlier start is dead, so every open resource is nudged at once and
 * every run that was not planned is planned, before the first timer.
 */
export async function resumeOpenRuns(services: BackupServices): Promise<number> {
  let nudged = 0;
  for (const { value: run } of await services.records.runs.open()) {
    if (!run.planned) {
      await services.queue.send('backup', { run: run.id });
      nudged++;
      continue;
    }
    for await (const row of allPages((token) => services.records.runs.resources.list(run.id, token))) {
      if (isClosed(row)) continue;
      const waitMs = row.resumesAt === undefined ? 0 : Date.parse(row.resumesAt) - services.clock.now();
      const nudge = { run: run.id, resource: row.resourceId };
      await services.queue.send('backup', nudge, Math.max(0, Math.ceil(waitMs / 1000)));
      nudged++;
    }
    await finishRun(services, run.id);
  }
  return nudged;
}

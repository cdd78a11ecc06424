import { instant, type Instant } from '../model/ids.ts';
import { addCounts, noCounts, type Counts, type RunStatus } from '../model/ledger.ts';
import type { ResourceState } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import { digestTime } from './defaults.ts';

const dayMs = 86_400_000;

/** A week in facts, for whoever gets it Monday morning. */
export interface WeeklyDigest {
  readonly kind: 'weeklyDigest';
  readonly from: Instant;
  readonly to: Instant;
  readonly runs: Readonly<Record<RunStatus, number>>;
  readonly counts: Counts;
  readonly resources: Readonly<Partial<Record<ResourceState, number>>>;
}

/** The date (local, `YYYY-MM-DD`) of the newest Monday 08:00 in `timeZone`: names the digest that is due. Pure. */
export function digestDate(now: Instant, timeZone: string): string {
  const local = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  });
  const parts = new Map(local.formatToParts(new Date(now)).map(({ type, value }) => [type, value]));
  const today = Date.parse(`${parts.get('year')}-${parts.get('month')}-${parts.get('day')}T00:00:00Z`);
  const weekday = new Date(today).getUTCDay();
  const since = (weekday - digestTime.weekday + 7) % 7;
  const isTooEarly = since === 0 && Number(parts.get('hour')) < digestTime.hour;
  return new Date(today - (isTooEarly ? 7 : since) * dayMs).toISOString().slice(0, 10);
}

/** What the runs that ended in [from, to) and the resources say together. Pure. */
export function digestOf(
  runs: readonly Run[],
  resources: Readonly<Partial<Record<ResourceState, number>>>,
  from: Instant,
  to: Instant,
): WeeklyDigest {
  const ended = runs.filter(({ finishedAt }) => finishedAt !== undefined && finishedAt >= from && finishedAt < to);
  const tally = { complete: 0, completeWithSkips: 0, partial: 0, failed: 0 };
  for (const run of ended) if (run.status) tally[run.status]++;
  const counts = ended.reduce((sum, run) => addCounts(sum, run.counts), noCounts);
  return { kind: 'weeklyDigest', from, to, runs: tally, counts, resources };
}

/** Puts the digest of the past week into the outbox, once a week. The very first call only notes where the weeks begin. */
export async function digestTick(services: BackupServices, timeZone: string): Promise<void> {
  const { records, clock } = services;
  const now = instant(clock.now());
  const date = digestDate(now, timeZone);
  const last = await records.settings.get<string>('digest/last');
  if (last?.value === date) return;
  if (last) {
    const from = instant(clock.now() - 7 * dayMs);
    const runs: Run[] = [];
    for await (const run of allPages((token) => records.runs.list(token))) {
      // Long runs started before the week that they ended in; a month more is enough for those.
      if (Date.parse(run.startedAt) < clock.now() - 37 * dayMs) break;
      runs.push(run);
    }
    const states: Partial<Record<ResourceState, number>> = {};
    for await (const { state } of allPages((token) => records.resources.list({}, token))) {
      states[state] = (states[state] ?? 0) + 1;
    }
    await records.outbox.add(`digest-${date}`, digestOf(runs, states, from, now));
  }
  await records.settings.put('digest/last', date, last?.etag);
}

import { Cron } from 'croner';
import { isFault } from '../fault.ts';
import { instant, type Instant } from '../model/ids.ts';
import { addCounts, noCounts, type Counts, type RunStatus } from '../model/ledger.ts';
import { hasNothingToCopy, type ResourceState } from '../model/resource.ts';
import type { Run } from '../model/run.ts';
import type { AuditHead, Records } from '../records/records.ts';
import { everyResource } from '../records/everyResource.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import { careOf, type DigestCare } from './digestCare.ts';

const dayMs = 86_400_000;

/** A week in facts, for whoever wants one. */
export interface WeeklyDigest {
  readonly kind: 'weeklyDigest';
  readonly from: Instant;
  readonly to: Instant;
  readonly runs: Readonly<Record<RunStatus, number>>;
  readonly counts: Counts;
  readonly resources: Readonly<Partial<Record<ResourceState, number>>>;
  /** What became of older copies; absent in summaries that were put down before this was known. */
  readonly care?: DigestCare;
  /** Where the audit log ended then. In a chat it lies outside of storage: whoever cut the log later cannot change it there. */
  readonly auditHead?: AuditHead;
}

/** When the digest leaves: a weekday (0 = Sunday) and a time of day (`HH:MM`) on the clocks of a zone. */
export interface DigestPlan {
  readonly day: number;
  readonly at: string;
  readonly timeZone: string;
}

/**
 * The newest moment up to `now` at which the digest was due, the one before it, and the local date (`YYYY-MM-DD`) that
 * names it. A time that the clocks of the zone leave out is due right after the gap, one that comes twice is due once. Pure.
 */
export function digestSlot(
  now: Instant,
  { day, at, timeZone }: DigestPlan,
): { readonly date: string; readonly before: Instant; readonly slot: Instant } {
  const cron = new Cron(`0 ${Number(at.slice(3, 5))} ${Number(at.slice(0, 2))} * * ${day}`, {
    timezone: timeZone,
    mode: '6-part',
    domAndDow: true,
  });
  // One millisecond later, so that a timer firing exactly on the minute meets its own slot.
  const [slot, before] = cron.previousRuns(2, new Date(Date.parse(now) + 1));
  if (slot === undefined || before === undefined) throw new Error(`no ${at} has ever been in ${timeZone}`);
  const date = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(slot);
  return { date, before: instant(before.getTime()), slot: instant(slot.getTime()) };
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

/** Which digest was put into the outbox last, and by which plan. */
interface LastDigest {
  readonly date: string;
  readonly plan: string;
}

/**
 * Puts the digest of the past week into the outbox, once a week however often and however late it is called; `undefined`
 * while nobody wants one. The first call, also after a change of plan, only notes where the weeks begin.
 */
export async function digestTick(services: BackupServices, plan: DigestPlan | undefined): Promise<void> {
  const { records, clock } = services;
  const due = plan && digestSlot(instant(clock.now()), plan);
  const next: LastDigest = {
    date: due?.date ?? '',
    plan: plan === undefined ? 'off' : `${plan.day} ${plan.at} ${plan.timeZone}`,
  };
  const last = await records.settings.get<LastDigest>('digest/last');
  if (last?.value.plan === next.plan && last.value.date === next.date) return;
  if (due && last?.value.plan === next.plan) {
    await records.outbox.add(`digest-${due.date}`, await weekOf(services, due.before, due.slot));
  }
  try {
    await records.settings.put('digest/last', next, last?.etag);
  } catch (error) {
    // A tick at the same time noted the same.
    if (!isFault(error, 'conflict')) throw error;
  }
}

async function weekOf({ records }: BackupServices, from: Instant, to: Instant): Promise<WeeklyDigest> {
  const runs: Run[] = [];
  for await (const run of allPages((token) => records.runs.list(token))) {
    // Long runs started before the week that they ended in; a month more is enough for those.
    if (Date.parse(run.startedAt) < Date.parse(from) - 30 * dayMs) break;
    runs.push(run);
  }
  const states: Partial<Record<ResourceState, number>> = {};
  const { resources, unreadable } = await everyResource(records);
  for (const resource of resources) {
    // Where there is nothing to copy nothing is missing.
    if (!hasNothingToCopy(resource)) states[resource.state] = (states[resource.state] ?? 0) + 1;
  }
  // What cannot be read is not backed up.
  if (unreadable.length > 0) states.failing = (states.failing ?? 0) + unreadable.length;
  return {
    ...digestOf(runs, states, from, to),
    care: await careOf(records, from, to),
    ...(await auditHeadNow(records)),
  };
}

/** Empty while there is no audit entry, or while nobody can say where the log ends. */
export async function auditHeadNow(records: Pick<Records, 'audit'>): Promise<Pick<WeeklyDigest, 'auditHead'>> {
  try {
    const auditHead = await records.audit.head();
    return auditHead.count === 0 ? {} : { auditHead };
  } catch (error) {
    // A damaged head is told by safe mode; the week is told all the same.
    if (!isFault(error, 'corrupt')) throw error;
    return {};
  }
}

import { auditHeadNow, digestOf, type WeeklyDigest } from '../../engine/backup/digest.ts';
import { careOf } from '../../engine/backup/digestCare.ts';
import { instant, type RunId } from '../../engine/model/ids.ts';
import type { Run, RunResource } from '../../engine/model/run.ts';
import type { ResourceState } from '../../engine/model/resource.ts';
import { holds, sightOf } from '../access.ts';
import { hasEnded } from '../cards/job.ts';
import { refusedCard } from '../cards/notes.ts';
import { digestCard, failuresCard, reportCard, type Cause, type ReportFacts } from '../cards/report.ts';
import { isWanted } from '../coverage.ts';
import { allResources } from '../resources.ts';
import { sayCard, type Answer, type Asked } from '../turn.ts';
import { mayStartRuns, seesTenant } from '../access.ts';
import { newestEnded } from './status.ts';
import { hears } from './notifications.ts';
import { refuseRole } from './refuse.ts';

const dayMs = 86_400_000;
const periods: Readonly<Record<string, number>> = { daily: 1, day: 1, weekly: 7, week: 7, monthly: 30, month: 30 };

/** The newest run, or `report daily | weekly | monthly`. In channels without names. */
export async function report(asked: Asked, rest: string): Promise<Answer> {
  if (!holds(asked.actor, 'Backup.Admin', 'Backup.Auditor')) return refuseRole(asked, 'report.show');
  const days = periods[rest.trim().toLowerCase()];
  if (days !== undefined) return periodReport(asked, days);
  const run = await newestEnded(asked.services.records);
  if (run === undefined) return sayCard(refusedCard(asked.texts, asked.texts('report.none')));
  return runReport(asked, run);
}

/** The report of one run that ended; of one that goes on, what is known so far is on its own card. */
export async function reportOfRun(asked: Asked, id: RunId): Promise<Answer> {
  if (!seesTenant(asked.actor)) return refuseRole(asked, 'report.show');
  const run = (await asked.services.records.runs.get(id))?.value;
  if (run === undefined) return sayCard(refusedCard(asked.texts, asked.texts('run.unknown')));
  if (!hasEnded(run)) return sayCard(refusedCard(asked.texts, asked.texts('run.notEnded')));
  return runReport(asked, run);
}

async function runReport(asked: Asked, run: Run): Promise<Answer> {
  const { services, texts, conversation } = asked;
  const named = conversation.kind === 'personal';
  const rows = await runRows(asked, run.id);
  const troubled = rows.filter(isTroubled);
  const facts: ReportFacts = {
    runId: run.id,
    status: run.status ?? 'failed',
    startedAt: run.startedAt,
    finishedAt: run.finishedAt ?? run.heartbeatAt,
    counts: run.counts,
    resources: { all: rows.length, good: rows.length - troubled.length },
    ...(run.reason === undefined ? {} : { reason: run.reason }),
    troubled: named ? await namesOf(asked, troubled) : [],
  };
  const wentBadly = isTroubled(facts);
  return sayCard(
    reportCard(texts, facts, {
      named,
      consoleUrl: services.consoleUrl(`activity/${run.id}`),
      mayRetry: wentBadly && mayStartRuns(asked.actor),
      maySnooze: wentBadly && hears(asked).troubles,
    }),
  );
}

export const isTroubled = (row: Pick<RunResource, 'status'>): boolean =>
  row.status === 'partial' || row.status === 'failed';

export async function runRows({ services }: Pick<Asked, 'services'>, id: RunId): Promise<readonly RunResource[]> {
  const rows: RunResource[] = [];
  let token: string | undefined;
  do {
    const page = await services.records.runs.resources.list(id, token);
    rows.push(...page.value);
    token = page.nextPageToken;
  } while (token !== undefined);
  return rows;
}

const mostNamed = 5;
async function namesOf({ services }: Asked, rows: readonly RunResource[]): Promise<ReportFacts['troubled']> {
  return Promise.all(
    rows.slice(0, mostNamed).map(async ({ resourceId, reason }) => {
      const name = (await services.records.resources.get(resourceId))?.value.name;
      return { ...(name === undefined ? {} : { name }), ...(reason === undefined ? {} : { reason }) };
    }),
  );
}

async function periodReport({ services, texts, now }: Asked, days: number): Promise<Answer> {
  const digest = await digestOfDays(services, now, days);
  return sayCard(digestCard(texts, digest, { consoleUrl: services.consoleUrl('activity') }));
}

/** What the runs that ended in the `days` before `now` (ms) say together. */
export async function digestOfDays(
  services: Pick<Asked['services'], 'records'>,
  now: number,
  days: number,
): Promise<WeeklyDigest> {
  const runs: Run[] = [];
  let token: string | undefined;
  do {
    const page = await services.records.runs.list(token);
    runs.push(...page.value);
    const oldest = page.value.at(-1);
    // A run lasts a month at most; older ones cannot have ended in this period.
    token =
      oldest === undefined || Date.parse(oldest.startedAt) < now - (days + 30) * dayMs ? undefined : page.nextPageToken;
  } while (token !== undefined);
  const states: Partial<Record<ResourceState, number>> = {};
  for await (const resource of allResources(services.records))
    if (isWanted(resource)) states[resource.state] = (states[resource.state] ?? 0) + 1;
  return {
    ...digestOf(runs, states, instant(now - days * dayMs), instant(now)),
    care: await careOf(services.records, instant(now - days * dayMs), instant(now)),
    ...(await auditHeadNow(services.records)),
  };
}

const mostCauses = 5;
const mostEntries = 200;

/** What went wrong, grouped by cause: items of the newest run, and resources that keep failing. */
export async function failures(asked: Asked): Promise<Answer> {
  const { services, texts, conversation, actor } = asked;
  if (!seesTenant(actor)) return refuseRole(asked, 'failures.show');
  const named = conversation.kind === 'personal';
  const sight = await sightOf(services.records, actor);
  const causes = new Map<string, { reason: string; count: number; what: Cause['what']; examples: string[] }>();
  const add = (what: Cause['what'], reason: string, example?: string): void => {
    const cause = causes.get(`${what} ${reason}`) ?? { reason, count: 0, what, examples: [] };
    cause.count++;
    if (example !== undefined && cause.examples.length < 3) cause.examples.push(example);
    causes.set(`${what} ${reason}`, cause);
  };

  const mayName = new Set<string>();
  for await (const resource of allResources(services.records)) {
    if (sight.maySeeNames(resource)) mayName.add(resource.id);
    if (resource.state === 'failing' || resource.state === 'partial')
      add('resources', resource.reason ?? texts('report.noReason'), named ? resource.name : undefined);
  }
  const run = await newestEnded(services.records);
  if (run !== undefined && run.counts.failed > 0) {
    const page = await services.ledger(run.id, { outcome: 'failed', limit: mostEntries });
    for (const entry of page.value)
      add(
        'items',
        entry.reason ?? texts('report.noReason'),
        named && mayName.has(entry.resourceId) ? entry.name : undefined,
      );
  }
  const sorted = [...causes.values()].toSorted((a, b) => b.count - a.count);
  return sayCard(
    failuresCard(texts, sorted.slice(0, mostCauses), {
      consoleUrl: services.consoleUrl('activity'),
      more: Math.max(0, sorted.length - mostCauses),
      ...(run === undefined || !isTroubled(run)
        ? {}
        : { trouble: { runId: run.id }, mayRetry: mayStartRuns(actor), maySnooze: hears(asked).troubles }),
    }),
  );
}

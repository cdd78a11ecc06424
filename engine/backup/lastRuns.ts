import type { Instant, PolicyId } from '../model/ids.ts';
import type { BackupPolicy, HeldRetention } from '../model/policy.ts';
import type { Run } from '../model/run.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import type { LastRuns } from './duePolicies.ts';
import { groupSentence, troublesOf } from './groups.ts';
import { hasEnded } from './rows.ts';

/** Runs looked at, newest first, before a policy counts as one that never ran. */
const mostRuns = 5000;

/** When each policy last started by its schedule. */
export async function lastScheduledRuns(
  services: BackupServices,
  policies: readonly BackupPolicy[],
): Promise<LastRuns> {
  const scheduled = newest(({ startedBy }) => startedBy === 'schedule');
  await lookBack(services, policies, [scheduled]);
  return startsOf(scheduled.found);
}

/** When each policy last started, by whomever: what tells an overdue policy. */
export async function lastRunsOf(services: BackupServices, policies: readonly BackupPolicy[]): Promise<LastRuns> {
  const started = newest(() => true);
  await lookBack(services, policies, [started]);
  return startsOf(started.found);
}

/** The newest run of each policy that ended and meant all that the policy means. */
export async function newestEnded(
  services: BackupServices,
  policies: readonly BackupPolicy[],
): Promise<readonly Run[]> {
  const ended = newest(hasEnded);
  await lookBack(services, policies, [ended]);
  return [...ended.found.values()];
}

/** What the newest runs of a policy tell about it. */
export interface PolicyNotes {
  /** When it last started, by whomever. */
  readonly lastRunAt?: Instant;
  /** Groups that could not be read, each in a sentence. */
  readonly troubles: readonly string[];
  /** Longer rules that count for resources that came from another policy, until they are let go here. */
  readonly heldRetention?: HeldRetention;
}

export async function policyNotes(
  services: BackupServices,
  policies: readonly BackupPolicy[],
): Promise<ReadonlyMap<PolicyId, PolicyNotes>> {
  const [started, planned] = [newest(() => true), newest((run) => run.planned)];
  await lookBack(services, policies, [started, planned]);
  return new Map(
    policies.map((policy): [PolicyId, PolicyNotes] => {
      const { groups = [], heldRetention, startedAt = '' } = planned.found.get(policy.id) ?? {};
      const lastRunAt = started.found.get(policy.id)?.startedAt;
      const isHeld = heldRetention !== undefined && (policy.retentionAcceptedAt ?? '') < startedAt;
      // A group that was taken out of the policy since is no trouble any more.
      const troubles = troublesOf(policy, groups).map(groupSentence);
      return [policy.id, { troubles, ...(lastRunAt && { lastRunAt }), ...(isHeld && { heldRetention }) }];
    }),
  );
}

const startsOf = (runs: ReadonlyMap<PolicyId, Run>): LastRuns =>
  new Map([...runs].map(([policy, { startedAt }]) => [policy, startedAt]));

/** Looks for the newest run of each policy among those that count. */
interface Search {
  readonly counts: (run: Run) => boolean;
  readonly found: Map<PolicyId, Run>;
}

const newest = (counts: Search['counts']): Search => ({ counts, found: new Map() });

/** Goes through the runs once, however many searches there are. */
async function lookBack(
  services: BackupServices,
  policies: readonly BackupPolicy[],
  searches: readonly Search[],
): Promise<void> {
  const wanted = new Set<PolicyId>(policies.map(({ id }) => id));
  let looked = 0;
  if (wanted.size === 0) return;
  for await (const run of allPages((token) => services.records.runs.list(token))) {
    if (++looked > mostRuns) return;
    if (run.only || !wanted.has(run.policyId)) continue;
    for (const { counts, found } of searches) if (!found.has(run.policyId) && counts(run)) found.set(run.policyId, run);
    if (searches.every(({ found }) => found.size === wanted.size)) return;
  }
}

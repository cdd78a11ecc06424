import type { PolicyId } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { Run } from '../model/run.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import type { LastRuns } from './duePolicies.ts';
import { groupSentence, troublesOf } from './groups.ts';
import { groupsNamed } from './planRun.ts';

/** Runs looked at, newest first, before a policy counts as one that never ran. */
const mostRuns = 5000;

/** When each policy last started by its schedule. */
export const lastScheduledRuns = async (
  services: BackupServices,
  policies: readonly BackupPolicy[],
): Promise<LastRuns> => startsOf(await newestRuns(services, policies, ({ startedBy }) => startedBy === 'schedule'));

/** When each policy last started, by whomever: what tells an overdue policy. */
export const lastRunsOf = async (services: BackupServices, policies: readonly BackupPolicy[]): Promise<LastRuns> =>
  startsOf(await newestRuns(services, policies, () => true));

/** What keeps policies from protecting all that they mean, in sentences: groups that the newest run of each could not read. */
export async function policyTroubles(
  services: BackupServices,
  policies: readonly BackupPolicy[],
): Promise<ReadonlyMap<PolicyId, readonly string[]>> {
  const withGroups = policies.filter((policy) => groupsNamed([policy]).size > 0);
  const runs = await newestRuns(services, withGroups, ({ planned }) => planned);
  return new Map(
    // A group that was taken out of the policy since is no trouble any more.
    withGroups.map((policy) => [policy.id, troublesOf(policy, runs.get(policy.id)?.groups ?? []).map(groupSentence)]),
  );
}

const startsOf = (runs: ReadonlyMap<PolicyId, Run>): LastRuns =>
  new Map([...runs].map(([policy, { startedAt }]) => [policy, startedAt]));

async function newestRuns(
  services: BackupServices,
  policies: readonly BackupPolicy[],
  counts: (run: Run) => boolean,
): Promise<ReadonlyMap<PolicyId, Run>> {
  const wanted = new Set<PolicyId>(policies.map(({ id }) => id));
  const found = new Map<PolicyId, Run>();
  let looked = 0;
  for await (const run of allPages((token) => services.records.runs.list(token))) {
    if (wanted.size === 0 || ++looked > mostRuns) break;
    if (run.only || !wanted.has(run.policyId) || !counts(run)) continue;
    found.set(run.policyId, run);
    wanted.delete(run.policyId);
  }
  return found;
}

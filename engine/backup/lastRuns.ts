import type { PolicyId } from '../model/ids.ts';
import type { BackupPolicy, HeldRetention } from '../model/policy.ts';
import type { Run } from '../model/run.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import type { LastRuns } from './duePolicies.ts';
import { groupSentence, troublesOf } from './groups.ts';

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

/** What the newest run of a policy tells about it. */
export interface PolicyNotes {
  /** Groups that could not be read, each in a sentence. */
  readonly troubles: readonly string[];
  /** Longer rules that count for resources that came from another policy, until they are let go here. */
  readonly heldRetention?: HeldRetention;
}

export async function policyNotes(
  services: BackupServices,
  policies: readonly BackupPolicy[],
): Promise<ReadonlyMap<PolicyId, PolicyNotes>> {
  const runs = await newestRuns(services, policies, ({ planned }) => planned);
  return new Map(
    policies.map((policy): [PolicyId, PolicyNotes] => {
      const { groups = [], heldRetention, startedAt = '' } = runs.get(policy.id) ?? {};
      const isHeld = heldRetention !== undefined && (policy.retentionAcceptedAt ?? '') < startedAt;
      // A group that was taken out of the policy since is no trouble any more.
      const troubles = troublesOf(policy, groups).map(groupSentence);
      return [policy.id, { troubles, ...(isHeld && { heldRetention }) }];
    }),
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

import type { PolicyId } from '../model/ids.ts';
import type { Instant } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import { allPages } from './allPages.ts';
import type { BackupServices } from './backupServices.ts';
import type { LastRuns } from './duePolicies.ts';

/** Runs looked at, newest first, before a policy counts as one that never ran. */
const mostRuns = 5000;

/** When each policy last started by its schedule. */
export const lastScheduledRuns = (services: BackupServices, policies: readonly BackupPolicy[]): Promise<LastRuns> =>
  lastRuns(services, policies, (startedBy) => startedBy === 'schedule');

/** When each policy last started, by whomever: what tells an overdue policy. */
export const lastRunsOf = (services: BackupServices, policies: readonly BackupPolicy[]): Promise<LastRuns> =>
  lastRuns(services, policies, () => true);

async function lastRuns(
  services: BackupServices,
  policies: readonly BackupPolicy[],
  counts: (startedBy: string) => boolean,
): Promise<LastRuns> {
  const wanted = new Set<PolicyId>(policies.map(({ id }) => id));
  const found = new Map<PolicyId, Instant>();
  let looked = 0;
  for await (const run of allPages((token) => services.records.runs.list(token))) {
    if (wanted.size === 0 || ++looked > mostRuns) break;
    if (run.only || !wanted.has(run.policyId) || !counts(run.startedBy)) continue;
    found.set(run.policyId, run.startedAt);
    wanted.delete(run.policyId);
  }
  return found;
}

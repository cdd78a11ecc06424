import { applyPolicies } from '../engine/backup/applyPolicies.ts';
import type { BackupServices } from '../engine/backup/backupServices.ts';
import { cancelRun } from '../engine/backup/cancelRun.ts';
import { readGroups } from '../engine/backup/groups.ts';
import { lastRunsOf, newestEnded, policyNotes } from '../engine/backup/lastRuns.ts';
import { readRunLedger } from '../engine/backup/runLedger.ts';
import { describeRuns } from '../engine/backup/runProgress.ts';
import { startPolicyRun, startResourceRun } from '../engine/backup/startRun.ts';
import type { SafeMode } from '../engine/records/safeMode.ts';
import type { BackupFlow } from './services.ts';

/**
 * engine/backup with its services filled in, as routes and the bot call it. In safe mode nobody starts a run: the policies
 * may be the wrong ones, and that it was started could not be written down.
 */
export const backupFlow = (services: BackupServices, whole: Pick<SafeMode, 'insistOnWhole'>): BackupFlow => ({
  startPolicyRun: async (policy, by, how) => {
    await whole.insistOnWhole(true);
    return startPolicyRun(services, policy, by, how);
  },
  startResourceRun: async (resource, by, how) => {
    await whole.insistOnWhole(true);
    return startResourceRun(services, resource, by, how);
  },
  cancelRun: async (run) => {
    await cancelRun(services, run);
  },
  describe: (runs) => describeRuns(services, runs),
  ledger: (run, { resourceId, ...filter }) =>
    readRunLedger(services, run, { ...filter, ...(resourceId === undefined ? {} : { resource: resourceId }) }),
  lastRuns: (policies) => lastRunsOf(services, policies),
  newestEnded: (policies) => newestEnded(services, policies),
  policyNotes: (policies) => policyNotes(services, policies),
  applyPolicies: () => applyPolicies(services),
  groups: (policies) => readGroups(services, policies),
});

import type { DependencyProbe, PermissionProbe } from '../contract/service.ts';
import { newestOfPolicies, resourceFacts, verdictOf } from '../contract/verdict.ts';
import type { SafetyFacts } from '../contract/verdict.ts';
import { instant } from '../engine/model/ids.ts';
import { allPages } from '../engine/backup/allPages.ts';
import { overduePolicies } from '../engine/backup/duePolicies.ts';
import { hasNothingToCopy } from '../engine/model/resource.ts';
import type { Run } from '../engine/model/run.ts';
import type { Services } from './services.ts';

/** Are we safe? The verdict that terminals, the console and the chat share, and what it is made of. */
export async function safetyOf(services: Pick<Services, 'records' | 'backup' | 'probes' | 'clock'>) {
  const now = instant(services.clock.now());
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const [permissions, dependencies, lastRuns, newest, { states: resources, nothingToCopy }] = await Promise.all([
    services.probes.permissions(),
    services.probes.dependencies(),
    services.backup.lastRuns(policies),
    newestRuns(services),
    countStates(services),
  ]);
  const overdue = overduePolicies(policies, lastRuns, now);
  const probed = { permissions, dependencies, overdue: overdue.length, newest };
  const verdict = verdictOf(safetyFacts(resources, nothingToCopy, probed));
  return { verdict, permissions, dependencies, overdue, resources, nothingToCopy };
}

/** Every fact that the verdict is made of, so that nothing bad stays outside of it. */
const safetyFacts = (
  states: Readonly<Record<string, number>>,
  nothingToCopy: number,
  probes: {
    readonly permissions: readonly PermissionProbe[];
    readonly dependencies: readonly DependencyProbe[];
    readonly overdue: number;
    readonly newest: readonly Run[];
  },
): SafetyFacts => ({
  ...resourceFacts(states, nothingToCopy),
  brokenDependencies: probes.dependencies.filter(({ state }) => state === 'fails').length,
  refusedPermissions: probes.permissions.filter(({ state }) => state === 'refused').length,
  latePermissions: probes.permissions.filter(({ state }) => state === 'notEffectiveYet').length,
  overduePolicies: probes.overdue,
  failedRuns: probes.newest.filter(({ status }) => status === 'failed').length,
  stalledRuns: probes.newest.filter(({ state }) => state === 'stalled').length,
});

/** The newest run of each policy, among the newest of all, as people see it. */
async function newestRuns({ records, backup }: Pick<Services, 'records' | 'backup'>): Promise<readonly Run[]> {
  const { value } = await records.runs.list();
  return backup.describe(newestOfPolicies(value));
}

async function countStates({ records }: Pick<Services, 'records'>) {
  const states: Record<string, number> = {};
  let nothingToCopy = 0;
  for await (const resource of allPages((token) => records.resources.list({}, token))) {
    states[resource.state] = (states[resource.state] ?? 0) + 1;
    if (hasNothingToCopy(resource)) nothingToCopy++;
  }
  return { states, nothingToCopy };
}

import type { DependencyProbe, PermissionProbe } from '../contract/service.ts';
import { resourceFacts, runFacts, runTroubles, verdictOf } from '../contract/verdict.ts';
import type { SafetyFacts } from '../contract/verdict.ts';
import { instant } from '../engine/model/ids.ts';
import { allPages } from '../engine/backup/allPages.ts';
import { overduePolicies } from '../engine/backup/duePolicies.ts';
import { hasNothingToCopy } from '../engine/model/resource.ts';
import type { BackupPolicy } from '../engine/model/policy.ts';
import type { Services } from './services.ts';

/** Are we safe? The verdict that terminals, the console and the chat share, and what it is made of. */
export async function safetyOf(services: Pick<Services, 'records' | 'backup' | 'probes' | 'clock' | 'verification'>) {
  const now = instant(services.clock.now());
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const [permissions, dependencies, damage, lastRuns, troubledRuns, { states: resources, nothingToCopy }] =
    await Promise.all([
      services.probes.permissions(),
      services.probes.dependencies(),
      services.verification.damage(),
      services.backup.lastRuns(policies),
      troubled(services, policies),
      countStates(services),
    ]);
  const overdue = overduePolicies(policies, lastRuns, now);
  const probed = { permissions, dependencies, overdue: overdue.length, runs: runFacts(troubledRuns), damage };
  const verdict = verdictOf(safetyFacts(resources, nothingToCopy, probed));
  return { verdict, permissions, dependencies, damage, overdue, troubledRuns, resources, nothingToCopy };
}

/** Every fact that the verdict is made of, so that nothing bad stays outside of it. */
const safetyFacts = (
  states: Readonly<Record<string, number>>,
  nothingToCopy: number,
  probes: {
    readonly permissions: readonly PermissionProbe[];
    readonly dependencies: readonly DependencyProbe[];
    readonly overdue: number;
    readonly runs: ReturnType<typeof runFacts>;
    readonly damage: { readonly items: number; readonly others: number };
  },
): SafetyFacts => ({
  ...resourceFacts(states, nothingToCopy),
  brokenDependencies: probes.dependencies.filter(({ state }) => state === 'fails').length,
  refusedPermissions: probes.permissions.filter(({ state }) => state === 'refused').length,
  latePermissions: probes.permissions.filter(({ state }) => state === 'notEffectiveYet').length,
  overduePolicies: probes.overdue,
  // Also of older restore points: what is shown there cannot be given back.
  damaged: probes.damage.items + probes.damage.others,
  ...probes.runs,
});

/** The runs in trouble, as people see them, however long ago a policy ran. */
async function troubled({ records, backup }: Pick<Services, 'records' | 'backup'>, policies: readonly BackupPolicy[]) {
  const [open, ended] = await Promise.all([records.runs.open(), backup.newestEnded(policies)]);
  return runTroubles(await backup.describe([...open.map(({ value }) => value), ...ended]));
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

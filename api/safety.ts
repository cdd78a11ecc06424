import type { DependencyProbe, PermissionProbe } from '../contract/service.ts';
import { resourceFacts, runFacts, runTroubles, verdictOf } from '../contract/verdict.ts';
import type { SafetyFacts } from '../contract/verdict.ts';
import { instant } from '../engine/model/ids.ts';
import { overduePolicies } from '../engine/backup/duePolicies.ts';
import { readKeyNotes } from '../engine/keys/keyNotes.ts';
import { isProofAwaited } from '../engine/keys/remind.ts';
import { hasNothingToCopy } from '../engine/model/resource.ts';
import type { BackupPolicy } from '../engine/model/policy.ts';
import { everyResource } from '../engine/records/everyResource.ts';
import type { Services } from './services.ts';

/** Are we safe? The verdict that terminals, the console and the chat share, and what it is made of. */
export async function safetyOf(
  services: Pick<Services, 'records' | 'backup' | 'probes' | 'clock' | 'verification' | 'sweep' | 'retention'>,
) {
  const now = instant(services.clock.now());
  const policies = (await services.records.policies.list()).map(({ value }) => value);
  const [
    permissions,
    dependencies,
    damage,
    guards,
    lastRuns,
    troubledRuns,
    { states: resources, nothingToCopy, unreadable },
  ] = await Promise.all([
    services.probes.permissions(),
    services.probes.dependencies(),
    services.verification.damage(),
    guardFacts(services),
    services.backup.lastRuns(policies),
    troubled(services, policies),
    countStates(services),
  ]);
  const overdue = overduePolicies(policies, lastRuns, now);
  const found = { ...damage, others: damage.others + unreadable };
  const probed = {
    permissions,
    dependencies,
    overdue: overdue.length,
    runs: runFacts(troubledRuns),
    damage: found,
    guards,
  };
  const verdict = verdictOf(safetyFacts(resources, nothingToCopy, probed));
  return { verdict, permissions, dependencies, damage: found, overdue, troubledRuns, resources, nothingToCopy };
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
    readonly damage: { readonly items: number; readonly accepted: number; readonly others: number };
    readonly guards: Awaited<ReturnType<typeof guardFacts>>;
  },
): SafetyFacts => ({
  ...resourceFacts(states, nothingToCopy),
  brokenDependencies: probes.dependencies.filter(({ state }) => state === 'fails').length,
  refusedPermissions: probes.permissions.filter(({ state }) => state === 'refused').length,
  latePermissions: probes.permissions.filter(({ state }) => state === 'notEffectiveYet').length,
  overduePolicies: probes.overdue,
  // Also of older restore points: what is shown there cannot be given back.
  damaged: probes.damage.items - probes.damage.accepted + probes.damage.others,
  acceptedLosses: probes.damage.accepted,
  ...probes.guards,
  ...probes.runs,
});

type GuardServices = Pick<Services, 'records' | 'sweep' | 'verification' | 'retention'>;

/** What keeps copies for longer than a day: expiry, cleanup, rehearsals, the recovery key. */
async function guardFacts({ records, sweep, verification, retention }: GuardServices) {
  const [brakes, cleanup, drills, keys, refusals] = await Promise.all([
    records.brakes.list(),
    sweep.report(),
    verification.listDrills(),
    readKeyNotes(records),
    retention.refusals(),
  ]);
  const drill = drills.value.find(({ state }) => state === 'done' || state === 'failed');
  return {
    pausedExpiry: brakes.length,
    refusedCleanups: cleanup?.refused === undefined ? 0 : 1,
    refusedExpiry: refusals.length,
    notExtended: cleanup?.notExtended ?? 0,
    missingObjects: (cleanup?.lacking ?? 0) - (cleanup?.lackingAccepted ?? 0),
    failedDrills: drill !== undefined && (drill.state === 'failed' || drill.failed > 0) ? 1 : 0,
    unprovenKeys: isProofAwaited(keys?.value) ? 1 : 0,
  };
}

/** The runs in trouble, as people see them, however long ago a policy ran. */
async function troubled({ records, backup }: Pick<Services, 'records' | 'backup'>, policies: readonly BackupPolicy[]) {
  const [open, ended] = await Promise.all([records.runs.open(), backup.newestEnded(policies)]);
  return runTroubles(await backup.describe([...open.map(({ value }) => value), ...ended]));
}

async function countStates({ records }: Pick<Services, 'records'>) {
  const states: Record<string, number> = {};
  let nothingToCopy = 0;
  const { resources, unreadable } = await everyResource(records);
  for (const resource of resources) {
    states[resource.state] = (states[resource.state] ?? 0) + 1;
    if (hasNothingToCopy(resource)) nothingToCopy++;
  }
  return { states, nothingToCopy, unreadable: unreadable.length };
}

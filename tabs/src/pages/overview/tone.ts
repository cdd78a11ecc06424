import { resourceFacts, runFacts, runTroubles, serverFacts, verdictOf } from '../../../../contract/verdict.ts';
import type { Tone } from '../../../../contract/verdict.ts';
import { isWorse } from './attention.ts';
import type { Facts } from './attention.ts';
import { knownDamage } from '../../parts/damage.ts';
import { careIssues } from './careIssues.ts';

/**
 * Headline and shield, by the rule that the server goes by too. `isWhole`: `resources` are all there are; where they are
 * not, the server's numbers count, and whoever may not see those is not told that all is well.
 */
export function toneOf(facts: Facts, isWhole: boolean, now = Date.now()): Tone {
  const { health, resources = [], runs, waitingForMe = [] } = facts;
  const damage = knownDamage(facts);
  const states = isWhole ? countStates(resources) : (health?.resources ?? countStates(resources));
  const nothingToCopy = isWhole
    ? resources.filter((each) => each.nothingToCopy === true).length
    : (health?.nothingToCopy ?? 0);
  const permissions = health?.permissions ?? [];
  const { tone } = verdictOf({
    ...resourceFacts(states, nothingToCopy),
    brokenDependencies: (health?.dependencies ?? []).filter(({ state }) => state === 'fails').length,
    refusedPermissions: permissions.filter(({ state }) => state === 'refused').length,
    latePermissions: permissions.filter(({ state }) => state === 'notEffectiveYet').length,
    overduePolicies: health?.overduePolicies?.length ?? 0,
    ...serverFacts(health?.troubles ?? []),
    damaged: damage.items + damage.others,
    acceptedLosses: damage.accepted,
    ...runFacts(runTroubles(health?.troubledRuns ?? runs ?? [])),
    approvals: waitingForMe.length,
    unseen: health === undefined || runs === undefined || (!isWhole && health.resources === undefined),
  });
  // What the server's rule does not count is in the list below the headline all the same: it is never greener than that.
  const isCalm = tone === 'good' || tone === 'busy' || tone === 'unseen';
  return isCalm && (careIssues(facts, now).length > 0 || isWorse(health)) ? 'warn' : tone;
}

const countStates = (resources: NonNullable<Facts['resources']>): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(resources, ({ state }) => state)].map(([state, own]) => [state, own.length]));

import { resourceFacts, runFacts, runTroubles, verdictOf } from '../../../../contract/verdict.ts';
import type { Tone } from '../../../../contract/verdict.ts';
import type { Facts } from './attention.ts';

/**
 * Headline and shield, by the rule that the server goes by too. `isWhole`: `resources` are all there are; where they are
 * not, the server's numbers count, and whoever may not see those is not told that all is well.
 */
export function toneOf({ health, resources = [], runs, waitingForMe = [] }: Facts, isWhole: boolean): Tone {
  const states = isWhole ? countStates(resources) : (health?.resources ?? countStates(resources));
  const nothingToCopy = isWhole
    ? resources.filter((each) => each.nothingToCopy === true).length
    : (health?.nothingToCopy ?? 0);
  const permissions = health?.permissions ?? [];
  return verdictOf({
    ...resourceFacts(states, nothingToCopy),
    brokenDependencies: (health?.dependencies ?? []).filter(({ state }) => state === 'fails').length,
    refusedPermissions: permissions.filter(({ state }) => state === 'refused').length,
    latePermissions: permissions.filter(({ state }) => state === 'notEffectiveYet').length,
    overduePolicies: health?.overduePolicies?.length ?? 0,
    ...runFacts(runTroubles(health?.troubledRuns ?? runs ?? [])),
    approvals: waitingForMe.length,
    unseen: health === undefined || runs === undefined || (!isWhole && health.resources === undefined),
  }).tone;
}

const countStates = (resources: NonNullable<Facts['resources']>): Readonly<Record<string, number>> =>
  Object.fromEntries([...Map.groupBy(resources, ({ state }) => state)].map(([state, own]) => [state, own.length]));

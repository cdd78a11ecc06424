import { added } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import type { Listed } from './packTables.ts';
import { isRewritten } from './removeObjects.ts';
import type { Scan } from './scan.ts';
import { listedPrefixes } from './state.ts';

/**
 * Old enough at `at`, when the scan began, to go on the list, and not there yet. A pack that was to be written anew and was not counts from now on only:
 * until this moment something needed it, perhaps a point that expired a minute ago.
 */
export function isGoing(cycle: Cycle, { name, modifiedAt }: Listed, at: number): boolean {
  const object = cycle.objects.get(name);
  if (object !== undefined && object.state !== 'kept' && !(object.state === 'retiring' && !isRewritten(cycle, object)))
    return false;
  return Date.parse(modifiedAt) <= at - cycle.settings.ageMs;
}

/** Puts on the list what nothing needs and is older than a day. */
export async function condemn(cycle: Cycle, { needed, at }: Scan): Promise<void> {
  const names: string[] = [];
  for (const prefix of listedPrefixes) {
    for (const facts of cycle.listing[prefix].values())
      if (!needed.has(facts.name) && isGoing(cycle, facts, at)) names.push(facts.name);
  }
  await cycle.move(names, 'condemned', (bundle) => ({
    counts: added(cycle.state.counts, { condemned: bundle.length }),
  }));
}

/** Takes names off the list that have been there long enough and whose blobs are gone. */
export async function forget(cycle: Cycle): Promise<void> {
  const names = [...cycle.objects.values()]
    .filter(({ name, state, at }) =>
      state === 'deleted'
        ? at <= cycle.now - cycle.settings.listedMs && cycle.facts(name) === undefined
        : state === 'kept' && at <= cycle.now - cycle.settings.listedMs,
    )
    .map(({ name }) => name);
  await cycle.move(names, 'off', () => ({}));
}

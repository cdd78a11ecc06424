import { added } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import type { Scan } from './scan.ts';
import { listedPrefixes } from './state.ts';

/** Puts on the list what nothing needs and is older than a day. */
export async function condemn(cycle: Cycle, { needed }: Scan): Promise<void> {
  const names: string[] = [];
  for (const prefix of listedPrefixes) {
    for (const { name, modifiedAt } of cycle.listing[prefix].values()) {
      const state = cycle.objects.get(name)?.state;
      if (needed.has(name) || (state !== undefined && state !== 'kept')) continue;
      if (Date.parse(modifiedAt) <= cycle.now - cycle.settings.ageMs) names.push(name);
    }
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

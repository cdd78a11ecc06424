import { createRepository, openRepository } from '../../../engine/repository/openRepository.ts';
import { memoryBlobStore, type MemoryBlobStore } from '../../../engine/testing/memoryBlobStore.ts';
import { memoryTableStore } from '../../../engine/testing/memoryTableStore.ts';
import { portsOf, type Outside } from '../kernel/ports.ts';
import { SimProcess } from '../kernel/process.ts';
import type { World } from '../kernel/world.ts';
import { watchKeys } from '../oracle/keyChecks.ts';
import { Findings } from '../oracle/violations.ts';
import type { Scenario } from './scenario.ts';

/** What one run made, and what each host sealed with the keys that it got hold of. */
interface Made {
  readonly outside: Outside & { readonly blobs: MemoryBlobStore };
  readonly sealed: Uint8Array[];
  readonly findings: Findings;
}
const made = new WeakMap<World, Made>();
const place = ['bootstrap', 'host'] as const;

/** I31: two hosts start at once over an empty storage account, and try again until they have a repository. */
export const bootstrap: Scenario = {
  name: 'bootstrap',
  people: [],
  options: { timerMs: 24 * 3_600_000 },
  prepare: async () => undefined,
  // Beside it the first timer of this deployment writes the first of its records.
  hasBegun: async ({ records }) => (await records.settings.get('digest/last')) !== undefined,
  async act(world) {
    const blobs = memoryBlobStore({ clock: world.clock });
    const outside = { blobs, tables: memoryTableStore(), queue: world.land.queue, key: world.land.key };
    const state: Made = { outside, sealed: [], findings: new Findings(() => world.boundary.calls.length) };
    made.set(world, state);
    watchKeys(blobs, state.findings);
    await Promise.all([insist(world, state), insist(world, state)]);
  },
  async check(world, _inspector, findings) {
    const state = made.get(world);
    if (state === undefined) return findings.broken('I31', 'nobody made a repository');
    for (const { invariant, what } of state.findings.violations) findings.broken(invariant, what);
    const ports = { ...state.outside, random: world.random, clock: world.clock };
    const repository = await openRepository(ports, { vault: state.outside.key }, world.land.tenant.tenantId);
    for (const sealed of state.sealed) {
      const opened = await Promise.resolve()
        .then(() => repository.openColumn(...place, sealed))
        .then((bytes) => Buffer.from(bytes).toString(), String);
      findings.check('I31', opened === 'mine', () => `what a host sealed does not open any more: ${opened}`);
    }
  },
};

/** A host that begins anew until it has a repository, and seals something in it. */
async function insist(world: World, state: Made): Promise<void> {
  for (;;) {
    const death = Promise.withResolvers<undefined>();
    const process = new SimProcess('maker', { onDeath: () => death.resolve(undefined), onResume: () => undefined });
    const ports = { ...portsOf(process, world.boundary, state.outside), random: world.random, clock: world.clock };
    const making = createRepository(ports, { vault: ports.key }, world.land.tenant.tenantId);
    const repository = await Promise.race([making.catch(() => undefined), death.promise]);
    if (repository !== undefined) return void state.sealed.push(repository.sealColumn(...place, Buffer.from('mine')));
    await world.time.sleep(20_000);
  }
}

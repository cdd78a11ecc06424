import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Connector } from '../connector.ts';
import { backupWorld } from './testing/backupWorld.ts';
import { discoverResources } from './discover.ts';

it('leaves alone what somebody else wrote while a discovery stood still', async () => {
  const world = await backupWorld();
  await world.run();
  const { services } = await world.start();
  const before = (await services.records.resources.get(world.resource))?.value;
  assert.ok(before);
  const { workload } = before;
  const connector = services.connectors.get(workload);
  assert.ok(connector);
  const slow: Connector = {
    ...connector,
    async *discover(signal) {
      for await (const found of connector.discover(signal)) {
        // A run of another process comes to its end, while what was read here says another name.
        await services.records.resources.put({ ...before, state: 'failing', reason: 'known better' });
        yield { ...found, resource: { ...found.resource, name: 'read long ago' } };
      }
    },
  };
  await discoverResources({ ...services, connectors: new Map([[workload, slow]]) }, [workload], {
    members: new Map(),
    troubles: [],
  });
  const after = (await services.records.resources.get(world.resource))?.value;
  assert.equal(after?.state, 'failing');
  assert.equal(after?.reason, 'known better');
});

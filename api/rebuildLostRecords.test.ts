import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../engine/fault.ts';
import { makeRecords } from '../engine/records/makeRecords.ts';
import { recordsWorld } from '../engine/testing/recordsWorld.ts';
import { rebuildLostRecords } from './rebuildLostRecords.ts';

describe('a rebuild of the records', () => {
  it('does not take away what only the table still knows, until somebody says that it may go', async () => {
    const world = recordsWorld();
    const records = makeRecords(world);
    for (const value of [1, 2, 3]) await records.settings.put('setting', value);
    const [newest] = world.blobs.dump().slice(-1);
    world.blobs.tamper('repository', newest?.name ?? '', () => undefined);

    await assert.rejects(
      rebuildLostRecords(world, { discardNewer: false }),
      (error) => isFault(error, 'invalid') && /Bring the blobs below records\/ back first/.test(error.message),
    );
    assert.equal((await records.settings.get('setting'))?.value, 3);

    const { lost, condition } = await rebuildLostRecords(world, { discardNewer: true });
    assert.deepEqual([lost, condition], [0, { safeMode: false }]);
    assert.equal((await records.settings.get('setting'))?.value, 2);
    const [entry] = (await records.audit.list()).value;
    assert.deepEqual([entry?.action, entry?.who], ['records.rebuild', 'system']);
    assert.equal(await records.audit.verify(), undefined);
  });
});

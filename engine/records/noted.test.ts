import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import type { PolicyId } from '../model/ids.ts';
import { anAuditEntry, aPolicy, recordsWorld } from '../testing/recordsWorld.ts';
import { everyFault } from '../testing/boundary.ts';
import { makeRecords } from './makeRecords.ts';
import { rebuildRecords } from './rebuildRecords.ts';
import { recoverRecords } from './recoverRecords.ts';

describe('a change that is noted', () => {
  it('has its audit entry in one with it, and after a rebuild too', async () => {
    const world = recordsWorld();
    const records = makeRecords(world);
    const made = await records.policies.create(aPolicy('p'), anAuditEntry('policy.create'));
    const changed = await records.policies.update(
      aPolicy('p', { name: 'q' }),
      made.etag,
      anAuditEntry('policy.change'),
    );
    assert.deepEqual(await records.policies.get('p' as PolicyId), changed);
    await records.settings.put('access', { open: false }, undefined, anAuditEntry('settings.change'));
    await records.policies.remove('p' as PolicyId, changed.etag, anAuditEntry('policy.remove'));
    const actions = ['policy.remove', 'settings.change', 'policy.change', 'policy.create'];
    const noted = async () => (await records.audit.list()).value.map(({ action }) => action);
    assert.deepEqual(await noted(), actions);
    assert.equal(await records.audit.verify(), undefined);

    world.tables.drop('records');
    await rebuildRecords(world);
    assert.deepEqual(await noted(), actions);
    assert.equal(await records.audit.verify(), undefined);
  });

  it('that comes too late leaves no entry', async () => {
    const records = makeRecords(recordsWorld());
    const made = await records.policies.create(aPolicy('p'));
    await records.policies.update(aPolicy('p', { name: 'q' }), made.etag);
    const late = records.policies.update(aPolicy('p', { name: 'r' }), made.etag, anAuditEntry('policy.change'));
    await assert.rejects(late, (error) => isFault(error, 'conflict'));
    assert.deepEqual((await records.audit.list()).value, []);
  });

  it('takes effect exactly when its entry is there, whatever call fails or dies', async () => {
    const runs = await everyFault(async (process) => {
      const world = recordsWorld();
      const before = makeRecords(world);
      const made = await before.policies.create(aPolicy('p', { name: 'before' }));
      const records = makeRecords({
        ...world,
        tables: process.wrap('tables', world.tables),
        blobs: process.wrap('blobs', world.blobs),
      });
      await process
        .run(async () => {
          await records.policies.update(aPolicy('p', { name: 'after' }), made.etag, anAuditEntry('policy.change'));
          await records.settings.put('access', 'closed', undefined, anAuditEntry('settings.change'));
        })
        .catch(() => undefined);
      await recoverRecords(world);
      const after = makeRecords(world);
      const actions = (await after.audit.list()).value.map(({ action }) => action);
      const where = `${process.hits[0]?.fault} at ${process.hits[0]?.call.name}`;
      const policy = (await after.policies.get('p' as PolicyId))?.value.name;
      assert.equal(policy === 'after', actions.includes('policy.change'), where);
      assert.equal((await after.settings.get('access')) !== undefined, actions.includes('settings.change'), where);
      assert.equal(await after.audit.verify(), undefined, where);
    });
    assert.ok(runs > 20, `${runs} runs`);
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isFault } from '../fault.ts';
import { instant, type UserId } from '../model/ids.ts';
import { aHold } from '../retention/testing/cases.ts';
import { anAuditEntry, recordsWorld } from '../testing/recordsWorld.ts';
import { makeRecords } from './makeRecords.ts';
import { rebuildRecords } from './rebuildRecords.ts';
import { recoverRecords } from './recoverRecords.ts';

it('keeps holds with their audit entries, and makes them again when the tables are lost', async () => {
  const world = recordsWorld();
  await recoverRecords(world);
  const { holds, audit } = makeRecords(world);
  const hold = aHold();
  const { etag } = await holds.create(hold.id, hold, anAuditEntry('hold.set', { hold: hold.id }));
  await assert.rejects(holds.create(hold.id, hold, anAuditEntry('hold.set')), (error) => isFault(error, 'conflict'));
  const released = { ...hold, releasedBy: 'other' as UserId, releasedAt: instant(5) };
  await holds.update(hold.id, released, etag, anAuditEntry('hold.release', { hold: hold.id }));
  await assert.rejects(holds.update(hold.id, hold, etag, anAuditEntry('hold.set')), (error) =>
    isFault(error, 'conflict'),
  );
  assert.deepEqual(
    (await audit.list()).value.map(({ action }) => action),
    ['hold.release', 'hold.set'],
  );
  assert.equal(await audit.verify(), undefined);

  world.tables.drop('records');
  const whole = makeRecords(world);
  assert.deepEqual(await recoverRecords(world).then(({ safeMode }) => safeMode), true);
  await rebuildRecords(world);
  assert.deepEqual(
    (await whole.holds.list()).map(({ value }) => value),
    [released],
  );
  assert.deepEqual(await whole.brakes.list(), []);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { primary } from '../../engine/records/recordLog.ts';
import { furnished, refusedWith } from '../testing/furnished.ts';
import { carl } from '../testing/people.ts';

it('starts no backup while the records are not whole, and says what to do', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const value = { report: 'never', digest: 'off', digestAt: '08:00', digestDay: 1 } as const;
  await admin.call('putSettings', { params: { name: 'notifications' }, body: value });
  await world.tables.change('records', primary, { kind: 'remove', key: 'head' });
  const rebuild = refusedWith(503, /records:rebuild/);
  await assert.rejects(admin.call('putSettings', { params: { name: 'notifications' }, body: value }), rebuild);

  await assert.rejects(admin.call('startPolicyRun', { params: { id: world.policy.id } }), rebuild);
  await assert.rejects(admin.call('startResourceRun', { params: { id: world.mail.anna.id } }), rebuild);
  assert.deepEqual(await world.services.records.runs.open(), []);

  // The audit could not say who opened or took something: so nothing is handed out, and lists stay.
  const anna = world.client(await world.signIn.person(world.mail.anna.ownerId ?? ''));
  const [id, itemId] = [world.mail.anna.id, world.itemId(world.mail.anna, 'Budget')];
  await assert.rejects(anna.open('getContent', { params: { id, itemId }, query: {} }), rebuild);
  for (const kind of ['download', 'original'] as const) {
    const selection = { items: [{ resourceId: id, itemId }] };
    const wish = {
      selection,
      destination: { kind },
      conflict: 'keepBoth',
      includePermissions: false,
      reason: 'lost',
    } as const;
    await assert.rejects(anna.call('createRestore', { body: wish }), rebuild);
  }
  assert.ok((await anna.call('listItems', { params: { id }, query: {} })).value.length > 0);
  assert.ok((await anna.call('search', { query: { q: 'Budget' } })).value.length > 0);
});

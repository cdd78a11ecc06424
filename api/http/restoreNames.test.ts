import assert from 'node:assert/strict';
import { it } from 'node:test';
import { furnished } from '../testing/furnished.ts';
import { anna, ben, carl } from '../testing/people.ts';

it('a restore request carries the names of those whose data it is and of who gets it', async () => {
  const world = await furnished();
  const asker = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const made = await asker.call('createRestore', {
    body: {
      selection: { resourceId: world.mail.anna.id },
      destination: { kind: 'resource', resourceId: world.mail.ben.id },
      reason: 'Handover',
    },
  });
  const source = { id: anna, name: 'Anna Berg', address: 'anna@contoso.example' };
  const target = { id: ben, name: 'Ben Ode', address: 'ben@contoso.example' };
  assert.deepEqual([made.sources, made.target], [[source], target]);

  // Names as they were when it was asked: what somebody decides on does not change under their eyes.
  await world.services.records.resources.put({ ...world.mail.anna, name: 'Anna Berg-Holm' });
  const listed = (await asker.call('listRestores', { query: {} })).value.find(({ id }) => id === made.id);
  assert.deepEqual([listed?.sources, listed?.target], [[source], target]);
});

it('an owner of several places is named once', async () => {
  const world = await furnished();
  const asker = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const items = [
    { resourceId: world.mail.anna.id, itemId: world.itemId(world.mail.anna, 'Budget') },
    { resourceId: world.mail.anna.id, itemId: world.itemId(world.mail.anna, 'Later') },
    { resourceId: world.mail.ben.id, itemId: world.itemId(world.mail.ben, 'Secret plan') },
  ];
  const made = await asker.call('createRestore', { body: { selection: { items }, reason: 'Both lost it' } });
  assert.deepEqual(
    made.sources?.map(({ name }) => name),
    ['Anna Berg', 'Ben Ode'],
  );
  assert.equal(made.target, undefined);
});

it('a restore request names the folder that it goes into', async () => {
  const world = await furnished();
  const asker = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const folderOf = async (destination: object) => {
    const selection = { resourceId: world.mail.anna.id };
    const body = { selection, destination, reason: 'Lost' } as Parameters<
      typeof asker.call<'createRestore'>
    >[1]['body'];
    const { id, createdAt } = await asker.call('createRestore', { body });
    const { folder } = await asker.call('getRestore', { params: { id } });
    return folder?.replace(createdAt.slice(0, 10), 'DAY');
  };
  assert.equal(await folderOf({ kind: 'newFolder' }), 'Restored DAY');
  assert.equal(await folderOf({ kind: 'newFolder', name: 'Back' }), 'Back');
  assert.equal(await folderOf({ kind: 'resource', resourceId: world.mail.ben.id }), 'Restored DAY from Anna Berg');
  assert.equal(await folderOf({ kind: 'download' }), undefined);
});

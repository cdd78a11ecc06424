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

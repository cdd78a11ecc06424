import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { UserId } from '../engine/model/ids.ts';
import { botServices } from './botServices.ts';
import type { Member } from './members.ts';
import { anna, ben, carl } from './testing/people.ts';
import { apiWorld } from './testing/world.ts';

it('hears members, and guests whom a token of the last days showed with a role', async () => {
  const world = await apiWorld();
  const directory: Readonly<Record<string, Member>> = {
    [anna]: { name: 'Anna Berg', isGuest: false },
    [ben]: { name: 'Ben (Fabrikam)', isGuest: true },
  };
  const { services } = world;
  const bot = botServices({ services, memberOf: async (person) => directory[person] }, { port: 7071 });
  const hear = (person: string) => bot.actor(person as UserId, 'as the channel says');

  assert.deepEqual(await hear(anna), { id: anna, name: 'Anna Berg', roles: [] });
  assert.equal(await hear(ben), undefined);
  assert.equal(await hear(carl), undefined);

  // The console takes the same guest by the role in the token; from then on the chat does too.
  const token = await world.signIn.person(ben, ['Backup.Admin']);
  assert.equal((await world.send('/api/policies', { token })).status, 200);
  assert.deepEqual(await hear(ben), { id: ben, name: 'Ben (Fabrikam)', roles: ['Backup.Admin'] });
  await world.clock.sleep(8 * 86_400_000);
  assert.equal(await hear(ben), undefined);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { defaultSettings } from '../../contract/settings.ts';
import { carl } from '../testing/people.ts';
import { furnished, refusedWith } from '../testing/furnished.ts';

it('drills go to the places that an administrator names, only where content may be seen, and it is noted', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const put = (drillPlaces: string[]) =>
    admin.call('putSettings', {
      params: { name: 'verification' },
      body: { ...defaultSettings.verification, drillPlaces },
    });
  const destination = async () => {
    const { id } = await admin.call('startDrill', {});
    return (await admin.call('getDrill', { params: { id } })).destination;
  };
  const { anna, ben } = world.mail;
  assert.deepEqual(await destination(), { kind: 'memory' });
  await assert.rejects(put(['f'.repeat(32)]), refusedWith(400, /drillPlaces|wrong|field/i));
  await assert.rejects(put([anna.id, ben.id]), refusedWith(400));
  await put([ben.id]);
  assert.deepEqual(await destination(), { kind: 'places', resources: [ben.id], folder: 'Holdfast drill' });
  const [noted] = (await admin.call('listAudit', { query: { action: 'drill.place' } })).value;
  assert.equal(noted?.on['places'], ben.id);

  const access = { ...defaultSettings.access, contentAccess: 'secondPerson' as const };
  await admin.call('putSettings', { params: { name: 'access' }, body: access });
  const kept = await destination();
  assert.equal(kept?.kind, 'memory');
  assert.match(kept?.why ?? '', /contentAccess/);
});

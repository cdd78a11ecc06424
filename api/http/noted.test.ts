import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fault } from '../../engine/fault.ts';
import { apiWorld } from '../testing/world.ts';
import { carl } from '../testing/people.ts';

it('a change of a policy or of settings never takes effect without its audit entry', async () => {
  const world = await apiWorld();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { audit } = world.services.records;
  const append = audit.append.bind(audit);
  // An entry that would be written after the change is lost here.
  Object.assign(audit, {
    append: () => Promise.reject(new Fault('unavailable', 'Storage is gone', { origin: 'storage' })),
  });
  const { id } = world.policy;
  const { etag } = await admin.call('getPolicy', { params: { id } });
  await admin.call('changePolicy', { params: { id }, body: { etag, name: 'Renamed' } });
  await admin.call('putSettings', { params: { name: 'selfService' }, body: { enabled: false, download: false } });
  await admin.call('removePolicy', { params: { id } });
  Object.assign(audit, { append });
  const { value } = await admin.call('listAudit', { query: {} });
  assert.deepEqual(
    value.map(({ action, who, on }) => [action, who, on]),
    [
      ['policy.remove', carl, { policy: id, name: 'Renamed' }],
      ['settings.change', carl, { settings: 'selfService', enabled: 'false', download: 'false' }],
      ['policy.change', carl, { policy: id, name: 'Renamed', changed: 'name' }],
    ],
  );
});

it('what a change of settings leaves out is noted with what counts in its place', async () => {
  const world = await apiWorld();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const name = 'verification';
  const settings = await admin.call('getSettings', { params: { name } });
  await admin.call('putSettings', { params: { name }, body: { ...settings, samples: 'monthly', fullEveryDays: 30 } });
  await admin.call('putSettings', { params: { name }, body: { drills: 'weekly', drillItems: 20 } });
  const own = { enabled: true, download: true };
  await admin.call('putSettings', { params: { name: 'selfService' }, body: { ...own, workloads: ['mail'] } });
  await admin.call('putSettings', { params: { name: 'selfService' }, body: own });
  const { value } = await admin.call('listAudit', { query: { action: 'settings.change' } });
  assert.deepEqual(value.map(({ on }) => on).toReversed(), [
    { settings: name, samples: '"monthly"', fullEveryDays: '30' },
    { settings: name, drills: '"weekly"', samples: '"weekly"', fullEveryDays: '90' },
    { settings: 'selfService', workloads: '["mail"]' },
    { settings: 'selfService', workloads: 'not set' },
  ]);
});

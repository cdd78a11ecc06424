import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { UserId } from '../../engine/model/ids.ts';
import type { ResourceState } from '../../engine/model/resource.ts';
import { furnished } from '../testing/furnished.ts';
import { carl } from '../testing/people.ts';

it('says Protected only while everything is, and counts what is not', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { anna, ben } = world.mail;
  const { policyId: _, ...bare } = ben;
  const says = async (state: ResourceState): Promise<string | undefined> => {
    await world.services.records.resources.put({ ...anna, state: 'protected' });
    await world.services.records.resources.put({ ...bare, state });
    return (await admin.call('getHealth', {})).verdict;
  };
  assert.equal(await says('protected'), 'Protected.');
  assert.equal(await says('excluded'), 'Protected.');
  assert.equal(await says('partial'), 'Needs attention: 1 resource is backed up in part.');
  assert.equal(await says('notProtected'), 'Needs attention: 1 resource is not protected.');
  assert.equal(await says('paused'), 'Needs attention: 1 resource is paused.');
  assert.equal(await says('failing'), 'Needs attention: 1 resource fails.');
  assert.equal(await says('firstBackup'), 'Copies are being made.');
  assert.equal(await says('waiting'), 'Copies are being made.');

  const run = await world.services.backup.startPolicyRun(world.policy.id, carl as UserId);
  const { etag, value } = (await world.services.records.runs.get(run)) ?? assert.fail('the run is there');
  const finishedAt = value.startedAt;
  await world.services.records.runs.update({ ...value, state: 'completed', status: 'failed', finishedAt }, etag);
  assert.equal(await says('protected'), 'Needs attention: 1 newest backup failed.');
});

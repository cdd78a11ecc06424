import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PolicyId } from '../../engine/model/ids.ts';
import { furnished } from '../testing/furnished.ts';
import { carl } from '../testing/people.ts';

it('what has nothing to copy is told apart from what no policy protects', async () => {
  const world = await furnished();
  const { anna, ben } = world.mail;
  const policyId = 'f'.repeat(32) as PolicyId;
  await world.services.records.resources.put({ ...anna, policyId, state: 'notProtected', reason: 'It has no mailbox' });
  const { policyId: _, ...unmeant } = ben;
  await world.services.records.resources.put({ ...unmeant, state: 'notProtected', reason: 'No policy includes it' });
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const idsOf = async (nothingToCopy: 'true' | 'false'): Promise<string[]> =>
    (await admin.call('listResources', { query: { state: 'notProtected', nothingToCopy } })).value.map(({ id }) => id);
  assert.deepEqual(await idsOf('true'), [anna.id]);
  assert.deepEqual(await idsOf('false'), [ben.id]);
  assert.equal((await admin.call('getResource', { params: { id: anna.id } })).nothingToCopy, true);
  const { resources, nothingToCopy } = await admin.call('getHealth', {});
  assert.deepEqual([resources?.['notProtected'], nothingToCopy], [2, 1]);
});

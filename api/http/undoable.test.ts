import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type RequestId } from '../../engine/model/ids.ts';
import type { StoredRequest } from '../../engine/restore/requestStore.ts';
import { furnished } from '../testing/furnished.ts';
import { anna } from '../testing/people.ts';

it('does not offer to take back what nobody may take back any more', async () => {
  const world = await furnished();
  const asker = world.client(await world.signIn.person(anna, []));
  const made = await asker.call('createRestore', { body: { selection: { resourceId: world.mail.anna.id } } });
  const id = made.id as RequestId;
  const { requests } = world.services.records;
  const stored = await requests.get(id);
  assert.ok(stored !== undefined);
  const value = stored.value as StoredRequest;
  const request = { ...value.request, state: 'done', finishedAt: instant(world.clock.now()) };
  await requests.update(id, { ...value, request }, stored.etag);
  const offered = async () => (await asker.call('listRestores', { query: {} })).value[0]?.can.includes('undo');
  assert.equal(await offered(), true);
  await world.clock.advance(7 * 24 * 3_600_000 + 1);
  const later = world.client(await world.signIn.person(anna, []));
  assert.equal((await later.call('listRestores', { query: {} })).value[0]?.can.includes('undo'), false);
});

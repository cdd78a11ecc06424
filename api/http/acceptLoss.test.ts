import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type ItemId, type PointId } from '../../engine/model/ids.ts';
import { ben, carl } from '../testing/people.ts';
import { furnished, refusedWith } from '../testing/furnished.ts';

it('lets an administrator accept what is lost for good: the verdict tells it, and warns no more until something else is lost', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin'], { name: 'Carl Admin' }));
  const auditor = world.client(await world.signIn.person(ben, ['Backup.Auditor']));
  const { anna, ben: bens } = world.mail;
  for (const known of [anna, bens]) await world.services.records.resources.put({ ...known, state: 'protected' });
  const verdict = async () => (await admin.call('getHealth', {})).verdict;
  const point = 'f'.repeat(32) as PointId;
  const damage = (digit: string, inNewest: boolean) =>
    world.services.repository.damage.note(anna.id, [
      {
        itemId: digit.repeat(32) as ItemId,
        at: instant(world.clock.now()),
        point,
        points: [point],
        kind: 'missing',
        area: 'content',
        inNewest,
        sourceId: digit,
        name: `Letter ${digit}`,
        reason: 'Its pack is missing from storage.',
        packs: [],
      },
    ]);
  assert.equal(await verdict(), 'Protected.');
  await damage('a', false);
  await damage('b', true);
  const params = { id: anna.id };
  const names = (list: { name: string; mayAccept: boolean }[]) => list.map(({ name, mayAccept }) => [name, mayAccept]);
  assert.deepEqual(names((await admin.call('listDamaged', { params, query: {} })).value), [
    ['Letter a', true],
    ['Letter b', false],
  ]);
  assert.deepEqual(
    names((await auditor.call('listDamaged', { params, query: { pageSize: 1 } })).value),
    [['item aaaaaa', true]],
    'auditors see no names',
  );
  assert.match((await verdict()) ?? '', /^Needs attention: 2 findings of damage/);

  const order = { reason: 'Looked everywhere' };
  await assert.rejects(auditor.call('acceptLoss', { params, body: order }), refusedWith(403));
  await assert.rejects(
    admin.call('acceptLoss', { params, body: { ...order, items: ['b'.repeat(32)] } }),
    refusedWith(409, /next backup fetches it again/),
  );
  await assert.rejects(
    admin.call('acceptLoss', { params, body: { ...order, items: ['c'.repeat(32)] } }),
    refusedWith(404),
  );
  const answer = await admin.call('acceptLoss', { params, body: order });
  assert.deepEqual(answer, { accepted: 1, objects: 0, left: 1 });
  assert.match(
    (await verdict()) ?? '',
    /^Needs attention: 1 finding of damage .* lost for good, which was accepted\.$/,
  );
  await world.services.repository.damage.healed(anna.id, ['b'.repeat(32) as ItemId]);
  const lost = '1 item of an older restore point is lost for good, which was accepted.';
  assert.equal(await verdict(), `Protected. ${lost}`);
  const [shown] = (await admin.call('listDamaged', { params, query: {} })).value;
  assert.deepEqual(
    [shown?.mayAccept, shown?.accepted?.byName, shown?.accepted?.reason],
    [false, 'Carl Admin', order.reason],
  );
  const { damaged } = await admin.call('getResource', { params });
  assert.deepEqual(damaged, { items: 1, inNewest: 0, accepted: 1 });

  await damage('d', false);
  assert.match((await verdict()) ?? '', /^Needs attention: 1 finding of damage/, 'new damage warns again');
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type ItemId, type PointId } from '../../engine/model/ids.ts';
import { anna, carl } from '../testing/people.ts';
import { furnished } from '../testing/furnished.ts';
import type { ApiWorld } from '../testing/world.ts';

function flip(world: ApiWorld, ...[table, partition, key, column]: ['records' | 'resources', string, string, string]) {
  world.tables.tamper(table, partition, key, (row) => {
    const sealed = row.columns[column];
    assert.ok(sealed instanceof Uint8Array);
    const bytes = Uint8Array.from(sealed);
    bytes[40] = (bytes[40] ?? 0) ^ 1;
    return { ...row, columns: { ...row.columns, [column]: bytes } };
  });
}

it('a record that does not open is named and costs its own line alone; all is not well meanwhile', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const member = world.client(await world.signIn.person(anna));
  const { anna: annas, ben: bens } = world.mail;
  for (const known of [annas, bens]) await world.services.records.resources.put({ ...known, state: 'protected' });
  const run = await admin.call('startPolicyRun', { params: { id: world.policy.id } });
  assert.equal((await admin.call('getHealth', {})).verdict, 'Protected.');
  flip(world, 'records', 'resources', bens.id, 'value0');

  const list = await admin.call('listResources', { query: {} });
  assert.deepEqual(list.unreadable, [bens.id]);
  assert.deepEqual(
    list.value.map(({ id }) => id),
    [annas.id],
  );
  const own = await member.call('listResources', { query: {} });
  assert.deepEqual([own.value.length, own.unreadable], [1, undefined], 'members hear of their own alone');
  const { verdict, damaged } = await admin.call('getHealth', {});
  assert.match(verdict ?? '', /^Needs attention: 1 finding of damage/);
  assert.equal(damaged?.others, 1);
  const { id } = await admin.call('startVerification', {});
  await world.services.verification.onNudge({ verify: id });
  const findings = (await admin.call('listFindings', { params: { id }, query: {} })).value;
  assert.deepEqual(
    findings.map(({ object }) => object),
    [`records/resources/${bens.id}`],
  );
  assert.equal((await admin.call('getHealth', {})).damaged?.others, 1, 'one record is one finding');

  const found = await admin.call('search', { query: { q: 'budget' } });
  assert.equal(found.value.length, 1);
  assert.deepEqual(
    found.incomplete?.map(({ resourceId }) => resourceId),
    [bens.id],
  );
  const report = await admin.call('getReport', { params: { kind: 'coverage' }, query: {} });
  assert.ok(report.rows.some(([name, , , , state]) => name === bens.id && state === 'unreadable'));
  assert.match(report.summary, /^1 of 2 /);
  await admin.call('listRunResources', { params: { id: run.id }, query: {} });
});

it('a note of a damaged item that does not open counts as damage until its item was read again', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { id } = world.mail.anna;
  const point = 'f'.repeat(32) as PointId;
  const note = (itemId: ItemId) => ({
    itemId,
    at: instant(world.clock.now()),
    point,
    points: [point],
    kind: 'missing' as const,
    area: 'content' as const,
    inNewest: false,
    sourceId: 's',
    name: 'n',
    reason: 'gone',
    packs: [],
  });
  const budget = world.itemId(world.mail.anna, 'Budget');
  const other = '0'.repeat(32) as ItemId;
  await world.services.repository.damage.note(id, [note(other), note(budget)]);
  flip(world, 'resources', id, `lost/item/${budget}`, 'sealed');
  const params = { id };
  assert.deepEqual(
    (await admin.call('listDamaged', { params, query: {} })).value.map((item) => item.id),
    [other],
  );
  await admin.call('acceptLoss', { params, body: { reason: 'x', items: [other] } });
  assert.deepEqual((await admin.call('getResource', { params })).damaged, { items: 2, inNewest: 1, accepted: 1 });

  const verify = async () => {
    await world.clock.advance(60_000);
    const started = await admin.call('startVerification', {});
    await world.services.verification.onNudge({ verify: started.id });
    return (await admin.call('listFindings', { params: { id: started.id }, query: {} })).value;
  };
  assert.deepEqual(
    (await verify()).map(({ object }) => object),
    [`resources/${id}/lost/item/${budget}`],
  );
  assert.equal((await admin.call('getResource', { params })).damaged, undefined, 'both can be read in every point');
  assert.deepEqual(await verify(), []);
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type ItemId, type PointId } from '../../engine/model/ids.ts';
import { anAuditEntry } from '../../engine/testing/recordsWorld.ts';
import { aBrake } from '../../engine/retention/testing/cases.ts';
import { anna, ben, carl } from '../testing/people.ts';
import { furnished } from '../testing/furnished.ts';

it('says of each row of the list what is held, paused or damaged, and to whom', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin'], { name: 'Carl Admin' }));
  const { anna: annas, ben: bens } = world.mail;
  const rows = async (client = admin) =>
    (await client.call('listResources', { query: { workload: 'mail' } })).value.map(
      ({ id, held, heldUntil, expiryPaused, damaged }) =>
        [id === annas.id ? 'anna' : 'ben', held, heldUntil, expiryPaused?.changed, damaged] as const,
    );
  const until = instant(world.clock.now() + 86_400_000);
  const hold = (reason: string, end?: string) =>
    admin.call('setHold', {
      body: { on: { kind: 'user', sourceId: anna }, reason, ...(end !== undefined && { until: end }) },
    });
  await hold('one', until);
  const brake = { ...aBrake(instant(world.clock.now())), resourceId: bens.id, changed: 70 };
  await world.services.records.brakes.create(bens.id, brake, anAuditEntry('expiry.pause'));
  await world.services.repository.damage.note(bens.id, [
    {
      itemId: 'e'.repeat(32) as ItemId,
      at: instant(world.clock.now()),
      point: 'f'.repeat(32) as PointId,
      points: ['f'.repeat(32) as PointId],
      kind: 'missing',
      area: 'content',
      inNewest: false,
      sourceId: 's',
      name: 'n',
      reason: 'gone',
      packs: [],
    },
  ]);
  const damaged = { items: 1, inNewest: 0, accepted: 0 };
  const byName = (all: Awaited<ReturnType<typeof rows>>) => all.toSorted(([a], [b]) => a.localeCompare(b));
  assert.deepEqual(byName(await rows()), [
    ['anna', true, until, undefined, undefined],
    ['ben', undefined, undefined, 70, damaged],
  ]);
  await hold('two');
  assert.deepEqual(byName(await rows())[0], ['anna', true, undefined, undefined, undefined], 'one has no end');

  const operator = world.client(await world.signIn.person(ben, ['Backup.RestoreOperator']));
  assert.deepEqual(byName(await rows(operator)), [
    ['anna', undefined, undefined, undefined, undefined],
    ['ben', undefined, undefined, 70, damaged],
  ]);
  const member = world.client(await world.signIn.person(anna));
  assert.deepEqual(await rows(member), [['anna', undefined, undefined, undefined, undefined]]);

  assert.deepEqual((await admin.call('getHealth', {})).damaged, { resources: 1, ...damaged, others: 0 });
});

it('tells who acted by name, whether it was kept with the deed or a token told it later', async () => {
  const world = await furnished();
  const as = async (id: string, name: string) =>
    world.client(await world.signIn.person(id, ['Backup.Admin'], { name }));
  const [one, other] = [await as(carl, 'Carl Admin'), await as(ben, 'Ben Admin')];
  const hold = await one.call('setHold', {
    body: { on: { kind: 'resource', sourceId: world.mail.anna.id }, reason: 'case 7' },
  });
  const asked = await one.call('releaseHold', { params: { id: hold.id } });
  assert.deepEqual([asked.askedBy, asked.askedByName], [carl, 'Carl Admin']);
  const approved = await other.call('approveChange', { params: { id: asked.id } });
  assert.deepEqual([approved.state, approved.approvedByName], ['applied', 'Ben Admin']);
  const [released] = (await one.call('listHolds', { query: {} })).value;
  assert.deepEqual([released?.setByName, released?.releasedByName], ['Carl Admin', 'Carl Admin']);
  const deeds = (await one.call('listAudit', { query: { action: 'hold.release' } })).value;
  assert.deepEqual([deeds[0]?.name, deeds[0]?.on['approvedByName']], ['Carl Admin', 'Ben Admin']);

  const run = await one.call('startPolicyRun', { params: { id: world.policy.id } });
  assert.equal((await other.call('getRun', { params: { id: run.id } })).startedByName, 'Carl Admin');
  const { id } = await other.call('startVerification', {});
  assert.equal((await one.call('getVerification', { params: { id } })).startedByName, 'Ben Admin');
  assert.equal((await one.call('listVerifications', { query: {} })).value[0]?.startedByName, 'Ben Admin');
});

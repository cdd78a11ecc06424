import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type UserId } from '../../engine/model/ids.ts';
import { changeKeyNotes } from '../../engine/keys/keyNotes.ts';
import { clearRefusal, noteRefusal } from '../../engine/retention/expiryRefusals.ts';
import { aBrake } from '../../engine/retention/testing/cases.ts';
import { noCounts as sweepCounts, reportSetting, type SweepReport } from '../../engine/sweep/report.ts';
import { anAuditEntry } from '../../engine/testing/recordsWorld.ts';
import type { ResourceState } from '../../engine/model/resource.ts';
import type { Run } from '../../engine/model/run.ts';
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

it('protects nobody by a policy that was switched off or removed, before any other run looks', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { resources } = world.services.records;
  for (const known of [world.mail.anna, world.mail.ben])
    await resources.put({ ...known, policyId: world.policy.id, state: 'protected' });
  const params = { id: world.policy.id };
  const seen = async () => {
    const { value } = await admin.call('listResources', { query: { workload: 'mail' } });
    return [(await admin.call('getHealth', {})).verdict, value.map(({ state, reason }) => [state, reason])];
  };
  const both = (state: string, reason?: string) => [0, 1].map(() => [state, reason]);
  const change = async (enabled: boolean): Promise<void> => {
    const { etag } = await admin.call('getPolicy', { params });
    await admin.call('changePolicy', { params, body: { etag, enabled } });
  };
  assert.deepEqual(await seen(), ['Protected.', both('protected')]);
  await change(false);
  const off = `The policy ${world.policy.name} is switched off`;
  assert.deepEqual(await seen(), ['Needs attention: 2 resources are paused.', both('paused', off)]);
  await change(true);
  assert.deepEqual(await seen(), ['Copies are being made.', both('firstBackup')]);
  const anna = (await resources.get(world.mail.anna.id))?.value ?? assert.fail('she is known');
  await resources.put({ ...anna, state: 'protected' });
  const { etag } = await admin.call('getPolicy', { params });
  await admin.call('removePolicy', { params }, { ifMatch: etag });
  assert.deepEqual(await seen(), [
    'Needs attention: 2 resources are not protected.',
    both('notProtected', 'No policy includes it'),
  ]);
  for (const { id } of [world.mail.anna, world.mail.ben])
    assert.ok((await resources.get(id))?.value.retention, 'copies are kept by the rules of before');
});

it('judges each policy by its newest whole run that ended, however many others came since', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { resources, runs } = world.services.records;
  for (const known of [world.mail.anna, world.mail.ben])
    await resources.put({ ...known, policyId: world.policy.id, state: 'protected' });
  const says = async (): Promise<string | undefined> => (await admin.call('getHealth', {})).verdict;
  const id = await world.services.backup.startPolicyRun(world.policy.id, carl as UserId);
  const end = async (how: Partial<Run>): Promise<void> => {
    const { etag, value } = (await runs.get(id)) ?? assert.fail('the run is there');
    await runs.update({ ...value, planned: true, state: 'completed', finishedAt: value.startedAt, ...how }, etag);
  };
  await end({ status: 'partial' });
  assert.equal(await says(), 'Protected.', 'what is partial because of its resources is told by these');
  await end({ status: 'partial', overlooked: true, reason: 'Could not look for what to protect' });
  assert.equal(await says(), 'Needs attention: 1 newest backup did not get to everything.');
  assert.equal((await admin.call('getHealth', {})).troubledRuns?.[0]?.id, id);
  await end({ status: 'partial', ownStatus: 'failed' });
  const failed = 'Needs attention: 1 newest backup failed.';
  assert.equal(await says(), failed);
  for (let count = 0; count < 60; count++) {
    await world.clock.advance(1000);
    await world.services.backup.startResourceRun(world.mail.anna.id, carl as UserId);
  }
  assert.equal(await says(), failed, 'a mailbox that somebody asked for hides nothing');
  await world.services.backup.startPolicyRun(world.policy.id, carl as UserId);
  assert.equal(await says(), failed, 'one that has not ended hides nothing');
});

it('is not Protected while what keeps copies for longer is in trouble, and says the way on', async () => {
  const world = await furnished();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const { clock } = world;
  const { records } = world.services;
  for (const known of [world.mail.anna, world.mail.ben])
    await records.resources.put({ ...known, policyId: world.policy.id, state: 'protected' });
  const at = instant(clock.now());
  const says = async (): Promise<readonly unknown[]> => {
    const { verdict, troubles = [] } = await admin.call('getHealth', {});
    assert.equal(verdict === 'Protected.', troubles.length === 0, verdict);
    for (const { text, wayOn } of troubles) assert.ok(verdict?.includes(text) === true && wayOn !== '', verdict);
    return troubles.map(({ kind, count }) => [kind, count]);
  };
  assert.deepEqual(await says(), []);

  const { id } = world.mail.anna;
  await records.brakes.create(id, { ...aBrake(at), resourceId: id }, anAuditEntry('expiry.pause'));
  assert.deepEqual(await says(), [['pausedExpiry', 1]]);
  await world.services.retention.liftBrake({ id: carl as UserId, name: 'Carl' }, id, 'Looked at it');

  await noteRefusal({ tables: world.tables, clock }, id, 'A row does not open.');
  assert.deepEqual(await says(), [['refusedExpiry', 1]]);
  assert.deepEqual((await admin.call('getResource', { params: { id } })).expiryRefused, {
    since: at,
    why: 'A row does not open.',
  });
  await clearRefusal({ tables: world.tables, clock }, id);

  const swept = async (change: Partial<SweepReport>): Promise<void> => {
    const before = await records.settings.get(reportSetting);
    await records.settings.put(reportSetting, { cycle: 1, startedAt: at, ...sweepCounts, ...change }, before?.etag);
  };
  await swept({ refused: 'The root of a point is missing.' });
  assert.deepEqual(await says(), [['refusedCleanups', 1]]);
  await swept({ finishedAt: at, lacking: 2 });
  assert.deepEqual(await says(), [['missingObjects', 2]]);
  await swept({ finishedAt: at, extended: 5, notExtended: 3 });
  assert.deepEqual(await says(), [['notExtended', 3]]);
  await swept({ finishedAt: at });

  const drilled = async (drill: string, change: object): Promise<void> => {
    await clock.advance(1000);
    await records.inspections.create(drill, 'drill', clock.now(), { id: drill, items: 20, failed: 0, ...change });
  };
  await drilled('1'.repeat(32), { state: 'done', failed: 2 });
  await drilled('2'.repeat(32), { state: 'running' });
  assert.deepEqual(await says(), [['failedDrills', 1]], 'one under way makes none good');
  await drilled('3'.repeat(32), { state: 'failed' });
  assert.deepEqual(await says(), [['failedDrills', 1]]);
  await drilled('4'.repeat(32), { state: 'done' });
  assert.deepEqual(await says(), []);

  await clock.advance(91 * 86_400_000);
  await world.services.keys.tick();
  const asked = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const kinds = async () => (await asked.call('getHealth', {})).troubles?.map(({ kind }) => kind) ?? [];
  assert.ok((await kinds()).includes('unprovenKeys'));
  const proved = { at: instant(clock.now()), by: carl as UserId, keyId: 'k' };
  await changeKeyNotes(records, { proved });
  assert.ok(!(await kinds()).includes('unprovenKeys'));
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type PolicyId, type RunId } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import { anAuditEntry } from '../../engine/testing/recordsWorld.ts';
import { aBrake } from '../../engine/retention/testing/cases.ts';
import type { ApiClient } from '../../contract/client.ts';
import type { HoldDraft } from '../../contract/retention.ts';
import type { AppRole } from '../../contract/roles.ts';
import { anna, ben, carl } from '../testing/people.ts';
import { apiWorld, type ApiWorld } from '../testing/world.ts';

const dayMs = 86_400_000;
/** Somebody whose token outlives the days that a test lets pass. */
const signedIn = async (world: ApiWorld, id: string, ...roles: readonly AppRole[]): Promise<ApiClient> =>
  world.client(await world.signIn.person(id, roles, { exp: Math.floor((world.clock.now() + 90 * dayMs) / 1000) }));
const admins = async (world: ApiWorld) => ({
  carl: await signedIn(world, carl, 'Backup.Admin'),
  ben: await signedIn(world, ben, 'Backup.Admin'),
});
/** What was done, without what was refused. */
const actionsIn = async (world: ApiWorld): Promise<string[]> =>
  (await world.services.records.audit.list()).value.flatMap(({ action, result }) =>
    result === 'done' ? [action] : [],
  );

describe('a shorter retention', () => {
  it('counts a day after a second administrator agreed to what was looked at', async () => {
    const world = await apiWorld();
    const { carl: admin, ben: other } = await admins(world);
    const params = { id: world.policy.id };
    await world.publish(world.mail.anna, [{ name: 'one', content: 'x' }]);
    await world.clock.advance(10 * dayMs);
    await world.publish(world.mail.anna, [{ name: 'two', content: 'y' }]);
    await world.services.backup.applyPolicies();
    const before = await admin.call('getPolicy', { params });
    const rules = { daily: 7, weekly: 0, monthly: 0, minimumCopies: 1 };
    const rehearsed = await admin.call('previewRetention', { params, body: { retention: rules } });
    assert.deepEqual([rehearsed.counts.losing, rehearsed.counts.goes], [1, 1]);
    const seen = await admin.call('changePolicy', { params, body: { etag: before.etag, retention: rules } });
    assert.deepEqual(seen.heldRetention, { ...before.retention, keepGoneDays: before.keepGoneDays });

    const { counts, resources, after } = await admin.call('previewRetention', { params });
    assert.deepEqual(counts, { resources: 2, points: 2, losing: 1, goes: 1 });
    assert.deepEqual(after, { ...rules, keepGoneDays: before.keepGoneDays });
    assert.deepEqual(
      resources.map(({ resourceId, goes, oldestThen }) => [resourceId, goes, oldestThen?.slice(0, 10)]),
      [[world.mail.anna.id, 1, '2026-06-11']],
    );

    await assert.rejects(admin.call('acceptRetention', { params, body: { etag: before.etag } }), { status: 409 });
    const waiting = await admin.call('acceptRetention', { params, body: { etag: seen.etag } });
    assert.deepEqual(waiting.heldRetention, seen.heldRetention, 'nothing counts yet');
    // A press that came twice is the same wish.
    assert.equal((await admin.call('acceptRetention', { params })).waitingChange, waiting.waitingChange);
    const change = { params: { id: waiting.waitingChange ?? '' } };
    await assert.rejects(admin.call('approveChange', change), { status: 403 });
    const approved = await other.call('approveChange', change);
    assert.equal(approved.effectiveAt, instant(world.clock.now() + dayMs));
    await world.clock.advance(dayMs);
    await world.services.retention.tick();
    const now = await admin.call('getPolicy', { params });
    assert.deepEqual([now.heldRetention, now.waitingChange], [undefined, undefined]);
    const { value } = await admin.call('listWaitingChanges', { query: { state: 'applied' } });
    assert.equal(value[0]?.id, waiting.waitingChange);
    await world.services.retention.expire(world.mail.anna.id);
    const points = await admin.call('listPoints', { params: { id: world.mail.anna.id } });
    assert.equal(points.value.length, 1);
    const actions = await actionsIn(world);
    for (const action of ['change.ask', 'change.approve', 'policy.acceptRetention', 'change.applied', 'points.expired'])
      assert.equal(actions.filter((each) => each === action).length, 1, action);
  });

  it('is asked for as well where mailboxes came from a policy that kept longer, and can be withdrawn', async () => {
    const world = await apiWorld();
    const { carl: admin, ben: other } = await admins(world);
    const params = { id: world.policy.id };
    const own = await admin.call('getPolicy', { params });
    const longer = { ...own.retention, daily: 900, keepGoneDays: own.keepGoneDays };
    const at = instant(world.services.clock.now() - 60_000);
    await world.services.records.runs.create({
      id: 'e'.repeat(32) as RunId,
      policyId: world.policy.id as PolicyId,
      startedBy: 'schedule',
      state: 'running',
      planned: true,
      counts: noCounts,
      startedAt: at,
      heartbeatAt: at,
      alreadyRunning: [],
      heldRetention: longer,
    });
    assert.deepEqual((await admin.call('getPolicy', { params })).heldRetention, longer);
    const first = await admin.call('acceptRetention', { params });
    const withdrawn = await other.call('withdrawChange', { params: { id: first.waitingChange ?? '' } });
    assert.equal(withdrawn.state, 'withdrawn');
    await assert.rejects(other.call('approveChange', { params: { id: withdrawn.id } }), { status: 409 });
    const second = await admin.call('acceptRetention', { params });
    assert.notEqual(second.waitingChange, withdrawn.id);
    await other.call('approveChange', { params: { id: second.waitingChange ?? '' } });
    await world.clock.advance(dayMs);
    await world.services.retention.tick();
    assert.equal((await admin.call('getPolicy', { params })).heldRetention, undefined);
  });
});

describe('legal holds', () => {
  it('are set by one administrator, released by two, and told to nobody else', async () => {
    const world = await apiWorld();
    const { carl: admin, ben: other } = await admins(world);
    const member = await signedIn(world, anna);
    const auditor = await signedIn(world, 'a0000000-0000-4000-8000-00000000000a', 'Backup.Auditor');
    await world.publish(world.mail.anna, [{ name: 'one', content: 'x' }]);
    const body = { on: { kind: 'user', sourceId: anna }, reason: 'Case 2026/12' } as const;
    await assert.rejects(member.call('setHold', { body }), { status: 403 });
    await assert.rejects(admin.call('setHold', { body: { ...body, until: '2020-01-01T00:00:00Z' } }), { status: 400 });
    const hold = await admin.call('setHold', { body });
    assert.deepEqual([hold.inForce, hold.setBy], [true, carl]);

    const params = { id: world.mail.anna.id };
    const [point] = (await admin.call('listPoints', { params })).value;
    assert.ok(point?.keptBecause?.includes('legal hold Case 2026/12'));
    assert.equal((await auditor.call('getResource', { params })).held, true);
    const operator = await signedIn(world, 'b0000000-0000-4000-8000-00000000000b', 'Backup.RestoreOperator');
    const told = (await operator.call('listPoints', { params })).value[0];
    assert.deepEqual(
      [told?.keptBecause, told?.expiresAt],
      [point?.keptBecause?.filter((reason) => reason !== 'legal hold Case 2026/12'), undefined],
    );
    assert.doesNotMatch(JSON.stringify(await operator.call('getResource', { params })), /held|Case 2026/);
    const [own] = (await member.call('listPoints', { params })).value;
    assert.deepEqual([own?.id, own?.keptBecause, own?.expiresAt], [point?.id, undefined, undefined]);
    assert.equal((await member.call('getResource', { params })).held, undefined);
    await assert.rejects(member.call('listHolds', {}), { status: 403 });

    const asked = await admin.call('releaseHold', { params: { id: hold.id }, body: { reason: 'Closed' } });
    assert.equal(asked.state, 'asked');
    assert.equal((await auditor.call('listHolds', {})).value[0]?.inForce, true);
    await assert.rejects(admin.call('approveChange', { params: { id: asked.id } }), { status: 403 });
    const [refused] = (await admin.call('listAudit', { query: { action: 'change.approve' } })).value;
    assert.deepEqual([refused?.who, refused?.on, refused?.result], [carl, { change: asked.id }, 'refused']);
    assert.equal((await other.call('approveChange', { params: { id: asked.id } })).state, 'applied');
    assert.equal((await admin.call('listHolds', {})).value[0]?.inForce, false);
    await assert.rejects(admin.call('releaseHold', { params: { id: hold.id } }), { status: 409 });
    await assert.rejects(admin.call('releaseHold', { params: { id: 'f'.repeat(32) } }), { status: 404 });
  });

  it('say how much they mean: nothing by an address, and no resource that is not there', async () => {
    const world = await apiWorld();
    const { carl: admin } = await admins(world);
    const setHold = async (on: HoldDraft['on']) =>
      (await admin.call('setHold', { body: { on, reason: 'Case' } })).covers;
    const ofAnna = (await admin.call('listResources', { query: { owner: anna } })).value.length;
    assert.ok(ofAnna > 0);
    assert.equal(await setHold({ kind: 'user', sourceId: anna }), ofAnna);
    assert.equal(await setHold({ kind: 'resource', sourceId: world.mail.anna.id }), 1);
    assert.equal(await setHold({ kind: 'user', sourceId: 'anna@contoso.example' }), 0);
    await assert.rejects(setHold({ kind: 'resource', sourceId: 'f'.repeat(32) }), { status: 404 });
    const listed = (await admin.call('listHolds', {})).value;
    assert.deepEqual(listed.map((hold) => hold.covers).toSorted(), [0, 1, ofAnna].toSorted());
  });

  it('need a day where one administrator is alone', async () => {
    const world = await apiWorld();
    const admin = await signedIn(world, carl, 'Backup.Admin');
    const settings = await admin.call('getSettings', { params: { name: 'access' } });
    await admin.call('putSettings', { params: { name: 'access' }, body: { ...settings, soleAdministrator: true } });
    const hold = await admin.call('setHold', { body: { on: { kind: 'user', sourceId: anna }, reason: 'Case' } });
    const asked = await admin.call('releaseHold', { params: { id: hold.id } });
    assert.deepEqual([asked.state, asked.approvedBy], ['approved', 'noSecondPerson']);
    await world.services.retention.tick();
    assert.equal((await admin.call('listHolds', {})).value[0]?.inForce, true);
    await world.clock.advance(dayMs);
    await world.services.retention.tick();
    assert.equal((await admin.call('listHolds', {})).value[0]?.inForce, false);
  });
});

describe('the brake on expiry', () => {
  it('is shown, and lifted by an administrator who says why', async () => {
    const world = await apiWorld();
    const { carl: admin } = await admins(world);
    const { id } = world.mail.ben;
    const { resourceId: _, ...brake } = aBrake(instant(world.clock.now()));
    await world.services.records.brakes.create(id, { resourceId: id, ...brake }, anAuditEntry('expiry.pause'));
    const params = { id };
    assert.deepEqual((await admin.call('getResource', { params })).expiryPaused, brake);
    const operator = await signedIn(world, anna, 'Backup.RestoreOperator');
    await assert.rejects(operator.call('resumeExpiry', { params, body: { reason: 'fine' } }), { status: 403 });
    const lifted = await admin.call('resumeExpiry', { params, body: { reason: 'The archive was moved' } });
    assert.equal(lifted.expiryPaused, undefined);
    assert.ok((await actionsIn(world)).includes('expiry.resume'));
  });
});

describe('a restore point whose root is lost', () => {
  it('is given up by two administrators; verification named it and does so no more', async () => {
    const world = await apiWorld();
    const { carl: admin, ben: other } = await admins(world);
    const { id } = world.mail.anna;
    const first = await world.publish(world.mail.anna, [{ name: 'one', content: 'x' }]);
    await world.clock.advance(dayMs);
    await world.publish(world.mail.anna, [{ name: 'two', content: 'y' }]);
    const params = { id, pointId: first.id };
    const body = { reason: 'Lost with the disk' };
    await assert.rejects(admin.call('giveUpPoint', { params, body }), { status: 409 });
    await assert.rejects(admin.call('giveUpPoint', { params: { id, pointId: 'f'.repeat(32) }, body }), { status: 404 });
    const member = await signedIn(world, anna);
    await assert.rejects(member.call('giveUpPoint', { params, body }), { status: 403 });
    world.blobs.tamper('repository', `points/${id}/${first.id}`, () => undefined);
    const lost = async (): Promise<number> => {
      const { id: verification } = await admin.call('startVerification', { body: { level: 'full' } });
      await world.services.verification.onNudge({ verify: verification });
      await world.clock.advance(1000);
      const { value } = await admin.call('listFindings', { params: { id: verification } });
      return value.filter(({ object }) => object === `points/${id}/${first.id}`).length;
    };
    assert.ok((await lost()) > 0);
    const change = await admin.call('giveUpPoint', { params, body });
    assert.deepEqual(change.wish, { kind: 'giveUpPoint', resourceId: id, pointId: first.id });
    await assert.rejects(admin.call('approveChange', { params: { id: change.id } }), { status: 403 });
    assert.equal((await other.call('approveChange', { params: { id: change.id } })).state, 'applied');
    const { value } = await admin.call('listPoints', { params: { id } });
    assert.equal(value.length, 1);
    assert.equal(await lost(), 0);
    assert.ok((await actionsIn(world)).includes('point.giveUp'));
  });
});

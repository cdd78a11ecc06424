import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type PolicyId, type RunId } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import { carl } from '../testing/people.ts';
import { apiWorld } from '../testing/world.ts';

it('keeps what was kept until an administrator accepts the shorter retention that they looked at', async () => {
  const world = await apiWorld();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
  const params = { id: world.policy.id };
  const before = await admin.call('getPolicy', { params });
  const rules = { ...before.retention, daily: 7 };
  const { keepGoneDays, heldRetention } = await admin.call('changePolicy', {
    params,
    body: { etag: before.etag, retention: rules, keepGoneDays: 30 },
  });
  assert.deepEqual(heldRetention, { ...before.retention, keepGoneDays: before.keepGoneDays });
  assert.equal(keepGoneDays, 30);
  const seen = await admin.call('changePolicy', { params, body: { retention: { ...rules, weekly: 1 } } });
  assert.deepEqual(seen.heldRetention, heldRetention);

  await assert.rejects(admin.call('acceptRetention', { params, body: { etag: before.etag } }), { status: 409 });
  const accepted = await admin.call('acceptRetention', { params, body: { etag: seen.etag } });
  assert.deepEqual([accepted.heldRetention, accepted.retention.weekly], [undefined, 1]);
  assert.equal((await admin.call('getPolicy', { params })).heldRetention, undefined);
  // A press that came twice changes nothing, and is not written down again.
  await admin.call('acceptRetention', { params });

  const { value } = await admin.call('listAudit', { query: {} });
  const entries = value.filter(({ action }) => action === 'policy.acceptRetention');
  assert.deepEqual(
    entries.map(({ who, on }) => [who, on['before'], on['after']]),
    [[carl, JSON.stringify(heldRetention), JSON.stringify({ ...rules, weekly: 1, keepGoneDays: 30 })]],
  );
});

it('asks for the same acceptance where mailboxes came from a policy that kept longer', async () => {
  const world = await apiWorld();
  const admin = world.client(await world.signIn.person(carl, ['Backup.Admin']));
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
  assert.equal((await admin.call('acceptRetention', { params })).heldRetention, undefined);
  assert.equal((await admin.call('getPolicy', { params })).heldRetention, undefined);
  const { value } = await admin.call('listAudit', { query: {} });
  const entry = value.find(({ action }) => action === 'policy.acceptRetention');
  assert.equal(entry?.on['before'], JSON.stringify(longer));
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, type PolicyId, type UserId } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { ProtectedResource } from '../model/resource.ts';
import { applyPolicies, underPolicies } from './applyPolicies.ts';
import { mailbox } from './testing/mailbox.ts';

async function known() {
  const { services } = await (await mailbox(1)).start();
  const policy = (await services.records.policies.list())[0]?.value ?? assert.fail('a policy');
  const now = instant(services.clock.now());
  const base: Omit<ProtectedResource, 'policyId' | 'state'> = {
    id: 'a'.repeat(32) as ProtectedResource['id'],
    workload: 'mail',
    kind: 'user',
    sourceId: 'anna',
    ownerId: 'anna' as UserId,
    name: 'Anna',
    firstSeenAt: now,
  };
  return { services, policy, now, base };
}

test('who comes through a group stays as it was known, and loses it with the policy', async () => {
  const { policy, now, base } = await known();
  const include = [{ kind: 'group' as const, sourceId: 'ops' }];
  const ofGroup: BackupPolicy = { ...policy, scope: { ...policy.scope, include } };
  const anna: ProtectedResource = { ...base, policyId: policy.id, state: 'protected' };
  const state = (resource: ProtectedResource, policies: readonly BackupPolicy[]) =>
    underPolicies(resource, policies, now).state;
  assert.equal(state(anna, [ofGroup]), 'protected');
  const off = underPolicies(anna, [{ ...ofGroup, enabled: false }], now);
  assert.equal(off.state, 'paused');
  assert.equal(state(off, [{ ...ofGroup, enabled: false }]), 'paused', 'the next look says the same');
  assert.equal(state(off, []), 'notProtected');
  const next: BackupPolicy = { ...policy, id: 'e'.repeat(32) as PolicyId };
  assert.equal(underPolicies(anna, [next], now).policyId, next.id);
});

test('nobody is protected against an exclusion that only a group tells, and what is not there stays so', async () => {
  const { policy, now, base } = await known();
  const exclude = [{ kind: 'group' as const, sourceId: 'ops', reason: 'Not ours' }];
  const but: BackupPolicy = { ...policy, scope: { ...policy.scope, exclude } };
  const left: ProtectedResource = { ...base, state: 'excluded', reason: 'Not ours' };
  for (const enabled of [true, false]) assert.equal(underPolicies(left, [{ ...but, enabled }], now), left);
  assert.equal(underPolicies(left, [], now).state, 'notProtected');
  const out: ProtectedResource = { ...base, state: 'notProtected', reason: 'No policy includes it' };
  assert.equal(underPolicies(out, [but], now), out);
  assert.equal(underPolicies(out, [policy], now).state, 'firstBackup');
  const gone: ProtectedResource = { ...base, policyId: policy.id, state: 'gone', goneSince: now };
  assert.equal(underPolicies(gone, [], now), gone);
  const bare: ProtectedResource = { ...base, policyId: policy.id, state: 'notProtected', reason: 'No mailbox' };
  assert.equal(underPolicies(bare, [policy], now).reason, 'No mailbox');
  const dropped = underPolicies(bare, [], now);
  assert.deepEqual([dropped.policyId, dropped.state, dropped.reason], [undefined, 'notProtected', 'No mailbox']);
  assert.equal(underPolicies(dropped, [policy], now).policyId, policy.id);
  const refused: ProtectedResource = { ...base, state: 'failing', reason: 'Refused' };
  assert.equal(underPolicies(refused, [], now), refused);
});

test('writes what changed and nothing else', async () => {
  const { services, policy, base } = await known();
  const { resources, policies } = services.records;
  let written: string[] = [];
  const put: typeof resources.put = async (resource) => {
    written.push(`${resource.name} ${resource.state}`);
    return resources.put(resource);
  };
  await resources.put({ ...base, name: 'Left', state: 'gone', policyId: policy.id });
  for (let at = 0; at < 40; at++) {
    const id = String(at).padStart(32, '0') as ProtectedResource['id'];
    await resources.put({ ...base, id, policyId: policy.id, state: at === 0 ? 'failing' : 'protected' });
  }
  const watched = { ...services, records: { ...services.records, resources: { ...resources, put } } };
  await applyPolicies(watched);
  written = [];
  await applyPolicies(watched);
  assert.equal(written.length, 0);
  const [stored] = await policies.list();
  await policies.update({ ...policy, enabled: false }, stored?.etag ?? '');
  await applyPolicies(watched);
  const ours = written.filter((line) => line.startsWith('Anna'));
  assert.deepEqual([ours.length, new Set(ours)], [40, new Set(['Anna paused'])]);
});

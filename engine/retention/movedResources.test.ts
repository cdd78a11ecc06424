import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { discoverResources } from '../backup/discover.ts';
import { policyNotes } from '../backup/lastRuns.ts';
import { startPolicyRun } from '../backup/startRun.ts';
import { everything } from '../backup/testing/backupWorld.ts';
import { mailbox } from '../backup/testing/mailbox.ts';
import { instant, type PolicyId } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';

const long = { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1, keepGoneDays: 365 };
const short: BackupPolicy = {
  ...everything('cd'.repeat(16) as PolicyId, 'mail'),
  name: 'Only a week',
  order: 2,
  retention: { daily: 7, weekly: 0, monthly: 0, minimumCopies: 1 },
  keepGoneDays: 30,
};
const shortRules = { ...short.retention, keepGoneDays: 30 };

/** A mailbox that a policy with long retention protects, and a second policy with a short one behind it. */
async function twoPolicies() {
  const world = await mailbox(1);
  const process = await world.start();
  const { services } = process;
  const { policies } = services.records;
  await policies.create(short);
  await world.run();
  const change = async (id: PolicyId, to: Partial<BackupPolicy>): Promise<void> => {
    const stored = await policies.get(id);
    assert.ok(stored);
    await policies.update({ ...stored.value, ...to }, stored.etag);
  };
  const remove = async (id: PolicyId): Promise<void> => {
    const stored = await policies.get(id);
    assert.ok(stored);
    await policies.remove(id, stored.etag);
  };
  const resource = async () => {
    const { policyId, retention, heldRetention } = (await services.records.resources.get(world.resource))?.value ?? {};
    const { since: _since, ...held } = heldRetention ?? {};
    return { policyId, retention, held: heldRetention === undefined ? undefined : held };
  };
  const backUp = async (policy: PolicyId): Promise<void> => {
    await world.clock.advance(60_000);
    await startPolicyRun(services, policy, 'schedule');
    await world.drain(process);
  };
  assert.deepEqual(await resource(), { policyId: world.policy, retention: long, held: undefined });
  return { world, services, change, remove, resource, backUp };
}

describe('what a mailbox was kept by', () => {
  it('goes on when its policy is removed, switched off or leaves it out, and nothing else protects it', async () => {
    for (const how of ['removed', 'off', 'excluded'] as const) {
      const { world, services, change, remove, resource } = await twoPolicies();
      await remove(short.id);
      if (how === 'removed') await remove(world.policy);
      else if (how === 'off') await change(world.policy, { enabled: false });
      else {
        const { scope } = everything(world.policy, 'mail');
        const sourceId = 'mail-1';
        await change(world.policy, { scope: { ...scope, exclude: [{ kind: 'user', sourceId, reason: 'Left out' }] } });
      }
      await discoverResources(services, ['mail']);
      assert.deepEqual(await resource(), { policyId: undefined, retention: long, held: undefined }, how);
      const state = (await services.records.resources.get(world.resource))?.value.state;
      assert.equal(state, { removed: 'notProtected', off: 'paused', excluded: 'excluded' }[how]);
    }
  });

  for (const how of ['removed', 'off', 'behind'] as const)
    it(`holds when a policy with shorter rules takes over, until an administrator accepts those: ${how}`, async () => {
      const { world, services, change, remove, resource, backUp } = await twoPolicies();
      if (how === 'removed') await remove(world.policy);
      else if (how === 'off') await change(world.policy, { enabled: false });
      else await change(short.id, { order: 0 });
      for (let again = 0; again < 2; again++) {
        await backUp(short.id);
        assert.deepEqual(await resource(), { policyId: short.id, retention: shortRules, held: long });
        const stored = await services.records.policies.get(short.id);
        assert.ok(stored);
        const notes = await policyNotes(services, [stored.value]);
        assert.deepEqual(notes.get(short.id)?.heldRetention, long);
      }
      await world.clock.advance(60_000);
      await change(short.id, { retentionAcceptedAt: instant(world.clock.now()) });
      const accepted = await services.records.policies.get(short.id);
      assert.ok(accepted);
      assert.equal((await policyNotes(services, [accepted.value])).get(short.id)?.heldRetention, undefined);
      await backUp(short.id);
      assert.deepEqual(await resource(), { policyId: short.id, retention: shortRules, held: undefined });
    });

  it('holds again when it is moved after that', async () => {
    const { world, change, resource, backUp } = await twoPolicies();
    await change(short.id, { order: 0, retentionAcceptedAt: instant(world.clock.now()) });
    await backUp(short.id);
    assert.deepEqual((await resource()).held, long, 'what was accepted before it came');
    await change(short.id, { order: 5 });
    await backUp(world.policy);
    assert.deepEqual(await resource(), { policyId: world.policy, retention: long, held: undefined }, 'back again');
  });
});

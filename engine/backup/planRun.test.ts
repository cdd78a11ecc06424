import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Instant, PolicyId, ResourceId, UserId } from '../model/ids.ts';
import type { BackupPolicy } from '../model/policy.ts';
import type { ProtectedResource } from '../model/resource.ts';
import { groupsNamed, pausedBy, protectionOf, rehearse, resourcesOf } from './planRun.ts';

const created = '2026-03-01T00:00:00.000Z' as Instant;
const policy = (id: string, order: number, scope: Partial<BackupPolicy['scope']>): BackupPolicy => ({
  id: id as PolicyId,
  name: id,
  enabled: true,
  order,
  scope: { include: [{ kind: 'all' }], exclude: [], workloads: ['mail', 'drive'], autoInclude: true, ...scope },
  schedule: { everyHours: 12 },
  retention: { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1 },
  keepGoneDays: 365,
  options: {},
  createdAt: created,
  createdBy: 'system',
});
const resource = (owner: string, workload = 'mail', change: Partial<ProtectedResource> = {}): ProtectedResource => ({
  id: `${workload}-${owner}` as ResourceId,
  workload,
  kind: 'user',
  sourceId: workload === 'mail' ? owner : `drive-of-${owner}`,
  ownerId: owner as UserId,
  name: owner,
  state: 'protected',
  firstSeenAt: created,
  ...change,
});
const anna = resource('anna');
const bert = resource('bert');
const members = new Map([['sales', new Set(['anna'])]]);

describe('which policy protects a resource', () => {
  it('is the first match in the order of the admin; the others also match', () => {
    const all = policy('all', 2, {});
    const sales = policy('sales', 1, { include: [{ kind: 'group', sourceId: 'sales' }] });
    assert.deepEqual(protectionOf(anna, [all, sales], members), { policyId: 'sales', alsoMatches: ['all'] });
    assert.deepEqual(protectionOf(bert, [all, sales], members), { policyId: 'all', alsoMatches: [] });
    assert.deepEqual(resourcesOf(all, [all, sales], [anna, bert], members), [bert]);
  });

  it('reaches mail and drive of a person by the person', () => {
    const one = policy('one', 1, { include: [{ kind: 'user', sourceId: 'anna' }] });
    assert.equal(protectionOf(resource('anna', 'drive'), [one], members).policyId, 'one');
    assert.equal(protectionOf(resource('anna', 'site'), [one], members).policyId, undefined);
  });

  it('gives the reason when it is excluded, and lets a later policy take it', () => {
    const exclusion = { kind: 'user', sourceId: 'anna', reason: 'left the company' } as const;
    const all = policy('all', 1, { exclude: [exclusion] });
    assert.deepEqual(protectionOf(anna, [all], members), { alsoMatches: [], excludedBy: exclusion });
    assert.equal(protectionOf(anna, [all, policy('rest', 2, {})], members).policyId, 'rest');
  });

  it('leaves newcomers out where they do not come by themselves, unless they are named', () => {
    const newcomer = resource('cleo', 'mail', { firstSeenAt: '2026-03-02T00:00:00.000Z' as Instant });
    const closed = policy('closed', 1, { autoInclude: false });
    assert.equal(protectionOf(newcomer, [closed], members).policyId, undefined);
    assert.equal(protectionOf(anna, [closed], members).policyId, 'closed');
    const named = policy('named', 1, {
      autoInclude: false,
      include: [{ kind: 'all' }, { kind: 'user', sourceId: 'cleo' }],
    });
    assert.equal(protectionOf(newcomer, [named], members).policyId, 'named');
  });

  it('names the policy that is switched off and would protect it, and no other', () => {
    const off = {
      ...policy('off', 1, { exclude: [{ kind: 'user', sourceId: 'bert', reason: 'Left' }] }),
      enabled: false,
    };
    assert.equal(pausedBy(anna, [off], members)?.id, 'off');
    assert.equal(pausedBy(bert, [off], members), undefined);
    assert.equal(pausedBy(anna, [policy('on', 1, {})], members), undefined);
  });

  it('plans no run for what is gone, absent or paused', () => {
    const all = policy('all', 1, {});
    const states = ['gone', 'notProtected', 'paused'] as const;
    const out = states.map((state) => resource(state, 'mail', { state }));
    assert.deepEqual(resourcesOf(all, [all], [...out, anna], members), [anna]);
  });
});

describe('rehearsal', () => {
  it('says who gains, loses or changes protection before anything is saved', () => {
    const all = policy('all', 2, { include: [{ kind: 'user', sourceId: 'bert' }] });
    const sales = policy('sales', 1, { include: [{ kind: 'group', sourceId: 'sales' }] });
    assert.deepEqual(rehearse([all], sales, [anna, bert], members), [
      { resource: anna, change: 'gains', after: 'sales' },
    ]);
    assert.deepEqual(rehearse([all, sales], { id: sales.id, removed: true }, [anna, bert], members), [
      { resource: anna, change: 'loses', before: 'sales' },
    ]);
    assert.deepEqual(rehearse([all], policy('first', 0, {}), [bert], members), [
      { resource: bert, change: 'moves', before: 'all', after: 'first' },
    ]);
    assert.deepEqual([...groupsNamed([all, sales])], ['sales']);
  });
});

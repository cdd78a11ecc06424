import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant, type RunId } from '../model/ids.ts';
import { policyNotes } from './lastRuns.ts';
import { mailbox } from './testing/mailbox.ts';

test('a policy says when it last started and what its last planned run found, from one look at the runs', async () => {
  const world = await mailbox(1);
  const { services } = await world.start();
  const [stored] = await services.records.policies.list();
  assert.ok(stored !== undefined);
  const policy = stored.value;
  const { runs } = services.records;
  const planned = (await runs.get(await world.run()))?.value;
  assert.ok(planned !== undefined);
  const later = (hours: number) => instant(Date.parse(planned.startedAt) + hours * 3_600_000);
  await runs.create({
    ...planned,
    id: '2'.repeat(32) as RunId,
    startedAt: later(1),
    groups: [{ kind: 'gone', group: 'ops' }],
  });
  const unplanned = { ...planned, id: '3'.repeat(32) as RunId, planned: false };
  await runs.create({ ...unplanned, startedAt: later(2) });

  const pages: unknown[] = [];
  const list: typeof runs.list = async (token) => {
    pages.push(token);
    return runs.list(token);
  };
  const counting = { ...services, records: { ...services.records, runs: { ...runs, list } } };
  const policies = [{ ...policy, scope: { ...policy.scope, include: [{ kind: 'group' as const, sourceId: 'ops' }] } }];
  const notes = (await policyNotes(counting, policies)).get(policy.id);
  assert.deepEqual([notes?.lastRunAt, notes?.troubles.length, pages], [later(2), 1, [undefined]]);
});

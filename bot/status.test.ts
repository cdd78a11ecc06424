import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceId } from '../engine/model/ids.ts';
import { admin, anna, auditor, botBench, buttonsOf, cardOf, policyId, readable } from './testing/botBench.ts';

describe('a backup from the status card', () => {
  it('is offered where nothing runs, to whom it is allowed', async () => {
    const bench = await botBench();
    const asked = await bench.press(admin, await bench.says(admin, 'status'), 'Back up now');
    assert.match(readable(asked), /Back up Everything now\?/);
    assert.ok(!buttonsOf(cardOf(await bench.says(auditor, 'status'))).includes('Back up now'));
    await bench.press(admin, asked, 'Back up now');
    assert.ok(buttonsOf(cardOf(await bench.says(admin, 'status'))).includes('Show backup'));
  });
});

describe('the status of the tenant', () => {
  it('is good only where nothing at all is wrong, and names what is', async () => {
    const bench = await botBench();
    for (const { value } of [await bench.records.resources.list({})])
      for (const resource of value) await bench.records.resources.put({ ...resource, state: 'protected' });
    assert.match(readable(await bench.says(admin, 'status')), /Everything is protected\./);
    Object.assign(bench.troubles, { overduePolicies: 1, brokenDependencies: 2 });
    const told = readable(await bench.says(admin, 'status'));
    assert.doesNotMatch(told, /Everything is protected/);
    assert.match(told, /needs attention now:\n2 parts that Holdfast needs do not work\.\n1 policy is overdue\./);
  });
});

describe('the status of a member', () => {
  it('counts what has a copy, and is silent about what cannot have one', async () => {
    const bench = await botBench();
    const { mailbox, records } = bench;
    const empty = { ...mailbox, workload: 'drive', ownerId: anna.id, name: 'Files of Anna', policyId };
    await records.resources.put({ ...empty, id: 'c1'.repeat(16) as ResourceId, state: 'notProtected' });
    assert.match(readable(await bench.says(anna, 'status')), /One thing of yours is protected/);
    assert.doesNotMatch(readable(await bench.says(anna, 'status')), /Files of Anna|no copy yet/);
    await records.resources.put({ ...empty, id: 'c1'.repeat(16) as ResourceId, state: 'firstBackup' });
    const begun = readable(await bench.says(anna, 'status'));
    assert.match(begun, /One thing of yours is protected[\s\S]*Files of Anna[^\n]*\nno copy yet/);
  });
});

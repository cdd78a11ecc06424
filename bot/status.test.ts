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

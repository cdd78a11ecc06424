import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { admin, auditor, botBench, buttonsOf, cardOf, readable } from './testing/botBench.ts';

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

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { RunId } from '../../engine/model/ids.ts';
import type { LedgerEntry } from '../../engine/model/ledger.ts';
import { furnished } from '../testing/furnished.ts';
import { carl } from '../testing/people.ts';

const admin = ['Backup.Admin'] as const;

describe('reports', () => {
  it('open in a spreadsheet without running anything', async () => {
    const world = await furnished();
    const token = await world.signIn.person(carl, admin);
    const { id: run } = await world.client(token).call('startPolicyRun', { params: { id: world.policy.id } });
    const line: LedgerEntry = {
      resourceId: world.mail.anna.id,
      itemId: world.itemId(world.mail.anna, 'Budget'),
      sourceId: 'source-1',
      name: '=HYPERLINK("http://evil.example")',
      outcome: 'failed',
      reason: 'not-found',
      attempts: 2,
    };
    await world.publish(world.mail.anna, [], [], { run: run as RunId, lines: [line] });
    const ledger = await world
      .client(token)
      .call('listRunLedger', { params: { id: run }, query: { outcome: 'failed' } });
    assert.deepEqual(
      ledger.value.map(({ name, attempts }) => [name, attempts]),
      [[line.name, 2]],
    );
    const rows = await world.client(token).call('listRunResources', { params: { id: run }, query: {} });
    assert.deepEqual(
      rows.value.map(({ name, status }) => [name, status]),
      [['Anna Berg', 'partial']],
    );
    const answer = await world.send('/api/reports/failures?format=csv', { token });
    assert.match(answer.headers.get('Content-Disposition') ?? '', /^attachment; filename="holdfast-failures-/);
    const bytes = Buffer.from(await answer.arrayBuffer());
    assert.deepEqual([...bytes.subarray(0, 3)], [0xef, 0xbb, 0xbf]);
    assert.match(bytes.toString(), /'=HYPERLINK/);
    assert.doesNotMatch(bytes.toString(), /(^|,|")=HYPERLINK/m);
    for (const kind of ['coverage', 'runs', 'failures', 'audit'] as const) {
      const report = await world.client(token).call('getReport', { params: { kind }, query: {} });
      assert.ok(
        report.rows.every((row) => row.length === report.columns.length),
        kind,
      );
    }
  });
});

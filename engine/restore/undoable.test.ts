import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../model/ids.ts';
import type { RestoreRequest } from '../model/restoreRequest.ts';
import { isUndoable } from './deadlines.ts';
import { anna, restoreBench } from './testing/restoreBench.ts';

const day = 24 * 3_600_000;

test('what can be taken back: what may stand there, for seven days, and once', async () => {
  const bench = await restoreBench();
  const { id } = await bench.flow.create(anna, {
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
    conflict: 'keepBoth',
    includePermissions: false,
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  assert.equal(isUndoable(await bench.flow.get(anna, id), bench.clock.now()), false, 'it is not over');
  await bench.work(bench.flow);
  const done = await bench.flow.get(anna, id);
  const ended = Date.parse(done.finishedAt ?? '');
  const { counts } = done;
  assert.ok(counts !== undefined);
  const cases: readonly (readonly [boolean, Partial<RestoreRequest>, number])[] = [
    [true, {}, 0],
    [true, {}, 7 * day],
    [false, {}, 7 * day + 1],
    [true, { state: 'cancelled' }, 0],
    [true, { state: 'failed' }, 0],
    [false, { state: 'failed', counts: { ...counts, restored: 0 } }, 0],
    [false, { destination: { kind: 'download' } }, 0],
    [false, { undo: { state: 'running', startedAt: instant(ended), removed: 0, kept: 0 } }, 0],
    [true, { undo: { state: 'failed', startedAt: instant(ended), removed: 0, kept: 0 } }, 0],
    [false, { journalLost: true }, 0],
    [false, { undone: { at: instant(ended), removed: 3, kept: 0 } }, 0],
  ];
  for (const [expected, change, later] of cases)
    assert.equal(isUndoable({ ...done, ...change }, ended + later), expected, JSON.stringify([change, later]));

  // What the rule says and what the flow does are one.
  await bench.clock.advance(7 * day + 1);
  await assert.rejects(bench.flow.undo(anna, id), /7 days/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instant } from '../model/ids.ts';
import type { PointId, RequestId, ResourceId } from '../model/ids.ts';
import { memoryTableStore } from '../testing/memoryTableStore.ts';
import { pin, pinnedPoints, unpin } from './pins.ts';

const points = [{ resourceId: 'r' as ResourceId, pointId: 'p' as PointId, at: 'latest' }];
const minutes = (count: number) => instant(Date.parse('2026-03-01T12:00:00.000Z') + count * 60_000);

test('a point stays pinned until its time is over, and an hour more, because clocks differ', async () => {
  const tables = memoryTableStore();
  await pin(tables, 'one' as RequestId, points, minutes(0));
  assert.ok((await pinnedPoints(tables, minutes(-1))).has('r/p'));
  assert.ok((await pinnedPoints(tables, minutes(59))).has('r/p'));
  assert.ok(!(await pinnedPoints(tables, minutes(60))).has('r/p'));
});

test('a point that two requests read stays pinned until both let it go', async () => {
  const tables = memoryTableStore();
  await pin(tables, 'one' as RequestId, points, minutes(100));
  await pin(tables, 'two' as RequestId, points, minutes(100));
  await unpin(tables, 'one' as RequestId, points);
  assert.ok((await pinnedPoints(tables, minutes(0))).has('r/p'));
  await unpin(tables, 'two' as RequestId, points);
  assert.equal((await pinnedPoints(tables, minutes(0))).size, 0);
});

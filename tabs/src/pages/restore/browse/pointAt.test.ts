import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Point } from '../../../../../contract/resources.ts';
import { pointAt } from './pointAt.ts';

const point = (id: string, takenAt: string): Point => ({
  id,
  takenAt,
  status: 'complete',
  counts: { items: 1, containers: 0, missing: 0 },
  bytes: 1,
});
const newer = point('a'.repeat(32), '2026-03-10T12:00:00.000Z');
const older = point('b'.repeat(32), '2026-03-09T12:00:00.000Z');
const points = [newer, older];

describe('the copy that an address means', () => {
  it('is the newest one taken until a time, in whatever zone that is given', () => {
    assert.equal(pointAt(points, '2099-01-01T00:00:00Z'), newer);
    assert.equal(pointAt(points, '2026-03-10T12:00:00Z'), newer);
    assert.equal(pointAt(points, '2026-03-10T12:30:00+02:00'), older);
  });
  it('is the newest one of a day, or of the days before', () => {
    assert.equal(pointAt(points, '2099-01-01'), newer);
    assert.equal(pointAt(points, '2026-03-09'), older);
  });
  it('is the one with an id, and the newest without any time', () => {
    assert.equal(pointAt(points, older.id), older);
    assert.equal(pointAt(points, 'latest'), newer);
  });
  it('is none for a time before the first one and for what is no time', () => {
    for (const at of ['2026-03-08', '2026-13-45', 'yesterday', '2099', 'c'.repeat(32)])
      assert.equal(pointAt(points, at), undefined, at);
  });
});

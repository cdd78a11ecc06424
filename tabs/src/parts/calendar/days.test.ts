import assert from 'node:assert/strict';
import { it } from 'node:test';
import { addDays, addMonths, dayOf, noonOf, weeksOf, weekStart } from './days.ts';

it('goes over the end of months, years and leap days', () => {
  assert.equal(addDays('2026-12-31', 1), '2027-01-01');
  assert.equal(addDays('2028-03-01', -1), '2028-02-29');
  assert.equal(addMonths('2026-01-31', 1), '2026-02-28');
  assert.equal(addMonths('2026-03-31', -1), '2026-02-28');
  assert.equal(addMonths('2026-11-15', 2), '2027-01-15');
});

it('keeps a day over a change of clocks', () => {
  for (const day of ['2026-03-29', '2026-10-25', '2026-11-01']) {
    assert.equal(dayOf(noonOf(day)), day);
    assert.equal(addDays(addDays(day, -1), 1), day);
  }
});

it('begins weeks where the place begins them', () => {
  assert.equal(weekStart('2026-11-21', 1), '2026-11-16');
  assert.equal(weekStart('2026-11-21', 0), '2026-11-15');
  assert.equal(weekStart('2026-11-22', 1), '2026-11-16');
});

it('shows a month with its neighbours in six weeks of seven days', () => {
  const weeks = weeksOf('2026-11-21', 1);
  assert.equal(weeks.length, 6);
  assert.ok(weeks.every((week) => week.length === 7));
  assert.equal(weeks[0]?.[0], '2026-10-26');
  assert.ok(weeks.flat().includes('2026-11-30'));
});

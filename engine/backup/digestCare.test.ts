import assert from 'node:assert/strict';
import { it } from 'node:test';
import { instant, type UserId } from '../model/ids.ts';
import { makeRecords } from '../records/makeRecords.ts';
import { anAuditEntry, recordsWorld } from '../testing/recordsWorld.ts';
import { careOf } from './digestCare.ts';

const at = (day: number): ReturnType<typeof instant> => instant(Date.UTC(2026, 2, day));

it('counts what went between two summaries, and tells the newest rehearsal and look at everything', async () => {
  const world = recordsWorld();
  const records = makeRecords(world);
  assert.deepEqual(await careOf(records, at(1), at(8)), {
    gone: { points: 0, objects: 0, bytes: 0 },
    holdsInForce: 0,
  });
  const note = (day: number, action: string, on: Record<string, string>) =>
    records.audit.append({ ...anAuditEntry(action), at: at(day), on });
  await note(1, 'points.expired', { count: '1', points: 'a' });
  for (let number = 0; number < 150; number++) await note(2, 'content.read', {});
  await note(3, 'points.expired', { count: '7', points: 'b, c, d, e, f, g, h' });
  // What is about to go, and what is told again after a kill, counts for nothing.
  await note(3, 'points.expiring', { count: '2', points: 'x, y' });
  await note(3, 'points.expired', { count: '2', points: 'b, c' });
  // One that carries the time of when it was asked: what lies before it in the log counts all the same.
  await note(1, 'policy.acceptRetention', {});
  await note(4, 'sweep.cycle', { deleted: '3', bytes: '5000' });
  for (let number = 0; number < 101; number++) await note(5, 'content.read', {});
  await note(8, 'points.expired', { count: '1', points: 'i' });

  const inspect = (kind: 'verify' | 'drill', id: string, day: number, value: object) =>
    records.inspections.create(id, kind, Date.parse(at(day)), { id, state: 'done', finishedAt: at(day), ...value });
  await inspect('verify', 'a', 2, { found: { items: 2, others: 1 } });
  await inspect('verify', 'b', 3, { resource: 'r', found: { items: 9, others: 9 } });
  await inspect('verify', 'c', 4, { state: 'running', found: { items: 9, others: 9 } });
  await inspect('drill', 'd', 2, { items: 240, failed: 1 });
  await inspect('drill', 'e', 3, { state: 'failed', items: 0, failed: 0 });
  const hold = (id: string, until?: ReturnType<typeof instant>) =>
    records.holds.create(
      id,
      {
        id,
        on: { kind: 'user', sourceId: id },
        reason: 'x',
        setBy: 'jo' as UserId,
        setAt: at(1),
        ...(until === undefined ? {} : { until }),
      },
      anAuditEntry('hold.set'),
    );
  await hold('h1');
  await hold('h2', at(5));

  assert.deepEqual(await careOf(records, at(2), at(8)), {
    gone: { points: 7, objects: 3, bytes: 5000 },
    holdsInForce: 1,
    verification: { at: at(2), findings: 3 },
    drill: { at: at(2), items: 240, failed: 1 },
  });
});

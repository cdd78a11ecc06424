import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault, isFault } from '../../engine/fault.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { settle, virtualClock, type VirtualClock } from '../../engine/testing/virtualClock.ts';
import type { LeaseRows } from '../surroundings.ts';
import type { Turn } from './lane.ts';
import { createPacing } from './pacing.ts';

const signal = new AbortController().signal;
const turn = (scope: string, more: Partial<Turn> = {}): Turn => ({
  scope,
  priority: 'incremental',
  signal,
  cost: 1,
  uploadBytes: 0,
  ...more,
});
const throttled = (error: unknown) => isFault(error, 'throttled') && error.code === undefined;

/** Processes of one app that share rows; each request to the table is counted, and takes a turn. */
function processes(clock: VirtualClock) {
  const table = memoryTableStore();
  const asked = { reads: 0, writes: 0 };
  let failures = 0;
  const rows: LeaseRows = {
    get: async (...where) => {
      asked.reads += 1;
      await settle();
      return table.get(...where);
    },
    change: async (...what) => {
      asked.writes += 1;
      await settle();
      if (failures-- > 0) throw new Fault('unavailable', 'Storage is busy', { origin: 'storage' });
      return table.change(...what);
    },
  };
  return {
    asked,
    start: (holder: string) => createPacing({ clock, clientId: 'app', rows, holder }),
    failWrites: (count: number) => (failures = count),
  };
}

describe('a scope that was asked to wait', () => {
  for (const [scope, cost] of [
    ['directory', 1],
    ['sharepoint', 1],
    ['sharepoint', 0],
  ] as const)
    it(`is left alone by every process at once: ${scope}, a call that costs ${cost}`, async () => {
      const clock = virtualClock();
      const { start } = processes(clock);
      const [one, other] = [start('a'), start('b')];
      for (const pacing of [one, other]) (await pacing.enter(turn(scope, { cost })))();
      await one.block(scope, 30_000);
      await assert.rejects(other.enter(turn(scope, { cost })), throttled);
      await clock.sleep(29_000);
      (await other.enter(turn(scope, { cost })))();
      assert.ok(clock.now() - Date.parse('2026-03-01T00:00:00Z') >= 30_000);
    });

  for (const scope of ['directory', 'sharepoint', 'mailbox/anna'])
    it(`is left alone by the first calls of a process that starts anew, all of them: ${scope}`, async () => {
      const clock = virtualClock();
      const { start } = processes(clock);
      await start('a').block(scope, 30_000);
      const restarted = start('b');
      const calls = await Promise.allSettled([1, 2, 3].map(() => restarted.enter(turn(scope))));
      assert.deepEqual(
        calls.map((call) => call.status === 'rejected' && throttled(call.reason)),
        [true, true, true],
      );
    });

  it('is left alone by who holds a mailbox now, when the one before is told so by a late answer', async () => {
    const clock = virtualClock();
    const { start } = processes(clock);
    const [before, now] = [start('a'), start('b')];
    const late = await before.enter(turn('mailbox/anna'));
    await clock.sleep(60_001);
    (await now.enter(turn('mailbox/anna')))();
    await before.block('mailbox/anna', 30_000);
    late();
    await assert.rejects(now.enter(turn('mailbox/anna')), throttled);
  });

  for (const scope of ['directory', 'sharepoint', 'mailbox/anna'])
    it(`is left alone for a longer pause that it asks for while a shorter one is sat out: ${scope}`, async () => {
      const clock = virtualClock({ sleeps: 'wait' });
      const pacing = processes(clock).start('a');
      await pacing.block(scope, 3_000);
      const waiting = assert.rejects(pacing.enter(turn(scope)), throttled);
      while (clock.sleepers === 0) await settle();
      await pacing.block(scope, 60_000);
      for (let step = 0; step < 4; step++) await clock.advance(1_000);
      await waiting;
    });

  for (const scope of ['directory', 'sharepoint'])
    it(`is left alone by the others from the next call on, when the row could not be written at once: ${scope}`, async () => {
      const clock = virtualClock();
      const { start, failWrites } = processes(clock);
      const [one, other] = [start('a'), start('b')];
      failWrites(1);
      await assert.rejects(one.block(scope, 30_000), (error) => isFault(error, 'unavailable'));
      await assert.rejects(one.enter(turn(scope)), throttled);
      await assert.rejects(other.enter(turn(scope)), throttled);
    });
});

describe('a lease that another process got first', () => {
  it('of a mailbox is not held by who lost the race, nor by whose write failed', async () => {
    const clock = virtualClock();
    const { start, failWrites } = processes(clock);
    const [one, other, third] = [start('a'), start('b'), start('c')];
    failWrites(1);
    await assert.rejects(third.enter(turn('mailbox/anna')), (error) => isFault(error, 'unavailable'));
    const race = await Promise.allSettled([one.enter(turn('mailbox/anna')), other.enter(turn('mailbox/anna'))]);
    assert.deepEqual(race.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected']);
    const again = await Promise.allSettled([one, other, third].map((pacing) => pacing.enter(turn('mailbox/anna'))));
    assert.deepEqual(again.map(({ status }) => status).toSorted(), ['fulfilled', 'rejected', 'rejected']);
  });

  it('of a mailbox is asked for again by who waited longer for a place than it lasts', async () => {
    const clock = virtualClock();
    const { start } = processes(clock);
    const [one, other] = [start('a'), start('b')];
    const places = await Promise.all([1, 2, 3, 4].map(() => one.enter(turn('mailbox/anna'))));
    const fifth = one.enter(turn('mailbox/anna'));
    const refused = assert.rejects(fifth, (error) => isFault(error, 'throttled') && error.code === 'MailboxLeased');
    await clock.sleep(60_001);
    (await other.enter(turn('mailbox/anna')))();
    places[0]?.();
    await refused;
  });
});

describe('what pacing costs in requests to the table', () => {
  const cost = async (scope: string, atOnce: number) => {
    const clock = virtualClock();
    const { start, asked } = processes(clock);
    const pacing = start('a');
    for (let round = 0; round < 100; round++) {
      const calls = await Promise.all(
        Array.from({ length: atOnce }, () => pacing.enter(turn(scope, { cost: 0, priority: 'restore' }))),
      );
      for (const leave of calls) leave();
    }
    return { reads: asked.reads / (100 * atOnce), writes: asked.writes / (100 * atOnce) };
  };

  it('is next to nothing for a mailbox, one read a call elsewhere, and less when many calls start at once', async () => {
    const [mailbox, directory, drive, drives] = [
      await cost('mailbox/anna', 4),
      await cost('directory', 1),
      await cost('sharepoint', 1),
      await cost('sharepoint', 16),
    ];
    assert.ok(mailbox.reads < 0.01 && mailbox.writes < 0.01, JSON.stringify(mailbox));
    assert.deepEqual(
      [directory, drive],
      [
        { reads: 1, writes: 0 },
        { reads: 1, writes: 0 },
      ],
    );
    assert.ok(drives.reads < 0.1, JSON.stringify(drives));
  });
});

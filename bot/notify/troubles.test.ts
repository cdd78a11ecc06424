import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../engine/fault.ts';
import { instant } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import { aRun } from '../../engine/testing/recordsWorld.ts';
import { admin, anna, auditor, policyId, readable, type BotBench } from '../testing/botBench.ts';
import { channel, placeFor, scheduledRun, world } from '../testing/deliveryBench.ts';

const hour = 3_600_000;

describe('a trouble that is over', () => {
  it('is said once, in the card that told it, and in no new message', async () => {
    const bench = await world(placeFor(admin, { timeZone: 'Europe/Berlin' }), channel);
    const { clock, deliver, sent, updated } = bench;
    const later = async (): Promise<void> => {
      await clock.advance(hour);
      await deliver();
    };
    await scheduledRun(bench, 1, 'complete');
    await later();
    await scheduledRun(bench, 2, 'partial');
    await later();
    assert.equal(sent.length, 2);
    // No change for the better: as bad, then worse (which is told), then as bad again.
    await scheduledRun(bench, 3, 'partial');
    await later();
    await scheduledRun(bench, 4, 'failed');
    await later();
    await scheduledRun(bench, 5, 'partial');
    await later();
    assert.deepEqual([sent.length, updated.length], [4, 0]);
    await scheduledRun(bench, 6, 'completeWithSkips');
    await later();
    await scheduledRun(bench, 7, 'complete');
    await later();
    await later();
    assert.equal(sent.length, 4, 'nobody is told anew');
    assert.deepEqual(
      updated.map(({ activityId }) => activityId).toSorted(),
      sent.map((_, index) => `activity-${index + 1}`),
    );
    for (const { card } of updated)
      assert.match(readable(card), /^Backup report\nFixed [^\n]+: a later backup went well\./);
    assert.deepEqual(await bench.records.outbox.list(), []);
  });

  it('costs what is new since the last look, however long the month and however many wait', async () => {
    const bench = await world(placeFor(admin), placeFor(auditor), placeFor(anna), channel);
    bench.nowHolds(auditor, ['Backup.Admin']);
    bench.nowHolds(anna, ['Backup.Admin']);
    const { runs } = bench.records;
    for (let number = 1; number <= 60; number++) {
      await scheduledRun(bench, number, number % 2 === 0 ? 'complete' : 'failed');
      await bench.clock.advance(hour);
    }
    await scheduledRun(bench, 61, 'failed');
    await bench.deliver();
    assert.ok(bench.sent.length > 100);
    await bench.clock.advance(hour);
    await bench.deliver();
    const read: string[] = [];
    const seen =
      <T extends unknown[], R>(what: string, call: (...args: T) => R) =>
      (...args: T): R => {
        read.push(what);
        return call(...args);
      };
    Object.assign(runs, { list: seen('list', runs.list.bind(runs)), get: seen('get', runs.get.bind(runs)) });
    await bench.clock.advance(hour);
    await bench.deliver();
    assert.deepEqual(read, ['list']);
    await scheduledRun(bench, 62, 'complete');
    await bench.clock.advance(hour);
    bench.updated.length = read.length = 0;
    await bench.deliver();
    assert.deepEqual([bench.updated.length, read], [4, ['list']]);
  });
  it('is found fixed by a run that began before the last look', async () => {
    const bench = await world(placeFor(admin));
    const id = '9'.repeat(32) as never;
    const counts = { ...noCounts, listed: 1, stored: 1 };
    await bench.records.runs.create(aRun(id, bench.clock.now(), { policyId, state: 'running', planned: true, counts }));
    await scheduledRun(bench, 1, 'failed');
    for (let look = 0; look < 3; look++) {
      await bench.clock.advance(hour);
      await bench.deliver();
    }
    const finishedAt = instant(bench.clock.now());
    await bench.changeRun(id, { state: 'completed', status: 'complete', finishedAt });
    await bench.clock.advance(hour);
    await bench.deliver();
    assert.equal(bench.updated.length, 1);
  });
  it('is tried again when the chat cannot be reached, and forgotten where the card is gone', async () => {
    const bench = await world(placeFor(admin));
    await scheduledRun(bench, 1, 'failed');
    await bench.deliver();
    await bench.clock.advance(hour);
    await scheduledRun(bench, 2, 'complete');
    bench.trouble.push(new Fault('unavailable', 'not now'));
    assert.equal((await bench.deliver()).waiting, 1);
    await bench.clock.advance(hour);
    bench.trouble.push(new Fault('not-found', 'gone'));
    assert.equal((await bench.deliver()).lost, 1);
    assert.deepEqual([bench.updated.length, (await bench.records.outbox.list()).length], [0, 0]);
  });
});

const says = (bench: BotBench, text: string) => bench.says(admin, text);

describe('what people chose', () => {
  it('keeps troubles away for a day after "mute 1 day"', async () => {
    const bench = await world(placeFor(admin), placeFor(auditor));
    assert.match(readable(await says(bench, 'mute 1 day')), /Quiet until/);
    await scheduledRun(bench, 1, 'partial');
    await bench.deliver();
    assert.deepEqual(bench.sent, []);
    await bench.clock.advance(25 * hour);
    await scheduledRun(bench, 2, 'failed');
    await bench.deliver();
    assert.equal(bench.sent.length, 1);
  });

  it('keeps troubles away until a backup went well, after "mute until fixed"', async () => {
    const bench = await world(placeFor(admin));
    const run = async (number: number, status: Parameters<typeof scheduledRun>[2]) => {
      await bench.clock.advance(hour);
      await scheduledRun(bench, number, status);
      await bench.deliver();
      return bench.sent.length;
    };
    assert.equal(await run(1, 'partial'), 1);
    assert.match(readable(await says(bench, 'mute until fixed')), /Quiet until a backup goes well again/);
    assert.equal(await run(2, 'failed'), 1);
    assert.equal(await run(3, 'complete'), 1);
    assert.doesNotMatch(readable(await says(bench, 'notifications')), /troubles.*Quiet/);
    assert.equal(await run(4, 'failed'), 2);
  });

  it('ends with "unmute"', async () => {
    const bench = await world(placeFor(admin));
    await says(bench, 'mute 7 days');
    await says(bench, 'unmute');
    await scheduledRun(bench, 1, 'failed');
    await bench.deliver();
    assert.equal(bench.sent.length, 1);
  });

  it('turns troubles off for one person and not for the others', async () => {
    const bench = await world(placeFor(admin), channel);
    const card = await says(bench, 'notifications');
    await bench.press(admin, card, 'Save', { troubles: 'off', digest: 'weekly', mute: 'none' });
    await scheduledRun(bench, 1, 'failed');
    await bench.deliver();
    assert.deepEqual(
      bench.sent.map(({ to }) => to),
      ['19:ops'],
    );
  });

  it('never keeps away what somebody waits for', async () => {
    const bench = await world(placeFor(admin));
    await says(bench, 'mute until fixed');
    await bench.records.outbox.add('run-x', {
      kind: 'runReport',
      because: 'asked',
      run: '1'.repeat(32),
      policyId: 'a'.repeat(32),
      startedBy: admin.id,
      status: 'complete',
      startedAt: '2026-03-01T00:00:00.000Z',
      finishedAt: '2026-03-01T00:01:00.000Z',
      counts: noCounts,
      resources: { all: 1, good: 1, alreadyRunning: 0 },
      troubled: [],
    });
    await bench.deliver();
    assert.equal(bench.sent.length, 1);
  });

  const quiet = { quiet: 'hold', quietFrom: '22:00', quietTo: '07:00' };
  it('holds cards in quiet hours where the person is, and brings them when they are over', async () => {
    const bench = await world(
      placeFor(admin, { timeZone: 'Asia/Tokyo' }),
      placeFor(auditor, { timeZone: 'Asia/Tokyo' }),
      channel,
    );
    bench.nowHolds(auditor, ['Backup.Admin']);
    const { clock, deliver, sent } = bench;
    const card = await says(bench, 'notifications');
    const saved = await bench.press(admin, card, 'Save', quiet);
    assert.match(readable(saved), /Quiet hours\n10:00\sPM to 7:00\sAM\. I tell you afterwards\./);
    // Half past ten in the evening in Tokyo.
    clock.set(Date.parse('2026-03-04T13:30:00Z'));
    await scheduledRun(bench, 1, 'failed');
    await deliver();
    assert.deepEqual(sent.map(({ to }) => to).toSorted(), ['19:ops', 'chat-ivo']);
    clock.set(Date.parse('2026-03-04T21:59:00Z'));
    await deliver();
    assert.equal(sent.length, 2);
    clock.set(Date.parse('2026-03-04T22:00:00Z'));
    await deliver();
    assert.deepEqual(sent.map(({ to }) => to).toSorted(), ['19:ops', 'chat-admin', 'chat-ivo']);
  });
  it('lets what is critical through quiet hours where the person says so, and nothing else', async () => {
    const bench = await world(placeFor(admin));
    await bench.press(admin, await says(bench, 'notifications'), 'Save', { ...quiet, quiet: 'pass' });
    bench.clock.set(Date.parse('2026-03-04T23:00:00Z'));
    await scheduledRun(bench, 1, 'partial');
    await bench.deliver();
    assert.deepEqual(bench.sent, []);
    await bench.clock.advance(hour);
    await scheduledRun(bench, 2, 'failed');
    await bench.deliver();
    assert.deepEqual(
      bench.sent.map(({ card }) => /The backup failed/.test(readable(card))),
      [true],
    );
  });
  it('says nothing in the morning of what was mended in the night', async () => {
    const bench = await world(placeFor(admin));
    await bench.press(admin, await says(bench, 'notifications'), 'Save', quiet);
    bench.clock.set(Date.parse('2026-03-04T23:00:00Z'));
    await scheduledRun(bench, 1, 'partial');
    await bench.deliver();
    await bench.clock.advance(hour);
    await scheduledRun(bench, 2, 'complete');
    bench.clock.set(Date.parse('2026-03-05T08:00:00Z'));
    await bench.deliver();
    assert.deepEqual([bench.sent, await bench.records.outbox.list()], [[], []]);
  });
  it('ends quiet hours again, and keeps those that are left as they are', async () => {
    const bench = await world(placeFor(admin));
    const set = await bench.press(admin, await says(bench, 'notifications'), 'Save', { ...quiet, quietFrom: '20:30' });
    const kept = await bench.press(admin, set, 'Save', { digest: 'off' });
    assert.match(readable(kept), /8:30\sPM to 7:00\sAM/);
    const ended = await bench.press(admin, kept, 'Save', { quiet: 'off' });
    assert.match(readable(ended), /Quiet hours\nNone/);
  });
  it('is looked up in one pass for all who might want a summary', async () => {
    const people = Array.from({ length: 30 }, (_, n) => ({ ...anna, id: `p${n}` as never }));
    const bench = await world(placeFor(admin), ...people.map((person) => placeFor(person)));
    const { journal } = bench.records.requests;
    const get = journal.get.bind(journal);
    let reads = 0;
    Object.assign(journal, { get: (...key: Parameters<typeof get>) => (reads++, get(...key)) });
    await bench.deliver();
    assert.ok(reads < 5, `${reads} rows read one by one`);
  });
  it('brings a summary every day at 08:00 where its reader is, instead of the weekly one', async () => {
    const bench = await world(
      placeFor(admin, { timeZone: 'Europe/Berlin' }),
      placeFor(auditor, { timeZone: 'America/New_York' }),
      placeFor(anna),
    );
    const { clock, deliver, sent } = bench;
    clock.set(Date.parse('2026-03-04T12:00:00Z'));
    await bench.press(admin, await says(bench, 'notifications'), 'Save', {
      digest: 'daily',
      troubles: 'on',
      mute: 'none',
    });
    for (let quarters = 0; quarters < 4 * 48; quarters++) {
      await deliver();
      await clock.advance(hour / 4);
    }
    assert.deepEqual(
      sent.map(({ to, at }) => [to, new Date(at).toISOString()]),
      ['2026-03-05T07:00:00.000Z', '2026-03-06T07:00:00.000Z'].map((at) => ['chat-admin', at]),
    );
    assert.match(readable(sent[0]?.card ?? ({} as never)), /a summary every day was asked for here/);
    await bench.records.outbox.add('digest-2026-03-09', {
      kind: 'weeklyDigest',
      from: '2026-03-02T00:00:00.000Z',
      to: '2026-03-09T00:00:00.000Z',
      runs: { complete: 1, completeWithSkips: 0, partial: 0, failed: 0 },
      counts: noCounts,
      resources: { protected: 2 },
    });
    clock.set(Date.parse('2026-03-09T18:00:00Z'));
    sent.length = 0;
    await deliver();
    assert.deepEqual(sent.map(({ to, card }) => [to, /Once a week|once a week/.test(readable(card))]).toSorted(), [
      ['chat-admin', false],
      ['chat-ivo', true],
    ]);
  });
});

describe('a backup that failed', () => {
  const critical = async () => {
    const bench = await world(placeFor(admin));
    await scheduledRun(bench, 1, 'failed');
    await bench.deliver();
    return bench;
  };
  const after = async (bench: BotBench & { deliver(): Promise<unknown> }, hours: number): Promise<void> => {
    await bench.clock.advance(hours * hour);
    await bench.deliver();
  };

  it('is said again after 24 hours, once a day, until it is fixed in the newest card', async () => {
    const bench = await critical();
    await after(bench, 23);
    assert.equal(bench.sent.length, 1);
    await after(bench, 2);
    assert.equal(bench.sent.length, 2);
    assert.match(readable(bench.sent[1]?.card ?? ({} as never)), /^Backup report\nNot fixed yet, since Mar 1/);
    await after(bench, 20);
    assert.equal(bench.sent.length, 2);
    await after(bench, 5);
    assert.equal(bench.sent.length, 3);
    await scheduledRun(bench, 2, 'complete');
    await after(bench, 25);
    assert.equal(bench.sent.length, 3);
    assert.deepEqual(
      bench.updated.map(({ activityId }) => activityId),
      ['activity-3'],
    );
  });

  it('is not said again where it is silenced, where only a part failed, or beside a newer card of it', async () => {
    const bench = await critical();
    await says(bench, 'mute 3 days');
    await after(bench, 25);
    assert.equal(bench.sent.length, 1);
    await says(bench, 'unmute');
    await after(bench, 1);
    assert.equal(bench.sent.length, 2);
    await scheduledRun(bench, 2, 'partial');
    await scheduledRun(bench, 3, 'failed');
    await after(bench, 1);
    assert.equal(bench.sent.length, 3);
    await after(bench, 23.5);
    assert.equal(bench.sent.length, 3, 'the older of the two is silent');
    const part = await world(placeFor(admin));
    await scheduledRun(part, 1, 'partial');
    await part.deliver();
    await after(part, 49);
    assert.equal(part.sent.length, 1);
  });

  it('is not said again of a policy that is switched off, until it is on again, and of a removed one no more', async () => {
    const bench = await critical();
    const { policies, outbox } = bench.records;
    const change = async (enabled: boolean) => {
      const stored = await policies.get(policyId);
      assert.ok(stored);
      await policies.update({ ...stored.value, enabled }, stored.etag);
    };
    await change(false);
    await after(bench, 25);
    assert.equal(bench.sent.length, 1);
    await change(true);
    await after(bench, 1);
    assert.equal(bench.sent.length, 2);
    await policies.remove(policyId, (await policies.get(policyId))?.etag ?? '');
    await after(bench, 25);
    assert.deepEqual([bench.sent.length, await outbox.list()], [2, []]);
  });
});

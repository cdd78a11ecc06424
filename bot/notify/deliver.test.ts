import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CardAction } from '../../contract/cards.ts';
import { digestTick } from '../../engine/backup/digest.ts';
import type { BackupServices } from '../../engine/backup/backupServices.ts';
import { Fault } from '../../engine/fault.ts';
import { instant } from '../../engine/model/ids.ts';
import { noCounts } from '../../engine/model/ledger.ts';
import type { Card } from '../cards/card.ts';
import {
  admin,
  anna,
  approver,
  auditor,
  ben,
  checked,
  operator,
  policyId,
  readable,
  requestIdOf,
} from '../testing/botBench.ts';
import { channel, placeFor, scheduledRun, world } from '../testing/deliveryBench.ts';
import { readBotHealth } from './health.ts';
import { digestMorning } from './digestMorning.ts';
import { keepPlace, placeOf } from './references.ts';

describe('what people are told', () => {
  it('is one message in a week of green runs: the digest', async () => {
    const bench = await world(placeFor(admin), placeFor(anna));
    const { clock, deliver } = bench;
    const services = bench.services as unknown as BackupServices;
    const monday = { day: 1, at: '08:00', timeZone: 'Pacific/Kiritimati' };
    // Tuesday; the first tick notes where the weeks begin.
    clock.set(Date.parse('2026-03-03T00:00:00Z'));
    await digestTick(services, monday);
    for (let number = 1; number <= 14; number++) {
      await scheduledRun(bench, number, 'complete');
      for (let hour = 0; hour < 12; hour++) {
        await digestTick(services, monday);
        await deliver();
        await clock.advance(3_600_000);
      }
    }
    assert.deepEqual(
      bench.sent.map(({ to }) => to),
      ['chat-admin'],
    );
    assert.equal(new Date(bench.sent[0]?.at ?? 0).toISOString(), '2026-03-09T08:00:00.000Z');
    assert.match(readable(bench.sent[0]?.card ?? ({} as Card)), /All 12 backups went well|All 1\d backups went well/);
  });

  it('is a report when a run goes worse than the one before, to admins and channels, named only in private', async () => {
    const bench = await world(placeFor(admin), placeFor(anna), channel);
    await scheduledRun(bench, 1, 'complete');
    await bench.clock.advance(3_600_000);
    await scheduledRun(bench, 2, 'partial');
    await bench.clock.advance(3_600_000);
    await scheduledRun(bench, 3, 'partial');
    await bench.deliver();
    assert.deepEqual(bench.sent.map(({ to }) => to).toSorted(), ['19:ops', 'chat-admin']);
    for (const { to, card } of bench.sent) {
      assert.match(readable(card), /Some of it could not be backed up/);
      assert.equal(/Anna Berg/.test(readable(card)), to === 'chat-admin');
    }
  });

  it('is a report of every run where an admin wants that, however well it went', async () => {
    const bench = await world(placeFor(admin), placeFor(anna), channel);
    await bench.records.settings.put('notifications', { report: 'always' });
    await scheduledRun(bench, 1, 'complete');
    await bench.deliver();
    assert.deepEqual(bench.sent.map(({ to }) => to).toSorted(), ['19:ops', 'chat-admin']);
    assert.doesNotMatch(readable(bench.sent[0]?.card ?? ({} as Card)), /worse/);
  });

  it('is a report of a run that one of them started to all of them, and to nobody twice', async () => {
    const bench = await world(placeFor(admin), placeFor(operator), channel);
    await bench.records.settings.put('notifications', { report: 'always' });
    for (const [run, { id: startedBy }] of [
      ['1', operator],
      ['2', admin],
    ] as const)
      await bench.records.outbox.add(`run-${run}`, {
        kind: 'runReport',
        because: 'asked',
        run,
        policyId,
        startedBy,
        status: 'complete',
        startedAt: instant(0),
        finishedAt: instant(1000),
        counts: noCounts,
        resources: { all: 1, good: 1, alreadyRunning: 0 },
        troubled: [],
      });
    await bench.deliver();
    assert.deepEqual(bench.sent.map(({ to }) => to).toSorted(), [
      '19:ops',
      '19:ops',
      'chat-admin',
      'chat-admin',
      'chat-olga',
    ]);
  });

  it('is a question to administrators whether they still have the recovery key', async () => {
    const bench = await world(placeFor(admin), placeFor(anna), channel);
    const since = '2026-01-05T00:00:00.000Z';
    await bench.records.outbox.add('recovery-key-2026-04-06', { kind: 'recoveryKeyUnproven', since, wasProved: false });
    await bench.deliver();
    assert.deepEqual(
      bench.sent.map(({ to }) => to),
      ['chat-admin'],
    );
    assert.match(readable(bench.sent[0]?.card ?? ({} as Card)), /Nobody has tried it since/);
  });

  it('is a digest on the day and at the time of the settings, on the clocks of their zone as they change', async () => {
    for (const digest of ['weekly', 'daily'] as const) {
      const bench = await world(placeFor(admin, { timeZone: 'Asia/Tokyo' }));
      const { clock, deliver } = bench;
      const plan = { day: 0, at: '02:30', timeZone: 'Europe/Berlin' };
      await bench.records.settings.put('notifications', {
        digest,
        digestDay: 0,
        digestAt: '02:30',
        timeZone: plan.timeZone,
      });
      // Friday; on Sunday the clocks of Berlin go from two to three.
      clock.set(Date.parse('2026-03-27T10:00:00Z'));
      for (let tick = 0; tick < 4 * 96; tick++) {
        await digestTick(bench.services as unknown as BackupServices, plan);
        await Promise.all([deliver(), deliver()]);
        await clock.advance(15 * 60_000);
      }
      const moments = bench.sent.map(({ at }) => new Date(at).toISOString().slice(0, 16));
      const sunday = '2026-03-29T01:00';
      assert.deepEqual(
        moments,
        digest === 'weekly' ? [sunday] : ['2026-03-28T01:30', sunday, '2026-03-30T00:30', '2026-03-31T00:30'],
      );
    }
  });

  it('is a report to whoever asked, unless the card in their chat tells it', async () => {
    const bench = await world(placeFor(operator), placeFor(admin));
    const report = (run: string) => ({
      kind: 'runReport',
      because: 'asked',
      run,
      policyId,
      startedBy: operator.id,
      status: 'complete',
      startedAt: instant(0),
      finishedAt: instant(1000),
      counts: noCounts,
      resources: { all: 1, good: 1, alreadyRunning: 0 },
      troubled: [],
    });
    await bench.records.outbox.add('run-1', report('1'));
    await bench.deliver();
    assert.deepEqual(
      bench.sent.map(({ to }) => to),
      ['chat-olga'],
    );

    const run = await bench.services.startPolicyRun(policyId, operator.id);
    await bench.records.outbox.add('follow-x', {
      kind: 'follow',
      to: 'place:person:olga',
      activityId: 'a',
      follow: { kind: 'run', id: run },
      reader: operator.id,
      since: bench.clock.now(),
    });
    await bench.records.outbox.add(`run-${run}`, report(run));
    await bench.deliver();
    await bench.changeRun(run, { state: 'completed', status: 'complete' });
    await bench.clock.advance(20_000);
    await bench.deliver();
    await bench.deliver();
    assert.equal(bench.sent.length, 1);
    assert.deepEqual(await bench.records.outbox.list(), []);
  });

  it('is nothing when an admin switched it off', async () => {
    const bench = await world(placeFor(admin));
    await bench.records.settings.put('notifications', { report: 'never', digest: 'off' });
    await scheduledRun(bench, 1, 'failed');
    await bench.records.outbox.add('digest-2026-03-02', {
      kind: 'weeklyDigest',
      from: instant(0),
      to: instant(1),
      runs: {},
      counts: noCounts,
      resources: {},
    });
    await bench.deliver();
    assert.deepEqual(bench.sent, []);
    assert.deepEqual(await bench.records.outbox.list(), []);
  });
});

describe('approvals', () => {
  it('reach those who can decide, without anybody’s data, and the asker when it is done', async () => {
    const bench = await world(
      placeFor(admin),
      placeFor(approver),
      placeFor(operator),
      placeFor(anna),
      placeFor(ben),
      placeFor(auditor),
    );
    const form = await bench.press(operator, await bench.says(operator, 'find hello'), 'Restore…');
    await bench.press(operator, form, 'Check', { destination: 'download', reason: 'Ben asked' });
    await bench.work(bench.flow);
    const [made] = (await bench.records.requests.list()).value;
    assert.ok(made);
    await bench.conversation.onAction(
      bench.turn(operator),
      CardAction.parse({
        verb: 'restore.run',
        requestId: made.id,
        version: (made.value as { request: { version: number } }).request.version,
      }),
    );
    await bench.deliver();
    assert.deepEqual(bench.sent.map(({ to }) => to).toSorted(), ['chat-admin', 'chat-jo']);
    for (const { card } of bench.sent) {
      assert.match(readable(card), /Requested by Olga Operator/);
      assert.doesNotMatch(JSON.stringify(card), /Ben|hello/);
      assert.equal(card.refresh?.action?.verb, 'restore.show');
      assert.equal(card.refresh?.userIds?.length, 1);
    }
    bench.sent.length = 0;
    await bench.flow.approve(approver, made.id);
    await bench.work(bench.flow);
    await bench.deliver();
    const told = new Map(bench.sent.map(({ to, card }) => [to, readable(card)]));
    assert.deepEqual([...told.keys()].toSorted(), ['chat-ben', 'chat-olga']);
    assert.match(told.get('chat-olga') ?? '', /Ready to download/);
    // Whose data it is learns who took of it, and nothing that stands in a preview.
    assert.match(told.get('chat-ben') ?? '', /^Restored from your data\nOlga Operator prepared a download of 1 item/);
    assert.doesNotMatch(told.get('chat-ben') ?? '', /Ben asked|hello/);
    await bench.clock.advance(25 * 3_600_000);
    bench.sent.length = 0;
    await bench.deliver();
    assert.deepEqual([bench.sent, await bench.records.outbox.list()], [[], []]);
  });

  it('are brought to mind once when they wait for a day', async () => {
    const bench = await world(placeFor(approver), placeFor(operator));
    const form = await bench.press(operator, await bench.says(operator, 'find hello'), 'Restore…');
    const checking = await bench.press(operator, form, 'Check', { destination: 'download', reason: 'x' });
    await bench.work(bench.flow);
    const [made] = (await bench.records.requests.list()).value;
    assert.ok(made);
    const { version } = (made.value as { request: { version: number } }).request;
    const run = CardAction.parse({ verb: 'restore.run', requestId: requestIdOf(checking), version });
    await bench.conversation.onAction(bench.turn(operator), run);
    for (let hours = 0; hours < 60; hours++) {
      await bench.deliver();
      await bench.clock.advance(3_600_000);
    }
    assert.deepEqual(
      bench.sent.map(({ to, card }) => [to, /still waits/.test(readable(card))]),
      [
        ['chat-jo', false],
        ['chat-jo', true],
      ],
    );
  });

  it('of somebody’s own data tell them nothing twice', async () => {
    const bench = await world(placeFor(anna));
    const ready = await checked(bench);
    await bench.press(anna, ready, 'Restore 1 item');
    await bench.work(bench.flow);
    await bench.deliver();
    assert.deepEqual(
      bench.sent.map(({ card }) => /Restored from your data/.test(readable(card))),
      [false],
    );
  });
});

describe('a broken connection', () => {
  const broken = () => new Fault('unavailable', 'The chat service cannot be reached.');

  it('keeps the notice, tries again later, and tells it once', async () => {
    const bench = await world(placeFor(admin));
    await scheduledRun(bench, 1, 'failed');
    bench.trouble.push(broken(), new Fault('throttled', 'wait', { retryAfterMs: 120_000 }));
    assert.equal((await bench.deliver()).waiting, 1);
    assert.equal((await bench.deliver()).waiting, 1);
    assert.equal(bench.trouble.length, 1, 'not tried again before its time');
    await bench.clock.advance(15_000);
    await bench.deliver();
    await bench.clock.advance(119_000);
    assert.equal((await bench.deliver()).waiting, 1);
    assert.equal(bench.sent.length, 0);
    await bench.clock.advance(2000);
    assert.equal((await bench.deliver()).sent, 1);
    assert.deepEqual(await bench.deliver(), { sent: 0, updated: 0, waiting: 0, lost: 0 });
    assert.equal(bench.sent.length, 1);
    // The status of the backup never depended on it.
    assert.equal((await bench.records.runs.list()).value[0]?.status, 'failed');
  });

  it('gives up after five tries, and Health knows', async () => {
    const bench = await world(placeFor(admin));
    await scheduledRun(bench, 1, 'failed');
    bench.trouble.push(...Array.from({ length: 9 }, broken));
    for (let round = 0; round < 8; round++) {
      await bench.deliver();
      await bench.clock.advance(3_600_000);
    }
    assert.equal(bench.trouble.length, 4);
    assert.deepEqual(await bench.records.outbox.list(), []);
    const { lost } = await readBotHealth(bench.records);
    assert.deepEqual(
      lost.map(({ trouble }) => trouble),
      ['unavailable'],
    );
  });

  it('marks a person who blocked the bot until they speak again', async () => {
    const bench = await world(placeFor(admin));
    await scheduledRun(bench, 1, 'partial');
    bench.trouble.push(new Fault('forbidden', 'no'));
    await bench.deliver();
    assert.equal((await readBotHealth(bench.records)).blocked, 1);
    await scheduledRun(bench, 2, 'failed');
    assert.equal((await bench.deliver()).sent, 0);
    await keepPlace(bench.records, placeFor(admin));
    assert.equal((await placeOf(bench.records, admin.id))?.blocked, undefined);
    await scheduledRun(bench, 3, 'complete');
    await scheduledRun(bench, 4, 'failed');
    assert.equal((await bench.deliver()).sent, 1);
  });

  it('says one thing a second to one conversation', async () => {
    const bench = await world(placeFor(admin));
    for (const id of ['a', 'b', 'c'])
      await bench.records.outbox.add(`failing-${id}`, {
        kind: 'failingItems',
        run: '1'.repeat(32),
        resource: 'r',
        items: [{ itemId: 'i', attempts: 5, reason: 'x' }],
      });
    await bench.deliver();
    const times = bench.sent.map(({ at }) => at);
    assert.deepEqual(
      times.map((at) => at - (times[0] ?? 0)),
      [0, 1000, 2000],
    );
  });
});

describe('Monday 08:00', () => {
  const places: readonly (readonly [string, string])[] = [
    ['UTC', '2026-03-09T08:00:00.000Z'],
    ['Europe/Berlin', '2026-03-09T07:00:00.000Z'],
    ['Asia/Tokyo', '2026-03-08T23:00:00.000Z'],
    ['America/Los_Angeles', '2026-03-09T15:00:00.000Z'],
    ['Pacific/Kiritimati', '2026-03-08T18:00:00.000Z'],
    ['Pacific/Niue', '2026-03-09T19:00:00.000Z'],
  ];
  for (const [zone, moment] of places)
    it(`comes at its own time in ${zone}`, () => {
      assert.equal(new Date(digestMorning('2026-03-09', '08:00', zone)).toISOString(), moment);
    });
});

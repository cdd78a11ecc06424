import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../../engine/fault.ts';
import { memoryTableStore } from '../../engine/testing/memoryTableStore.ts';
import { virtualClock } from '../../engine/testing/virtualClock.ts';
import { costOf } from './costs.ts';
import type { Turn } from './lane.ts';
import type { Columns } from './leaseRow.ts';
import { createPacing } from './pacing.ts';
import { columnsOf, freeAt, ledgerOf, SHAREPOINT_BANDS, spend } from './sharepointLedger.ts';

const signal = new AbortController().signal;
const turn = (scope: string, more: Partial<Turn> = {}): Turn => ({
  scope,
  priority: 'incremental',
  signal,
  cost: 1,
  uploadBytes: 0,
  ...more,
});
const mailbox = 'mailbox/anna';

describe('pacing', () => {
  it('lets four calls of a mailbox be in flight, and the fifth when one is back', async () => {
    const pacing = createPacing({ clock: virtualClock(), clientId: 'app', holder: 'a' });
    const places = await Promise.all([1, 2, 3, 4].map(() => pacing.enter(turn(mailbox))));
    let isIn = false;
    const fifth = pacing.enter(turn(mailbox)).then((leave) => {
      isIn = true;
      return leave;
    });
    await Promise.all([pacing.enter(turn('mailbox/ben')), Promise.resolve()]);
    assert.equal(isIn, false);
    places[0]?.();
    places[0]?.();
    (await fifth)();
    assert.equal(isIn, true);
  });

  it('gives a free place to a restore before an older first backup', async () => {
    const pacing = createPacing({ clock: virtualClock(), clientId: 'app', holder: 'a' });
    const places = await Promise.all([1, 2, 3, 4].map(() => pacing.enter(turn(mailbox))));
    const order: string[] = [];
    const waiting = (['first', 'incremental', 'restore'] as const).map((priority) =>
      pacing.enter(turn(mailbox, { priority })).then((leave) => {
        order.push(priority);
        leave();
      }),
    );
    await Promise.resolve();
    places[0]?.();
    await Promise.all(waiting);
    assert.deepEqual(order, ['restore', 'incremental', 'first']);
  });

  it('sits a short block out and ends the call on a long one, in every process that shares the rows', async () => {
    const clock = virtualClock();
    const rows = memoryTableStore();
    const one = createPacing({ clock, clientId: 'app', rows, holder: 'a' });
    const other = createPacing({ clock, clientId: 'app', rows, holder: 'b' });
    for (const scope of ['sharepoint', 'directory']) {
      await one.block(scope, 3_000);
      const start = clock.now();
      (await one.enter(turn(scope)))();
      assert.ok(clock.now() - start >= 3_000);
      await one.block(scope, 3_600_000);
      for (const pacing of [one, other])
        await assert.rejects(
          pacing.enter(turn(scope)),
          (error) => isFault(error, 'throttled') && error.scope === scope && error.retryAfterMs === 3_600_000,
        );
    }
  });

  it('remembers a block of a mailbox over a restart, and another app is not concerned', async () => {
    const clock = virtualClock();
    const rows = memoryTableStore();
    const before = createPacing({ clock, clientId: 'app', rows, holder: 'a' });
    (await before.enter(turn(mailbox)))();
    await before.block(mailbox, 3_600_000);
    const after = createPacing({ clock, clientId: 'app', rows, holder: 'b', isDead: (holder) => holder === 'a' });
    await assert.rejects(after.enter(turn(mailbox)), (error) => isFault(error, 'throttled'));
    (await createPacing({ clock, clientId: 'other', rows, holder: 'c' }).enter(turn(mailbox)))();
  });

  it('lets one process at a time talk to a mailbox, and the next when the lease ran out', async () => {
    const clock = virtualClock();
    const rows = memoryTableStore();
    const one = createPacing({ clock, clientId: 'app', rows, holder: 'a' });
    const other = createPacing({ clock, clientId: 'app', rows, holder: 'b' });
    (await one.enter(turn(mailbox)))();
    await assert.rejects(
      other.enter(turn(mailbox)),
      (error) => isFault(error, 'throttled') && error.code === 'MailboxLeased' && (error.retryAfterMs ?? 0) <= 60_000,
    );
    await clock.sleep(60_001);
    (await other.enter(turn(mailbox)))();
    await assert.rejects(one.enter(turn(mailbox)), (error) => isFault(error, 'throttled'));
  });

  it('keeps 10,000 requests in ten minutes and 150 MB of uploads in five', async () => {
    const clock = virtualClock();
    const pacing = createPacing({ clock, clientId: 'app', holder: 'a' });
    for (let call = 0; call < 10_000; call++) (await pacing.enter(turn(mailbox)))();
    await assert.rejects(pacing.enter(turn(mailbox)), (error) => isFault(error, 'throttled'));
    await clock.sleep(610_000);
    const upload = { uploadBytes: 75 * 1024 * 1024 };
    (await pacing.enter(turn(mailbox, upload)))();
    (await pacing.enter(turn(mailbox, upload)))();
    await assert.rejects(pacing.enter(turn(mailbox, upload)), (error) => isFault(error, 'throttled'));
    (await pacing.enter(turn(mailbox)))();
  });

  it('lets an upload larger than the whole allowance go after a small one, and nothing for five minutes after it', async () => {
    const clock = virtualClock();
    const pacing = createPacing({ clock, clientId: 'app', holder: 'a' });
    // Each attempt to import a mail asks for a session first.
    const small = { uploadBytes: 2 };
    for (let attempt = 0; attempt < 2; attempt++) {
      (await pacing.enter(turn(mailbox, small)))();
      (await pacing.enter(turn(mailbox, { uploadBytes: 200 * 1024 * 1024 })))();
      await assert.rejects(pacing.enter(turn(mailbox, small)), (error) => isFault(error, 'throttled'));
      await clock.sleep(310_000);
    }
  });

  it('spends no more of SharePoint than its licences allow in any minute, over all processes, and never stands still', async () => {
    const clock = virtualClock();
    const rows = memoryTableStore();
    const workers = ['a', 'b', 'c'].map((holder) => createPacing({ clock, clientId: 'app', rows, holder }));
    const spent: number[] = [];
    for (const until = clock.now() + 180_000; clock.now() < until;) {
      for (const pacing of workers) {
        (await pacing.enter(turn('sharepoint', { priority: 'restore' })))();
        spent.push(clock.now());
      }
    }
    let from = 0;
    for (const [at, time] of spent.entries()) {
      while ((spent[from] ?? 0) <= time - 60_000) from += 1;
      assert.ok(at - from + 1 <= 1_250, `${at - from + 1} in one minute`);
      assert.ok(time - (spent[at - 1] ?? time) < 5_000);
    }
    assert.ok(spent.length > 2_300, `${spent.length} in three minutes`);
  });

  it('takes the band that the licences allow, once they are known', async () => {
    const spentInAMinute = async (licences: number | undefined) => {
      const clock = virtualClock();
      let asked = 0;
      const known = () => {
        asked += 1;
        return Promise.resolve(licences);
      };
      const pacing = createPacing({ clock, clientId: 'app', holder: 'a', licences: known });
      let spent = 0;
      for (const until = clock.now() + 60_000; clock.now() < until; spent++)
        (await pacing.enter(turn('sharepoint', { priority: 'restore' })))();
      assert.equal(asked, 1);
      return spent;
    };
    const [unknown, small, large] = [
      await spentInAMinute(undefined),
      await spentInAMinute(300),
      await spentInAMinute(12_000),
    ];
    assert.equal(unknown, small);
    assert.ok(large > 2.5 * small && large <= 3_750, `${small} ${large}`);
  });

  it('does not stand still for a day because of a worker whose clock was a day ahead', async () => {
    const rows = memoryTableStore();
    const [ahead, right] = [virtualClock(), virtualClock()];
    await ahead.sleep(86_400_000);
    const wrong = createPacing({ clock: ahead, clientId: 'app', rows, holder: 'a', patienceMs: 0 });
    await assert.rejects(async () => {
      for (;;) (await wrong.enter(turn('sharepoint', { priority: 'restore' })))();
    });
    const pacing = createPacing({ clock: right, clientId: 'app', rows, holder: 'b' });
    (await pacing.enter(turn('sharepoint', { priority: 'restore' })))();
  });

  it('leaves the last of the budget to restores', async () => {
    const clock = virtualClock();
    const pacing = createPacing({ clock, clientId: 'app', holder: 'a', patienceMs: 0 });
    const spend = async (priority: Turn['priority']) => {
      for (let spent = 0; ; spent++) {
        try {
          (await pacing.enter(turn('sharepoint', { priority })))();
        } catch (error) {
          assert.ok(isFault(error, 'throttled'));
          return spent;
        }
      }
    };
    const [first, incremental, restore] = [await spend('first'), await spend('incremental'), await spend('restore')];
    assert.ok(first > 300 && incremental > 40 && restore > 10, `${first} ${incremental} ${restore}`);
  });

  it('lets a first backup have most of a minute at once, and downloads and restores after it', async () => {
    const clock = virtualClock();
    const pacing = createPacing({ clock, clientId: 'app', holder: 'a', rows: memoryTableStore() });
    const start = clock.now();
    for (let call = 0; call < 680; call++) (await pacing.enter(turn('sharepoint', { priority: 'first' })))();
    assert.equal(clock.now(), start);

    // More of it than places wait for the rest of the minute; nobody else waits for them.
    const spent = createPacing({ clock, clientId: 'one', holder: 'a', rows: memoryTableStore(), patienceMs: 0 });
    const first = () => spent.enter(turn('sharepoint', { priority: 'first' }));
    await assert.rejects(async () => {
      for (;;) (await first())();
    });
    const waiting = Array.from({ length: 20 }, () => first().catch(() => undefined));
    (await spent.enter(turn('sharepoint', { priority: 'first', cost: 0 })))();
    (await spent.enter(turn('sharepoint', { priority: 'restore' })))();
    assert.equal(clock.now(), start);
    await Promise.all(waiting);
  });

  it('hears of a block before a call that costs nothing', async () => {
    const clock = virtualClock();
    const rows = memoryTableStore();
    await createPacing({ clock, clientId: 'app', rows, holder: 'a' }).block('sharepoint', 3_600_000);
    const other = createPacing({ clock, clientId: 'app', rows, holder: 'b' });
    await assert.rejects(other.enter(turn('sharepoint', { cost: 0 })), (error) => isFault(error, 'throttled'));
  });

  it('spends no more than the day allows in any 24 hours, and has something left at any time', () => {
    const [band] = SHAREPOINT_BANDS;
    const [hour, day] = [3_600_000, 86_400_000];
    let now = 1_000 * day;
    let row: Columns = {};
    const draws: number[] = [];
    for (const end = now + 2 * day; now < end;) {
      const ledger = ledgerOf(row, band, now);
      const free = freeAt(ledger, 50, band, 0, now);
      if (free <= now) {
        row = columnsOf(spend(ledger, 50, now));
        draws.push(now);
      } else {
        assert.ok(free - now < 10_000, `${free - now} ms`);
        now = free;
      }
    }
    const within = (from: number, ms: number) => 50 * draws.filter((at) => at >= from && at < from + ms).length;
    const [begin = 0] = draws;
    for (let from = begin; from <= begin + day; from += hour) assert.ok(within(from, day) <= band.perDay);
    for (const from of draws.slice(0, 500)) assert.ok(within(from, 60_000) <= band.perMinute);
    assert.ok(within(begin, hour) > 1.3 * (band.perDay / 24), `${within(begin, hour)} in the first hour`);
  });

  it('stops at once when RateLimit says that nothing remains', async () => {
    const pacing = createPacing({ clock: virtualClock(), clientId: 'app', holder: 'a' });
    (await pacing.enter(turn('sharepoint')))();
    pacing.saw('sharepoint', { 'ratelimit-remaining': '0', 'ratelimit-reset': '31' });
    await assert.rejects(
      pacing.enter(turn('sharepoint')),
      (error) => isFault(error, 'throttled') && error.retryAfterMs === 31_000,
    );
  });

  it('lets a cancelled call give up its turn', async () => {
    const pacing = createPacing({ clock: virtualClock(), clientId: 'app', holder: 'a' });
    await Promise.all([1, 2, 3, 4].map(() => pacing.enter(turn(mailbox))));
    const stop = new AbortController();
    const waiting = pacing.enter(turn(mailbox, { signal: stop.signal }));
    stop.abort();
    await assert.rejects(waiting, (error) => isFault(error, 'cancelled'));
  });
});

describe('what a call costs', () => {
  const graph = 'https://graph.microsoft.com/v1.0';
  const cases: [string, string, number][] = [
    ['GET', '/drives/1/items/2', 1],
    ['GET', '/drives/1/items/2/content', 1],
    ['GET', '/drives/1/root/delta', 2],
    ['GET', '/drives/1/root/delta?token=abc', 1],
    ['GET', '/drives/1/items/2/children', 2],
    ['POST', '/drives/1/items/2:/a.txt:/createUploadSession', 2],
    ['DELETE', '/drives/1/items/2', 2],
    ['GET', '/drives/1/items/2/permissions', 5],
    ['GET', '/drives/1/root/delta?token=abc&$expand=permissions', 5],
    ['GET', '/users/1/drive', 1],
    ['GET', '/users/1/messages/2', 1],
  ];
  for (const [method, url, cost] of cases)
    it(`${method} ${url} costs ${cost}`, () => assert.equal(costOf(method, graph + url), cost));
});

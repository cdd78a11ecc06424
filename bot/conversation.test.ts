import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { instant, type RunId } from '../engine/model/ids.ts';
import { noCounts } from '../engine/model/ledger.ts';
import { aRun } from '../engine/testing/recordsWorld.ts';
import {
  admin,
  anna,
  approver,
  auditor,
  botBench,
  buttonsOf,
  cardOf,
  checked,
  operator,
  policyId,
  readable,
  type BotBench,
} from './testing/botBench.ts';

describe('help and status', () => {
  it('offers each person what they may do', async () => {
    const bench = await botBench();
    const member = readable(await bench.says(anna, 'hi'));
    assert.match(member, /find invoice\.pdf/);
    assert.doesNotMatch(member, /backup now|approvals|failures/);
    const all = readable(await bench.says(admin, 'help'));
    for (const title of ['backup now', 'report', 'failures', 'find', 'restore', 'approvals'])
      assert.match(all, new RegExp(title));
  });

  it('tells an admin about the tenant and a member about their own data', async () => {
    const bench = await botBench();
    assert.match(readable(await bench.says(admin, 'status')), /2 of 2/);
    const own = readable(await bench.says(anna, 'status'));
    assert.match(own, /Anna Berg \(mail\)/);
    assert.doesNotMatch(own, /Ben Ode/);
  });

  it('says that words it does not know can be searched for', async () => {
    const bench = await botBench();
    const answer = await bench.says(anna, 'one please');
    assert.match(readable(answer), /didn’t understand “one please”/);
    assert.match(readable(await bench.press(anna, answer, 'Search')), /I looked for/);
  });
});

describe('roles', () => {
  const refusals = [
    ['backup now', anna],
    ['backup now', auditor],
    ['backup now', approver],
    ['report', anna],
    ['report', operator],
    ['failures', anna],
    ['approvals', anna],
    ['approvals', operator],
  ] as const;
  for (const [words, actor] of refusals) {
    it(`refuses "${words}" to ${actor.name}, and writes it down`, async () => {
      const bench = await botBench();
      assert.match(readable(await bench.says(actor, words)), /can’t do that with your role/);
      const [entry] = (await bench.records.audit.list()).value;
      assert.deepEqual([entry?.who, entry?.result], [actor.id, 'refused']);
    });
  }

  it('asks for the role again when a button is pressed', async () => {
    const bench = await botBench();
    const confirm = await bench.says(admin, 'backup now');
    bench.nowHolds(admin, []);
    assert.match(readable(await bench.press(admin, confirm, 'Back up now')), /can’t do that/);
    assert.deepEqual(bench.started, []);
  });
});

describe('backup now', () => {
  it('asks first, starts one run however often it is pressed, and follows it', async () => {
    const bench = await botBench();
    const confirm = await bench.says(admin, 'backup now');
    assert.match(readable(confirm), /Back up Everything now\?/);
    assert.deepEqual(bench.started, []);
    const both = await Promise.all([1, 2].map(() => bench.press(admin, confirm, 'Back up now')));
    const again = await bench.press(admin, confirm, 'Back up now');
    assert.equal(bench.started.length, 1);
    assert.ok(both.some(({ follow }) => follow?.kind === 'run'));
    assert.match(readable(again), /Running: 1 of 4/);
    assert.ok(buttonsOf(cardOf(again)).includes('Cancel backup'));
  });

  it('does nothing for a press by another person, after a day, or with another target', async () => {
    const bench = await botBench();
    const confirm = await bench.says(admin, 'backup now');
    assert.match(
      readable(await bench.press(operator, confirm, 'Back up now')),
      /out of date or was meant for somebody else/,
    );
    const edited = { policyId: 'cd'.repeat(16) };
    assert.match(readable(await bench.press(admin, confirm, 'Back up now', edited)), /out of date/);
    await bench.clock.advance(25 * 3_600_000);
    assert.match(readable(await bench.press(admin, confirm, 'Back up now')), /out of date/);
    assert.deepEqual(bench.started, []);
  });

  it('finds a person’s mailbox by name', async () => {
    const bench = await botBench();
    const confirm = await bench.says(operator, 'back up anna');
    assert.match(readable(confirm), /Back up Anna Berg \(mail\) now/);
    await bench.press(operator, confirm, 'Back up now');
    assert.deepEqual(bench.started, [{ what: bench.mailbox.id, by: operator.id }]);
    assert.match(readable(await bench.says(admin, 'back up nobody')), /no protected mailbox or drive named nobody/);
  });

  it('cancels once and drops the button when the run ended', async () => {
    const bench = await botBench();
    const job = await bench.press(admin, await bench.says(admin, 'backup now'), 'Back up now');
    await bench.press(admin, job, 'Cancel backup');
    const second = await bench.press(admin, job, 'Cancel backup');
    assert.equal(bench.cancelled.length, 1);
    assert.match(readable(second), /Cancelling/);
    const [run] = bench.cancelled;
    assert.ok(run);
    await bench.changeRun(run, { state: 'cancelled', status: 'partial', finishedAt: instant(bench.clock.now()) });
    const ended = await bench.press(admin, job, 'Cancel backup');
    assert.equal(bench.cancelled.length, 1);
    assert.ok(!buttonsOf(cardOf(ended)).includes('Cancel backup'));
    assert.equal(ended.follow, undefined);
  });
});

describe('report and failures', () => {
  async function withRun(bench: BotBench) {
    await bench.records.runs.create(
      aRun('1'.repeat(32), bench.clock.now(), {
        policyId,
        state: 'completed',
        status: 'partial',
        planned: true,
        counts: { ...noCounts, listed: 5, stored: 3, failed: 2 },
        finishedAt: instant(bench.clock.now() + 60_000),
      }),
    );
    for (const name of ['Secret plan', 'Payroll'])
      bench.ledger.push({
        resourceId: bench.mailbox.id,
        itemId: bench.repository.idOf('mail', 'anna', '0') as never,
        sourceId: 'x',
        name,
        outcome: 'failed',
        reason: 'ErrorItemCorrupt',
        attempts: 2,
      });
    return '1'.repeat(32) as RunId;
  }

  it('reports the newest run, and a period', async () => {
    const bench = await botBench();
    assert.match(readable(await bench.says(admin, 'report')), /No backup has finished yet/);
    await withRun(bench);
    assert.match(readable(await bench.says(auditor, 'report')), /Some of it could not be backed up[\s\S]*2 failed/);
    await bench.clock.advance(120_000);
    assert.match(readable(await bench.says(admin, 'report weekly')), /1 backup of 1 did not go well/);
  });

  it('groups failures by cause and names items only in the person’s own chat and only where they may', async () => {
    const bench = await botBench();
    await withRun(bench);
    const own = readable(await bench.says(admin, 'failures'));
    assert.match(own, /ErrorItemCorrupt — 2 items/);
    assert.match(own, /Secret plan/);
    for (const answer of [await bench.says(auditor, 'failures'), await bench.says(admin, 'failures', 'channel')]) {
      assert.match(readable(answer), /ErrorItemCorrupt — 2 items/);
      assert.doesNotMatch(readable(answer), /Secret plan|Payroll/);
    }
  });
});

describe('find', () => {
  it('shows how it understood the sentence, and what it found', async () => {
    const bench = await botBench(['invoice from ben', 'poem about spring']);
    const answer = await bench.says(anna, 'find invoice last week');
    // The bench lives in March 2026; the mail is of today, Sunday.
    assert.match(readable(answer), /Nothing was found with that[\s\S]*Without the dates there is 1 hit/);
    const wider = await bench.press(anna, answer, 'Any date');
    assert.match(readable(wider), /name contains invoice[\s\S]*invoice 0/);
  });

  it('finds for a member only what is theirs', async () => {
    const bench = await botBench();
    assert.match(readable(await bench.says(anna, 'find hello')), /Nothing was found/);
    assert.match(readable(await bench.says(admin, 'find hello')), /hello 0[\s\S]*Ben Ode/);
    assert.match(readable(await bench.says(admin, 'find hello from Ben')), /from or owned by Ben Ode[\s\S]*hello 0/);
  });

  it('asks which person is meant', async () => {
    const bench = await botBench();
    await bench.records.resources.put({
      ...bench.mailbox,
      id: 'f'.repeat(32) as never,
      ownerId: 'anna2' as never,
      name: 'Anna Zorn',
    });
    const which = await bench.says(admin, 'find one from ann');
    assert.match(readable(which), /Which ann\?[\s\S]*Anna Berg[\s\S]*Anna Zorn/);
    assert.match(
      readable(await bench.press(admin, which, 'Search', { person: 'anna' })),
      /from or owned by Anna Berg[\s\S]*one 0/,
    );
  });

  it('keeps content out of channels', async () => {
    const bench = await botBench();
    const answer = await bench.says(anna, 'find one', 'channel');
    assert.deepEqual(answer.here, { text: 'I’ve answered in our private chat.' });
    assert.match(readable(answer), /one 0/);
    assert.equal((await bench.says(admin, 'status', 'channel')).privately, undefined);
  });

  it('finds what was deleted when asked to, and gives it back', async () => {
    const bench = await botBench();
    await bench.loses(bench.mailbox, 0);
    const none = await bench.says(anna, 'find one');
    assert.match(readable(none), /Nothing was found/);
    assert.match(readable(await bench.press(anna, none, 'Search deleted items')), /including deleted[\s\S]*one 0/);
    const plan = await checked(bench, anna, {}, 'find one deleted');
    await bench.press(anna, plan, 'Restore 1 item');
    await bench.work(bench.flow);
    assert.deepEqual(
      bench.place.objects.map(({ bytes }) => bytes),
      ['one'],
    );
  });

  it('says in one sentence whose backup could not be looked through, with hits and without', async () => {
    const bench = await botBench();
    // What this process wrote last it remembers; after so many others it reads from storage.
    for (let later = 0; later < 20; later++) await bench.publish(bench.other, {});
    for (const { container, name } of bench.blobs.dump())
      if (name.startsWith(`points/${bench.mailbox.id}/`)) bench.blobs.tamper(container, name, () => undefined);
    const missed = /The backup of Anna Berg \(mail\) could not be read/;
    const found = readable(await bench.says(admin, 'find hello'));
    assert.match(found, /hello 0/);
    assert.match(found, missed);
    const nothing = readable(await bench.says(admin, 'find invoice'));
    assert.match(nothing, /Nothing was found/);
    assert.match(nothing, missed);
  });

  it('finds nothing for a member when self-service is off', async () => {
    const bench = await botBench();
    await bench.records.settings.put('selfService', { enabled: false, download: false });
    assert.match(readable(await bench.says(anna, 'find one')), /can’t do that with your role/);
  });
});

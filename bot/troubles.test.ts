import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PolicyId, RunId } from '../engine/model/ids.ts';
import { aPolicy, aRun, aRunResource } from '../engine/testing/recordsWorld.ts';
import { instant } from '../engine/model/ids.ts';
import { CardAction } from '../contract/cards.ts';
import { admin, anna, auditor, buttonsOf, cardOf, policyId, readable } from './testing/botBench.ts';
import { channel, placeFor, scheduledRun, world } from './testing/deliveryBench.ts';

const hour = 3_600_000;
/** The hundredth: those that the bot starts are counted from one. */
const failedRun = (100).toString(16).padStart(32, '0');
const other = 'cd'.repeat(16) as PolicyId;

/** A trouble as an admin sees it in the chat. */
async function told(status: 'partial' | 'failed' = 'partial') {
  const bench = await world(placeFor(admin));
  await scheduledRun(bench, 100, status);
  await bench.deliver();
  const card = bench.sent[0]?.card;
  assert.ok(card);
  return { bench, answer: { here: { card } } };
}

describe('"Snooze" under a trouble', () => {
  it('silences its cause for a day, and no other', async () => {
    const { bench, answer } = await told();
    const asked = await bench.press(admin, answer, 'Snooze');
    assert.match(readable(asked), /quiet about Everything\?/);
    assert.match(readable(await bench.press(admin, asked, 'Snooze', { for: 'day' })), /quiet about Everything until/);
    assert.match(readable(await bench.says(admin, 'notifications')), /Snoozed\n1 trouble\./);
    await bench.clock.advance(hour);
    await scheduledRun(bench, 2, 'failed');
    await bench.deliver();
    assert.equal(bench.sent.length, 1);
    await bench.records.policies.create(aPolicy(other, { name: 'Other', createdAt: instant(bench.clock.now()) }));
    await scheduledRun(bench, 3, 'partial', other);
    await bench.deliver();
    assert.equal(bench.sent.length, 2);
    await bench.clock.advance(25 * hour);
    await scheduledRun(bench, 4, 'complete');
    await scheduledRun(bench, 5, 'partial');
    await bench.deliver();
    assert.equal(bench.sent.length, 3);
  });

  it('lasts until that policy went well again where "until fixed" is chosen, or until "unmute"', async () => {
    const { bench, answer } = await told();
    const silence = async () =>
      bench.press(admin, await bench.press(admin, answer, 'Snooze'), 'Snooze', { for: 'fixed' });
    const next = async (number: number, status: 'complete' | 'partial' | 'failed', policy = policyId) => {
      await bench.clock.advance(hour);
      await scheduledRun(bench, number, status, policy);
      await bench.deliver();
      return bench.sent.length;
    };
    assert.match(readable(await silence()), /until a backup goes well again/);
    await bench.records.policies.create(aPolicy(other, { name: 'Other', createdAt: instant(bench.clock.now()) }));
    assert.equal(await next(2, 'complete', other), 1);
    assert.equal(await next(3, 'failed'), 1);
    assert.equal(await next(4, 'complete'), 1);
    assert.equal(await next(5, 'partial'), 2);
    await silence();
    await bench.says(admin, 'unmute');
    assert.equal(await next(6, 'failed'), 3);
  });

  it('is for those to whom troubles are told: administrators, also in a channel, and without a name there', async () => {
    const { bench } = await told();
    const press = (verb: 'snooze.ask' | 'snooze.save', actor = admin, kind?: 'channel') =>
      bench.conversation.onAction(
        bench.turn(actor, kind),
        CardAction.parse({ verb, runId: failedRun, ...(verb === 'snooze.save' ? { for: 'week' } : {}) }),
      );
    for (const verb of ['snooze.ask', 'snooze.save'] as const)
      for (const actor of [anna, auditor])
        assert.match(readable(await press(verb, actor)), /can’t do that with your role/);
    const here = await press('snooze.ask', admin, 'channel');
    assert.equal(here.privately, undefined);
    assert.doesNotMatch(readable(here), /Everything\?/);
    assert.match(readable(await press('snooze.save', auditor, 'channel')), /can’t do that with your role/);
  });
});

describe('"Snooze" of one mailbox', () => {
  it('until it is fixed outlasts a good run of another policy', async () => {
    const { bench } = await told();
    await bench.records.policies.create(aPolicy(other, { name: 'Other', createdAt: instant(bench.clock.now()) }));
    const { id: resourceId } = bench.mailbox;
    const save = CardAction.parse({ verb: 'snooze.save', runId: failedRun, resourceId, for: 'fixed' });
    await bench.conversation.onAction(bench.turn(admin), save);
    const failing = async (number: number) => {
      const items = [{ itemId: 'i', attempts: 5, reason: 'x' }];
      const message = { kind: 'failingItems', run: failedRun, resource: resourceId, items };
      await bench.records.outbox.add(`failing-${number}`, message);
      await bench.deliver();
      return bench.sent.length;
    };
    const next = async (number: number, policy: PolicyId) => {
      await bench.clock.advance(hour);
      await scheduledRun(bench, number, 'complete', policy);
    };
    assert.equal(await failing(1), 1);
    await next(2, other);
    assert.equal(await failing(2), 1);
    assert.match(readable(await bench.says(admin, 'notifications')), /Snoozed\n1 trouble/);
    await next(3, policyId);
    assert.equal(await failing(3), 2);
    assert.doesNotMatch(readable(await bench.says(admin, 'notifications')), /Snoozed/);
  });
});

describe('"Retry failed"', () => {
  it('can be pressed again after a minute in which whoever pressed it started nothing', async () => {
    const { bench, answer } = await told();
    const start = bench.services.startResourceRun.bind(bench.services);
    const claimed = Promise.withResolvers<undefined>();
    const dead = Promise.withResolvers<never>();
    Object.assign(bench.services, {
      startResourceRun: () => {
        claimed.resolve(undefined);
        return dead.promise;
      },
    });
    const lost = bench.press(admin, answer, 'Retry failed');
    await claimed.promise;
    Object.assign(bench.services, { startResourceRun: start });
    await bench.clock.advance(59_000);
    assert.match(readable(await bench.press(admin, answer, 'Retry failed')), /already/i);
    await bench.clock.advance(1000);
    assert.match(readable(await bench.press(admin, answer, 'Retry failed')), /running/i);
    assert.equal(bench.started.length, 1);
    dead.reject(new Error('died'));
    await lost;
    // What the late one says takes nothing from the run that goes on.
    await bench.press(admin, answer, 'Retry failed');
    assert.equal(bench.started.length, 1);
  });

  it('backs up the one mailbox that failed again, once, and shows its run to whoever presses later', async () => {
    const { bench, answer } = await told();
    assert.deepEqual(buttonsOf(cardOf(answer)).slice(0, 3), ['Open report', 'Retry failed', 'Snooze']);
    const first = await bench.press(admin, answer, 'Retry failed');
    assert.match(readable(first), /^Backup: Anna Berg/);
    assert.deepEqual(bench.started, [{ what: bench.mailbox.id, by: admin.id }]);
    assert.equal(first.follow?.kind, 'run');
    const again = await bench.press(admin, answer, 'Retry failed');
    assert.deepEqual(again.follow, first.follow);
    assert.equal(bench.started.length, 1);
    const [entry] = (await bench.records.audit.list()).value;
    assert.deepEqual([entry?.action, entry?.on['retried']], ['run.start', failedRun]);
  });

  it('runs the policy where more failed, or nothing could even begin', async () => {
    const { bench } = await told();
    const id = 'e'.repeat(32) as RunId;
    await bench.records.runs.create(
      aRun(id, bench.clock.now(), { policyId, state: 'completed', status: 'failed', planned: true }),
    );
    const rows = ['a1', 'a2'].map((digits) => aRunResource(id, digits.repeat(16) as never));
    await bench.records.runs.resources.plan(
      id,
      rows.map((row) => ({ ...row, state: 'failed' as const, status: 'failed' as const })),
    );
    const press = CardAction.parse({ verb: 'failures.retry', runId: id });
    await bench.conversation.onAction(bench.turn(admin), press);
    assert.deepEqual(bench.started, [{ what: policyId, by: admin.id }]);
  });

  it('may be pressed anew when it could not be started, and only by those who may start backups', async () => {
    const { bench, answer } = await told();
    assert.match(readable(await bench.press(auditor, answer, 'Retry failed')), /can’t do that with your role/);
    const startResourceRun = bench.services.startResourceRun.bind(bench.services);
    Object.assign(bench.services, {
      startResourceRun: async () => {
        throw new Error('storage');
      },
    });
    assert.match(readable(await bench.press(admin, answer, 'Retry failed')), /didn’t work/);
    Object.assign(bench.services, { startResourceRun });
    await bench.press(admin, answer, 'Retry failed');
    assert.equal(bench.started.length, 1);
  });

  it('is offered in a channel and answered in private, and gone once it is fixed', async () => {
    const bench = await world(placeFor(admin), channel);
    await scheduledRun(bench, 100, 'failed');
    await bench.deliver();
    const card = bench.sent.find(({ to }) => to === '19:ops')?.card;
    assert.ok(card);
    const pressed = await bench.press(admin, { here: { card } }, 'Retry failed', {}, 'channel');
    assert.ok('text' in pressed.here);
    assert.match(readable(pressed), /Anna Berg/);
    await bench.clock.advance(hour);
    await scheduledRun(bench, 102, 'complete');
    await bench.clock.advance(hour);
    await bench.deliver();
    for (const { card: fixed } of bench.updated) assert.ok(!buttonsOf(fixed).includes('Retry failed'));
    assert.equal(bench.updated.length, 2);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CardAction } from '../contract/cards.ts';
import type { ChangeWish, WaitingChange } from '../engine/model/waitingChange.ts';
import type { Actor } from '../engine/restore/restoreFlow.ts';
import {
  admin,
  approver,
  auditor,
  buttonsOf,
  cardOf,
  operator,
  policyId,
  pressOf,
  readable,
} from './testing/botBench.ts';
import { channel, placeFor, world } from './testing/deliveryBench.ts';

const hour = 3_600_000;
type Bench = Awaited<ReturnType<typeof world>>;
const rules = { daily: 30, weekly: 52, monthly: 84, minimumCopies: 1, keepGoneDays: 365 };
const shorter: ChangeWish = { kind: 'shorterRetention', policyId, before: rules, after: { ...rules, daily: 7 } };

/** Two administrators; the first asks for something. */
async function asked(wish: ChangeWish = shorter, by: Actor = admin): Promise<Bench & { readonly change: string }> {
  const bench = await world(placeFor(admin), placeFor(approver), placeFor(auditor), channel);
  bench.nowHolds(approver, ['Backup.Admin']);
  const retention = bench.services.retention as typeof bench.services.retention & {
    ask(who: Actor, wish: ChangeWish, reason?: string): Promise<WaitingChange>;
  };
  const { id } = await retention.ask(by, wish, 'Less to keep');
  return { ...bench, change: id };
}
const press = (bench: Bench, actor: Actor, verb: string, changeId: string, version?: string) =>
  bench.conversation.onAction(
    bench.turn(actor),
    CardAction.parse({ verb, changeId, ...(version === undefined ? {} : { version }) }),
  );
const stateOf = async (bench: Bench, change: string) => (await bench.records.waitingChanges.get(change))?.value.state;
const audited = async (bench: Bench, action: string) =>
  (await bench.records.audit.list()).value.filter((entry) => entry.action === action).map(({ result }) => result);

describe('a change that makes protection weaker', () => {
  it('is told to administrators alone: the one who asked may withdraw it, another one agree', async () => {
    const bench = await asked();
    await bench.deliver();
    const cards = new Map(bench.sent.map(({ to, card }) => [to, card]));
    assert.deepEqual([...cards.keys()].toSorted(), ['chat-admin', 'chat-jo']);
    const own = cards.get('chat-admin') ?? assert.fail('told');
    const other = cards.get('chat-jo') ?? assert.fail('told');
    assert.deepEqual(buttonsOf(own), ['Withdraw', 'Details', 'Settings']);
    assert.deepEqual(buttonsOf(other), ['Approve', 'Withdraw', 'Details', 'Settings']);
    assert.match(readable(other), /asks to keep copies of Everything for a shorter time\./);
    assert.match(readable(other), /30 days · 52 weeks · 84 months · at least 1 copy · 365 days after somebody left/);
    assert.match(readable(other), /\n7 days · 52 weeks/);

    const answer = await bench.conversation.onAction(bench.turn(approver), pressOf(other, 'Approve'));
    assert.match(readable(answer), /agreed\. It takes effect .*until then any administrator may withdraw it/);
    assert.deepEqual(buttonsOf(cardOf(answer)), ['Withdraw', 'Details']);
    assert.equal(await stateOf(bench, bench.change), 'approved');
    await bench.clock.advance(hour);
    await bench.deliver();
    const [updated] = bench.updated;
    assert.match(readable(updated?.card ?? assert.fail('the other card follows')), /agreed\. It takes effect/);
    assert.deepEqual(await audited(bench, 'change.approve'), ['done']);
  });

  it('is refused to whoever asked, to everybody without the role, and after the role was taken', async () => {
    const bench = await asked();
    const { change } = bench;
    assert.match(
      readable(await press(bench, admin, 'change.approve', change, 'asked')),
      /another administrator has to/,
    );
    for (const actor of [operator, auditor])
      for (const verb of ['change.approve', 'change.withdraw', 'change.show'])
        assert.match(
          readable(await press(bench, actor, verb, change, verb === 'change.show' ? undefined : 'asked')),
          /can’t do that with your role/,
        );
    bench.nowHolds(approver, ['Backup.Approver']);
    assert.match(readable(await press(bench, approver, 'change.approve', change, 'asked')), /with your role/);
    assert.equal(await stateOf(bench, change), 'asked');
    assert.deepEqual(
      await audited(bench, 'change.approve'),
      Array.from({ length: 4 }, () => 'refused'),
    );
    assert.match(readable(await press(bench, admin, 'change.show', 'f'.repeat(32))), /no such change/);
  });

  it('is decided once, however often and late it is pressed', async () => {
    const bench = await asked();
    const { change } = bench;
    await press(bench, approver, 'change.approve', change, 'asked');
    const again = await press(bench, approver, 'change.approve', change, 'asked');
    assert.match(readable(again), /agreed\. It takes effect/);
    assert.deepEqual(await audited(bench, 'change.approve'), ['done'], 'the same press again is no refusal');
    // The card of before it was approved is out of date: the press shows how it stands and withdraws nothing.
    const stale = await press(bench, admin, 'change.withdraw', change, 'asked');
    assert.deepEqual(buttonsOf(cardOf(stale)), ['Withdraw', 'Details']);
    assert.equal(await stateOf(bench, change), 'approved');
    await bench.conversation.onAction(bench.turn(admin), pressOf(cardOf(stale), 'Withdraw'));
    assert.equal(await stateOf(bench, change), 'withdrawn');
    const late = await press(bench, approver, 'change.approve', change, 'asked');
    assert.match(readable(late), /withdrew it/);
    assert.deepEqual(buttonsOf(cardOf(late)), ['Details']);
  });

  it('is decided by one of two who press at the same moment, and the other sees how', async () => {
    const bench = await asked();
    const answers = await Promise.all([
      press(bench, approver, 'change.approve', bench.change, 'asked'),
      press(bench, admin, 'change.withdraw', bench.change, 'asked'),
    ]);
    const state = await stateOf(bench, bench.change);
    assert.ok(state === 'approved' || state === 'withdrawn', state);
    for (const answer of answers) assert.match(readable(answer), state === 'approved' ? /agreed\./ : /withdrew it/);
    const done = [...(await audited(bench, 'change.approve')), ...(await audited(bench, 'change.withdraw'))];
    assert.deepEqual(done.toSorted(), ['done', 'refused']);
  });

  it('is brought to mind once, after a day, while it waits for somebody', async () => {
    const bench = await asked();
    await bench.deliver();
    await bench.clock.advance(25 * hour);
    await bench.deliver();
    const again = bench.sent.slice(2);
    assert.deepEqual(
      again.map(({ to }) => to),
      ['chat-jo'],
    );
    assert.match(readable(again[0]?.card ?? assert.fail('told')), /^A change still waits/);
    await bench.clock.advance(24 * hour);
    await bench.deliver();
    assert.equal(bench.sent.length, 3);
  });

  it('stands beside the requests that wait, for administrators', async () => {
    const bench = await asked({ kind: 'rotateKeys', from: 1 });
    const list = await bench.says(approver, 'approvals');
    assert.match(readable(list), /1 change that makes protection weaker waits\./);
    assert.match(readable(list), /asks for a new encryption key/);
    const shown = await bench.press(approver, list, 'Review');
    assert.deepEqual(buttonsOf(cardOf(shown)), ['Approve', 'Withdraw', 'Details']);
    bench.nowHolds(approver, ['Backup.Approver']);
    assert.doesNotMatch(readable(await bench.says(approver, 'approvals')), /encryption key/);
  });

  it('names whose hold it is, to administrators in their own chat', async () => {
    const bench = await world(placeFor(admin), placeFor(approver));
    bench.nowHolds(approver, ['Backup.Admin']);
    const retention = bench.services.retention as typeof bench.services.retention & {
      setHold(by: Actor, wish: object): Promise<{ readonly id: string }>;
      askForRelease(by: Actor, hold: string): Promise<WaitingChange>;
    };
    const hold = await retention.setHold(admin, {
      on: { kind: 'user', sourceId: bench.mailbox.ownerId ?? '' },
      reason: 'Case [1](https://evil.example)',
    });
    const { id } = await retention.askForRelease(admin, hold.id);
    await bench.deliver();
    const told = bench.sent.find(({ to }) => to === 'chat-jo')?.card ?? assert.fail('told');
    assert.match(readable(told), /asks to release the legal hold on Anna Berg\./);
    // In a channel the answer goes to the person alone.
    const inChannel = await bench.conversation.onAction(bench.turn(approver, 'channel'), pressOf(told, 'Approve'));
    assert.ok('text' in inChannel.here && inChannel.privately !== undefined);
    assert.equal(await stateOf(bench, id), 'applied');
    assert.ok((await bench.records.holds.get(hold.id))?.value.releasedAt);
  });
});

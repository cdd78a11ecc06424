import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CardAction } from '../contract/cards.ts';
import {
  admin,
  anna,
  approver,
  ben,
  botBench,
  buttonsOf,
  cardOf,
  checked,
  operator,
  readable,
  requestIdOf,
  type BotBench,
} from './testing/botBench.ts';
import type { Answer } from './turn.ts';

describe('restore', () => {
  it('goes from a search to a receipt and back again', async () => {
    const bench = await botBench();
    const ready = await checked(bench);
    assert.match(readable(ready), /1 item comes back/);
    assert.match(JSON.stringify(ready), new RegExp(`https://holdfast.example/restore/request/${requestIdOf(ready)}`));
    const running = await bench.press(anna, ready, 'Restore 1 item');
    assert.deepEqual(running.follow, { kind: 'restore', id: requestIdOf(ready) });
    await bench.work(bench.flow);
    const show = CardAction.parse({ verb: 'restore.show', requestId: requestIdOf(ready) });
    const done = await bench.conversation.onAction(bench.turn(anna), show);
    assert.match(readable(done), /Restored 1 item to a new folder/);
    const undoing = await bench.press(anna, done, 'Undo');
    assert.deepEqual(undoing.follow, { kind: 'restore', id: requestIdOf(ready), undo: true });
    await bench.work(bench.flow);
    assert.match(
      readable(await bench.conversation.onAction(bench.turn(anna), show)),
      /1 restored item was removed again/,
    );
  });

  it('makes one request of one form, however often Check is pressed', async () => {
    const bench = await botBench();
    const form = await bench.press(anna, await bench.says(anna, 'restore one'), 'Restore…');
    await Promise.all([bench.press(anna, form, 'Check'), bench.press(anna, form, 'Check')]);
    assert.equal((await bench.records.requests.list()).value.length, 1);
  });

  it('takes what is restored from the kept draft, not from the card', async () => {
    const bench = await botBench();
    const form = await bench.press(anna, await bench.says(anna, 'restore one'), 'Restore…');
    const theirs = bench.repository.idOf('mail', 'ben', '0');
    await bench.press(anna, form, 'Check', { resourceId: bench.other.id, itemId: theirs });
    const [made] = (await bench.records.requests.list()).value;
    assert.ok(made);
    assert.deepEqual((made.value as { request: { owners: string[] } }).request.owners, ['anna']);
  });

  it('refuses a form that was drawn for somebody else, and one for data that is not theirs', async () => {
    const bench = await botBench();
    const form = await bench.press(anna, await bench.says(anna, 'restore one'), 'Restore…');
    assert.match(readable(await bench.press(ben, form, 'Check')), /meant for somebody else/);
    const foreign = CardAction.parse({
      verb: 'restore.form',
      resourceId: bench.mailbox.id,
      itemId: bench.repository.idOf('mail', 'anna', '0'),
    });
    assert.match(
      readable(await bench.conversation.onAction(bench.turn(ben), foreign)),
      /no copy of that which you may restore/,
    );
    assert.equal((await bench.records.requests.list()).value.length, 0);
  });

  it('does nothing with a card of an earlier state', async () => {
    const bench = await botBench();
    const ready = await checked(bench);
    await bench.press(anna, ready, 'Back');
    assert.match(readable(await bench.press(anna, ready, 'Restore 1 item')), /Withdrawn/);
    assert.equal(bench.queue.dump('restore').length, 0);
  });

  it('shows nobody else a request: not its card, not its buttons', async () => {
    const bench = await botBench();
    const ready = await checked(bench);
    assert.match(readable(await bench.press(ben, ready, 'Restore 1 item')), /no restore request/);
    assert.match(readable(await bench.press(admin, ready, 'Restore 1 item')), /Only the person who asked/);
    const refusedEntry = (await bench.records.audit.list()).value.find(({ who }) => who === admin.id);
    assert.equal(refusedEntry?.result, 'refused');
  });

  it('asks for a reason where it is another person’s data', async () => {
    const bench = await botBench();
    const form = await bench.press(admin, await bench.says(admin, 'find hello'), 'Restore…');
    assert.match(readable(await bench.press(admin, form, 'Check')), /needs a reason/);
  });
});

describe('approvals', () => {
  async function waiting(bench: BotBench): Promise<Answer> {
    const inputs = { destination: 'download', reason: 'Ben asked by phone' };
    const ready = await checked(bench, operator, inputs, 'find hello');
    assert.match(readable(ready), /once a second person has approved it/);
    return bench.press(operator, ready, 'Ask for approval');
  }
  const review = async (bench: BotBench): Promise<Answer> =>
    bench.press(approver, await bench.says(approver, 'approvals'), 'Review');

  it('shows who decides whose data and why, but no subject; starts it once', async () => {
    const bench = await botBench();
    assert.match(readable(await waiting(bench)), /has to decide/);
    const card = await review(bench);
    assert.match(readable(card), /Olga Operator[\s\S]*Ben Ode[\s\S]*Ben asked by phone/);
    assert.doesNotMatch(readable(card), /hello/);
    const approved = await bench.press(approver, card, 'Approve');
    assert.match(readable(approved), /^Restoring\nApproved by Jo Approver at/);
    // Another one lost the race; the same person pressed twice.
    assert.match(readable(await bench.press(approver, card, 'Approve')), /Approved by Jo Approver at/);
    assert.match(readable(await bench.press(admin, card, 'Approve')), /Already approved by Jo Approver at/);
    assert.match(readable(await bench.press(admin, card, 'Decline')), /Already approved by Jo Approver at/);
  });

  it('lets one of two presses at once win', async () => {
    const bench = await botBench();
    await waiting(bench);
    const card = await review(bench);
    const [approved, declined] = await Promise.all([
      bench.press(approver, card, 'Approve'),
      bench.press(admin, card, 'Decline', { reason: 'not now' }),
    ]);
    const stored = await bench.records.requests.get(requestIdOf(card));
    assert.ok(stored);
    const { request } = stored.value as { request: { decision: { name: string } } };
    assert.match(readable(approved), new RegExp(request.decision.name));
    assert.match(readable(declined), new RegExp(request.decision.name));
  });

  it('lets nobody decide their own request or without the role', async () => {
    const bench = await botBench();
    await waiting(bench);
    const card = await review(bench);
    bench.nowHolds(operator, ['Backup.RestoreOperator', 'Backup.Admin']);
    assert.match(readable(await bench.press(operator, card, 'Approve')), /Nobody decides a request of their own/);
    assert.match(readable(await bench.press(anna, card, 'Approve')), /no restore request/);
    bench.nowHolds(approver, []);
    assert.match(readable(await bench.press(approver, card, 'Approve')), /no restore request/);
  });
});

describe('restore with Holdfast under a message', () => {
  it('shows copies of the message, or says when the next backup is', async () => {
    const bench = await botBench(['invoice 2026']);
    const found = await bench.conversation.onMessageAction(bench.turn(anna), { subject: 'invoice 0', attachments: [] });
    assert.ok(buttonsOf(cardOf(found)).includes('Restore…'));
    const none = await bench.conversation.onMessageAction(bench.turn(anna), { attachments: ['unknown.docx'] });
    assert.match(readable(none), /no copy of this message or its files yet\. The next backup starts/);
  });
});

it('a defect of ours becomes a reference, and nothing of it is told', async () => {
  const bench = await botBench();
  const broken = { ...bench.services.records, runs: undefined as never };
  const { makeConversation } = await import('./conversation.ts');
  const conversation = makeConversation({ ...bench.services, records: broken }, {} as never);
  const answer = await conversation.onText(bench.turn(admin), 'status');
  assert.match(
    readable(answer),
    /Something went wrong on our side\. Part of it may have been done: [^.]+\. Reference [0-9a-f]{8}/,
  );
  assert.equal(bench.log.lines.at(-1)?.event, 'bot.turnFailed');
});

it('presses are read strictly', () => {
  assert.throws(() => CardAction.parse({ verb: 'approval.approve', requestId: 'x', version: 1 }));
  assert.throws(() =>
    CardAction.parse({ verb: 'restore.run', requestId: 'a'.repeat(32), version: 1, roles: ['Backup.Admin'] }),
  );
});

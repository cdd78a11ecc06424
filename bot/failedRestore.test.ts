import assert from 'node:assert/strict';
import { it } from 'node:test';
import { CardAction } from '../contract/cards.ts';
import { Fault } from '../engine/fault.ts';
import { instant, type RequestId } from '../engine/model/ids.ts';
import type { RestoreRequest } from '../engine/model/restoreRequest.ts';
import type { Card } from './cards/card.ts';
import { ownerCard } from './cards/owner.ts';
import { textsFor } from './texts.ts';
import { placeFor, world } from './testing/deliveryBench.ts';
import { admin, anna, approver, buttonsOf, cardOf, operator, readable } from './testing/botBench.ts';

const everything = { conflict: 'keepBoth', includePermissions: false } as const;

it('a restore that stopped half-way tells its asker, goes on and is taken back from its card', async () => {
  const bench = await world(placeFor(anna), placeFor(approver));
  const { id } = await bench.flow.create(anna, {
    ...everything,
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  let writes = 0;
  Object.assign(restore, {
    write: async (...order: Parameters<typeof write>) => {
      if (++writes === 2) throw new Fault('key-unavailable', 'The key is away', { origin: 'keys' });
      return write(...order);
    },
  });
  await bench.work(bench.flow);
  await bench.deliver();
  assert.deepEqual(
    bench.sent.map(({ to }) => to),
    ['chat-anna'],
  );
  const card = bench.sent[0]?.card ?? ({} as Card);
  assert.match(
    readable(card),
    /^The restore failed\nThe key is away[\s\S]*Restored\n1[\s\S]*go on from where it stopped/,
  );
  assert.ok(buttonsOf(card).includes('Undo'));

  const answer = { here: { card } };
  const running = await bench.press(anna, answer, 'Go on');
  assert.match(readable(running), /^Restoring/);
  await bench.work(bench.flow);
  const done = await bench.conversation.onAction(
    bench.turn(anna),
    CardAction.parse({ verb: 'restore.show', requestId: id }),
  );
  assert.match(readable(done), /^Restored\nRestored 3 items/);
});

it('a restore whose failure a card told, and that was taken up again elsewhere, tells its new end', async () => {
  const bench = await world(placeFor(anna));
  const { id } = await bench.flow.create(anna, {
    ...everything,
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  await bench.records.outbox.add('follow-x', {
    kind: 'follow',
    to: 'place:person:anna',
    activityId: 'card',
    follow: { kind: 'restore', id },
    reader: anna.id,
    since: bench.clock.now(),
  });
  const { restore } = bench.place.connector;
  const write = restore.write.bind(restore);
  Object.assign(restore, { write: () => Promise.reject(new Fault('key-unavailable', 'Away', { origin: 'keys' })) });
  await bench.work(bench.flow);
  await bench.deliver();
  await bench.deliver();
  assert.equal(bench.sent.length, 0, 'the card told it');
  Object.assign(restore, { write });
  bench.clock.set(bench.clock.now() + 60_000);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  await bench.deliver();
  assert.match(readable(bench.sent[0]?.card ?? ({} as Card)), /^Restored\nRestored 3 items/);
});

it('a check that ended without an answer says that nothing was touched, and offers nothing that does nothing', async () => {
  const bench = await world(placeFor(anna));
  Object.assign(bench.place.connector.restore, {
    grade: () => Promise.reject(new Fault('unavailable', 'No answer', { origin: 'graph' })),
  });
  await bench.flow.create(anna, {
    ...everything,
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'original' },
  });
  await bench.work(bench.flow, 5_000);
  await bench.deliver();
  const card = bench.sent[0]?.card ?? ({} as Card);
  assert.match(readable(card), /Nothing was touched/);
  assert.deepEqual(buttonsOf(card), ['Open Holdfast']);
});

it('whoever approved a restore learns that it failed, without the names of what it was about', async () => {
  const bench = await world(placeFor(operator), placeFor(approver));
  const { id } = await bench.flow.create(operator, {
    ...everything,
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'resource', resourceId: bench.other.id },
    reason: 'Handover',
  });
  await bench.work(bench.flow);
  await bench.flow.run(operator, id);
  await bench.deliver();
  bench.sent.length = 0;
  await bench.flow.approve(approver, id);
  bench.left.add(operator.id);
  await bench.work(bench.flow);
  assert.equal((await bench.flow.get(operator, id satisfies RequestId)).state, 'failed');
  await bench.deliver();
  assert.deepEqual(bench.sent.map(({ to }) => to).toSorted(), ['chat-jo', 'chat-olga']);
  const told = bench.sent.find(({ to }) => to === 'chat-jo')?.card ?? ({} as Card);
  assert.match(readable(told), /^The restore failed\n[\s\S]*no active account/);
  assert.deepEqual(buttonsOf(told), ['Open Holdfast']);
  assert.doesNotMatch(readable(told), /two|three/);
});

it('a download says how much of it is ready, not that anything was restored', async () => {
  const bench = await world(placeFor(anna));
  const { id } = await bench.flow.create(anna, {
    ...everything,
    selection: { resourceId: bench.mailbox.id },
    destination: { kind: 'download' },
  });
  await bench.work(bench.flow);
  await bench.flow.run(anna, id);
  await bench.work(bench.flow);
  const shown = await bench.conversation.onAction(
    bench.turn(anna),
    CardAction.parse({ verb: 'restore.show', requestId: id }),
  );
  assert.match(readable(cardOf(shown)), /Ready to download\n3/);
  assert.doesNotMatch(readable(cardOf(shown)), /Restored/);
});

it('whose data it is sees the last state of a restore that stopped and went on, in one card', async () => {
  for (const isToldBetween of [true, false]) {
    const bench = await world(placeFor(anna));
    const { id } = await bench.flow.create(admin, {
      ...everything,
      selection: { resourceId: bench.mailbox.id },
      destination: { kind: 'original' },
      reason: 'Handover',
    });
    await bench.work(bench.flow);
    await bench.flow.run(admin, id);
    const { restore } = bench.place.connector;
    const write = restore.write.bind(restore);
    let writes = 0;
    Object.assign(restore, {
      write: async (...order: Parameters<typeof write>) => {
        if (++writes === 2) throw new Fault('key-unavailable', 'The key is away', { origin: 'keys' });
        return write(...order);
      },
    });
    await bench.work(bench.flow);
    if (isToldBetween) {
      await bench.deliver();
      assert.match(readable(bench.sent[0]?.card ?? ({} as Card)), /restored 1 item of your data/);
    }
    await bench.clock.advance(60_000);
    await bench.flow.run(admin, id);
    await bench.work(bench.flow);
    await bench.deliver();
    assert.equal(bench.sent.length, 1, 'nobody is told twice');
    const last = isToldBetween ? bench.updated : bench.sent;
    assert.equal(last.length, 1);
    assert.match(readable(last[0]?.card ?? ({} as Card)), /restored 3 items of your data/);
  }
});

it('whose data is a part of it alone is told no number, which counts others too', () => {
  const counts = { ...({} as NonNullable<RestoreRequest['counts']>), restored: 77 };
  const request = { asker: { ...admin, name: 'Ada' }, owners: [anna.id, 'ben'], createdAt: instant(0), counts };
  for (const kind of ['original', 'download'] as const) {
    const card = ownerCard(textsFor('en', 'UTC'), { ...request, destination: { kind } }, { consoleUrl: 'https://x' });
    assert.match(readable(card), /Ada [^\n]+your data was part of/);
    assert.doesNotMatch(readable(card), /77/);
  }
});

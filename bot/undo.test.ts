import assert from 'node:assert/strict';
import { it } from 'node:test';
import { Fault } from '../engine/fault.ts';
import { anna, botBench, buttonsOf, cardOf, checked, readable, requestIdOf } from './testing/botBench.ts';
import { CardAction } from '../contract/cards.ts';
import { followed } from './notify/noticeCards.ts';
import { placeFor } from './testing/deliveryBench.ts';

it('a restore that cannot be taken back says why, lets go of its card, and offers it again', async () => {
  const bench = await botBench();
  const ready = await checked(bench);
  await bench.press(anna, ready, 'Restore 1 item');
  await bench.work(bench.flow);
  const id = requestIdOf(ready);
  const show = () =>
    bench.conversation.onAction(bench.turn(anna), CardAction.parse({ verb: 'restore.show', requestId: id }));
  const { restore } = bench.place.connector;
  const undo = restore.undo.bind(restore);
  Object.assign(restore, {
    undo: async () => {
      throw new Fault('unauthorized', 'The credential of the restore app is not accepted.');
    },
  });
  const pressed = await bench.press(anna, await show(), 'Undo');
  assert.deepEqual(pressed.follow, { kind: 'restore', id, undo: true });
  assert.match(readable(pressed), /^Taking it back/);
  assert.ok(!buttonsOf(cardOf(pressed)).includes('Undo'));
  await bench.work(bench.flow);
  const stopped = await show();
  assert.match(readable(stopped), /^Restored\n[\s\S]*Taking it back stopped: The credential of the restore app/);
  const follow = { kind: 'restore', id, undo: true } as const;
  assert.ok((await followed(bench.services, placeFor(anna), anna.id, follow))?.end);
  Object.assign(restore, { undo });
  await bench.press(anna, stopped, 'Undo');
  await bench.work(bench.flow);
  assert.match(readable(await show()), /1 restored item was removed again/);
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Queue, QueueName } from '../ports/queue.ts';
import { isFault } from '../fault.ts';

export interface Received {
  readonly message: unknown;
  readonly deliveries: number;
  /** Takes it off the queue; false when the receipt is stale. */
  done(): Promise<boolean>;
  /** Makes it visible again at once, under a new receipt; false when the receipt is stale. */
  giveBack(): Promise<boolean>;
}

/** A queue, and how a reader of it receives the messages that are due. */
export interface QueueUnderTest {
  readonly queue: Queue;
  readonly receive: (name: QueueName) => Promise<readonly Received[]>;
}

const messages = (received: readonly Received[]): unknown[] => received.map(({ message }) => message);

/** What every queue must do. Each opened one must be empty. */
export function queueContract(medium: string, open: () => Promise<QueueUnderTest>): void {
  describe(`${medium} as a queue`, () => {
    it('delivers messages as they were sent, to their queue alone', async () => {
      const { queue, receive } = await open();
      const message = { run: 'r1', text: 'Grüße 😀', nested: { list: [1, 2, null] } };
      await queue.send('backup', message);
      await queue.send('restore', { request: 'q1' });
      assert.deepEqual(messages(await receive('backup')), [message]);
      assert.deepEqual(messages(await receive('restore')), [{ request: 'q1' }]);
      assert.deepEqual(messages(await receive('sweep')), []);
    });

    it('holds a delayed message back', async () => {
      const { queue, receive } = await open();
      await queue.send('history', { later: true }, 7 * 24 * 60 * 60);
      await queue.send('history', { later: false });
      assert.deepEqual(messages(await receive('history')), [{ later: false }]);
    });

    it('delivers again what was given back, counts how often, and refuses a stale receipt', async () => {
      const { queue, receive } = await open();
      await queue.send('backup', { n: 1 });
      const [first] = await receive('backup');
      assert.deepEqual(await receive('backup'), []);
      assert.equal(await first?.giveBack(), true);
      const [second] = await receive('backup');
      assert.deepEqual([first?.deliveries, second?.deliveries, second?.message], [1, 2, { n: 1 }]);
      // The first reader is a zombie by now: it must not take the message from the second.
      assert.equal(await first?.done(), false);
      assert.equal(await first?.giveBack(), false);
      assert.equal(await second?.done(), true);
      assert.equal(await second?.done(), false);
      assert.deepEqual(await receive('backup'), []);
    });

    it('keeps two equal messages as two', async () => {
      const { queue, receive } = await open();
      await queue.send('history', { n: 1 });
      await queue.send('history', { n: 1 });
      const [one, two] = await receive('history');
      assert.equal(await one?.done(), true);
      assert.equal(await two?.done(), true);
    });

    it('refuses delays out of range and messages that are too large', async () => {
      const { queue, receive } = await open();
      for (const delay of [-1, 1.5, 7 * 24 * 60 * 60 + 1]) {
        await assert.rejects(queue.send('sweep', {}, delay), (e) => isFault(e, 'invalid'));
      }
      await assert.rejects(queue.send('sweep', { text: 'x'.repeat(48 * 1024) }), (e) => isFault(e, 'invalid'));
      await queue.send('sweep', { text: 'x'.repeat(47 * 1024) });
      assert.equal(messages(await receive('sweep')).length, 1);
    });
  });
}

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Queue, QueueName } from '../ports/queue.ts';
import { isFault } from '../fault.ts';

/** A queue, and how a reader of it sees the messages that are due. */
export interface QueueUnderTest {
  readonly queue: Queue;
  readonly due: (name: QueueName) => Promise<readonly unknown[]>;
}

/** What every queue must do. Each opened one must be empty. */
export function queueContract(medium: string, open: () => Promise<QueueUnderTest>): void {
  describe(`${medium} as a queue`, () => {
    it('delivers messages as they were sent, to their queue alone', async () => {
      const { queue, due } = await open();
      const message = { run: 'r1', text: 'Grüße 😀', nested: { list: [1, 2, null] } };
      await queue.send('backup', message);
      await queue.send('restore', { request: 'q1' });
      assert.deepEqual(await due('backup'), [message]);
      assert.deepEqual(await due('restore'), [{ request: 'q1' }]);
      assert.deepEqual(await due('sweep'), []);
    });

    it('holds a delayed message back', async () => {
      const { queue, due } = await open();
      await queue.send('history', { later: true }, 7 * 24 * 60 * 60);
      await queue.send('history', { later: false });
      assert.deepEqual(await due('history'), [{ later: false }]);
    });

    it('refuses delays out of range and messages that are too large', async () => {
      const { queue, due } = await open();
      for (const delay of [-1, 1.5, 7 * 24 * 60 * 60 + 1]) {
        await assert.rejects(queue.send('sweep', {}, delay), (e) => isFault(e, 'invalid'));
      }
      await assert.rejects(queue.send('sweep', { text: 'x'.repeat(48 * 1024) }), (e) => isFault(e, 'invalid'));
      await queue.send('sweep', { text: 'x'.repeat(47 * 1024) });
      assert.equal((await due('sweep')).length, 1);
    });
  });
}

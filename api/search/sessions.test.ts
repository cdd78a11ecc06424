import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { ScanStep } from './scan.ts';
import { searchSessions } from './sessions.ts';

it('holds a few searches at a time, and lets the oldest go when many begin', async () => {
  const ended: number[] = [];
  async function* search(number: number): AsyncGenerator<ScanStep> {
    try {
      yield* [];
      await Promise.resolve();
      yield { place: { lot: 'a' as never, part: 'newest' }, looked: 0, resourcesDone: 0, unreadable: [] };
    } finally {
      ended.push(number);
    }
  }
  const sessions = searchSessions(() => 0);
  for (let number = 0; number < 9; number++) {
    const steps = search(number);
    await steps.next();
    await sessions.keep(String(number), 'anna', steps);
  }
  assert.deepEqual(ended, [0]);
  assert.equal(sessions.take('0', 'anna'), undefined);
  assert.notEqual(sessions.take('8', 'anna'), undefined);
});

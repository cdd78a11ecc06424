import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../fault.ts';
import { boundary, everyFault, faultAt, Killed } from './boundary.ts';
import { memoryBlobStore } from './memoryBlobStore.ts';
import { seededRandom } from './seededRandom.ts';
import { virtualClock } from './virtualClock.ts';

describe('virtual clock', () => {
  it('jumps over sleeps by itself, and waits for advance when asked to', async () => {
    const jumping = virtualClock({ startAt: '2026-01-01T00:00:00Z' });
    await jumping.sleep(3_600_000);
    assert.equal(new Date(jumping.now()).toISOString(), '2026-01-01T01:00:00.000Z');

    const waiting = virtualClock({ sleeps: 'wait' });
    const woken: string[] = [];
    const sleep = async (ms: number): Promise<void> => {
      await waiting.sleep(ms);
      woken.push(`${ms}`);
    };
    const sleeps = [sleep(30), sleep(10), sleep(20)];
    assert.equal(waiting.sleepers, 3);
    await waiting.advance(20);
    assert.deepEqual(woken, ['10', '20']);
    await waiting.advance(10);
    await Promise.all(sleeps);
    assert.deepEqual(woken, ['10', '20', '30']);
  });

  it('ends a sleep with cancelled when its signal fires', async () => {
    const clock = virtualClock({ sleeps: 'wait' });
    const stop = new AbortController();
    const sleep = clock.sleep(1000, stop.signal);
    stop.abort();
    await assert.rejects(sleep, (e) => isFault(e, 'cancelled'));
    assert.equal(clock.sleepers, 0);
    await assert.rejects(clock.sleep(1, stop.signal), (e) => isFault(e, 'cancelled'));
  });
});

describe('seeded random', () => {
  it('repeats exactly for one seed and differs for another', () => {
    const draw = (seed: string): string => {
      const random = seededRandom(seed);
      return [Buffer.from(random.bytes(40)).toString('hex'), random.below(1000), random.pick(['a', 'b', 'c'])].join();
    };
    assert.equal(draw('one'), draw('one'));
    assert.notEqual(draw('one'), draw('two'));
  });
});

describe('boundary', () => {
  const work = async (blobs: ReturnType<typeof memoryBlobStore>): Promise<string> => {
    await blobs.create('journal', 'a', new Uint8Array(1));
    await blobs.create('journal', 'b', new Uint8Array(2));
    return 'finished';
  };
  const after = async (fault: Parameters<typeof faultAt>[1]): Promise<[outcome: unknown, stored: string[]]> => {
    const blobs = memoryBlobStore();
    const process = boundary(faultAt(1, fault));
    const [outcome] = await Promise.allSettled([process.run(() => work(process.wrap('blobs', blobs)))]);
    return [outcome.status === 'fulfilled' ? outcome.value : outcome.reason, blobs.dump().map(({ name }) => name)];
  };

  it('kills before or after the effect, and nothing of the process happens later', async () => {
    const [before, nothing] = await after('kill-before');
    assert.ok(before instanceof Killed);
    assert.deepEqual(nothing, []);
    const [later, first] = await after('kill-after');
    assert.ok(later instanceof Killed);
    assert.deepEqual(first, ['a']);
  });

  it('fails before or after the effect, with the outcome unknown to the caller', async () => {
    for (const [fault, stored] of [
      ['fail-before', []],
      ['fail-after', ['a']],
    ] as const) {
      const [outcome, names] = await after(fault);
      assert.ok(isFault(outcome, 'unavailable') && outcome.outcomeUnknown);
      assert.deepEqual(names, stored);
    }
  });

  it('counts ports inside ports, and every step of what is read bit by bit', async () => {
    const process = boundary();
    const source = process.wrap(
      'source',
      {
        async *read() {
          yield 1;
          yield 2;
        },
        now: () => 7,
        inner: { ask: async () => 'answer' },
      },
      ['read', 'now'],
    );
    const seen: number[] = [];
    for await (const step of source.read()) seen.push(step);
    assert.deepEqual(seen, [1, 2]);
    assert.equal(source.now(), 7);
    assert.equal(await source.inner.ask(), 'answer');
    assert.deepEqual(
      process.calls.map(({ name }) => name),
      ['source.read.next', 'source.read.next', 'source.read.next', 'source.inner.ask'],
    );
  });

  it('tries every fault at every call, and says which one broke a scenario', async () => {
    const runs = await everyFault(async (process) => {
      const blobs = memoryBlobStore();
      await process.run(() => work(process.wrap('blobs', blobs))).catch(() => work(blobs));
      assert.equal(blobs.dump().length, 2);
    });
    assert.equal(runs, 1 + 2 * 4);
    const fragile = everyFault(async (process) => {
      const blobs = memoryBlobStore();
      await process.run(() => work(process.wrap('blobs', blobs)));
    });
    await assert.rejects(fragile, /kill-before at call 1 \(blobs.create\)/);
  });
});

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Fault } from '../../engine/fault.ts';
import { memoryQueue } from '../../engine/testing/memoryQueue.ts';
import { seededRandom } from '../../engine/testing/seededRandom.ts';
import { silentLog } from '../../engine/testing/silentLog.ts';
import { nudgeHandlers, type NudgeServices } from './nudges.ts';

const id = 'a'.repeat(32);
type Opened = Awaited<ReturnType<NudgeServices['open']>>;

describe('nudges', () => {
  it('that are none of ours have no effect, whatever they hold', async () => {
    let opened = 0;
    const log = silentLog();
    const nudges = nudgeHandlers({
      log,
      queue: memoryQueue(),
      open: () => {
        opened++;
        return Promise.reject(new Error('nobody should come this far'));
      },
    });
    const random = seededRandom('fuzz');
    const parts: readonly unknown[] = [
      id,
      id.toUpperCase(),
      `${id}0`,
      '',
      '../../x',
      7,
      null,
      true,
      [],
      {},
      [id],
      { run: id },
      '\u0000',
      'x'.repeat(70_000),
    ];
    const names = ['run', 'resource', 'requestId', 'kind', '__proto__', 'constructor', 'extra'];
    for (let number = 0; number < 10_000; number++) {
      const message: unknown = random.chance(0.2)
        ? random.pick(parts)
        : Object.fromEntries(Array.from({ length: random.below(4) }, () => [random.pick(names), random.pick(parts)]));
      const queue = random.pick(['backup', 'history', 'restore'] as const);
      const isGood =
        JSON.stringify(message) === JSON.stringify({ run: id }) ||
        JSON.stringify(message) === JSON.stringify({ run: id, resource: id }) ||
        JSON.stringify(message) === JSON.stringify({ resource: id, run: id });
      if (isGood) continue;
      await assert.rejects(nudges.onNudge(queue, message), { name: 'ZodError' });
      await nudges.onPoisoned(queue, message);
    }
    assert.equal(opened, 0);
    assert.doesNotMatch(JSON.stringify(log.lines), /\.\.\/|xxxx/);
  });

  it('wait instead of being parked while storage or key cannot be had', async () => {
    const queue = memoryQueue();
    const nudges = nudgeHandlers({
      log: silentLog(),
      queue,
      open: () => Promise.reject(new Fault('key-unavailable', 'The vault does not answer.', { origin: 'keys' })),
    });
    await nudges.onNudge('history', { run: id, resource: id });
    await nudges.onNudge('restore', { kind: 'restore', requestId: id });
    assert.deepEqual(
      queue.dump('history').map(({ message }) => message),
      [{ run: id, resource: id }],
    );
    assert.deepEqual(
      queue.dump('restore').map(({ message }) => message),
      [{ kind: 'restore', requestId: id }],
    );
    await nudges.onSweep({ resource: id });
    assert.deepEqual(
      queue.dump('sweep').map(({ message }) => message),
      [{ resource: id }],
    );
  });

  it('about what does not open are dropped: the next day brings one, and no more than one', async () => {
    const queue = memoryQueue();
    const log = silentLog();
    const faulty = (kind: Fault['kind']) => () => Promise.reject(new Fault(kind, 'A row.', { origin: 'storage' }));
    const meets = (kind: Fault['kind']) =>
      nudgeHandlers({
        log,
        queue,
        open: () =>
          Promise.resolve({
            services: { retention: { expire: faulty(kind) }, repository: { points: { head: faulty(kind) } } },
          } as unknown as Opened),
      });
    for (const kind of ['corrupt', 'missing', 'unsupported'] as const) {
      await meets(kind).onSweep({ expire: id });
      await meets(kind).onSweep({ resource: id });
    }
    assert.deepEqual(queue.dump('sweep'), []);
    assert.equal(log.lines.length, 6);
    await meets('unavailable').onSweep({ expire: id });
    assert.equal(queue.dump('sweep').length, 1);
  });

  it('that were parked end the restore they were about by name', async () => {
    const ended: string[] = [];
    const restore = { onPoisoned: (request: string) => Promise.resolve(void ended.push(request)) };
    const nudges = nudgeHandlers({
      log: silentLog(),
      queue: memoryQueue(),
      open: () => Promise.resolve({ services: { restore } } as unknown as Opened),
    });
    await nudges.onPoisoned('restore', { kind: 'restore', requestId: id });
    assert.deepEqual(ended, [id]);
  });

  it('that meet a defect of ours fail, so that the host tries again and parks them', async () => {
    const nudges = nudgeHandlers({
      log: silentLog(),
      queue: memoryQueue(),
      open: () => Promise.reject(new TypeError('a defect')),
    });
    await assert.rejects(nudges.onNudge('backup', { run: id }), TypeError);
  });
});

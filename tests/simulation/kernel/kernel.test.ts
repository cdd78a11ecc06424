import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isFault } from '../../../engine/fault.ts';
import { seededRandom } from '../../../engine/testing/seededRandom.ts';
import { memoryBlobStore } from '../../../engine/testing/memoryBlobStore.ts';
import { memoryKeyWrapper } from '../../../engine/testing/memoryKeyWrapper.ts';
import { memoryQueue } from '../../../engine/testing/memoryQueue.ts';
import { memoryTableStore } from '../../../engine/testing/memoryTableStore.ts';
import { fateOfPlan } from '../plan/plan.ts';
import { Boundary } from './boundary.ts';
import type { PlannedFault } from './faults.ts';
import { clockOf, portsOf } from './ports.ts';
import { SimProcess } from './process.ts';
import { settled, SimTime } from './time.ts';
import { Trace } from './trace.ts';

/** One process over stores of its own, disturbed as planned. */
function lab(faults: readonly PlannedFault[] = [], orderSeed?: string) {
  const time = new SimTime(1000);
  const trace = new Trace(true);
  const chooses = orderSeed === undefined ? {} : { chooses: seededRandom(orderSeed) };
  const boundary = new Boundary({ time, trace, fate: fateOfPlan(faults), ...chooses });
  const process = new SimProcess('host', { onDeath: () => undefined, onResume: () => undefined });
  const blobs = memoryBlobStore();
  const outside = { blobs, tables: memoryTableStore(), queue: memoryQueue(), key: memoryKeyWrapper() };
  const ports = portsOf(process, boundary, outside);
  const names = () => blobs.dump().map(({ name }) => name);
  return { time, trace, boundary, process, ports, names, outside };
}

/** Lets everything happen that can. */
async function toTheEnd(time: SimTime, boundary?: Boundary): Promise<void> {
  do await settled();
  while (boundary?.step() === true || time.step());
}

describe('simulated time', () => {
  it('goes from appointment to appointment, equal ones in the order of asking, in whole milliseconds', async () => {
    const time = new SimTime(0);
    const seen: string[] = [];
    for (const [name, ms] of [
      ['b', 20],
      ['a', 10.2],
      ['c', 20],
    ] as const)
      time.after(ms, () => void seen.push(`${name}@${time.now}`));
    time.after(15, () => void seen.push('never'))();
    await toTheEnd(time);
    assert.deepEqual(seen, ['a@11', 'b@20', 'c@20']);
  });

  it('does not wake who died, and wakes who was paused when it goes on', async () => {
    const { time, boundary, process } = lab();
    const clock = clockOf(process, time);
    const woken: number[] = [];
    void clock.sleep(10).then(() => woken.push(time.now));
    boundary.pause(process, 100);
    await toTheEnd(time);
    assert.deepEqual(woken, [1100]);
    void clock.sleep(10).then(() => woken.push(time.now));
    process.kill();
    await toTheEnd(time);
    assert.deepEqual(woken, [1100]);
  });
});

describe('a boundary call', () => {
  const outcomeOf = async (fault: PlannedFault['fault']) => {
    const { time, ports, names, process, boundary } = lab([{ call: 1, fault, ms: 50 }]);
    let outcome: unknown = 'no answer';
    void ports.blobs.create('journal', 'a', new Uint8Array(1)).then(
      () => (outcome = `answered at ${time.now}`),
      (error: unknown) => (outcome = error),
    );
    await toTheEnd(time);
    assert.equal(boundary.hits.length, 1);
    return { outcome, stored: names().length === 1, isDead: process.isDead };
  };

  it('dies before or after its effect and never answers', async () => {
    assert.deepEqual(await outcomeOf('kill-before'), { outcome: 'no answer', stored: false, isDead: true });
    assert.deepEqual(await outcomeOf('kill-after'), { outcome: 'no answer', stored: true, isDead: true });
  });

  it('fails before or after its effect, and the caller cannot tell which', async () => {
    for (const [fault, isStored] of [
      ['fail-before', false],
      ['fail-after', true],
    ] as const) {
      const { outcome, stored } = await outcomeOf(fault);
      assert.ok(isFault(outcome, 'unavailable') && outcome.outcomeUnknown);
      assert.equal(stored, isStored);
    }
    const { outcome, stored } = await outcomeOf('refuse');
    assert.ok(isFault(outcome, 'unavailable') && !outcome.outcomeUnknown);
    assert.equal(stored, false);
  });

  it('comes late, is answered late, or waits while its process stands still', async () => {
    for (const fault of ['delay', 'late', 'pause'] as const)
      assert.deepEqual(await outcomeOf(fault), { outcome: 'answered at 1050', stored: true, isDead: false });
  });

  it('is counted over all processes, and goes in an order that the seed draws', async () => {
    const order = async (seed: string): Promise<string> => {
      const { time, boundary, ports, trace } = lab([], seed);
      for (const name of ['a', 'b', 'c', 'd', 'e']) void ports.blobs.create('journal', name, new Uint8Array(1));
      await toTheEnd(time, boundary);
      assert.deepEqual(
        boundary.calls.map(({ number }) => number),
        [1, 2, 3, 4, 5],
      );
      return trace.lines.map((line) => line.at(-1)).join('');
    };
    const drawn = await Promise.all(['1', '2', '3', '4'].map(order));
    assert.ok(new Set(drawn).size > 1, drawn.join());
    assert.equal(await order('1'), drawn[0]);
  });
});

import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { PlannedFault } from '../kernel/faults.ts';
import { shrink } from './shrink.ts';

const fault = (call: number): PlannedFault => ({ call, fault: 'kill-before' });

it('finds the two faults among forty that break it together', async () => {
  const breaks = async (faults: readonly PlannedFault[]): Promise<boolean> =>
    [7, 31].every((call) => faults.some((one) => one.call === call));
  const forty = Array.from({ length: 40 }, (_, index) => fault(index + 1));
  assert.deepEqual(await shrink(forty, breaks), [fault(7), fault(31)]);
});

it('keeps a single fault without trying anything', async () => {
  const never = async (): Promise<boolean> => assert.fail('nothing is left to leave out');
  assert.deepEqual(await shrink([fault(1)], never), [fault(1)]);
});

import { backUp, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

const MESSAGES = 4;
const SLICE = 2;

/** More messages than go into a slice, and more slices than wait for a point. */
export const manyTiny: Scenario = {
  name: 'many-tiny',
  people: [{ alias: 'anna', messages: MESSAGES, files: 0, drive: false }],
  options: { environment: { SLICE_ITEMS: `${SLICE}`, POINT_ITEMS: '3' } },
  async prepare(world) {
    await world.ask(protect(['mail']));
  },
  /** I12: one kill costs one slice, no more. */
  async check({ boundary, land }, _inspector, findings) {
    const reads = land.tenant.calls.filter(({ operation }) => operation === 'messages.value').length;
    const [only] = boundary.hits;
    if (boundary.hits.length === 1 && only?.fault.startsWith('kill') === true)
      findings.check('I12', reads <= MESSAGES + SLICE, () => `${reads} reads of ${MESSAGES} messages after one kill`);
  },
  async act(world) {
    await backUp(world);
  },
};

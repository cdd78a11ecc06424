import { backUp, protect } from './acts.ts';
import type { Scenario } from './scenario.ts';

/** Two people, two processes, mail and files at once, and deliveries to whoever is free. */
export const twoPeople: Scenario = {
  name: 'two-people',
  people: [
    { alias: 'anna', messages: 1, drive: false },
    { alias: 'ben', mailbox: 'none', files: 1 },
  ],
  options: { hosts: 2 },
  async prepare(world) {
    await world.ask(protect(['mail', 'drive']));
  },
  async act(world) {
    await backUp(world);
  },
};

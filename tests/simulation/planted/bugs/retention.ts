import type { PlantedBug } from '../plantedBug.ts';

/** What may be let go too early. */
export const retentionBugs: readonly PlantedBug[] = [
  {
    name: 'retention counts partial',
    breaks: ['I21'],
    harm: 'A partial point takes the slot of a complete one, and the complete one is gone.',
    patches: [
      {
        file: 'engine/retention/slots.ts',
        find: 'if (other === undefined || (isComplete(point) && !isComplete(other))) chosen.set(period, point);',
        replace: 'if (other === undefined) chosen.set(period, point);',
      },
    ],
    caughtBy: {
      file: 'engine/retention/decideRetention.property.test.ts',
      only: 'each slot keeps its newest complete',
    },
  },
  {
    name: 'local clock for expiry',
    breaks: ['I23'],
    harm: 'The clock of one host is a year ahead, and a year of restore points goes in one night.',
    patches: [
      {
        file: 'engine/retention/expire.ts',
        find: 'const now = await storageNow(services.blobs);',
        replace: 'const now = instant(services.clock.now());',
      },
    ],
    caughtBy: { file: 'engine/retention/expire.test.ts', only: 'decides by the clock of storage alone' },
  },
];

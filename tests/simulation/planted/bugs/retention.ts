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
];

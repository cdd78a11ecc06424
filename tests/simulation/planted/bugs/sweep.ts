import type { PlantedBug } from '../plantedBug.ts';

/** What a sweep may take that somebody still needs. */
export const sweepBugs: readonly PlantedBug[] = [
  {
    name: 'GC without pins',
    breaks: ['I16'],
    harm: 'The bytes that a restore is reading are removed under its hands.',
    patches: [
      {
        file: 'engine/restore/pins.ts',
        find: '    pinned.add(`${resource}/${point}`);\n',
        replace: '',
      },
    ],
    caughtBy: { file: 'tests/simulation/planted/gaps/sweep.test.ts', only: 'what a request has pinned' },
  },
  {
    name: 'GC on first page only',
    breaks: ['I16', 'I19'],
    harm: 'Restore points beyond the first page of a list count as gone, and what they need is removed.',
    patches: [
      {
        file: 'engine/repository/housekeeping.ts',
        find: "for await (const row of rowsOf(core.tables, 'resources', resource, startingWith('point/')))",
        replace: "for (const row of (await core.tables.query('resources', resource, startingWith('point/'))).rows)",
      },
    ],
    caughtBy: { file: 'tests/simulation/planted/gaps/sweep.test.ts', only: 'reads every list to its end' },
  },
  {
    name: 'condemned pack reused',
    breaks: ['I17'],
    harm: 'A new restore point leans on a pack that the sweep removes in the same moment.',
    patches: [
      {
        file: 'engine/repository/condemned.ts',
        find: 'for (const pack of packs) if (listed.has(pack) && !(await keep(pack))) going.add(pack);',
        replace: '',
      },
      {
        file: 'engine/repository/condemned.ts',
        find: '      chunks.forgetPack(pack);\n',
        replace: '',
      },
    ],
    caughtBy: { file: 'tests/simulation/planted/gaps/sweep.test.ts', only: 'is just being removed' },
    simulated: 'comes-back',
  },
];

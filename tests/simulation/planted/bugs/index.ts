import type { PlantedBug } from '../plantedBug.ts';
import { backupBugs } from './backup.ts';
import { peopleBugs } from './people.ts';
import { repositoryBugs } from './repository.ts';
import { restoreBugs } from './restore.ts';
import { retentionBugs } from './retention.ts';
import { sweepBugs } from './sweep.ts';

export const bugs: readonly PlantedBug[] = [
  ...backupBugs,
  ...repositoryBugs,
  ...restoreBugs,
  ...retentionBugs,
  ...sweepBugs,
  ...peopleBugs,
];

export function bugNamed(name: string): PlantedBug {
  const bug = bugs.find((one) => one.name === name);
  if (bug === undefined) throw new Error(`There is no planted bug "${name}"`);
  return bug;
}

import { globSync } from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

/** At least so many of a group's branches are taken by the tests, in percent; what is not is in `exceptions.ts`. */
export const GOAL = 95;

/** Modules that keep one promise together. */
export interface ModuleGroup {
  readonly name: string;
  /** From the root of the repository; `*` stands for any name. */
  readonly files: readonly string[];
}

const repository = (...names: readonly string[]): string[] => names.map((name) => `engine/repository/${name}.ts`);
const backup = (...names: readonly string[]): string[] => names.map((name) => `engine/backup/${name}.ts`);

/** What decides whether something can be lost, or whether somebody is told less than the truth. */
export const groups: readonly ModuleGroup[] = [
  {
    name: 'commit',
    files: [
      ...repository('heads', 'publish', 'slices', 'packSink', 'packWriter', 'pack', 'points', 'pointRows', 'condemned'),
      ...backup('job', 'contentSlice', 'openJob', 'publishRound'),
    ],
  },
  { name: 'sweep', files: ['engine/sweep/*.ts', ...repository('moved', 'repack', 'housekeeping')] },
  { name: 'retention', files: ['engine/retention/*.ts', ...repository('expiry')] },
  { name: 'status', files: ['engine/model/ledger.ts', 'contract/verdict.ts', ...backup('finishRun', 'rows')] },
  { name: 'restore', files: ['engine/restore/*.ts'] },
  {
    name: 'crypto',
    files: repository(
      'objectSeal',
      'sealedColumns',
      'keyRing',
      'keyRecords',
      'openKeys',
      'ensureKeys',
      'rotateKeys',
      'recoveryBox',
      'recoveryKey',
    ),
  },
];

/** The modules of a group, without their tests. */
export const modulesOf = ({ files }: ModuleGroup): readonly string[] =>
  files
    .flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
    .map((file) => file.split(path.sep).join('/'))
    .filter((file) => !file.endsWith('.test.ts'))
    .toSorted();

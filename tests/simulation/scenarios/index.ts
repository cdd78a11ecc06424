import { badFiles, badMail } from './badItems.ts';
import { bootstrap } from './bootstrap.ts';
import { delta, deltaDrive } from './delta.ts';
import { download } from './download.ts';
import { firstBackup, firstBackupDrive } from './firstBackup.ts';
import { hashless } from './hashless.ts';
import { hold } from './hold.ts';
import { largeFile } from './largeFile.ts';
import { manyTiny } from './manyTiny.ts';
import { moveChain, moveChainMail } from './moveChain.ts';
import { restoreDrive, restoreMail } from './restoreMail.ts';
import { resync, resyncDrive } from './resync.ts';
import { rotation } from './rotation.ts';
import type { Scenario } from './scenario.ts';
import { comesBack, retention, sweep } from './sweep.ts';
import { twoPeople } from './twoPeople.ts';
import { twoTenants } from './twoTenants.ts';
import { year } from './year.ts';

/** Every scenario. A new one is one file and one line here. */
export const scenarios: readonly Scenario[] = [
  firstBackup,
  firstBackupDrive,
  delta,
  deltaDrive,
  resync,
  resyncDrive,
  moveChain,
  moveChainMail,
  largeFile,
  manyTiny,
  restoreMail,
  restoreDrive,
  download,
  rotation,
  retention,
  sweep,
  comesBack,
  hold,
  twoPeople,
  twoTenants,
  bootstrap,
  badMail,
  badFiles,
  hashless,
];

/** Takes minutes each: only in the long run. */
export const longScenarios: readonly Scenario[] = [year];

export function scenarioOf(name: string): Scenario {
  const found = [...scenarios, ...longScenarios].find((scenario) => scenario.name === name);
  if (found === undefined)
    throw new Error(`There is no scenario ${name}; there are ${scenarios.map((s) => s.name).join(', ')}`);
  return found;
}

/**
 * `npm run records:rebuild`: makes policies, settings and audit anew from the repository, and so ends safe mode. Where the
 * table knows changes that the repository has lost, only with `-- --discard-newer`.
 */
import { inWords } from '../../engine/records/safeMode.ts';
import { openKept } from '../kept.ts';
import { rebuildLostRecords } from '../rebuildLostRecords.ts';
import { cliSettings } from './cliSettings.ts';
import { fail } from './fail.ts';

try {
  const flag = '--discard-newer';
  const args = process.argv.slice(2);
  const { recordServices } = await openKept(await cliSettings(args.filter((word) => word !== flag)));
  const { rows, runs, requests, lost, condition } = await rebuildLostRecords(recordServices, {
    discardNewer: args.includes(flag),
  });
  console.log(
    `The records are rebuilt: ${rows} policies, settings and audit entries; ${runs} runs and ${requests} restore requests are back.`,
  );
  if (lost > 0) console.log(`${lost} changes could not be read back from the repository; they are lost.`);
  console.log(
    condition.safeMode ? inWords(condition) : 'Safe mode has ended. Backups go on with the next look at the schedule.',
  );
  if (condition.safeMode) process.exitCode = 1;
} catch (error) {
  fail(error);
}

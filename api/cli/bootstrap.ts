/** `npm run bootstrap -- --env NAME`: makes keys, policy and first run of a deployment. May be repeated. */
import { Fault } from '../../engine/fault.ts';
import { bootstrap } from '../bootstrap.ts';
import { consoleLog } from '../consoleLog.ts';
import { cliSettings } from './cliSettings.ts';
import { fail } from './fail.ts';

try {
  const { isNew, runs, composed, trouble } = await bootstrap(await cliSettings(), {
    log: consoleLog,
    showRecoveryKey: (text) =>
      new Promise((resolve, reject) => {
        const groups = text.match(/.{4}/g)?.join(' ') ?? text;
        process.stdout.write(
          `\nRecovery key. Write it down and keep it outside this tenant; it is shown this once.\n\n    ${groups}\n\n`,
          (error) => (error === null || error === undefined ? resolve() : reject(error)),
        );
      }),
  });
  await Promise.all([composed.graphs.read.close(), composed.graphs.write?.close()]);
  console.log(isNew ? 'The repository is made.' : 'The repository was there already.');
  if (trouble !== undefined) throw new Fault('unavailable', trouble);
  console.log(runs.length === 0 ? 'No backup is due now.' : 'The first backup is on its way.');
} catch (error) {
  fail(error);
}

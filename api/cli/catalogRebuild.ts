/** `npm run catalog:rebuild`: makes the catalog anew from the restore points. Backups and restores may go on meanwhile. */
import { openKept } from '../kept.ts';
import { rebuildCatalog } from '../rebuildCatalog.ts';
import { cliSettings } from './cliSettings.ts';
import { fail } from './fail.ts';

try {
  const { repository } = await openKept(await cliSettings());
  const { resources, pointsFound, rows, broken } = await rebuildCatalog(repository);
  if (pointsFound > 0) console.log(`${pointsFound} restore points had left the tables and are shown again.`);
  console.log(`The catalog is rebuilt: ${rows} rows for ${resources} resources.`);
  for (const { message } of broken) console.error(`A restore point cannot be opened: ${message}`);
  if (broken.length > 0) process.exitCode = 1;
} catch (error) {
  fail(error);
}

/** `npm run catalog:rebuild`: makes the catalog anew from the restore points. Backups and restores may go on meanwhile. */
import { allPages } from '../../engine/backup/allPages.ts';
import { compose } from '../compose.ts';
import { consoleLog } from '../consoleLog.ts';
import { readSettings } from '../settings.ts';
import { openOuterKey, openStores } from '../stores.ts';
import { fail } from './fail.ts';

try {
  const settings = readSettings();
  const { services, graphs } = await compose(settings, {
    storage: await openStores(settings),
    outerKey: await openOuterKey(settings),
    log: consoleLog,
    signal: new AbortController().signal,
  });
  let resources = 0;
  let rows = 0;
  for await (const { id } of allPages((token) => services.records.resources.list({}, token))) {
    rows += await services.repository.catalog.rebuild(id);
    resources++;
  }
  await Promise.all([graphs.read.close(), graphs.write?.close()]);
  console.log(`The catalog is rebuilt: ${rows} rows for ${resources} resources.`);
} catch (error) {
  fail(error);
}

import { systemClock } from '../azure/systemClock.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import { Fault } from '../engine/fault.ts';
import type { KeyServices } from '../engine/keys/manageKeys.ts';
import { makeRecords } from '../engine/records/makeRecords.ts';
import { recoverRecords } from '../engine/records/recoverRecords.ts';
import { inWords, safeMode } from '../engine/records/safeMode.ts';
import type { KeyWrappers } from '../engine/repository/keyRecords.ts';
import { openRepository } from '../engine/repository/openRepository.ts';
import { insistOnKeys } from './insistOnKeys.ts';
import type { Settings } from './settings.ts';
import { openOuterKey, openStores } from './stores.ts';

/** What the commands about keys work with. `by` opens the repository where the outer key of the settings does not yet. */
export async function openKeyServices(settings: Settings, by?: KeyWrappers): Promise<KeyServices> {
  const storage = await openStores(settings);
  await storage.prepare();
  await insistOnKeys(storage.blobs);
  const outer = await openOuterKey(settings);
  const ports = { blobs: storage.blobs, tables: storage.tables, random: systemRandom, clock: systemClock };
  const repository = await openRepository(ports, by ?? { vault: outer }, settings.tenantId);
  const recordServices = { ...ports, sealer: repository };
  const condition = await recoverRecords(recordServices);
  // Without whole records nobody knows which key records there must be.
  if (condition.safeMode) throw new Fault('unavailable', inWords(condition), { origin: 'storage' });
  const records = makeRecords(recordServices, safeMode(recordServices, condition));
  return { ...ports, tenant: settings.tenantId, outer, records, repository };
}

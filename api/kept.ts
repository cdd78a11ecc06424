import { systemClock } from '../azure/systemClock.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import type { RecordServices } from '../engine/records/openLog.ts';
import { openRepository, type OpenRepository } from '../engine/repository/openRepository.ts';
import { insistOnKeys } from './insistOnKeys.ts';
import type { Settings } from './settings.ts';
import { openOuterKey, openStores } from './stores.ts';

/** What storage keeps of a deployment, without Microsoft 365. */
export interface Kept {
  readonly repository: OpenRepository;
  /** What records stand on: for `makeRecords`, `recoverRecords` and `rebuildRecords`. */
  readonly recordServices: RecordServices;
}

/** For commands that put storage in order again; makes tables that are missing. Faults as `openRepository`. */
export async function openKept(settings: Settings): Promise<Kept> {
  const storage = await openStores(settings);
  await storage.prepare();
  await insistOnKeys(storage.blobs);
  const ports = { blobs: storage.blobs, tables: storage.tables, random: systemRandom, clock: systemClock };
  const repository = await openRepository(ports, { vault: await openOuterKey(settings) }, settings.tenantId);
  return { repository, recordServices: { ...ports, sealer: repository } };
}

import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { readingBack } from './readingBack.ts';
import { recordLog } from './recordLog.ts';
import type { LogServices, RecordLog } from './recordLog.ts';
import type { SafeMode } from './safeMode.ts';
import { sealedRows } from './sealedRows.ts';
import type { Sealer } from './sealedRows.ts';

/** What records stand on. `sealer` is the repository. */
export interface RecordServices {
  readonly tables: TableStore;
  readonly blobs: BlobStore;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
}

export type OpenedLog = LogServices & { readonly log: RecordLog };

/** The parts that all records share. `whole` is asked before every change. */
export function openLog(services: RecordServices, whole?: Pick<SafeMode, 'insistOnWhole'>): OpenedLog {
  const tables = readingBack(services.tables);
  const opened = { ...services, tables, rows: sealedRows(tables, services.blobs, services.sealer, services.random) };
  return { ...opened, log: recordLog(opened, whole) };
}

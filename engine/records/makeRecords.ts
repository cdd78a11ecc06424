import { auditRecords } from './auditRecords.ts';
import { openLog } from './openLog.ts';
import type { RecordServices } from './openLog.ts';
import { outboxRecords } from './outboxRecords.ts';
import { policyRecords } from './policyRecords.ts';
import type { Records } from './records.ts';
import { requestRecords } from './requestRecords.ts';
import { resourceRecords } from './resourceRecords.ts';
import { runRecords } from './runRecords.ts';
import { settingRecords } from './settingRecords.ts';

/** Records over tables and blobs. Reads nothing until asked; call `recoverRecords` once when a process starts. */
export function makeRecords(services: RecordServices): Records {
  const opened = openLog(services);
  const { tables, rows, log, sealer, clock } = opened;
  return {
    policies: policyRecords(rows, log),
    resources: resourceRecords(tables, rows),
    runs: runRecords(tables, rows),
    requests: requestRecords(tables, rows, sealer, clock),
    settings: settingRecords(rows, log),
    audit: auditRecords(opened, log),
    outbox: outboxRecords(tables, rows),
  };
}

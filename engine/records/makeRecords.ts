import { auditRecords } from './auditRecords.ts';
import { loggedValues } from './loggedValues.ts';
import { openLog } from './openLog.ts';
import type { RecordServices } from './openLog.ts';
import { inspectionRecords } from './inspectionRecords.ts';
import { outboxRecords } from './outboxRecords.ts';
import { policyRecords } from './policyRecords.ts';
import type { Records } from './records.ts';
import { requestRecords } from './requestRecords.ts';
import { resourceRecords } from './resourceRecords.ts';
import { runRecords } from './runRecords.ts';
import { safeMode } from './safeMode.ts';
import type { SafeMode } from './safeMode.ts';
import { settingRecords } from './settingRecords.ts';

/**
 * Records over tables and blobs. Reads nothing until asked; call `recoverRecords` once when a process starts and hand on
 * what it said as `whole`: in safe mode policies, settings and audit take no change (fault `unavailable`).
 */
export function makeRecords(services: RecordServices, whole: SafeMode = safeMode(services)): Records {
  const opened = openLog(services, whole);
  const { tables, rows, log, random } = opened;
  return {
    policies: policyRecords(rows, log, random),
    resources: resourceRecords(tables, rows),
    runs: runRecords(opened),
    requests: requestRecords(opened),
    settings: settingRecords(rows, log, random),
    holds: loggedValues('hold', rows, log, random),
    brakes: loggedValues('brake', rows, log, random),
    waitingChanges: loggedValues('change', rows, log, random),
    audit: auditRecords(opened, log),
    inspections: inspectionRecords(tables, rows),
    outbox: outboxRecords(tables, rows),
  };
}

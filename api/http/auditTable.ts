import type { Report } from '../../contract/audit.ts';
import type { AuditEntry } from '../../engine/records/records.ts';

/** The audit log as a table. */
export const auditColumns = ['Time', 'Who', 'Name', 'Action', 'On', 'From', 'Result', 'Hash'];

export const auditRow = (entry: AuditEntry): Report['rows'][number] => [
  entry.at,
  entry.who,
  entry.name ?? '',
  entry.action,
  Object.entries(entry.on)
    .map(([key, value]) => `${key}=${value}`)
    .join(' '),
  entry.from ?? '',
  entry.result,
  entry.hash,
];

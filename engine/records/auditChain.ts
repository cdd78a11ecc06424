import { createHash } from 'node:crypto';
import { isFault } from '../fault.ts';
import type { Random } from '../ports/random.ts';
import type { StoredRow } from '../ports/tableStore.ts';
import { newId } from '../repository/newId.ts';
import { primary } from './recordLog.ts';
import type { Decision, LoggedRow, LogHead } from './recordLog.ts';
import type { AuditEntry, AuditHead, NewAuditEntry } from './records.ts';
import type { SealedRows } from './sealedRows.ts';

const largestIndex = 999_999_999_999;

/** Keys of the chain: newest first in key order. */
export const auditKey = (index: number): string => `audit:${String(largestIndex - index).padStart(12, '0')}`;
export const auditRange = { from: 'audit:', to: 'audit;' } as const;
const indexOf = (row: StoredRow): number => largestIndex - Number(row.key.slice('audit:'.length));

/** The entry with its place in the chain: it holds the hash of the one before, and its hash covers all of it. */
export function chained(entry: Omit<AuditEntry, 'previous' | 'hash'>, head: LogHead['audit']): AuditEntry {
  const linked = { ...entry, previous: head.hash };
  return { ...linked, hash: hashOf(linked, head.count) };
}

/** Rows of a change together with the entry that tells of it, so that they take effect in one transaction. */
export function notedChange(
  rows: readonly LoggedRow[],
  noted: NewAuditEntry | undefined,
  random: Random,
): (head: LogHead) => Decision {
  if (noted === undefined) return () => ({ rows });
  const id = newId(random);
  return ({ audit }) => {
    const entry = chained({ ...noted, id }, audit);
    return {
      rows: [...rows, { key: auditKey(audit.count), value: entry }],
      audit: { count: audit.count + 1, hash: entry.hash },
    };
  };
}

function hashOf(entry: Omit<AuditEntry, 'hash'>, index: number): string {
  const on = Object.entries(entry.on).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { id, at, who, name = null, action, from = null, result, previous } = entry;
  const text = JSON.stringify([index, id, at, who, name, action, on, from, result, previous]);
  return createHash('sha256').update(text).digest('hex');
}

/**
 * Index of the first entry below the head that is not as it was written, not where it was, or gone; undefined when all
 * hold. Reads from the newest to the oldest and holds one page at a time.
 */
export async function firstBrokenEntry(rows: SealedRows, head: LogHead['audit']): Promise<number | undefined> {
  if (head.count === 0) return undefined;
  let broken: number | undefined;
  // After a gap or an unreadable entry nothing says what the older one must be; then its own hash has to do.
  let newer: { index: number; previous?: string } = { index: head.count, previous: head.hash };
  for await (const row of rows.all(primary, { from: auditKey(head.count - 1), to: auditRange.to })) {
    const index = indexOf(row);
    const entry = await openOrNothing(rows, row);
    const isNext = index === newer.index - 1;
    if (!isNext) broken = index + 1;
    if (!entry || entry.hash !== hashOf(entry, index) || (isNext && entry.hash !== (newer.previous ?? entry.hash))) {
      broken = index;
    }
    newer = entry ? { index, previous: entry.previous } : { index };
  }
  return newer.index === 0 ? broken : 0;
}

/**
 * Of a chain that holds: index of the first entry after the newest head outside that it goes through, when another one
 * says that the chain was longer or went on differently. Undefined when it goes through all of them.
 */
export async function firstNotVouched(
  rows: SealedRows,
  head: LogHead['audit'],
  outside: readonly AuditHead[],
): Promise<number | undefined> {
  let vouched = 0;
  for (const { count, hash } of outside.toSorted((a, b) => a.count - b.count)) {
    if (count === 0) continue;
    // Cut off or put back: what is left holds together, and nobody can say of more.
    if (count > head.count) return head.count;
    const entry = (await rows.get(primary, auditKey(count - 1)))?.value as AuditEntry | undefined;
    if (entry?.hash !== hash) return vouched;
    vouched = count;
  }
  return undefined;
}

/** True when there are entries that the head does not know of. */
export async function hasEntriesBeyond(rows: SealedRows, head: LogHead['audit']): Promise<boolean> {
  const to = head.count === 0 ? auditRange.to : auditKey(head.count - 1);
  for await (const _row of rows.all(primary, { from: auditRange.from, to })) return true;
  return false;
}

async function openOrNothing(rows: SealedRows, row: StoredRow): Promise<AuditEntry | undefined> {
  try {
    return (await rows.open(row)).value as AuditEntry;
  } catch (error) {
    if (isFault(error, 'corrupt', 'not-found')) return undefined;
    throw error;
  }
}

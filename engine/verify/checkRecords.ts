import { isDeepStrictEqual } from 'node:util';
import { isFault } from '../fault.ts';
import type { Finding, FindingArea, FindingKind } from '../model/verification.ts';
import { auditKey, auditRange } from '../records/auditChain.ts';
import { logBlobs } from '../records/logBlobs.ts';
import { openLog } from '../records/openLog.ts';
import type { OpenedLog, RecordServices } from '../records/openLog.ts';
import { primary } from '../records/recordLog.ts';
import type { LogEntry, LogHead } from '../records/recordLog.ts';
import type { Records } from '../records/records.ts';
import { checkPast } from './checkPast.ts';
import { damageOf } from './damageOf.ts';
import { objectFinding } from './findings.ts';
import { readOnlyBlobs, readOnlyTables } from './readOnly.ts';

/**
 * Policies, settings and holds against the blobs of their changes, these as one chain, the chain of the audit log, and what
 * is kept of runs and requests that ended. Reads only.
 */
export async function checkRecords(services: RecordServices, audit: Records['audit']): Promise<readonly Finding[]> {
  const opened = openLog({
    ...services,
    blobs: readOnlyBlobs(services.blobs),
    tables: readOnlyTables(services.tables),
  });
  return [
    ...(await checkLog(opened)),
    ...(await checkAudit(audit)),
    ...(await checkEnded(opened)),
    ...(await checkPast(opened)),
  ];
}

const about = (area: FindingArea, kind: FindingKind, object: string, detail: string): Finding =>
  objectFinding({ area, kind, object, detail });

async function checkLog(opened: OpenedLog): Promise<readonly Finding[]> {
  let head: LogHead;
  try {
    head = await opened.log.head();
  } catch (error) {
    const { kind, fault } = damageOf(error);
    return [about('records', kind, 'records/primary/head', fault.message)];
  }
  const names = new Map<string, number>();
  let newest = 0;
  for await (const { name, sequence } of logBlobs(opened.blobs)) {
    names.set(name, sequence);
    newest = Math.max(newest, sequence);
  }
  const findings: Finding[] = [];
  // One change may be under way: its blob is there before its rows.
  if (newest > head.sequence + 1 || (newest > head.sequence && (await isStill(opened, head)))) {
    const detail = `The table lacks the last ${newest - head.sequence} changes that the repository holds. Run npm run records:rebuild.`;
    findings.push(about('records', 'differs', 'records/primary/head', detail));
  }
  return [...findings, ...(await checkChain(opened, head, names))];
}

/** True when nobody went on after `head`. */
const isStill = async ({ log }: OpenedLog, head: LogHead): Promise<boolean> =>
  (await log.head()).sequence === head.sequence;

/** From the newest change to the first: each names the one before. On the way the newest state of every row is met. */
async function checkChain(
  opened: OpenedLog,
  head: LogHead,
  names: ReadonlyMap<string, number>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const newest = new Map<string, unknown>();
  let left = head.sequence;
  let isWhole = true;
  for (let name = head.blob; name !== undefined;) {
    if (!names.has(name)) {
      const detail = 'A change that a later one stands on is missing from storage. Bring the blob back from a copy.';
      findings.push(about('records', 'missing', name, detail));
      isWhole = false;
      break;
    }
    const entry = await openOr(opened, name, findings);
    if (entry === undefined) {
      isWhole = false;
      break;
    }
    for (const { key, value } of entry.rows) if (!isAudit(key) && !newest.has(key)) newest.set(key, value);
    name = entry.previous;
    left -= 1;
  }
  // What lies before a break hangs on nothing; it is looked at all the same.
  if (!isWhole) for (const name of names.keys()) await openOr(opened, name, findings);
  if (isWhole && left > 0)
    findings.push(about('records', 'missing', 'records/', `${left} changes are missing from storage.`));
  return [...distinct(findings), ...(await checkRows(opened, newest, isWhole))];
}

const isAudit = (key: string): boolean => key >= auditRange.from && key < auditRange.to;
const distinct = (findings: readonly Finding[]): Finding[] => [
  ...new Map(findings.map((finding) => [finding.key, finding])).values(),
];

async function openOr({ log }: OpenedLog, name: string, findings: Finding[]): Promise<LogEntry | undefined> {
  try {
    return await log.openBlob(name);
  } catch (error) {
    const { kind, fault } = damageOf(error);
    findings.push(about('records', kind, name, fault.message));
    return undefined;
  }
}

async function checkRows(
  { rows, log }: OpenedLog,
  newest: ReadonlyMap<string, unknown>,
  isWhole: boolean,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const before = (await log.head()).sequence;
  const seen = new Set<string>();
  for await (const row of rows.all(primary)) {
    if (row.key === 'head' || isAudit(row.key)) continue;
    seen.add(row.key);
    const object = `records/${primary}/${row.key}`;
    try {
      const { value } = await rows.open(row);
      if (isWhole && !isDeepStrictEqual(value, newest.get(row.key)))
        findings.push(about('records', 'differs', object, 'The row says something else than its last change.'));
    } catch (error) {
      const { kind, fault } = damageOf(error);
      findings.push(about('records', kind, object, fault.message));
    }
  }
  for (const [key, value] of newest) {
    if (value === undefined || seen.has(key)) continue;
    findings.push(about('records', 'missing', `records/${primary}/${key}`, 'The row of its last change is gone.'));
  }
  // Somebody changed records meanwhile: rows and changes were not looked at in the same moment.
  const isUnmoved = (await log.head()).sequence === before;
  return isUnmoved ? findings : findings.filter(({ kind }) => kind === 'corrupt');
}

async function checkAudit(audit: Records['audit']): Promise<readonly Finding[]> {
  const broken = await audit.verify();
  if (broken === undefined) return [];
  const detail = `The audit log does not hold together from entry ${broken} on: something was changed, removed or cut off.`;
  return [about('audit', 'corrupt', `records/${primary}/${auditKey(broken)}`, detail)];
}

async function checkEnded({ blobs, sealer }: OpenedLog): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await blobs.list('repository', 'ended/', pageToken);
    pageToken = page.nextPageToken;
    for (const { name } of page.blobs) {
      try {
        await sealer.openColumn('records', name, await blobs.read('repository', name));
      } catch (error) {
        // Swept between the listing and the look.
        if (isFault(error, 'not-found')) continue;
        const { kind, fault } = damageOf(error);
        findings.push(about('records', kind, name, fault.message));
      }
    }
  }
  return findings;
}

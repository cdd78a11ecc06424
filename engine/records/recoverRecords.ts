import { isFault } from '../fault.ts';
import { newestLogged } from './logBlobs.ts';
import { openLog } from './openLog.ts';
import type { OpenedLog, RecordServices } from './openLog.ts';
import type { LogEntry, LogHead, RecordLog } from './recordLog.ts';

/** In safe mode nothing may expire, be swept or be destroyed until the records were rebuilt. */
export type RecordsCondition =
  | { readonly safeMode: false }
  /** `reason` in words for the admin. `blobs`: the table knows changes that the repository has lost; else rows are lost. */
  | { readonly safeMode: true; readonly reason: string; readonly lacking: 'rows' | 'blobs' };

/**
 * To be called when a process starts. Finishes the one change whose process may have been killed between its blob and
 * its rows, and says whether the table is whole. Writes nothing in safe mode.
 */
export async function recoverRecords(services: RecordServices): Promise<RecordsCondition> {
  const opened = openLog(services);
  for (;;) {
    const head = await headOrNothing(opened.log);
    const condition = await compare(head, opened);
    // Others may have gone on between the look at the table and the look at the blobs.
    if (!condition.safeMode || (await headOrNothing(opened.log))?.sequence === head?.sequence) return condition;
  }
}

async function compare(head: LogHead | undefined, { log, blobs, clock }: OpenedLog): Promise<RecordsCondition> {
  if (!head) return { safeMode: true, lacking: 'rows', reason: 'The head of the records is damaged.' };
  const newest = await newestLogged(blobs, head, clock);
  const ahead = newest.sequence - head.sequence;
  if (ahead < 0 || (head.blob !== undefined && !(await blobs.head('repository', head.blob)))) {
    return {
      safeMode: true,
      lacking: 'blobs',
      reason: 'Records are missing from the repository that the table knows of.',
    };
  }
  if (ahead === 0) return { safeMode: false };
  const unfinished = ahead === 1 ? await successorOf(head, newest.names, log) : undefined;
  if (!unfinished) {
    const reason = `The records table lacks the last ${ahead} changes that the repository holds.`;
    return { safeMode: true, lacking: 'rows', reason };
  }
  await log.finish(unfinished.entry, unfinished.name);
  return { safeMode: false };
}

async function successorOf(
  head: LogHead,
  names: readonly string[],
  log: RecordLog,
): Promise<{ readonly name: string; readonly entry: LogEntry } | undefined> {
  for (const name of names) {
    const entry = await openedOrNothing(name, log);
    if (entry !== undefined && entry.previous === head.blob) return { name, entry };
  }
  return undefined;
}

/** Undefined for a blob that is damaged: what it holds cannot be finished. */
async function openedOrNothing(name: string, log: RecordLog): Promise<LogEntry | undefined> {
  try {
    return await log.openBlob(name);
  } catch (error) {
    if (isFault(error, 'corrupt', 'not-found')) return undefined;
    throw error;
  }
}

async function headOrNothing(log: RecordLog): Promise<LogHead | undefined> {
  try {
    return await log.head();
  } catch (error) {
    if (isFault(error, 'corrupt')) return undefined;
    throw error;
  }
}

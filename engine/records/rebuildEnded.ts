import { endedOf, numberEnds } from './endedRecords.ts';
import type { OpenedLog } from './openLog.ts';
import { insertRequest } from './requestRecords.ts';
import { runRecords, runsPartition, type EndedRun } from './runRecords.ts';

export interface RebuiltEnded {
  readonly runs: number;
  readonly requests: number;
  /** Their blobs are damaged. */
  readonly lost: number;
}

/**
 * Brings back runs and restore requests that ended and are not in the table, with the rows of each run. What is in the
 * table stays as it is. May be repeated.
 */
export async function rebuildEnded(opened: OpenedLog): Promise<RebuiltEnded> {
  const runs = runRecords(opened);
  const made = { runs: 0, requests: 0, lost: 0 };
  for await (const end of endedOf(opened, 'run')) {
    if (end.value === undefined) {
      made.lost++;
      continue;
    }
    const { run, rows } = end.value as EndedRun;
    await numberEnds(opened, runsPartition, end);
    await runs.resources.plan(run.id, rows);
    if (await runs.create(run)) made.runs++;
  }
  for await (const end of endedOf(opened, 'request')) {
    if (end.value === undefined) made.lost++;
    else if (await insertRequest(opened, end)) made.requests++;
  }
  return made;
}

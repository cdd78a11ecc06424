import { endedOf } from './endedRecords.ts';
import type { OpenedLog } from './openLog.ts';
import { insertRequest } from './requestRecords.ts';
import { runRecords, type EndedRun } from './runRecords.ts';

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
  for await (const { value } of endedOf(opened, 'run')) {
    if (value === undefined) {
      made.lost++;
      continue;
    }
    const { run, rows } = value as EndedRun;
    await runs.resources.plan(run.id, rows);
    if (await runs.create(run)) made.runs++;
  }
  for await (const { id, at, value } of endedOf(opened, 'request')) {
    if (value === undefined) made.lost++;
    else if (await insertRequest(opened, id, value, at)) made.requests++;
  }
  return made;
}

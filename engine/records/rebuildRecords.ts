import { isFault } from '../fault.ts';
import type { RowChange, TableStore } from '../ports/tableStore.ts';
import { logBlobs } from './logBlobs.ts';
import { openLog } from './openLog.ts';
import type { OpenedLog, RecordServices } from './openLog.ts';
import { rebuildEnded } from './rebuildEnded.ts';
import { primary } from './recordLog.ts';
import type { LogEntry, LogHead, RecordLog } from './recordLog.ts';

export interface Rebuilt {
  /** Policies, settings and audit entries there are now. */
  readonly rows: number;
  /** Runs and restore requests that had ended and are in the table again. */
  readonly runs: number;
  readonly requests: number;
  /** Changes that could not be read back: their blobs are gone or damaged. */
  readonly lost: number;
}

/**
 * Makes policies, settings and audit entries again from the blobs alone: the newest state of each, and nothing beside.
 * Runs and requests that ended come back where they are missing.
 * May be repeated; until it ends the head stays as it was. Nobody should change records meanwhile.
 */
export async function rebuildRecords(services: RecordServices): Promise<Rebuilt> {
  const opened = openLog(services);
  const { tables, rows } = opened;
  const seen = new Set<string>(['head']);
  const live = new Set<string>();
  const writes = inBatches(tables);
  let newest: number | undefined;
  let tip: LogHead | undefined;
  let lost = 0;

  for await (const { sequence, change } of newestToOldest(opened)) {
    newest ??= sequence;
    if (!change) {
      lost += 1;
      continue;
    }
    // Newer changes that cannot be read keep their numbers: the next one comes after them.
    tip ??= { ...change.entry.head, sequence: newest, blob: change.name };
    for (const { key, value } of change.entry.rows) {
      if (seen.has(key)) continue;
      seen.add(key);
      if (value === undefined) continue;
      live.add(key);
      await writes.add({ kind: 'put', row: await rows.seal(primary, key, value) });
    }
  }
  for await (const { key } of rows.all(primary)) {
    if (!live.has(key) && key !== 'head') await writes.add({ kind: 'remove', key });
  }
  await writes.end();
  if (tip) await tables.change('records', primary, { kind: 'put', row: await rows.seal(primary, 'head', tip) });
  const { lost: lostEnds, ...ended } = await rebuildEnded(opened);
  return { rows: live.size, ...ended, lost: lost + lostEnds };
}

interface Change {
  readonly name: string;
  readonly entry: LogEntry;
}

/** Every change from the newest back to the first; without `change` for one that is lost. Then any blob of its number goes on. */
async function* newestToOldest({
  blobs,
  log,
}: OpenedLog): AsyncIterable<{ readonly sequence: number; readonly change: Change | undefined }> {
  const names = new Map<number, string[]>();
  let sequence = 0;
  for await (const blob of logBlobs(blobs)) {
    names.set(blob.sequence, [...(names.get(blob.sequence) ?? []), blob.name]);
    sequence = Math.max(sequence, blob.sequence);
  }
  let previous: string | undefined;
  for (; sequence > 0; sequence--) {
    const candidates = names.get(sequence) ?? [];
    // A blob that its successor does not name belongs to a try that another change overtook.
    const change = await firstReadable(
      previous === undefined ? candidates : candidates.filter((name) => name === previous),
      log,
    );
    previous = change?.entry.previous;
    yield { sequence, change };
  }
}

async function firstReadable(names: readonly string[], log: RecordLog): Promise<Change | undefined> {
  for (const name of names) {
    try {
      return { name, entry: await log.openBlob(name) };
    } catch (error) {
      if (!isFault(error, 'corrupt', 'not-found')) throw error;
    }
  }
  return undefined;
}

const batchSize = 50;

function inBatches(tables: TableStore): { add(change: RowChange): Promise<void>; end(): Promise<void> } {
  let waiting: RowChange[] = [];
  const end = async (): Promise<void> => {
    const changes = waiting;
    waiting = [];
    await tables.transact('records', primary, changes);
  };
  return {
    async add(change) {
      waiting.push(change);
      if (waiting.length === batchSize) await end();
    },
    end,
  };
}

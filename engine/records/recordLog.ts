import { Fault, isFault } from '../fault.ts';
import { instant } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { RowChange, TableStore } from '../ports/tableStore.ts';
import { logBlobName } from './logBlobs.ts';
import { createSurely } from './readingBack.ts';
import type { SafeMode } from './safeMode.ts';
import type { SealedRows, Sealer } from './sealedRows.ts';

/**
 * Policies, settings and audit entries share one partition with the head of their log. A change is numbered, sealed
 * into a blob that names the change before it, and takes effect in one transaction of its rows and the head. So the
 * blobs alone make the rows again, and a table that was put back or cut off is seen by its number.
 */
export const primary = 'primary';
const headKey = 'head';

export interface LogHead {
  /** Number of the newest change; 0 before the first. */
  readonly sequence: number;
  /** Blob of the newest change. */
  readonly blob?: string;
  readonly audit: { readonly count: number; readonly hash: string };
}
export const emptyHead: LogHead = { sequence: 0, audit: { count: 0, hash: '' } };

/** A row of the partition as it shall be; without `value` it goes away. */
export interface LoggedRow {
  readonly key: string;
  readonly value?: unknown;
}

/** What a blob of the log holds. */
export interface LogEntry {
  /** The head after this change, without the name of this blob. */
  readonly head: LogHead;
  readonly previous?: string;
  readonly rows: readonly LoggedRow[];
}

export interface Decision {
  readonly rows: readonly LoggedRow[];
  readonly audit?: LogHead['audit'];
}

/** `new`: the row must not exist. An ETag: it must be this version. */
export type Condition = { readonly key: string; readonly is: 'new' | { readonly etag: string } };

export interface RecordLog {
  head(): Promise<LogHead>;
  /**
   * Carries out one change and answers the new ETags of its rows (empty for removed ones). `decide` may be asked again,
   * when another change came first. Faults: `conflict` when `condition` does not hold, `unavailable` in safe mode.
   */
  change(decide: (head: LogHead) => Decision, condition?: Condition): Promise<readonly string[]>;
  /** Carries out a change whose blob is there while its rows are not: its process was killed in between. */
  finish(entry: LogEntry, blob: string): Promise<void>;
  /** Fault `corrupt` when the blob is not as it was written. */
  openBlob(name: string): Promise<LogEntry>;
}

export interface LogServices {
  readonly tables: TableStore;
  readonly blobs: BlobStore;
  readonly rows: SealedRows;
  readonly sealer: Sealer;
  readonly clock: Clock;
  readonly random: Random;
}

const mostRounds = 50;

export function recordLog(
  { tables, blobs, rows, sealer, clock, random }: LogServices,
  whole?: Pick<SafeMode, 'insistOnWhole'>,
): RecordLog {
  const readHead = async (): Promise<{ head: LogHead; etag?: string }> => {
    const stored = await rows.get(primary, headKey);
    return stored ? { head: stored.value as LogHead, etag: stored.etag } : { head: emptyHead };
  };

  const check = async ({ key, is }: Condition): Promise<void> => {
    const row = await tables.get('records', primary, key);
    const holds = is === 'new' ? row === undefined : row?.etag === is.etag;
    if (!holds) throw new Fault('conflict', 'The record was changed by somebody else meanwhile');
  };

  const apply = async (entry: LogEntry, blob: string, headEtag: string | undefined): Promise<readonly string[]> => {
    const head = await rows.seal(primary, headKey, { ...entry.head, blob } satisfies LogHead);
    const changes: RowChange[] = [
      headEtag === undefined ? { kind: 'insert', row: head } : { kind: 'update', row: head, ifMatch: headEtag },
    ];
    for (const { key, value } of entry.rows) {
      changes.push(
        value === undefined ? { kind: 'remove', key } : { kind: 'put', row: await rows.seal(primary, key, value) },
      );
    }
    const [, ...etags] = await tables.transact('records', primary, changes);
    return etags;
  };

  /** One try; undefined when another change came first. */
  const attempt = async (decide: (head: LogHead) => Decision): Promise<readonly string[] | undefined> => {
    const { head, etag } = await readHead();
    if (etag === undefined) await whole?.insistOnWhole(false);
    const { rows: wanted, audit = head.audit } = decide(head);
    const entry: LogEntry = {
      head: { sequence: head.sequence + 1, audit },
      rows: wanted,
      ...(head.blob !== undefined && { previous: head.blob }),
    };
    const blob = logBlobName(instant(clock.now()), entry.head.sequence, random);
    await createSurely(
      blobs,
      blob,
      sealer.sealColumn('records', blob, new TextEncoder().encode(JSON.stringify(entry))),
    );
    try {
      return await apply(entry, blob, etag);
    } catch (error) {
      if (!isFault(error, 'conflict')) throw error;
      // A starting process may have finished this change for us.
      if ((await readHead()).head.blob !== blob) return undefined;
      const written = await Promise.all(wanted.map(({ key }) => tables.get('records', primary, key)));
      return written.map((row) => row?.etag ?? '');
    }
  };

  // Changes of one process queue up, so that they do not spoil each other's tries.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };

  return {
    head: async () => (await readHead()).head,

    change: (decide, condition) =>
      inTurn(async () => {
        await whole?.insistOnWhole(true);
        for (let round = 0; round < mostRounds; round++) {
          if (condition) await check(condition);
          const etags = await attempt(decide);
          if (etags) return etags;
        }
        throw new Fault('unavailable', 'The records are changed by others all the time; try again', {
          origin: 'storage',
        });
      }),

    async finish(entry, blob) {
      const { head, etag } = await readHead();
      if (head.blob === blob) return;
      await apply(entry, blob, etag);
    },

    async openBlob(name) {
      const bytes = await sealer.openColumn('records', name, await blobs.read('repository', name));
      return JSON.parse(new TextDecoder().decode(bytes)) as LogEntry;
    },
  };
}

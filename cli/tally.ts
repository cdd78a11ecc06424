import { linesFile } from './exportMap.ts';

/** Something that an export could not give, as a line of `missing.jsonl`. */
export interface Missing {
  readonly resource: string;
  readonly name?: string;
  /** True names from the outermost folder down. */
  readonly folder?: readonly string[];
  readonly path?: string;
  readonly stream?: string;
  readonly itemId?: string;
  readonly sourceId?: string;
  readonly size?: number;
  /** `missing`: something of it is gone from storage; `corrupt`: it is not what was written; `target`: the target does not take it. */
  readonly kind?: string;
  readonly reason: string;
}

/** What an export came to so far. */
export interface Tally {
  readonly written: number;
  readonly kept: number;
  readonly bytes: number;
  /** Backed up, and not given. */
  readonly lost: number;
  /** Of the lost: whole in the copy, and the target does not take it. */
  readonly refused: number;
  /** Known to the backup and never in it: failed or skipped then, each with its reason. */
  readonly never: number;
  readonly first: readonly Missing[];
  gave(outcome: 'written' | 'kept', bytes: number): void;
  lose(missing: Missing): Promise<void>;
  neverHad(missing: Missing): Promise<void>;
  close(): Promise<void>;
  /** Instead of `close`: leaves the list of the run before. */
  discard(): Promise<void>;
}

const SHOWN = 20;

/** Counts, and keeps the exact list in `missing.jsonl`, written anew by every run. */
export async function openTally(folder: string): Promise<Tally> {
  const list = await linesFile(folder, 'missing.jsonl');
  const first: Missing[] = [];
  const counts = { written: 0, kept: 0, bytes: 0, lost: 0, refused: 0, never: 0 };
  return {
    get written() {
      return counts.written;
    },
    get kept() {
      return counts.kept;
    },
    get bytes() {
      return counts.bytes;
    },
    get lost() {
      return counts.lost;
    },
    get refused() {
      return counts.refused;
    },
    get never() {
      return counts.never;
    },
    first,
    gave(outcome, bytes) {
      counts[outcome] += 1;
      counts.bytes += bytes;
    },
    async lose(missing) {
      counts.lost += 1;
      if (missing.kind === 'target') counts.refused += 1;
      if (first.length < SHOWN) first.push(missing);
      await list.add({ state: 'lost', ...missing });
    },
    async neverHad(missing) {
      counts.never += 1;
      await list.add({ state: 'neverBackedUp', ...missing });
    },
    close: () => list.close(),
    discard: () => list.discard(),
  };
}

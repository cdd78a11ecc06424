import type { SliceId } from '../model/ids.ts';
import { sortMoment } from '../model/item.ts';
import { lineQueues, type Line, type LineQueue, type LineRange, type RoundState } from './roundState.ts';

export interface PlacedLines {
  /** In the order in which they lie in the slice. */
  readonly lines: readonly Line[];
  /** Puts the ranges of these lines, once they lie in `slice`, at the end of their queues. */
  readonly place: <S extends Omit<RoundState, 'startCursor'>>(state: S, slice: SliceId) => S;
}

/** Sorts lines so that each queue's lie together; `recentFrom` (ms) parts the last days from history. */
export function linesForSlice(lines: readonly Line[], recentFrom: number, retry = false): PlacedLines {
  const byQueue = Map.groupBy(lines, (line) => queueOf(line, recentFrom, retry));
  const ordered = [...lineQueues, undefined].flatMap((queue) => byQueue.get(queue) ?? []);
  return {
    lines: ordered,
    place(state, slice) {
      let from = 0;
      const queues = { ...state.queues };
      for (const queue of lineQueues) {
        const to = from + (byQueue.get(queue)?.length ?? 0);
        if (to > from) queues[queue] = [...queues[queue], { slice, from, to }];
        from = to;
      }
      return { ...state, queues };
    },
  };
}

/** Undefined for what only the end of the round answers. */
function queueOf(line: Line, recentFrom: number, retry: boolean): LineQueue | undefined {
  if (line.kind === 'outOfScope') return 'containers';
  if (line.kind !== 'item') return undefined;
  if (line.item.container) return 'containers';
  if (retry) return 'retry';
  const moment = Date.parse(sortMoment(line.item));
  return moment >= recentFrom ? 'recent' : 'history';
}

/** One line with the place it was taken from. */
export interface TakenLine {
  readonly queue: LineQueue;
  readonly slice: SliceId;
  readonly at: number;
  readonly line: Line;
}

/** The first ranges of the queues, in fetching order, up to `most` lines, and the queues without them. */
export function takeRanges(
  queues: RoundState['queues'],
  most: number,
  from: readonly LineQueue[] = lineQueues,
): { readonly taken: readonly (LineRange & { readonly queue: LineQueue })[]; readonly rest: RoundState['queues'] } {
  const taken: (LineRange & { readonly queue: LineQueue })[] = [];
  const rest: Record<LineQueue, readonly LineRange[]> = { ...queues };
  let room = most;
  for (const queue of from) {
    while (room > 0) {
      const [first, ...others] = rest[queue];
      if (!first) break;
      const to = Math.min(first.to, first.from + room);
      taken.push({ queue, slice: first.slice, from: first.from, to });
      room -= to - first.from;
      rest[queue] = to < first.to ? [{ ...first, from: to }, ...others] : others;
    }
  }
  return { taken, rest };
}

/** Puts lines that were taken and not decided back to the front of their queues. */
export function putBack(queues: RoundState['queues'], undecided: readonly TakenLine[]): RoundState['queues'] {
  const result: Record<LineQueue, readonly LineRange[]> = { ...queues };
  for (const queue of lineQueues) {
    const ranges: LineRange[] = [];
    for (const { slice, at } of undecided.filter((line) => line.queue === queue)) {
      const last = ranges.at(-1);
      if (last?.slice === slice && last.to === at) ranges[ranges.length - 1] = { ...last, to: at + 1 };
      else ranges.push({ slice, from: at, to: at + 1 });
    }
    // What is left of a range that was cut in two grows together again.
    const [first, ...others] = result[queue];
    const last = ranges.at(-1);
    result[queue] =
      first && last && first.slice === last.slice && last.to === first.from
        ? [...ranges.slice(0, -1), { ...last, to: first.to }, ...others]
        : [...ranges, ...result[queue]];
  }
  return result;
}

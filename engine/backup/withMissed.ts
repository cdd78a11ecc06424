import { nothingMissed, type MissedByFeed } from '../model/ledger.ts';
import type { RoundState } from './roundState.ts';

/** What a full compare found that the feed had missed, with what this slice adds; nothing outside of a compare. */
export function withMissed(
  { compareSeq, missedByFeed = nothingMissed }: Pick<RoundState, 'compareSeq' | 'missedByFeed'>,
  more: Partial<MissedByFeed>,
): Pick<RoundState, 'missedByFeed'> {
  if (compareSeq === undefined) return {};
  return {
    missedByFeed: {
      found: missedByFeed.found + (more.found ?? 0),
      differing: missedByFeed.differing + (more.differing ?? 0),
      gone: missedByFeed.gone + (more.gone ?? 0),
    },
  };
}

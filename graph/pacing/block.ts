import type { Scope } from '../call.ts';
import { changeRow, numberIn, type Columns } from './leaseRow.ts';
import type { LaneContext } from './lane.ts';

/** Until when a scope must be left alone, as all processes that share the lease rows know it. */
export interface Block {
  /** Milliseconds since 1970, as far as this process knows; in the past when nobody has to wait. */
  readonly until: number;
  /**
   * Reads what other processes wrote: after it `until` holds every block that was durable when this was called. Calls that
   * come while a read is under way share the next one, so that many calls at once cost few reads.
   */
  hear(): Promise<void>;
  /** The service asked to wait. This process knows at once; the others when this has answered. */
  set(untilMs: number): Promise<void>;
  /** Takes over what a row says that was read for another reason. */
  learn(row: Columns): void;
}

export function createBlock(scope: Scope, context: LaneContext): Block {
  let until = 0;
  /** Set, and not in the row yet: that write failed, and the next to come makes good for it. */
  let isOwed = false;
  let running: Promise<void> = Promise.resolve();
  let following: Promise<void> | undefined;

  const learn = (row: Columns) => {
    until = Math.max(until, numberIn(row, 'blockedUntil'));
  };
  const write = async () => {
    await changeRow(scope, context, (row) => {
      learn(row);
      return { ...row, blockedUntil: until };
    });
    isOwed = false;
  };
  const read = () => {
    running = isOwed
      ? write()
      : changeRow(scope, context, (row) => {
          learn(row);
          return undefined;
        });
    following = undefined;
    return running;
  };

  return {
    get until() {
      return until;
    },
    hear() {
      // A read that has begun may have missed what was written since.
      following ??= running.then(read, read);
      return following;
    },
    async set(untilMs) {
      until = Math.max(until, untilMs);
      isOwed = true;
      await write();
    },
    learn,
  };
}

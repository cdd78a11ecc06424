import type { ScanStep } from './scan.ts';

interface Session {
  readonly key: string;
  readonly steps: AsyncGenerator<ScanStep>;
  readonly until: number;
}

const KEPT_MS = 120_000;
/** Each holds the matches that it has read ahead: together they stay below a hundred megabytes. */
const MOST = 8;

/**
 * Keeps scans that paused between two pages, so that the next page goes on instead of reading again. Only a shortcut:
 * another instance, or a later time, starts at the place in the page token.
 */
export function searchSessions(now: () => number): {
  keep(id: string, key: string, steps: AsyncGenerator<ScanStep>): Promise<void>;
  /** Undefined when there is none for this caller and query. */
  take(id: string, key: string): AsyncGenerator<ScanStep> | undefined;
} {
  const sessions = new Map<string, Session>();
  const drop = async (id: string) => {
    const session = sessions.get(id);
    sessions.delete(id);
    await session?.steps.return(undefined);
  };
  return {
    async keep(id, key, steps) {
      const at = now();
      for (const [old, { until }] of sessions) if (until < at || sessions.size >= MOST) await drop(old);
      sessions.set(id, { key, steps, until: at + KEPT_MS });
    },
    take(id, key) {
      const session = sessions.get(id);
      if (session === undefined || session.key !== key || session.until < now()) return undefined;
      sessions.delete(id);
      return session.steps;
    },
  };
}

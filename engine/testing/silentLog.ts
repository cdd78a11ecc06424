import type { Log } from '../ports/log.ts';

export interface LogLine {
  readonly level: 'info' | 'warn' | 'error';
  readonly event: string;
  readonly facts: Readonly<Record<string, string | number | boolean>>;
}

export interface SilentLog extends Log {
  readonly lines: readonly LogLine[];
}

/** Prints nothing and keeps every line for a test to look at. */
export function silentLog(): SilentLog {
  const lines: LogLine[] = [];
  const keep =
    (level: LogLine['level']): Log['info'] =>
    (event, facts = {}) =>
      void lines.push({ level, event, facts });
  return { info: keep('info'), warn: keep('warn'), error: keep('error'), lines };
}

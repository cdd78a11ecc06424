import type { LogLevel } from './protocol.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
  /** What the app said as fields of its own. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

export type LogSink = (line: LogLine) => void;

/** Shorter values are ordinary words, and striking those out would make every line unreadable. */
const SHORTEST_SECRET = 8;
const SECRET_NAME = /SECRET|PASSWORD|CONNECTION_?STRING|ACCOUNT_?KEY|TOKEN|AzureWebJobsStorage/i;

/** The values in `env` that must not be read in a log, found by the names of their variables. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(env).flatMap(([name, value]) => {
    if (value === undefined || !SECRET_NAME.test(name)) return [];
    const accountKey = /AccountKey=([^;]+)/i.exec(value)?.[1];
    return accountKey === undefined ? [value] : [value, accountKey];
  });
}

const APP_LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'information',
  warn: 'warning',
  error: 'error',
};

/** A line that the app printed. Where it is JSON with a level and an event, those are taken for what they are. */
export function fromPrinted(text: string, level: LogLevel): LogLine {
  const said = parsed(text);
  if (typeof said !== 'object' || said === null) return { level, message: text };
  const { level: ownLevel, event, ...facts } = said as Readonly<Record<string, unknown>>;
  if (typeof event !== 'string') return { level, message: text };
  return { level: APP_LEVELS[String(ownLevel)] ?? level, message: event, facts };
}

function parsed(text: string): unknown {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** One JSON object per line: time, level, message, and the invocation it belongs to. Secrets are struck out. */
export function jsonLines(write: (text: string) => void, secrets: readonly string[] = []): LogSink {
  const hidden = secrets.filter((secret) => secret.length >= SHORTEST_SECRET);
  return (line) => {
    const time = new Date().toISOString();
    let text = JSON.stringify({ time, ...line });
    for (const secret of hidden) text = text.replaceAll(JSON.stringify(secret).slice(1, -1), '***');
    write(`${text}\n`);
  };
}

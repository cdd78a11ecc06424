import type { LogLevel } from './protocol.ts';

export interface LogLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly functionName?: string;
  readonly invocationId?: string;
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

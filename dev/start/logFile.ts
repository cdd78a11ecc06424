import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { jsonLines, type LogSink, secretsOf } from '../host/log.ts';
import type { LogLevel } from '../host/protocol.ts';

const LARGEST_BYTES = 20_000_000;
const WORTH_TELLING: readonly LogLevel[] = ['warning', 'error', 'critical'];

/**
 * Every line into logs/host.log; warnings and worse to `tell` too, where nobody watches a screen. A log that cannot be
 * written ends nothing: `complain` is told once, and what runs goes on without it.
 */
export function openHostLog(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
  tell: ((line: string) => void) | undefined,
  complain: (sentence: string) => void,
): { readonly log: LogSink; readonly close: () => Promise<void> } {
  const file = path.join(dataDir, 'logs', 'host.log');
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > LARGEST_BYTES) renameSync(file, `${file}.1`);
  const stream = createWriteStream(file, { flags: 'a' });
  stream.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    const why =
      code === 'ENOSPC' ? `the disk of ${dataDir} is full. Make room there: what waits goes on by itself` : message;
    complain(`Attention     logs/host.log cannot be written: ${why}`);
  });
  const secrets = secretsOf(env);
  const toFile = jsonLines((text) => stream.write(text), secrets);
  const toReader = tell === undefined ? undefined : jsonLines((text) => tell(text.trimEnd()), secrets);
  return {
    log: (line) => {
      toFile(line);
      if (WORTH_TELLING.includes(line.level)) toReader?.(line);
    },
    close: () => new Promise((resolve) => stream.end(resolve)),
  };
}

import { createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs';
import path from 'node:path';
import { jsonLines, type LogSink, secretsOf } from '../host/log.ts';
import type { LogLevel } from '../host/protocol.ts';

const LARGEST_BYTES = 20_000_000;
const WORTH_TELLING: readonly LogLevel[] = ['warning', 'error', 'critical'];

/** Every line into logs/host.log; warnings and worse to `tell` too, where nobody watches a screen. */
export function openHostLog(
  dataDir: string,
  env: Readonly<Record<string, string | undefined>>,
  tell: ((line: string) => void) | undefined,
): { readonly log: LogSink; readonly close: () => Promise<void> } {
  const file = path.join(dataDir, 'logs', 'host.log');
  mkdirSync(path.dirname(file), { recursive: true });
  if (existsSync(file) && statSync(file).size > LARGEST_BYTES) renameSync(file, `${file}.1`);
  const stream = createWriteStream(file, { flags: 'a' });
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

import path from 'node:path';
import { parseArgs } from 'node:util';
import { dataDirOf } from './environment.ts';

export interface StartOptions {
  /** No console, no chat, no browser parts. */
  readonly headless: boolean;
  /** Undefined: the usual one, or a free one where that is taken. */
  readonly port: number | undefined;
  readonly dataDir: string;
  /** Probe everything, say what is missing, end. */
  readonly check: boolean;
  readonly recoveryKeyFile: string | undefined;
}

export const USAGE = `npm start -- [options]

  --headless                 without the console and the chat
  --port N                   port of the console and the API (default 7071, or a free one where that is taken)
  --data-dir PATH            where copies, keys and the demo tenant are kept (default DATA_DIR, or .holdfast)
  --recovery-key-file PATH   write the recovery key there (mode 0600) instead of showing it here
  --check                    try every permission and dependency, say what is missing, and end
  --help                     this text

Without settings it starts a demo tenant. Set TENANT_ID, BACKUP_CLIENT_ID and BACKUP_CLIENT_SECRET (and GRAPH_ENDPOINT and
AUTHORITY_HOST for another cloud) to protect yours.`;

/** The command line cannot be understood; the message says why and what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** `help` when the usage was asked for. What is not asked for is as `env` says. Throws UsageError. */
export function readOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StartOptions | 'help' {
  const values = parse(args);
  if (values.help === true) return 'help';
  return {
    headless: values.headless === true,
    port: values.port === undefined ? undefined : portOf(values.port),
    dataDir: dataDirOf(values['data-dir'], env),
    check: values.check === true,
    recoveryKeyFile: values['recovery-key-file'] === undefined ? undefined : path.resolve(values['recovery-key-file']),
  };
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        headless: { type: 'boolean' },
        port: { type: 'string' },
        'data-dir': { type: 'string' },
        'recovery-key-file': { type: 'string' },
        check: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    return values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const valueless = /^Option '(--[\w-]+).* argument (?:missing|is ambiguous)/.exec(error.message)?.[1];
    if (valueless !== undefined)
      throw new UsageError(`${valueless} needs a value behind it. npm start -- --help names all options.`);
    throw new UsageError(`${error.message.split('. ')[0]}.\n\n${USAGE}`);
  }
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port takes a number from 0 to 65535, not "${text}".`);
}

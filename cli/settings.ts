import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { Fault } from '../engine/fault.ts';

export const usage = `Reads a Holdfast repository with the recovery key alone: no Teams, no Graph, no tables, no Key Vault.

  node recover.mjs COMMAND --from PLACE [--key-file FILE]

Commands
  list                           mailboxes and drives that the repository holds
  points RESOURCE                their restore points, newest first
  browse RESOURCE [PATH]         folders and items at a moment
  search WORDS…                  items by name, sender, recipient and folder
  export --to FOLDER             original bytes with a map of true names; may be broken off and run again

Where the repository is
  --from FOLDER                  a copy of the container "repository" on a disk
  --from ADDRESS                 https://ACCOUNT.blob.core.windows.net/repository?SAS (Read and List are enough)
  --from CONNECTION              a connection string of the storage account
  --from-file FILE               a file that holds one of these, to keep a secret out of the shell's history

The recovery key (44 characters); without any of these it is asked for, or read from a pipe
  --key-file FILE                a text file that holds it
  --key KEY                      stays in the shell's history

What is meant
  RESOURCE, --resource RESOURCE  an id or its beginning, a name, an address, or a part of these; repeat for export, search
  --at POINT                     a point's id or its beginning, a time (2026-11-21T08:00:00Z), or latest (default)
  --path PATH                    export only this folder or item: Inbox/2024
  --exact                        export also the exact copies of messages that only Exchange can import
  --properties                   export also what Microsoft 365 said of each item
  --json                         list, points, browse, search: one JSON object a line

Ends with 0: everything that had been backed up was given; 3: some of it is missing, named in missing.jsonl; 2: asked wrongly;
4: the repository cannot be opened or read; 5: the target cannot be written; 130: interrupted; 1: a defect of this program.`;

export const commands = ['list', 'points', 'browse', 'search', 'export'] as const;
export type Command = (typeof commands)[number];

export interface Settings {
  readonly command: Command;
  /** What follows the command. */
  readonly words: readonly string[];
  readonly from: string;
  readonly key?: string;
  readonly keyFile?: string;
  readonly to?: string;
  readonly resources: readonly string[];
  readonly at?: string;
  readonly path?: string;
  readonly exact: boolean;
  readonly properties: boolean;
  readonly json: boolean;
}

const options = {
  from: { type: 'string' },
  'from-file': { type: 'string' },
  key: { type: 'string' },
  'key-file': { type: 'string' },
  to: { type: 'string' },
  resource: { type: 'string', multiple: true },
  at: { type: 'string' },
  path: { type: 'string' },
  exact: { type: 'boolean' },
  properties: { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** What was asked for; undefined when it was help. Fault `invalid` saying what is wrong. */
export async function settingsOf(given: readonly string[]): Promise<Settings | undefined> {
  const { values, positionals } = parsed(given);
  const [command, ...words] = positionals;
  if (values.help === true || command === undefined || command === 'help') return undefined;
  if (!isCommand(command)) throw wrong(`There is no command "${command}".`);
  const from = values.from ?? (values['from-file'] === undefined ? undefined : await firstLineOf(values['from-file']));
  if (from === undefined) throw wrong('Say with --from where the repository is.');
  if ((command === 'points' || command === 'browse') && words.length === 0)
    throw wrong(`Say whose: ${command} RESOURCE. "list" shows all.`);
  if (command === 'list' && words.length > 0) throw wrong('list shows all; for one of them: points RESOURCE.');
  if (command === 'search' && words.length === 0) throw wrong('Say what to look for: search WORDS.');
  if (command === 'export' && values.to === undefined) throw wrong('Say with --to into which folder.');
  return {
    command,
    words,
    from,
    ...(values.key !== undefined && { key: values.key }),
    ...(values['key-file'] !== undefined && { keyFile: values['key-file'] }),
    ...(values.to !== undefined && { to: values.to }),
    resources: [...(values.resource ?? []), ...(command === 'export' ? words : [])],
    ...(values.at !== undefined && { at: values.at }),
    ...(values.path !== undefined && { path: values.path }),
    exact: values.exact === true,
    properties: values.properties === true,
    json: values.json === true,
  };
}

function parsed(given: readonly string[]) {
  try {
    return parseArgs({ args: [...given], options, allowPositionals: true });
  } catch (cause) {
    const [said = ''] = cause instanceof Error ? cause.message.split(/\. |\n/) : ['The options cannot be read'];
    throw wrong(`${said.replace(/\.$/, '')}.`);
  }
}

async function firstLineOf(file: string): Promise<string> {
  try {
    return (await readFile(file, 'utf8')).trim().split(/\r?\n/)[0] ?? '';
  } catch (cause) {
    throw wrong(`The file ${file} cannot be read (${(cause as { readonly code?: string }).code ?? 'unknown'}).`);
  }
}

const isCommand = (word: string): word is Command => commands.some((command) => command === word);

const wrong = (message: string): Fault => new Fault('invalid', `${message} "--help" tells all.`, { origin: 'input' });

import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import path from 'node:path';
import type { Terminal } from './terminal.ts';

/**
 * Hands the recovery key to its owner: into `file` (mode 0600, synced to disk), or onto the terminal. Resolves only when
 * it is really there: until then the key is in no use, and the next start makes another one.
 */
export async function handOverRecoveryKey(key: string, file: string | undefined, terminal: Terminal): Promise<void> {
  if (file === undefined) {
    await terminal.sayFully(
      [
        '',
        'Recovery key. Write it down and keep it away from this machine: it opens your copies when everything else is lost.',
        'It is shown this once.',
        '',
        `    ${key}`,
        '',
      ].join('\n'),
    );
    return;
  }
  const aside = writeKeyFile(key, file);
  if (aside !== undefined) terminal.say(`Another recovery key was in ${file}; it is kept as ${aside}`);
  terminal.say(
    `Recovery key written to ${file}. Keep it away from this machine: it opens your copies when everything else is lost.`,
  );
}

/** Returns where an older, different key went: whoever has two installations must not lose the first one's key. */
function writeKeyFile(key: string, file: string): string | undefined {
  mkdirSync(path.dirname(file), { recursive: true });
  const aside = existsSync(file) && readFileSync(file, 'utf8').trim() !== key ? freeName(file) : undefined;
  if (aside !== undefined) renameSync(file, aside);
  const temporary = `${file}.new`;
  const descriptor = openSync(temporary, 'w', 0o600);
  try {
    writeSync(descriptor, `${key}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(temporary, file);
  syncFolder(path.dirname(file));
  return aside;
}

function freeName(file: string): string {
  let number = 1;
  while (existsSync(`${file}.old-${number}`)) number++;
  return `${file}.old-${number}`;
}

/** A rename is on disk only when its folder is. Windows has no way to sync a folder and needs none. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from './processIdentity.ts';

export interface LockHolder extends ProcessIdentity {
  readonly since: string;
}

export interface Lock {
  readonly release: () => void;
}

/** Somebody else holds the lock and lives. */
export class LockHeld extends Error {
  override readonly name = 'LockHeld';
  readonly holder: LockHolder;

  constructor(holder: LockHolder, message: string) {
    super(message);
    this.holder = holder;
  }
}

/** The folder cannot be made or written; the message names it and says how to take another. */
export class FolderUnusable extends Error {
  override readonly name = 'FolderUnusable';
}

const lockFile = (dataDir: string) => path.join(dataDir, 'lock');

/**
 * Makes this process the only one that works on `dataDir`, and the folder where there is none. The lock of a process that
 * has died is taken over. Throws LockHeld or FolderUnusable.
 */
export function lockDataDir(dataDir: string): Lock {
  try {
    makeFolder(dataDir);
    return acquireLock(
      lockFile(dataDir),
      (holder) =>
        `The data folder ${dataDir} is in use by another start (process ${holder.pid}, since ${holder.since}). ` +
        `Stop that one first (Ctrl-C in its terminal, or: kill ${holder.pid}), or use another folder: npm start -- --data-dir PATH`,
    );
  } catch (error) {
    if (!(error instanceof Error) || (error as NodeJS.ErrnoException).syscall === undefined) throw error;
    throw new FolderUnusable(
      `The data folder ${dataDir} cannot be used: ${inWords(error)}. Name another one: npm start -- --data-dir PATH`,
      { cause: error },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  EEXIST: 'there is a file of that name',
  ENOTDIR: 'a part of it is a file',
  EACCES: 'it may not be written',
  EPERM: 'it may not be written',
  EROFS: 'it may not be written',
  ENOENT: 'no folder can be made there',
  ENOSPC: 'the disk is full',
};
const inWords = ({ code, message }: NodeJS.ErrnoException): string => reasons[code ?? ''] ?? message;

/** One folder at a time: where the system makes none, as below /proc, Node's recursive way tries for ever. */
function makeFolder(folder: string): void {
  if (existsSync(folder)) return;
  if (path.dirname(folder) !== folder) makeFolder(path.dirname(folder));
  try {
    mkdirSync(folder);
  } catch (error) {
    // Another start was quicker.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** The living process that works on `dataDir`, if there is one. */
export function holderOf(dataDir: string): LockHolder | undefined {
  const holder = readHolder(lockFile(dataDir));
  return holder !== undefined && isAlive(holder) ? holder : undefined;
}

/** Throws LockHeld with the sentence of `explain` while another living process holds `file`. */
export function acquireLock(file: string, explain: (holder: LockHolder) => string): Lock {
  mkdirSync(path.dirname(file), { recursive: true });
  const identity = identityOf(process.pid);
  if (identity === undefined) throw new Error('This process cannot be told apart from others on this system');
  const own = `${file}.${randomUUID()}`;
  writeFileSync(own, JSON.stringify({ ...identity, since: new Date().toISOString() } satisfies LockHolder));
  try {
    while (!tryLink(own, file)) {
      const holder = readHolder(file);
      if (holder !== undefined && isAlive(holder)) throw new LockHeld(holder, explain(holder));
      removeStale(file, holder);
    }
  } finally {
    rmSync(own);
  }
  return {
    release: () => {
      if (readHolder(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

/** A hard link is made by one process only, however many try. */
function tryLink(own: string, file: string): boolean {
  try {
    linkSync(own, file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Moves the dead one's lock aside. Where another process was quicker and its new lock was moved, it is put back. */
function removeStale(file: string, stale: LockHolder | undefined): void {
  const aside = `${file}.${randomUUID()}`;
  try {
    renameSync(file, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && moved.since !== stale?.since && isAlive(moved)) tryLink(aside, file);
  rmSync(aside);
}

function readHolder(file: string): LockHolder | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as LockHolder;
  } catch (error) {
    // A file cut short by a full disk names nobody, so nobody holds it.
    if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { lstat, mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../engine/fault.ts';

/** Trouble with the disk that is written to, not with the copy. `ends`: no other file would fare better. */
export class TargetTrouble extends Error {
  readonly ends: boolean;

  constructor(message: string, ends: boolean, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TargetTrouble';
    this.ends = ends;
  }
}

const ENDS = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EMFILE', 'ENFILE', 'EIO', 'ENODEV']);
const SMALL = 1024 * 1024;
/** Windows has no such flag. */
const NO_LINKS = (constants as { readonly O_NOFOLLOW?: number }).O_NOFOLLOW ?? 0;

export interface Wanted {
  /** From the target on, with `/`. */
  readonly path: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly modifiedAt: string | undefined;
  bytes(): AsyncIterable<Uint8Array>;
}

/** Writes below one folder and nowhere else; every file is whole under its name, or not there. */
export interface Target {
  readonly folder: string;
  /** `kept`: it was there already, size and SHA-256 as they must be. Throws what `bytes` throws, or TargetTrouble. */
  write(file: Wanted): Promise<'written' | 'kept'>;
  makeFolder(name: string): Promise<void>;
  /** Takes away what a killed run left half written, and makes the names of folders durable. */
  finish(): Promise<void>;
}

export async function openTarget(folder: string): Promise<Target> {
  const partial = path.join(folder, '.holdfast-partial');
  const made = new Map<string, Promise<void>>();
  const there = new Set<string>();
  /** Made by this run: nothing in them can be there already. */
  const fresh = new Set<string>();
  let number = 0;
  await onDisk(folder, () => mkdir(folder, { recursive: true }));
  await onDisk(partial, () => rm(partial, { recursive: true, force: true }));
  await onDisk(partial, () => mkdir(partial));

  const fileOf = (name: string): string => path.join(folder, ...name.split('/'));

  /** Folder by folder, so that none is a link that leads elsewhere. */
  function makeFolder(name: string): Promise<void> {
    const known = made.get(name);
    if (known !== undefined) return known;
    const making = (async () => {
      const parent = name.includes('/') ? name.slice(0, name.lastIndexOf('/')) : undefined;
      if (parent !== undefined) await makeFolder(parent);
      await onDisk(name, async () => {
        try {
          await mkdir(fileOf(name));
          fresh.add(name);
        } catch (error) {
          if (codeOf(error) !== 'EEXIST') throw error;
          if (!(await lstat(fileOf(name))).isDirectory())
            throw new TargetTrouble(`${name} exists in the target and is no folder.`, false);
        }
      });
      there.add(name);
    })();
    made.set(name, making);
    return making;
  }

  return {
    folder,
    makeFolder,
    async write(file) {
      const final = fileOf(file.path);
      const parent = file.path.slice(0, file.path.lastIndexOf('/'));
      await makeFolder(parent);
      if (!fresh.has(parent) && (await isWhole(final, file))) return 'kept';
      const temporary = path.join(partial, String(++number));
      const handle = await onDisk(file.path, () => open(temporary, 'wx'));
      try {
        await fill(handle, file);
      } catch (error) {
        await handle.close();
        await rm(temporary, { force: true });
        throw error;
      }
      await onDisk(file.path, () => handle.close());
      await onDisk(file.path, () => rename(temporary, final));
      return 'written';
    },
    async finish() {
      await onDisk(partial, () => rm(partial, { recursive: true, force: true }));
      for (const name of there) await syncFolder(fileOf(name));
      await syncFolder(folder);
    },
  };
}

async function fill(handle: FileHandle, file: Wanted): Promise<void> {
  const hash = createHash('sha256');
  let pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of file.bytes()) {
    hash.update(piece);
    size += piece.byteLength;
    if (file.size <= SMALL) pieces.push(piece);
    else await onDisk(file.path, () => writeAll(handle, piece));
  }
  if (size !== file.size || hash.digest('hex') !== file.sha256) {
    throw new Fault('corrupt', 'What was read is not what was backed up: another length or SHA-256.', {
      origin: 'storage',
    });
  }
  await onDisk(file.path, async () => {
    if (pieces.length > 0)
      await writeAll(handle, pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces));
    pieces = [];
    const at = Date.parse(file.modifiedAt ?? '');
    if (!Number.isNaN(at)) await handle.utimes(at / 1000, at / 1000);
    await handle.sync();
  });
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.byteLength;) at += (await handle.write(bytes, at, bytes.byteLength - at)).bytesWritten;
}

/** Is the file there, of this length and with these bytes? */
async function isWhole(file: string, { size, sha256, path: name }: Wanted): Promise<boolean> {
  return onDisk(name, async () => {
    try {
      const facts = await lstat(file);
      if (!facts.isFile() || facts.size !== size) return false;
      const handle = await open(file, constants.O_RDONLY | NO_LINKS);
      try {
        const hash = createHash('sha256');
        const memory = new Uint8Array(Math.min(SMALL, Math.max(1, size)));
        for (;;) {
          const { bytesRead } = await handle.read(memory, 0, memory.byteLength, null);
          if (bytesRead === 0) break;
          hash.update(memory.subarray(0, bytesRead));
        }
        return hash.digest('hex') === sha256;
      } finally {
        await handle.close();
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  });
}

/** Windows opens no folders, and makes their names durable by itself. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return;
  await onDisk(folder, async () => {
    const handle = await open(folder);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  });
}

const WHY: { readonly [code: string]: string } = {
  ENOSPC: 'there is no room left',
  EDQUOT: 'there is no room left',
  EROFS: 'the disk is read-only',
  EACCES: 'there is no right to write there',
  EPERM: 'there is no right to write there',
  EIO: 'the disk reports an error',
  EFBIG: 'its file system takes no file of that size',
  ENAMETOOLONG: 'its file system takes no name of that length',
  EISDIR: 'a folder of that name is there',
};

/** What the disk answers to `work`, as TargetTrouble about `name`. */
export async function onDisk<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TargetTrouble) throw error;
    const code = codeOf(error) ?? 'unknown';
    throw new TargetTrouble(`${name} cannot be written: ${WHY[code] ?? code}.`, ENDS.has(code), error);
  }
}

const codeOf = (error: unknown): string | undefined => (error as { readonly code?: string }).code;

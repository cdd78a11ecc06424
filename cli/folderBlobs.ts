import { open, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../engine/fault.ts';
import { instant } from '../engine/model/ids.ts';
import type { BlobFacts, BlobStore } from '../engine/ports/blobStore.ts';
import { readOnlyBlobs } from './readOnlyBlobs.ts';

/**
 * A copy of the `repository` container on a disk: each blob is the file of its name below `folder`. Everything that is
 * asked of another container is not there.
 */
export function folderBlobs(folder: string): BlobStore {
  const fileOf = (name: string): string => path.join(folder, ...name.split('/'));

  async function factsOf(name: string): Promise<BlobFacts | undefined> {
    try {
      const facts = await stat(fileOf(name));
      if (!facts.isFile()) return undefined;
      return { name, length: facts.size, etag: `"${facts.mtimeMs}-${facts.size}"`, modifiedAt: instant(facts.mtimeMs) };
    } catch (error) {
      if (isNotThere(error)) return undefined;
      throw unreadable(name, error);
    }
  }

  async function namesBelow(at: string): Promise<string[]> {
    try {
      const found = await readdir(fileOf(at), { withFileTypes: true });
      const below = found.map(async (one) => {
        const name = at === '' ? one.name : `${at}/${one.name}`;
        return one.isDirectory() ? namesBelow(name) : [name];
      });
      return (await Promise.all(below)).flat();
    } catch (error) {
      if (isNotThere(error)) return [];
      throw unreadable(at, error);
    }
  }

  return readOnlyBlobs({
    async read(container, name, range) {
      try {
        if (container !== 'repository') throw notThere(name);
        if (range === undefined) return await readFile(fileOf(name));
        return await readRange(fileOf(name), range.from, range.length);
      } catch (error) {
        if (isNotThere(error)) throw notThere(name);
        throw error instanceof Fault ? error : unreadable(name, error);
      }
    },
    head: async (container, name) => (container === 'repository' ? factsOf(name) : undefined),
    async list(container, prefix) {
      if (container !== 'repository') return { blobs: [] };
      const names = await namesBelow(prefix.split('/').slice(0, -1).join('/'));
      const wanted = names.filter((name) => name.startsWith(prefix)).toSorted((a, b) => (a < b ? -1 : 1));
      const blobs: BlobFacts[] = [];
      for (const name of wanted) {
        const facts = await factsOf(name);
        if (facts !== undefined) blobs.push(facts);
      }
      return { blobs };
    },
  });
}

async function readRange(file: string, from: number, length: number): Promise<Uint8Array> {
  const handle = await open(file);
  try {
    // Of its own: what is read is handed on and may be moved.
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      const { bytesRead } = await handle.read(bytes, filled, length - filled, from + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    return bytes.subarray(0, filled);
  } finally {
    await handle.close();
  }
}

const isNotThere = (error: unknown): boolean =>
  ['ENOENT', 'ENOTDIR'].includes((error as { readonly code?: string }).code ?? '');

const notThere = (name: string): Fault => new Fault('not-found', `${name} is not in the folder`, { origin: 'storage' });

function unreadable(name: string, cause: unknown): Fault {
  const code = (cause as { readonly code?: string }).code ?? 'unknown';
  const what = name === '' ? 'The folder' : name;
  // A bad sector is damage of this one file; missing rights are no damage and concern more than it.
  return code === 'EIO'
    ? new Fault('corrupt', `${what} cannot be read: the disk reports an error.`, { origin: 'storage', cause })
    : new Fault('forbidden', `${what} cannot be read (${code}). Check the disk and your rights.`, {
        origin: 'storage',
        cause,
      });
}

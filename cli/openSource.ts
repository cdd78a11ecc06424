import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { Fault } from '../engine/fault.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';
import { folderBlobs } from './folderBlobs.ts';
import { readAhead } from './readAhead.ts';

/** Where the repository lies: a folder, or something in Azure. Fault `invalid` saying what to give instead. */
export async function openSource(from: string): Promise<BlobStore> {
  if (from.includes('://') || /(^|;)\s*(AccountName|BlobEndpoint|UseDevelopmentStorage)=/i.test(from)) {
    // A folder needs nothing of this, and nothing of the network is loaded for it.
    const { containerBlobs } = await import('./containerBlobs.ts');
    return readAhead(containerBlobs(from));
  }
  return folderBlobs(await folderOf(path.resolve(from)));
}

/** The folder that holds `config`: the one that was named, or `repository` in it. */
async function folderOf(named: string): Promise<string> {
  if (!(await isThere(named))) throw wrong(`There is no folder ${named}.`);
  for (const folder of [named, path.join(named, 'repository')]) {
    if (await isThere(path.join(folder, 'config'))) return folder;
  }
  const inside = await readdir(named, { withFileTypes: true });
  if (await isOfAzurite(named))
    throw wrong(
      `${named} is the data folder of an Azurite, not a copy of a container. Start Azurite over it and give --from its connection string, or copy the container out with azcopy.`,
    );
  for (const one of inside.filter((entry) => entry.isDirectory())) {
    const below = path.join(named, one.name);
    for (const folder of [below, path.join(below, 'repository')])
      if (await isThere(path.join(folder, 'config')))
        throw wrong(`There is no config in ${named}. Did you mean ${folder}?`);
  }
  const lies = ['packs', 'points', 'keys'].filter((name) => inside.some((one) => one.name === name));
  throw wrong(
    lies.length === 0
      ? `${named} is no copy of a repository: it holds no file "config". Name the folder into which the container "repository" was copied.`
      : `${named} is a copy with holes: ${lies.join(', ')} ${lies.length === 1 ? 'is' : 'are'} there and config is not. Copy the file config, and all of keys, out of the container too: nothing opens without them.`,
  );
}

/** The data folder of an Azurite, or one that holds it, as that of a local start does. */
async function isOfAzurite(named: string): Promise<boolean> {
  for (const folder of [named, path.join(named, 'azurite')])
    if (await isThere(path.join(folder, '__azurite_db_blob__.json'))) return true;
  return false;
}

async function isThere(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw wrong(`${file} cannot be read (${code ?? 'unknown'}). Check the disk and your rights.`);
  }
}

const wrong = (message: string): Fault => new Fault('invalid', message, { origin: 'input' });

import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { folderBlobs } from '../../cli/folderBlobs.ts';
import { Fault } from '../../engine/fault.ts';
import type { BlobFacts, BlobStore } from '../../engine/ports/blobStore.ts';

/**
 * Blobs of the container `repository` as files, as a copy of that container lies on a disk; what belongs to other
 * containers is written below `.other`. One writer, no conditions: enough to make a repository.
 */
export function diskBlobs(folder: string): BlobStore {
  const reader = folderBlobs(folder);
  const others = folderBlobs(path.join(folder, '.other'));
  const of = (container: string): BlobStore => (container === 'repository' ? reader : others);
  const put = async (container: string, name: string, bytes: Uint8Array): Promise<BlobFacts> => {
    const file = path.join(folder, ...(container === 'repository' ? [] : ['.other']), ...name.split('/'));
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, bytes);
    const facts = await of(container).head('repository', name);
    if (facts === undefined) throw new Fault('missing', `${name} was not written`, { origin: 'storage' });
    return facts;
  };
  return {
    create: put,
    replace: put,
    read: (container, name, range) => of(container).read('repository', name, range),
    head: (container, name) => of(container).head('repository', name),
    list: (container, prefix) => of(container).list('repository', prefix),
    remove: (container, name) =>
      rm(path.join(folder, container === 'repository' ? '' : '.other', name), { force: true }),
  };
}

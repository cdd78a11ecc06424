import { buffer } from 'node:stream/consumers';
import { openPromise } from 'yauzl';

/** Every file of an archive by its name, in the order of the archive. */
export async function unzip(file: string): Promise<Map<string, Buffer>> {
  const zip = await openPromise(file);
  const files = new Map<string, Buffer>();
  for await (const entry of zip.eachEntry())
    files.set(entry.fileName, await buffer(await zip.openReadStreamPromise(entry)));
  return files;
}

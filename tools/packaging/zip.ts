import { createWriteStream } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { ZipFile } from 'yazl';

/** Zip dates start in 1980. One fixed date makes the same files give the same archive. */
const mtime = new Date('1980-01-02T00:00:00Z');

export type Entry = { readonly name: string; readonly file: string } | { readonly name: string; readonly text: string };

/** Writes entries in order of their names, so that the same entries give the same bytes. */
export async function writeZip(target: string, entries: readonly Entry[]): Promise<void> {
  const zip = new ZipFile();
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    if ('file' in entry) zip.addFile(entry.file, entry.name, { mtime, mode: 0o100644 });
    else zip.addBuffer(Buffer.from(entry.text), entry.name, { mtime, mode: 0o100644 });
  }
  zip.end();
  await mkdir(path.dirname(target), { recursive: true });
  await pipeline(zip.outputStream, createWriteStream(target));
}

/** Every file below `folder`, named by its path relative to it with forward slashes. */
export async function filesBelow(folder: string): Promise<Entry[]> {
  const found = await readdir(folder, { recursive: true, withFileTypes: true });
  return found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ name: path.relative(folder, file).replaceAll(path.sep, '/'), file }));
}

import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { filesIn, mapLines } from './runRecover.ts';
import { messageOf } from './manyItems.ts';

/** So many of the messages are compared byte by byte, spread over all of them. */
const COMPARED = 500;

/** What is wrong with an export of `items` messages of `manyMessages`, in words; nothing when all is as it must be. */
export async function troublesOfExport(target: string, items: number): Promise<string[]> {
  const troubles: string[] = [];
  const files = await filesIn(target);
  if (files.length !== items) troubles.push(`${files.length} files instead of ${items}`);
  const paths = new Map<string, string>();
  let lines = 0;
  for (const { stream, sourceId, path: file } of await mapLines(target)) {
    if (stream !== 'original') continue;
    lines += 1;
    paths.set(sourceId, file);
  }
  if (lines !== items || paths.size !== items)
    troubles.push(`the map has ${lines} lines for ${paths.size} messages instead of ${items}`);
  const step = Math.max(1, Math.floor(items / COMPARED));
  // Every tenth message carries an attachment: a step of tens would compare these alone.
  for (let n = 0; n < items; n += step % 10 === 0 ? step + 1 : step) {
    const file = paths.get(`m${n}`);
    const bytes = file === undefined ? undefined : await readFile(path.join(target, file)).catch(() => undefined);
    if (bytes === undefined) troubles.push(`message ${n} is not there`);
    else if (!bytes.equals(messageOf(n))) troubles.push(`message ${n} has other bytes: ${file}`);
  }
  return troubles;
}

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { buildConsole } from '../../tools/packaging/console.ts';

const root = path.resolve(import.meta.dirname, '../..');

/** Everything the build reads, by name, size and time. */
function stampOf(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders)
    for (const file of readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' }).toSorted()) {
      const { size, mtimeMs } = statSync(path.join(root, folder, file));
      hash.update(`${folder}/${file} ${size} ${mtimeMs}\n`);
    }
  return hash.digest('hex').slice(0, 16);
}

/** The console, built as it is deployed; test files that run one after the other share one build. */
export async function builtConsole(): Promise<string> {
  const folder = path.join(tmpdir(), `holdfast-console-${stampOf(['tabs', 'contract', 'appPackage/pages'])}`);
  if (existsSync(folder)) return folder;
  const fresh = await mkdtemp(path.join(tmpdir(), 'holdfast-console-'));
  await buildConsole(root, fresh);
  // Whoever was faster has built the same.
  if (!existsSync(folder)) renameSync(fresh, folder);
  return folder;
}

import { existsSync, readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { endChild, type Children } from './children.ts';
import { once } from 'node:events';

const ROOT = path.resolve(import.meta.dirname, '../..');
const BUILT = path.join(ROOT, 'dist/tab/index.html');

/** True when the console was never built or its source is newer. */
export function isConsoleStale(): boolean {
  if (!existsSync(BUILT)) return true;
  const builtMs = statSync(BUILT).mtimeMs;
  return ['tabs', 'contract'].some((folder) => newestMs(path.join(ROOT, folder)) > builtMs);
}

function newestMs(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Math.max(0, ...files.map((entry) => statSync(path.join(entry.parentPath, entry.name)).mtimeMs));
}

/** Builds the console into dist/tab, where the app serves it from. */
export async function buildConsole(children: Children, log: number): Promise<void> {
  const child = children.fork(path.join(ROOT, 'tools/build.ts'), [], {
    cwd: ROOT,
    execArgv: [],
    stdio: ['ignore', log, log, 'ipc'],
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  await endChild(child, 0);
  if (code !== 0) throw new Error('The console could not be built: see console.log in the logs of the data folder');
}

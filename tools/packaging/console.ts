import { cp } from 'node:fs/promises';
import path from 'node:path';
import { build } from 'vite';

/** Builds the console into `folder`, which is emptied first, with the pages that the app manifest points to. */
export async function buildConsole(root: string, folder: string): Promise<void> {
  await build({ root: path.join(root, 'tabs'), logLevel: 'warn', build: { outDir: folder, emptyOutDir: true } });
  await cp(path.join(root, 'appPackage/pages'), path.join(folder, 'about'), { recursive: true });
}

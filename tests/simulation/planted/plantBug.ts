import { readFileSync, writeFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { applyPatches } from './applyPatches.ts';
import type { Planted } from './plantedBug.ts';

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** From now on this process loads the product with the bug in it. Throws where a patch does not fit exactly once. */
export function plantBug(bug: Planted): void {
  const files = new Set(bug.patches.map(({ file }) => file));
  // Tried at once: a patch that does not fit must not look like a test that fails.
  for (const file of files) applyPatches(bug, file, readFileSync(path.join(ROOT, file), 'utf8'));

  const planted = new Set<string>();
  registerHooks({
    load(url, context, nextLoad) {
      const loaded = nextLoad(url, context);
      if (!url.startsWith('file:')) return loaded;
      const file = path.relative(ROOT, fileURLToPath(url)).split(path.sep).join('/');
      if (!files.has(file)) return loaded;
      if (loaded.source === undefined || loaded.source === null) throw new Error(`${file} came without its source`);
      const text =
        typeof loaded.source === 'string' ? loaded.source : Buffer.from(loaded.source as Uint8Array).toString();
      planted.add(file);
      // Whoever started this wants to know that the bug was there: a test that never loads the file proves nothing.
      if (process.env['PLANTED_LOG'] !== undefined) writeFileSync(process.env['PLANTED_LOG'], [...planted].join('\n'));
      return { ...loaded, source: applyPatches(bug, file, text) };
    },
  });
}

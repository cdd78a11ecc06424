/** Bundles the functions app: one entry that registers everything, and chunks that load when first needed. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rolldown } from 'rolldown';

export interface Bundle {
  /** Path of the entry that the Functions host loads. */
  readonly entry: string;
  /** Bytes of code that run before the first function can be called: the entry and what it imports statically. */
  readonly startBytes: number;
  readonly totalBytes: number;
  /** Folders below node_modules whose code runs at the start. */
  readonly startPackages: ReadonlySet<string>;
}

/**
 * Bundles `source` into `folder/api/main.js` and its chunks beside it, as deep below the app's root as their sources.
 * `@azure/functions-core` stays outside: the Functions host supplies that module at run time, and a bundled copy would
 * register the functions with nobody.
 */
export async function bundleFunctions(source: string, folder: string): Promise<Bundle> {
  const bundle = await rolldown({
    input: { main: source },
    platform: 'node',
    external: ['@azure/functions-core'],
    tsconfig: false,
  });
  try {
    const { output } = await bundle.write({
      dir: folder,
      format: 'esm',
      minify: true,
      keepNames: true,
      sourcemap: true,
      entryFileNames: 'api/[name].js',
      chunkFileNames: 'api/[name]-[hash].js',
    });
    const chunks = new Map(output.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file] as const] : [])));
    const atStart = new Set<string>();
    const follow = (fileName: string): void => {
      const chunk = chunks.get(fileName);
      if (chunk === undefined || atStart.has(fileName)) return;
      atStart.add(fileName);
      chunk.imports.forEach(follow);
    };
    follow('api/main.js');
    const startChunks = [...chunks.values()].filter((chunk) => atStart.has(chunk.fileName));
    const bytes = (list: readonly { readonly code: string }[]): number =>
      list.reduce((sum, chunk) => sum + Buffer.byteLength(chunk.code), 0);
    return {
      entry: path.join(folder, 'api/main.js'),
      startBytes: bytes(startChunks),
      totalBytes: bytes([...chunks.values()]),
      startPackages: new Set(startChunks.flatMap((chunk) => chunk.moduleIds.flatMap(packageOf))),
    };
  } finally {
    await bundle.close();
  }
}

function packageOf(moduleId: string): string[] {
  const name = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(moduleId.replaceAll('\\', '/'))?.[1];
  return name === undefined ? [] : [name];
}

/** What the Functions host reads beside the code; dependencies are inside the bundle, so none are named. */
export async function writeHostFiles(folder: string, version: string, hostJson: string): Promise<void> {
  const packageJson = { name: 'holdfast-functions', version, private: true, type: 'module', main: 'api/main.js' };
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'package.json'), `${JSON.stringify(packageJson, undefined, 2)}\n`);
  await writeFile(path.join(folder, 'host.json'), hostJson);
}

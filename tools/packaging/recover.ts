/** Bundles `recover` into one file that runs beside nothing else on any Node from 20 on. */
import path from 'node:path';
import { rolldown } from 'rolldown';

/** What the engine takes from a young Node, and what stands in its place. */
const YOUNG = 'engine/repository/youngNode.ts';
const ANY = 'cli/anyNode/youngNode.ts';

export interface RecoverBundle {
  readonly file: string;
  readonly bytes: number;
  /** Names that the file imports; only those of Node itself. */
  readonly imports: readonly string[];
}

/** Bundles `cli/recover.ts` of the repository at `root` into `file`. */
export async function bundleRecover(root: string, file: string): Promise<RecoverBundle> {
  const [young, any] = [path.join(root, YOUNG), path.join(root, ANY)];
  const bundle = await rolldown({
    input: { recover: path.join(root, 'cli/recover.ts') },
    platform: 'node',
    tsconfig: false,
    plugins: [
      {
        name: 'any-node',
        async resolveId(source, importer) {
          const found = source.endsWith('youngNode.ts')
            ? await this.resolve(source, importer, { skipSelf: true })
            : null;
          return found?.id === young ? any : null;
        },
      },
    ],
  });
  try {
    const { output } = await bundle.write({
      file,
      format: 'esm',
      // Readable on the day when nobody else is there to ask.
      minify: false,
      codeSplitting: false,
      banner: '#!/usr/bin/env node',
    });
    const [chunk, ...more] = output;
    if (more.length > 0) throw new Error(`recover became ${output.length} files; it must be one.`);
    return { file, bytes: Buffer.byteLength(chunk.code), imports: chunk.imports };
  } finally {
    await bundle.close();
  }
}

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface CorpusFile {
  readonly path: string;
  readonly kind: string;
  readonly set: string;
  readonly name: string;
  readonly bytes: number;
}

export interface Corpus {
  readonly files: readonly CorpusFile[];
  readonly oddNames: readonly string[];
  readonly longPaths: readonly string[];
  readonly reservedNames: readonly string[];
}

/** The corpus named by the options, or undefined when it is not there. */
export function readCorpus(folder: string | undefined): Corpus | undefined {
  if (folder === undefined || !existsSync(join(folder, 'manifest.json'))) return undefined;
  const read = <T>(path: string): T => JSON.parse(readFileSync(join(folder, path), 'utf8')) as T;
  return {
    files: read<{ files: CorpusFile[] }>('manifest.json').files,
    oddNames: read<{ name: string }[]>('names/item-names.json').map((entry) => entry.name),
    longPaths: read<{ path: string }[]>('names/long-paths.json').map((entry) => entry.path),
    reservedNames: read<{ invalid_names: string[] }>('names/reserved-names.json').invalid_names,
  };
}

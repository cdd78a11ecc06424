import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

const folder = path.resolve(import.meta.dirname, '../../../shared/corpus');

interface Listed {
  readonly path: string;
  readonly kind: string;
  readonly name: string;
  readonly flags?: readonly string[];
}
export interface CorpusFile {
  /** Its place in the corpus. */
  readonly name: string;
  /** As it was called where it comes from. */
  readonly title: string;
  readonly file: string;
  readonly flags: readonly string[];
}

export const hasCorpus = existsSync(folder);

const read = <T>(name: string): T | undefined =>
  hasCorpus ? (JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as T) : undefined;

/** Files of one kind, or all; none where the corpus is not there. */
export const corpusFiles = (kind?: string): readonly CorpusFile[] =>
  (read<{ readonly files: readonly Listed[] }>('manifest.json')?.files ?? [])
    .filter((file) => kind === undefined || file.kind === kind)
    .map((file) => ({
      name: file.path,
      title: file.name,
      file: path.join(folder, file.path),
      flags: file.flags ?? [],
    }));

/** Markup that tries to run something. */
export const hostileHtml = (): readonly string[] =>
  (read<readonly { readonly payload: string }[]>('hostile-strings/html-payloads.json') ?? []).map(
    ({ payload }) => payload,
  );

/** Strings that break what handles them carelessly, and names and paths that people really gave. */
export const hostileStrings = (): readonly string[] => [
  ...(read<readonly string[]>('hostile-strings/naughty-strings.json') ?? []),
  ...hostileHtml(),
  ...(read<readonly { readonly name: string }[]>('names/item-names.json') ?? []).map(({ name }) => name),
  ...(read<readonly { readonly path: string }[]>('names/long-paths.json') ?? []).map((entry) => entry.path),
];

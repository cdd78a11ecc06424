import { createReadStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Entry } from '../engine/model/item.ts';
import { onDisk } from './target.ts';

/** One line of a map: what a file is called in truth, and what it must be. */
export interface MapLine {
  /** From the target on, with `/`. */
  readonly path: string;
  /** `original`, `meta`, `exact`; a folder has none. */
  readonly stream?: string;
  readonly name: string;
  /** True names from the outermost folder down. */
  readonly folder: readonly string[];
  readonly kind: string;
  readonly itemId: string;
  readonly sourceId: string;
  readonly size?: number;
  readonly sha256?: string;
  readonly createdAt?: string;
  readonly modifiedAt?: string;
  readonly sentAt?: string;
  readonly receivedAt?: string;
  readonly from?: string;
  readonly to?: readonly string[];
  readonly flags?: readonly string[];
}

export function mapLine(
  path: string,
  entry: Entry,
  folder: readonly string[],
  stream?: Entry['streams'][number],
): MapLine {
  const { id, sourceId, name, kind, createdAt, modifiedAt, sentAt, receivedAt, from, to, flags } = entry;
  return {
    path,
    ...(stream !== undefined && { stream: stream.name }),
    name,
    folder,
    kind,
    itemId: id,
    sourceId,
    ...(stream !== undefined && { size: stream.size, sha256: stream.sha256 }),
    createdAt,
    modifiedAt,
    sentAt,
    receivedAt,
    from,
    to,
    flags,
  } as MapLine;
}

const FLUSH_BYTES = 256 * 1024;

/** JSON lines; durable and under its name once `close` answered. */
export interface LinesFile {
  add(line: object): Promise<void>;
  /** A line that is JSON already. */
  put(line: string): Promise<void>;
  close(): Promise<void>;
  /** Instead of `close`: the former file stays as it was. */
  discard(): Promise<void>;
}

/**
 * Writes `name` in `folder` anew, under a name of its own until it is whole. `keep` says which lines of the former file
 * stay; without it none do.
 */
export async function linesFile(folder: string, name: string, keep?: (line: string) => boolean): Promise<LinesFile> {
  const final = path.join(folder, name);
  const handle = await onDisk(name, () => open(`${final}.partial`, 'w'));
  let waiting: string[] = [];
  let length = 0;
  let last = Promise.resolve();

  const flush = (): Promise<void> => {
    const text = waiting.join('');
    waiting = [];
    length = 0;
    last = last.then(() => onDisk(name, () => handle.appendFile(text)));
    return last;
  };
  const put = async (line: string): Promise<void> => {
    waiting.push(line, '\n');
    length += line.length;
    if (length > FLUSH_BYTES) await flush();
  };

  return {
    add: (line) => put(JSON.stringify(line)),
    put,
    async close() {
      if (keep !== undefined) for await (const line of linesOf(final)) if (keep(line)) await put(line);
      await flush();
      await onDisk(name, async () => {
        await handle.sync();
        await handle.close();
        await rename(`${final}.partial`, final);
      });
    },
    async discard() {
      await last;
      await handle.close();
      await rm(`${final}.partial`, { force: true });
    },
  };
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const stream = createReadStream(file);
  try {
    for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) if (line !== '') yield line;
  } catch (error) {
    if ((error as { readonly code?: string }).code !== 'ENOENT') throw error;
  } finally {
    stream.destroy();
  }
}

/** The path in a line of a map; undefined when the line is none. */
export function pathIn(line: string): string | undefined {
  try {
    const { path: found } = JSON.parse(line) as { readonly path?: unknown };
    return typeof found === 'string' ? found : undefined;
  } catch {
    return undefined;
  }
}

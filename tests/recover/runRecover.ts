import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { MapLine } from '../../cli/exportMap.ts';

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The machine's own Node and the one that npm scripts run on; one of them where they are the same. */
export function nodes(): readonly string[] {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const own = (process.env.PATH ?? '')
    .split(path.delimiter)
    .filter((folder) => folder !== '' && !folder.includes('node_modules') && path.dirname(process.execPath) !== folder)
    .map((folder) => path.join(folder, name))
    .find((file) => existsSync(file));
  return own === undefined ? [process.execPath] : [own, process.execPath];
}

export interface Running {
  /** Node's own options. */
  readonly before?: readonly string[];
  /** What is piped in. */
  readonly input?: string;
  /** Sees the process, to end it. */
  readonly started?: (child: ChildProcess) => void;
}

/** Runs `node FILE ARGS` to its end. */
export function runRecover(node: string, file: string, args: readonly string[], more: Running = {}): Promise<Ended> {
  const child = spawn(node, [...(more.before ?? []), file, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (piece: Buffer) => (out += piece.toString()));
  child.stderr.on('data', (piece: Buffer) => (err += piece.toString()));
  child.stdin.on('error', () => undefined);
  child.stdin.end(more.input ?? '');
  more.started?.(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code) => resolve({ code, out, err }));
  });
}

export async function mapLines(target: string): Promise<MapLine[]> {
  const maps = (await readdir(target)).filter((name) => name.endsWith('.map.jsonl'));
  const texts = await Promise.all(maps.map((name) => readFile(path.join(target, name), 'utf8')));
  return texts.flatMap((text) =>
    text
      .trim()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as MapLine),
  );
}

export async function missingLines(
  target: string,
): Promise<{ state: string; name?: string; reason: string; path?: string }[]> {
  const text = await readFile(path.join(target, 'missing.jsonl'), 'utf8');
  return text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { state: string; reason: string });
}

/** Every file below `target`, with `/`, without what the export tells of itself. */
export async function filesIn(target: string): Promise<string[]> {
  const all = await readdir(target, { recursive: true, withFileTypes: true });
  return all
    .filter((one) => one.isFile())
    .map((one) => path.relative(target, path.join(one.parentPath, one.name)).split(path.sep).join('/'))
    .filter((name) => name.includes('/'))
    .toSorted();
}

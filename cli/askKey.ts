import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Fault } from '../engine/fault.ts';
import { parseRecoveryKey } from '../engine/repository/recoveryKey.ts';

/** 44 characters in one run, in groups or in lines, with the equals sign that ends every recovery key. */
const KEY = /(?<![A-Za-z0-9+/])(?:[A-Za-z0-9+/]{4}\s*){10}[A-Za-z0-9+/]{3}=/;

/**
 * The recovery key: as given, from a file (which may hold other text around it), from the first line of a pipe, or asked
 * for without showing it. Fault `invalid` saying which group of four is off.
 */
export async function askKey(given: { readonly key?: string; readonly keyFile?: string }): Promise<Uint8Array> {
  if (given.key !== undefined) return parseRecoveryKey(given.key);
  if (given.keyFile !== undefined) return parseRecoveryKey(await keyInFile(given.keyFile));
  return parseRecoveryKey(process.stdin.isTTY ? await typed() : await firstLine());
}

async function keyInFile(file: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    // What Windows PowerShell writes with `>`.
    const text = bytes.toString(bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf16le' : 'utf8');
    if (text.trim() === '') throw new Fault('invalid', `The key file ${file} is empty.`, { origin: 'input' });
    return KEY.exec(text)?.[0] ?? text;
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const { code = 'unknown' } = cause as { readonly code?: string };
    const what = code === 'ENOENT' ? `There is no key file ${file}.` : `The key file ${file} cannot be read (${code}).`;
    throw new Fault('invalid', what, { origin: 'input', cause });
  }
}

async function typed(): Promise<string> {
  process.stderr.write('Recovery key (44 characters; it is not shown): ');
  const silent = new Writable({ write: (_piece, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await lines.question('');
  } finally {
    lines.close();
    process.stderr.write('\n');
  }
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    lines.close();
    return line;
  }
  throw new Fault('invalid', 'There is no recovery key. Give --key-file PATH, or run this in a terminal to be asked.', {
    origin: 'input',
  });
}

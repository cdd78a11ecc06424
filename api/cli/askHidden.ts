import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

/** Asks for a secret: on a terminal without showing what is typed, else one line of the input; empty when there is none. */
export async function askHidden(question: string): Promise<string> {
  process.stdout.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: process.stdin, output: silent, terminal: process.stdin.isTTY });
  try {
    for await (const line of lines) return line;
    return '';
  } finally {
    lines.close();
    process.stdout.write('\n');
  }
}

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const Loaded = z.object({ names: z.array(z.string()), loadMs: z.number() });
const program = fileURLToPath(new URL('registrations.ts', import.meta.url));

/** Function names that `entry` registers, sorted, and how long loading it took in a fresh process. */
export async function loadFunctions(entry: string): Promise<z.infer<typeof Loaded>> {
  const { stdout } = await run(process.execPath, ['--no-warnings', program, entry]);
  return Loaded.parse(JSON.parse(stdout.trim().split('\n').at(-1) ?? ''));
}

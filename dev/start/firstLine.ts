import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * The first thing on the child's standard output that `read` makes sense of. The output is read on to its end, so that
 * the child never waits for a reader. Rejects with `otherwise` when the child ends first, or with what `read` throws.
 */
export function firstLine<T>(
  child: ChildProcess,
  read: (line: string) => T | undefined,
  otherwise: string,
): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  if (child.stdout === null) throw new Error('This process has no output to read');
  createInterface({ input: child.stdout }).on('line', (line) => {
    try {
      const found = read(line);
      if (found !== undefined) resolve(found);
    } catch (error) {
      reject(error instanceof Error ? error : new Error(String(error)));
    }
  });
  child.once('error', reject);
  child.once('exit', () => reject(new Error(otherwise)));
  return promise;
}

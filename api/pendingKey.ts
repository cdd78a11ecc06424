import { mkdir, open, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Random } from '../engine/ports/random.ts';
import { formatRecoveryKey, makeRecoveryKey, parseRecoveryKey } from '../engine/repository/recoveryKey.ts';

/**
 * A recovery key that was made and not surely handed over. It stays in the data folder, readable by its owner alone,
 * until somebody has it: then the keys of the repository are made with it and the file goes. Without a data folder it
 * lives in this process alone, and the next try makes another one.
 */
export async function pendingRecoveryKey(
  dataDir: string | undefined,
  random: Random,
): Promise<{ readonly key: Uint8Array; settle(): Promise<void> }> {
  if (dataDir === undefined) return { key: makeRecoveryKey(random), settle: async () => undefined };
  const file = path.join(dataDir, 'recovery-key.pending');
  const key = (await readPending(file)) ?? (await writePending(file, makeRecoveryKey(random)));
  return { key, settle: () => rm(file, { force: true }) };
}

async function readPending(file: string): Promise<Uint8Array | undefined> {
  try {
    const { mode } = await stat(file);
    // Whoever else could read it may have it: such a key is never used.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) return undefined;
    return parseRecoveryKey(await readFile(file, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

async function writePending(file: string, key: Uint8Array): Promise<Uint8Array> {
  await mkdir(path.dirname(file), { recursive: true });
  await rm(file, { force: true });
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.writeFile(`${formatRecoveryKey(key)}\n`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  return key;
}

import { lru } from '../../../engine/repository/lru.ts';

const KEPT = 4000;
const opened = lru<{ readonly sealed: Uint8Array; readonly value: unknown }>(KEPT);

/**
 * What was sealed opens to the same whenever its name and its bytes are the same: what many runs of a scenario have in
 * common is opened once in a process. One bit more or less, and it is opened anew.
 */
export async function openedOnce<T>(name: string, sealed: Uint8Array, open: () => Promise<T>): Promise<T> {
  const known = opened.get(name);
  if (known !== undefined && Buffer.compare(known.sealed, sealed) === 0) return known.value as T;
  const value = await open();
  opened.set(name, { sealed: sealed.slice(), value });
  return value;
}

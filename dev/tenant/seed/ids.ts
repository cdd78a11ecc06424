import { createHash } from 'node:crypto';

/** A GUID that is always the same for the same words. */
export function stableGuid(words: string): string {
  const bytes = createHash('sha256').update(`holdfast demo ${words}`).digest().subarray(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** A number below `limit` that is always the same for the same words. */
export function stableNumber(words: string, limit: number): number {
  return createHash('sha256').update(words).digest().readUInt32LE(0) % limit;
}

export const isoSeconds = (time: number): string => new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');

import { Fault } from '../../engine/fault.ts';

/**
 * The bytes that `text` stands for: standard alphabet, whole quantums, padding at the end alone (none when more is to follow: `isEnd` false). Fault `corrupt` with code
 * `NotBase64` for anything else: Node's decoder leaves out what it does not know, and the copy would be silently short.
 */
export function decodeBase64(text: string, isEnd = true): Buffer {
  const bytes = Buffer.from(text, 'base64');
  const padding = !isEnd ? 0 : text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  // A character that the decoder left out shows in the length; two of another alphabet it takes, so they are looked for.
  const isWhole = text.length % 4 === 0 && bytes.length === (text.length / 4) * 3 - padding;
  if (!isWhole || text.includes('-') || text.includes('_') || hasLooseBits(text, bytes, padding))
    throw new Fault('corrupt', 'Microsoft 365 gave an exact copy that is no base64', {
      origin: 'graph',
      code: 'NotBase64',
    });
  return bytes;
}

/** Bits of the last character that stand for nothing are zero, or the character is not the one that was written. */
const hasLooseBits = (text: string, bytes: Buffer, padding: number): boolean =>
  padding > 0 && bytes.subarray(padding - 3).toString('base64') !== text.slice(-4);

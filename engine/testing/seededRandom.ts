import { hash } from 'node:crypto';
import type { Random } from '../ports/random.ts';

export interface SeededRandom extends Random {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
  pick<T>(from: readonly T[]): T;
}

/** The same seed gives the same bytes, on every machine, for ever. */
export function seededRandom(seed: string | number): SeededRandom {
  let blocks = 0;
  let block = Buffer.alloc(0);
  let at = 0;
  const next = (): void => {
    block = hash('sha256', `${seed}/${blocks++}`, 'buffer');
    at = 0;
  };

  const bytes = (length: number): Uint8Array => {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (at === block.length) next();
      const end = Math.min(block.length, at + length - filled);
      while (at < end) out[filled++] = block[at++] ?? 0;
    }
    return out;
  };
  const fraction = (): number => {
    const isWhole = at + 4 <= block.length;
    if (isWhole) at += 4;
    return (isWhole ? block.readUInt32BE(at - 4) : Buffer.from(bytes(4)).readUInt32BE()) / 2 ** 32;
  };

  return {
    bytes,
    below: (limit) => Math.floor(fraction() * limit),
    chance: (probability) => fraction() < probability,
    pick(from) {
      const index = Math.floor(fraction() * from.length);
      const picked = from[index];
      if (picked === undefined) throw new RangeError('There is nothing to pick from');
      return picked;
    },
  };
}

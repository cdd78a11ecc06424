import { createHash } from 'node:crypto';
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
  let block = 0;
  let rest = new Uint8Array(0);

  const bytes = (length: number): Uint8Array => {
    const out = new Uint8Array(length);
    for (let filled = 0; filled < length;) {
      if (rest.length === 0) rest = new Uint8Array(createHash('sha256').update(`${seed}/${block++}`).digest());
      const take = Math.min(rest.length, length - filled);
      out.set(rest.subarray(0, take), filled);
      rest = rest.subarray(take);
      filled += take;
    }
    return out;
  };
  const fraction = (): number => {
    const raw = bytes(4);
    return new DataView(raw.buffer).getUint32(0) / 2 ** 32;
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

import { randomBytes } from 'node:crypto';
import type { Random } from '../engine/ports/random.ts';

/** The operating system's cryptographic randomness. */
export const systemRandom: Random = { bytes: (length) => new Uint8Array(randomBytes(length)) };

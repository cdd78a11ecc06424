import type { Random } from '../ports/random.ts';

/** 32 hex, random. */
export const newId = (random: Random): string => Buffer.from(random.bytes(16)).toString('hex');

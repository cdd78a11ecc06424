import { hash } from '../repository/youngNode.ts';

/** Is this one of the `share` (0 to 1) that the seed chooses? The same for the same seed, whenever it is asked. */
export const isChosen = (seed: string, key: string, share: number): boolean =>
  share >= 1 || hash('sha256', `${seed}/${key}`, 'buffer').readUInt32BE(0) / 0x1_0000_0000 < share;

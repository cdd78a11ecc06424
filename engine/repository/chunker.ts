import { createHash } from 'node:crypto';

/** Sizes between which a large stream is cut, and the one it is cut at on average. */
export interface ChunkSizes {
  readonly least: number;
  readonly average: number;
  readonly most: number;
}
export const chunkSizes: ChunkSizes = { least: 256 * 1024, average: 1024 * 1024, most: 4 * 1024 * 1024 };

/**
 * Cuts a stream where its content says so (gear hash over the last 32 bytes), so that an insertion moves only the cuts
 * near it. Starts anew after each cut: a stream continued at a cut is cut as if it had never stopped.
 */
export interface Chunker {
  /** Chunks that are complete now. Each is valid until the next is taken. */
  push(bytes: Uint8Array): Iterable<Uint8Array>;
  /** What is left; undefined when nothing is. */
  end(): Uint8Array | undefined;
}

/** 256 numbers made from the id key: the sizes of chunks say nothing about known content to whoever lacks it. */
export function gearTable(idKey: Uint8Array): Uint32Array {
  const table = new Uint32Array(256);
  for (let block = 0; block < 32; block++) {
    const digest = createHash('sha256').update('holdfast gear').update(Uint8Array.of(block)).update(idKey).digest();
    for (let i = 0; i < 8; i++) table[block * 8 + i] = digest.readUInt32BE(i * 4);
  }
  return table;
}

export function chunker(gear: Uint32Array, sizes: ChunkSizes = chunkSizes): Chunker {
  // Harder to meet before the average and easier after it: sizes gather round the average.
  const bits = Math.round(Math.log2(sizes.average));
  const early = topBits(bits + 2);
  const late = topBits(bits - 2);
  const window = Buffer.allocUnsafe(sizes.most);
  let filled = 0;
  let looked = 0;
  let hash = 0;

  /** End of the first chunk in the window; 0 when it is not there yet. */
  function findCut(): number {
    if (looked < sizes.least - 32) looked = Math.min(filled, sizes.least - 32);
    const middle = Math.min(filled, sizes.average);
    let at = looked;
    let value = hash;
    for (; at < middle; at++) {
      value = ((value << 1) + (gear[window[at] as number] as number)) | 0;
      if ((value & early) === 0 && at >= sizes.least) break;
    }
    if (at >= middle) {
      for (; at < filled; at++) {
        value = ((value << 1) + (gear[window[at] as number] as number)) | 0;
        if ((value & late) === 0 && at >= sizes.least) break;
      }
    }
    looked = at;
    hash = value;
    if (at < filled) return at + 1;
    return filled === sizes.most ? filled : 0;
  }

  return {
    *push(bytes) {
      for (let at = 0; at < bytes.byteLength;) {
        const take = Math.min(bytes.byteLength - at, sizes.most - filled);
        window.set(bytes.subarray(at, at + take), filled);
        filled += take;
        at += take;
        for (let cut = findCut(); cut > 0; cut = findCut()) {
          yield window.subarray(0, cut);
          window.copyWithin(0, cut, filled);
          filled -= cut;
          looked = 0;
          hash = 0;
        }
      }
    },
    end() {
      const rest = filled > 0 ? window.subarray(0, filled) : undefined;
      filled = 0;
      looked = 0;
      hash = 0;
      return rest;
    },
  };
}

const topBits = (count: number): number => (0xffff_ffff << (32 - Math.min(31, count))) | 0;

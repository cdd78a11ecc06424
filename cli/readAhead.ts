import type { BlobStore } from '../engine/ports/blobStore.ts';
import { lru } from '../engine/repository/lru.ts';

const BLOCK_BYTES = 4 * 1024 * 1024;
const KEPT_BYTES = 96 * 1024 * 1024;

/**
 * Reads packs over a network in blocks of 4 MiB and keeps the last of them: an export goes through each pack from its
 * beginning to its end, and a request for each small piece would cost a way there and back. Who asks for a block that is
 * on its way waits for the same one.
 */
export function readAhead(blobs: BlobStore): BlobStore {
  const blocks = lru<Promise<Uint8Array>>(KEPT_BYTES);

  function block(name: string, index: number): Promise<Uint8Array> {
    const key = `${index}/${name}`;
    const kept = blocks.get(key);
    if (kept !== undefined) return kept;
    const asked = blobs.read('repository', name, { from: index * BLOCK_BYTES, length: BLOCK_BYTES });
    blocks.set(key, asked, BLOCK_BYTES);
    // What failed is asked for anew; who waits for it hears of it.
    asked.catch(() => blocks.set(key, asked, KEPT_BYTES + 1));
    return asked;
  }

  return {
    ...blobs,
    async read(container, name, range, memory) {
      if (range === undefined || range.length === 0 || container !== 'repository' || !name.startsWith('packs/'))
        return blobs.read(container, name, range, memory);
      const first = Math.floor(range.from / BLOCK_BYTES);
      const last = Math.floor((range.from + range.length - 1) / BLOCK_BYTES);
      const bytes = new Uint8Array(range.length);
      let filled = 0;
      for (let index = first; index <= last; index++) {
        const from = Math.max(0, range.from - index * BLOCK_BYTES);
        const piece = (await block(name, index)).subarray(from, from + range.length - filled);
        bytes.set(piece, filled);
        filled += piece.byteLength;
      }
      return bytes.subarray(0, filled);
    },
  };
}

import type { ChunkId, PackId } from '../model/ids.ts';
import type { StreamPart } from '../model/stream.ts';

/** Where chunks lie already, tenant-wide. A cache: what it does not know is stored twice, harmlessly. */
export interface ChunkIndex {
  /** A part that is durable and holds exactly this chunk. */
  find(chunk: ChunkId): StreamPart | undefined;
  /** Only parts whose pack was uploaded. */
  add(chunk: ChunkId, part: StreamPart): void;
  /** The pack is damaged, gone or about to go: nothing new may point into it, whoever adds it later. */
  forgetPack(pack: PackId): void;
}

/** Keeps the `most` chunks that were added or found last; about 300 bytes each. */
export function chunkIndex(most = 50_000): ChunkIndex {
  const parts = new Map<ChunkId, StreamPart>();
  const forgotten = new Set<PackId>();
  const keep = (chunk: ChunkId, part: StreamPart): void => {
    parts.delete(chunk);
    parts.set(chunk, part);
  };

  return {
    find(chunk) {
      const part = parts.get(chunk);
      if (part === undefined) return undefined;
      if (forgotten.has(part.place.pack)) {
        parts.delete(chunk);
        return undefined;
      }
      keep(chunk, part);
      return part;
    },
    add(chunk, part) {
      if (forgotten.has(part.place.pack)) return;
      keep(chunk, part);
      for (const oldest of parts.keys()) {
        if (parts.size <= most) break;
        parts.delete(oldest);
      }
    },
    forgetPack(pack) {
      forgotten.add(pack);
    },
  };
}

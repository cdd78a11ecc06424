import { createHash } from 'node:crypto';
import type { ChunkId, PackId } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { TableStore } from '../ports/tableStore.ts';
import type { ChunkIndex } from './chunkIndex.ts';
import type { CondemnedList } from './condemned.ts';
import type { KeyRing } from './keyRing.ts';
import type { Lru } from './lru.ts';
import type { MemoryBudget } from './memoryBudget.ts';
import type { MovedPacks } from './moved.ts';
import type { Root } from './root.ts';
import { hash } from './youngNode.ts';

/** What the parts of an opened repository share. */
export interface Core {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  readonly random: Random;
  readonly clock: Clock;
  readonly ring: KeyRing;
  readonly budget: MemoryBudget;
  readonly chunks: ChunkIndex;
  readonly condemned: CondemnedList;
  readonly moved: MovedPacks;
  /** JSON of the slices that this process made durable last, by the name of their blobs. */
  readonly justWritten: Lru<string>;
  /** Roots that this process wrote or opened last. */
  readonly roots: Lru<Root>;
}

export const packName = (pack: PackId): string => `packs/${pack.slice(0, 2)}/${pack}`;

/** Keyed, so that nobody who sees it learns whether a known file is stored; not tied to an epoch, so that dedup outlives rotation. */
export const chunkIdOf = (ring: KeyRing, sha256: Uint8Array): ChunkId =>
  createHash('sha256').update(ring.idKey).update(sha256).digest('hex') as ChunkId;

export const sha256Of = (bytes: Uint8Array): Buffer => hash('sha256', bytes, 'buffer');

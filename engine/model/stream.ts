import type { ChunkId, PackId } from './ids.ts';

/** Where a sealed segment lies: enough to fetch it with one range read and to open it. */
export interface SegmentPlace {
  readonly pack: PackId;
  /** Index inside the pack: also its nonce. */
  readonly segment: number;
  /** First byte of the sealed segment inside the pack. */
  readonly at: number;
  /** Sealed length in bytes. */
  readonly stored: number;
  /** Length in bytes after opening and decompressing. */
  readonly plain: number;
  readonly codec: 'raw' | 'zstd';
  readonly epoch: number;
}

/** A run of bytes inside an opened segment. */
export interface StreamPart {
  readonly place: SegmentPlace;
  readonly offset: number;
  readonly length: number;
  readonly chunk?: ChunkId;
}

/**
 * One named run of bytes of an item version, put together from parts in order.
 * `original`: what `format=original` gives. `exact`: the opaque copy that only its workload can import. `meta`: JSON.
 */
export interface StoredStream {
  readonly name: string;
  readonly size: number;
  /** Hex. */
  readonly sha256: string;
  readonly parts: readonly StreamPart[];
}

import type { PackId } from '../model/ids.ts';
import type { BlobStore } from '../ports/blobStore.ts';
import type { TableStore } from '../ports/tableStore.ts';
import { packName } from '../repository/core.ts';
import type { Core } from '../repository/core.ts';
import { lru } from '../repository/lru.ts';
import { movedPacks } from '../repository/moved.ts';
import type { MovedPacks } from '../repository/moved.ts';
import { pageReader } from '../repository/pages.ts';
import type { Pages } from '../repository/pages.ts';
import { checkPack } from '../repository/pack.ts';
import { segmentReader } from '../repository/segmentReader.ts';
import type { SegmentReader } from '../repository/segmentReader.ts';
import type { SealedColumns } from '../repository/sealedColumns.ts';
import { damageOf } from './damageOf.ts';
import { readOnlyBlobs, readOnlyTables, wholePacks } from './readOnly.ts';

/** What a verification reads with. Nothing in here can write. */
export interface Reading {
  readonly blobs: BlobStore;
  readonly tables: TableStore;
  readonly ring: Core['ring'];
  readonly columns: SealedColumns;
  readonly pages: Pages;
  /** Segments of content. */
  readonly content: SegmentReader;
  /** Packs that were written into others. */
  readonly moved: MovedPacks;
  /** Length of a pack in storage; undefined when it is not there. */
  packLength(pack: PackId): Promise<number | undefined>;
  /** Content packs that do not hold together as a whole, since it was last asked. */
  takeBadPacks(): readonly { readonly pack: PackId; readonly detail: string }[];
}

/** Lengths that are remembered: most packs of a point are those of the point before. */
const KEPT_LENGTHS = 50_000;

/** Remembers lengths of packs, so that it belongs to one job. `whole`: packs are read and opened as a whole. */
export function openReading(
  core: Pick<Core, 'blobs' | 'tables' | 'ring'>,
  columns: Pick<SealedColumns, 'open'>,
  whole: boolean,
): Reading {
  const blobs = readOnlyBlobs(core.blobs);
  const { ring } = core;
  const bad: { pack: PackId; detail: string }[] = [];
  const look = (pack: PackId, bytes: Uint8Array): void => {
    try {
      checkPack(ring, pack, 'content', bytes);
    } catch (error) {
      bad.push({ pack, detail: damageOf(error).fault.message });
    }
  };
  const lengths = lru<number>(KEPT_LENGTHS);

  return {
    blobs,
    tables: readOnlyTables(core.tables),
    ring,
    columns: { open: (...args) => columns.open(...args), seal: refuseToSeal },
    pages: pageReader(segmentReader({ blobs, ring })),
    content: segmentReader({ blobs: whole ? wholePacks(blobs, look) : blobs, ring }),
    moved: movedPacks({ blobs, ring }),
    async packLength(pack) {
      // Asked for one by one: a list of all packs of a large tenant takes longer than a job, and more memory than it has.
      const length = lengths.get(pack) ?? (await blobs.head('repository', packName(pack)))?.length;
      if (length !== undefined) lengths.set(pack, length);
      return length;
    },
    takeBadPacks: () => bad.splice(0),
  };
}

const refuseToSeal = (): never => {
  throw new Error('Verification only reads, and was about to seal a column');
};

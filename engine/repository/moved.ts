import { z } from 'zod';
import { Fault, isFault } from '../fault.ts';
import { isHexId } from '../model/ids.ts';
import type { PackId } from '../model/ids.ts';
import type { SegmentPlace } from '../model/stream.ts';
import type { Core } from './core.ts';
import { lru } from './lru.ts';
import { notWhatWasWritten } from './objectSeal.ts';
import { openJson, sealJson } from './sealedJson.ts';

/**
 * Where the segments of a pack lie that were written into other packs, because little of it was needed or because it was
 * damaged: what they are and hold did not change. Segments that were lost are not in it.
 */
export interface MovedRecord {
  readonly pack: PackId;
  readonly kind: 'content' | 'meta';
  /** Bytes of the old blob: what roots say of it. */
  readonly length: number;
  readonly packs: readonly PackId[];
  /** [segment in the old pack, number of its new pack in packs, segment there, at, stored, epoch] */
  readonly segments: readonly (readonly [number, number, number, number, number, number])[];
  /** Points need segments that were found nowhere: should the old pack come back, it is the only one that holds them. */
  readonly lacksSegments?: true;
}

const packId = z.custom<PackId>((value) => typeof value === 'string' && isHexId(value));
const number = z.int().nonnegative();
const recordSchema = z.strictObject({
  pack: packId,
  kind: z.enum(['content', 'meta']),
  length: number,
  packs: z.array(packId),
  segments: z.array(z.tuple([number, number, number, number, number, number])),
  lacksSegments: z.literal(true).exactOptional(),
});

export const movedPrefix = 'moved/';
export const movedName = (pack: PackId): string => `${movedPrefix}${pack}`;

/** Segments of records that stay in memory. */
const KEPT_SEGMENTS = 100_000;

/** Follows packs that were rewritten. */
export interface MovedPacks {
  /** Undefined where the pack was never rewritten. Fault `corrupt` naming the record. */
  record(pack: PackId): Promise<MovedRecord | undefined>;
  /** The same place one pack further on; undefined where the pack was never rewritten. Fault `missing` for a segment that nobody needed then. */
  next(place: SegmentPlace): Promise<SegmentPlace | undefined>;
}

export function movedPacks(core: Pick<Core, 'blobs' | 'ring'>): MovedPacks {
  const records = lru<{ readonly record: MovedRecord; readonly places: ReadonlyMap<number, number> }>(KEPT_SEGMENTS);

  async function load(pack: PackId) {
    const kept = records.get(pack);
    if (kept !== undefined) return kept;
    const record = await readMoved(core, pack);
    if (record === undefined) return undefined;
    const loaded = { record, places: new Map(record.segments.map(([segment], index) => [segment, index])) };
    records.set(pack, loaded, record.segments.length + 1);
    return loaded;
  }

  return {
    record: async (pack) => (await load(pack))?.record,
    async next(place) {
      const loaded = await load(place.pack);
      if (loaded === undefined) return undefined;
      const index = loaded.places.get(place.segment);
      const moved = index === undefined ? undefined : loaded.record.segments[index];
      if (moved === undefined) {
        throw new Fault(
          'missing',
          `${movedName(place.pack)} does not say where segment ${place.segment} lies. Bring the old pack back from a copy of the storage account, or back the items up again.`,
          { origin: 'storage' },
        );
      }
      const [, to, segment, at, stored, epoch] = moved;
      return { ...place, pack: loaded.record.packs[to] as PackId, segment, at, stored, epoch };
    },
  };
}

/** Undefined where there is no such record. Fault `corrupt`. */
export async function readMoved(core: Pick<Core, 'blobs' | 'ring'>, pack: PackId): Promise<MovedRecord | undefined> {
  const name = movedName(pack);
  let bytes: Uint8Array;
  try {
    bytes = await core.blobs.read('repository', name);
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
  const parsed = recordSchema.safeParse(openJson(core.ring, 'moved', name, bytes));
  if (!parsed.success || parsed.data.pack !== pack) throw notWhatWasWritten(name, 'it is no record of this pack');
  return parsed.data;
}

/** Create-only. Where a record of this pack is there already, that one counts and is answered. */
export async function writeMoved(
  core: Pick<Core, 'blobs' | 'ring' | 'random'>,
  record: MovedRecord,
): Promise<MovedRecord> {
  const name = movedName(record.pack);
  try {
    await core.blobs.create('repository', name, sealJson(core.ring, core.random, 'moved', name, record));
    return record;
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    const there = await readMoved(core, record.pack);
    if (there === undefined) throw error;
    return there;
  }
}

/**
 * Is everything that a root needs of this pack where records say, when the pack itself is gone? `length` is what the root
 * says of the pack. Answers false where it was never rewritten. Faults `missing`, `corrupt`.
 */
export async function isMoved(
  core: Pick<Core, 'blobs'>,
  moved: MovedPacks,
  pack: PackId,
  length?: number,
): Promise<boolean> {
  const record = await moved.record(pack);
  if (record === undefined) return false;
  if (length !== undefined && record.length !== length)
    throw notWhatWasWritten(movedName(pack), `it speaks of ${record.length} bytes instead of ${length}`);
  for (const next of record.packs) {
    if ((await core.blobs.head('repository', `packs/${next.slice(0, 2)}/${next}`)) !== undefined) continue;
    if (!(await isMoved(core, moved, next))) {
      throw new Fault(
        'missing',
        `packs/${next.slice(0, 2)}/${next}, to which ${movedName(pack)} leads, is missing from storage.`,
        {
          origin: 'storage',
        },
      );
    }
  }
  return true;
}

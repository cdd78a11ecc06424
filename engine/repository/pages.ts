import { isFault } from '../fault.ts';
import type { Entry } from '../model/item.ts';
import type { ItemId, PackId } from '../model/ids.ts';
import type { SegmentPlace } from '../model/stream.ts';
import { compress } from './compress.ts';
import { decodeEntries, encodeEntries } from './entryCodec.ts';
import type { EncodedEntries } from './entryCodec.ts';
import { sortKeyOf } from './entryOrder.ts';
import { lru } from './lru.ts';
import { placeToCome } from './packSink.ts';
import type { PackSink } from './packSink.ts';
import type { PageRef } from './root.ts';
import type { SegmentReader } from './segmentReader.ts';

/** What a page holds and needs, without its entries: about 4 bytes an item. */
export interface PageDirectory {
  /** First 32 bits of each item id, ascending. Ids are keyed hashes, so one in millions of misses reads a page in vain. */
  readonly ids: Uint32Array;
  readonly packs: readonly PageNeed[];
  /** It is lost or damaged in storage, and was made anew from its page. */
  readonly isDerived?: true;
}

/** What a page takes from a content pack. */
export interface PageNeed {
  readonly pack: PackId;
  /** Share of the pack's sealed bytes that belongs to the page's items. */
  readonly bytes: number;
  /** Where the last needed segment ends: the pack is at least that long. */
  readonly end: number;
}

interface StoredDirectory {
  readonly ids: string;
  readonly packs: readonly (readonly [PackId, number, number])[];
}

const KEPT_PAGES = 8;
const KEPT_DIRECTORIES = 512;

/** Opens pages and directories; keeps the last few opened. */
export interface Pages {
  read(place: SegmentPlace): Promise<readonly Entry[]>;
  /**
   * In the order asked for; neighbours come with one read. One that is lost or damaged is made anew from its page: faults
   * `missing` and `corrupt` where that does not open either, or at once with `asStored`.
   */
  directories(refs: readonly PageRef[], asStored?: 'asStored'): Promise<readonly PageDirectory[]>;
  /** A page that was just written there: whoever wants it next need not read it. */
  keep(place: SegmentPlace, entries: readonly Entry[]): void;
}

export function pageReader(segments: SegmentReader): Pages {
  const pages = lru<readonly Entry[]>(KEPT_PAGES);
  const directories = lru<PageDirectory>(KEPT_DIRECTORIES);

  async function read(place: SegmentPlace): Promise<readonly Entry[]> {
    const kept = pages.get(keyOf(place));
    if (kept !== undefined) return kept;
    for await (const bytes of segments.read('meta', [place])) {
      const entries = decodeEntries(JSON.parse(Buffer.from(bytes).toString()) as EncodedEntries);
      pages.set(keyOf(place), entries);
      return entries;
    }
    return [];
  }

  async function orDerived({ place, directory }: PageRef): Promise<PageDirectory> {
    try {
      for await (const bytes of segments.read('meta', [directory])) return decodeDirectory(bytes);
    } catch (error) {
      if (!isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
    }
    return { ...directoryOf(await read(place)), isDerived: true };
  }

  return {
    read,
    async directories(refs, asStored) {
      const found = new Map(
        refs.flatMap((ref) => {
          const kept = directories.get(keyOf(ref.directory));
          return kept === undefined ? [] : [[keyOf(ref.directory), kept] as const];
        }),
      );
      const wanted = refs.map((ref) => ref.directory).filter((place) => !found.has(keyOf(place)));
      const ordered = wanted.toSorted((a, b) => (a.pack === b.pack ? a.at - b.at : a.pack < b.pack ? -1 : 1));
      let next = 0;
      try {
        for await (const bytes of segments.read('meta', ordered)) {
          const key = keyOf(ordered[next++] as SegmentPlace);
          const directory = decodeDirectory(bytes);
          found.set(key, directory);
          directories.set(key, directory);
        }
      } catch (error) {
        if (asStored !== undefined || !isFault(error, 'missing', 'corrupt', 'unsupported')) throw error;
        for (const ref of refs)
          if (!found.has(keyOf(ref.directory))) found.set(keyOf(ref.directory), await orDerived(ref));
      }
      return refs.map((ref) => found.get(keyOf(ref.directory)) as PageDirectory);
    },
    keep: (place, entries) => pages.set(keyOf(place), entries),
  };
}

const keyOf = (place: SegmentPlace): string => `${place.pack}/${place.segment}`;

/** Does the page perhaps hold this id? */
export function mayHold(directory: PageDirectory, id: ItemId): boolean {
  const wanted = prefixOf(id);
  let low = 0;
  let high = directory.ids.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((directory.ids[middle] as number) < wanted) low = middle + 1;
    else high = middle;
  }
  return directory.ids[low] === wanted;
}

/** Does the page perhaps hold one of these? `prefixes` = prefixOf of each id. */
export const mayHoldAny = (directory: PageDirectory, prefixes: ReadonlySet<number>): boolean =>
  directory.ids.some((prefix) => prefixes.has(prefix));

export const prefixOf = (id: ItemId): number => Number.parseInt(id.slice(0, 8), 16);

/** Seals a page; its directory is still to be placed, behind all pages, so that directories lie together. */
export async function writePage(
  sink: PackSink,
  entries: readonly Entry[],
): Promise<{ readonly ref: PageRef; readonly directory: PageDirectory }> {
  const place = placeToCome();
  await sink.add(...packed(encodeEntries(entries)), place);
  const first = entries[0] as Entry;
  const last = entries.at(-1) as Entry;
  const bytes = entries.reduce((sum, entry) => sum + (entry.container ? 0 : entry.size), 0);
  const ref: PageRef = {
    place,
    directory: placeToCome(),
    count: entries.length,
    bytes,
    first: sortKeyOf(first),
    last: sortKeyOf(last),
  };
  return { ref, directory: directoryOf(entries) };
}

/** Seals a directory into `place`. */
export async function writeDirectory(sink: PackSink, directory: PageDirectory, place: SegmentPlace): Promise<void> {
  const stored: StoredDirectory = {
    ids: Buffer.from(directory.ids.buffer, directory.ids.byteOffset, directory.ids.byteLength).toString('base64'),
    packs: directory.packs.map(({ pack, bytes, end }) => [pack, bytes, end]),
  };
  await sink.add(...packed(stored), place);
}

function decodeDirectory(bytes: Uint8Array): PageDirectory {
  const stored = JSON.parse(Buffer.from(bytes).toString()) as StoredDirectory;
  const ids = Uint8Array.from(Buffer.from(stored.ids, 'base64'));
  return {
    ids: new Uint32Array(ids.buffer),
    packs: stored.packs.map(([pack, needed, end]) => ({ pack, bytes: needed, end })),
  };
}

function packed(value: object): [ReturnType<typeof compress>, number] {
  const json = Buffer.from(JSON.stringify(value));
  return [compress(json, 'text'), json.length];
}

function directoryOf(entries: readonly Entry[]): PageDirectory {
  const needs = new Map<PackId, { bytes: number; end: number }>();
  for (const { place, length } of entries.flatMap((entry) => entry.streams).flatMap((stream) => stream.parts)) {
    const need = needs.get(place.pack) ?? { bytes: 0, end: 0 };
    need.bytes += place.plain === 0 ? 0 : (place.stored * length) / place.plain;
    need.end = Math.max(need.end, place.at + place.stored);
    needs.set(place.pack, need);
  }
  return {
    ids: Uint32Array.from(entries, (entry) => prefixOf(entry.id)).sort(),
    packs: [...needs].map(([pack, need]) => ({ pack, bytes: Math.round(need.bytes), end: need.end })),
  };
}

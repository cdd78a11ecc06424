import { zstdDecompressSync } from 'node:zlib';
import type { Entry } from '../model/item.ts';
import type { ItemId, ResourceId, SliceId } from '../model/ids.ts';
import { ownMemory, zstd } from './compress.ts';
import type { Core } from './core.ts';
import { decodeEntries, encodeEntries } from './entryCodec.ts';
import type { EncodedEntries } from './entryCodec.ts';
import { compareEntries } from './entryOrder.ts';
import { mergeSorted } from './mergeSorted.ts';
import { recallSlice } from './slices.ts';
import type { NeededPack } from './root.ts';

/** What the slices since the previous point say together. */
export interface Changes {
  /** Every id that a slice or the end of the round names: older states of these are void. */
  readonly ids: ReadonlySet<ItemId>;
  /** New states in page order, one per id. Each may be walked once. */
  readonly containers: Iterable<Entry>;
  readonly items: Iterable<Entry>;
  /** Packs that the slices wrote, with their lengths. */
  readonly packs: readonly Omit<NeededPack, 'bytes'>[];
}

/** From here on entries wait compressed, in blocks: about half a kilobyte each instead of several. */
const KEEP_OPEN = 1_000;
const BLOCK = 100;
const REMOVED = -1;

/** Reads the slices one by one, oldest first. A later slice wins; in a slice removals come before entries; `removals` win over all. */
export async function collectChanges(
  core: Core,
  resource: ResourceId,
  slices: readonly SliceId[],
  removals: readonly ItemId[],
): Promise<Changes> {
  /** Number of the slice whose state of an id counts. */
  const winner = new Map<ItemId, number>();
  const containers: Iterable<Entry>[] = [];
  const items: Iterable<Entry>[] = [];
  const packs: Omit<NeededPack, 'bytes'>[] = [];
  let seen = 0;

  for (const [number, id] of slices.entries()) {
    const slice = await recallSlice(core, resource, id);
    for (const gone of slice.removals) winner.set(gone, REMOVED);
    for (const entry of slice.entries) winner.set(entry.id, number);
    seen += slice.entries.length;
    const stillCounts = (entry: Entry): boolean => winner.get(entry.id) === number;
    const runOf = (entries: readonly Entry[]): Iterable<Entry> => {
      const kept = seen > KEEP_OPEN ? inBlocks(entries) : entries;
      return Iterator.from(kept).filter(stillCounts);
    };
    containers.push(runOf(slice.entries.filter((entry) => entry.container)));
    items.push(runOf(slice.entries.filter((entry) => !entry.container)));
    packs.push(...slice.packs);
  }
  for (const gone of removals) winner.set(gone, REMOVED);

  return {
    ids: new Set(winner.keys()),
    containers: mergeSorted(containers, compareEntries),
    items: mergeSorted(items, compareEntries),
    packs,
  };
}

/** The same entries, packed away until each block's turn comes. */
function inBlocks(entries: readonly Entry[]): Iterable<Entry> {
  const blocks: Uint8Array[] = [];
  for (let from = 0; from < entries.length; from += BLOCK) {
    const block = Buffer.from(JSON.stringify(encodeEntries(entries.slice(from, from + BLOCK))));
    blocks.push(ownMemory(zstd(block, 1)));
  }
  return Iterator.from(blocks).flatMap((block) =>
    decodeEntries(JSON.parse(zstdDecompressSync(block).toString()) as EncodedEntries),
  );
}

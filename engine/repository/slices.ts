import { isDeepStrictEqual } from 'node:util';
import { Fault, isFault } from '../fault.ts';
import type { Entry } from '../model/item.ts';
import type { PackId, ResourceId, SliceId } from '../model/ids.ts';
import { isGoing } from './condemned.ts';
import type { Core } from './core.ts';
import { decodeEntries, encodeEntries } from './entryCodec.ts';
import type { EncodedEntries } from './entryCodec.ts';
import { compareEntries } from './entryOrder.ts';
import { notWhatWasWritten } from './objectSeal.ts';
import type { Slice } from './repository.ts';
import { openJson, sealText } from './sealedJson.ts';
import { readNeeded } from './segmentReader.ts';

type StoredSlice = Omit<Slice, 'entries'> & { readonly entries: EncodedEntries };

export const sliceName = (resource: ResourceId, id: SliceId): string => `slices/${resource}/${id}`;

/**
 * Stores a slice under its own id. Repeating it with equal content succeeds, also in another process: the bytes that
 * are there are opened and compared, because a second sealing never gives the same bytes. Fault `missing` when an entry
 * names a pack that the sweep is removing.
 */
export async function putSlice(core: Core, slice: Slice): Promise<void> {
  const name = sliceName(slice.resourceId, slice.id);
  const stored: StoredSlice = { ...slice, entries: encodeEntries(lastOfEach(slice.entries).toSorted(compareEntries)) };
  await insistOnPacks(core, slice, stored.entries.packs);
  const json = JSON.stringify(stored);
  const bytes = sealText(core.ring, core.random, 'slice', name, json);
  try {
    await core.blobs.create('journal', name, bytes);
    core.justWritten.set(name, json, json.length);
  } catch (error) {
    if (!isFault(error, 'conflict')) throw error;
    const there = openJson(core.ring, 'slice', name, await readNeeded(core.blobs, 'journal', name));
    if (!isDeepStrictEqual(there, JSON.parse(json))) {
      throw new Fault('conflict', `Slice ${slice.id} exists with other content. A slice id is drawn once.`, {
        origin: 'storage',
        cause: error,
      });
    }
  }
}

/** Content found in packs of others: these stay, or the slice does not come about. */
async function insistOnPacks(core: Core, slice: Slice, named: readonly PackId[]): Promise<void> {
  const own = new Set(slice.packs.map(({ pack }) => pack));
  const others = named.filter((pack) => !own.has(pack));
  if (others.length === 0) return;
  for (const pack of await core.condemned.reclaim(others)) {
    // What it held lies elsewhere: readers follow.
    if ((await core.moved.record(pack)) === undefined) throw isGoing(pack);
  }
}

/** What the journal holds now. Faults `missing`, `corrupt`. */
export async function openSlice(core: Pick<Core, 'blobs' | 'ring'>, resource: ResourceId, id: SliceId): Promise<Slice> {
  const name = sliceName(resource, id);
  const stored = openJson(core.ring, 'slice', name, await readNeeded(core.blobs, 'journal', name)) as StoredSlice;
  if (stored.id !== id || stored.resourceId !== resource) throw notWhatWasWritten(name, 'it is another slice');
  return { ...stored, entries: decodeEntries(stored.entries) };
}

/** The same for a job: what this process has just made durable is not fetched again. Slices never change. */
export async function recallSlice(
  core: Pick<Core, 'blobs' | 'ring' | 'justWritten'>,
  resource: ResourceId,
  id: SliceId,
): Promise<Slice> {
  const json = core.justWritten.get(sliceName(resource, id));
  if (json === undefined) return openSlice(core, resource, id);
  const stored = JSON.parse(json) as StoredSlice;
  return { ...stored, entries: decodeEntries(stored.entries) };
}

/** An item that comes twice counts as it came last. */
const lastOfEach = (entries: readonly Entry[]): Entry[] => [
  ...new Map(entries.map((entry) => [entry.id, entry])).values(),
];

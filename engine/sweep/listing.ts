import { Fault } from '../fault.ts';
import type { BlobFacts, BlobStore, Container } from '../ports/blobStore.ts';
import { listedPrefixes, zeroEach } from './state.ts';
import type { ListedPrefix, PerPrefix } from './state.ts';

/** What a cycle is refused with whose listing cannot be whole. */
export const listingShrank = 'ListingShrank';

/** Everything that could be in the way, by name. */
export type Listing = Readonly<Record<ListedPrefix, ReadonlyMap<string, BlobFacts>>>;

/** `records/` are values of records that a row does not hold; the records that are kept beside the packs are never listed here. */
export const containerOf = (name: string): Container =>
  name.startsWith('slices/') || name.startsWith('records/') ? 'journal' : 'repository';

/** Every blob under a prefix, to the end of the list. */
export async function* blobsUnder(
  blobs: Pick<BlobStore, 'list'>,
  container: Container,
  prefix: string,
): AsyncGenerator<BlobFacts> {
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await blobs.list(container, prefix, pageToken);
    yield* page.blobs;
    pageToken = page.nextPageToken;
  }
}

/**
 * Slices before points before records of moved packs before packs: what is named is listed after what names it, so that
 * nothing named is missing only because it was made meanwhile.
 */
export async function listAll(blobs: BlobStore): Promise<Listing> {
  const listing: Record<ListedPrefix, Map<string, BlobFacts>> = {
    'slices/': new Map(),
    'points/': new Map(),
    'moved/': new Map(),
    'packs/': new Map(),
    'records/': new Map(),
  };
  for (const prefix of ['records/', 'slices/', 'points/', 'moved/', 'packs/'] as const)
    for await (const facts of blobsUnder(blobs, containerOf(prefix), prefix)) listing[prefix].set(facts.name, facts);
  return listing;
}

export const countsOf = (listing: Listing): Readonly<Record<ListedPrefix, number>> =>
  Object.fromEntries(listedPrefixes.map((prefix) => [prefix, listing[prefix].size])) as Record<ListedPrefix, number>;

/**
 * Fault `invalid` when the listing shows fewer objects than the one before, less what the sweep itself removed: then it is
 * not complete, or somebody else removes things here.
 */
export function insistOnGrowth(listing: Listing, before: PerPrefix | undefined, removed: PerPrefix = zeroEach): void {
  if (before === undefined) return;
  const counts = countsOf(listing);
  for (const prefix of listedPrefixes) {
    const least = (before[prefix] ?? 0) - (removed[prefix] ?? 0);
    if (counts[prefix] >= least) continue;
    throw new Fault(
      'invalid',
      `The list of ${prefix}* holds ${counts[prefix]} objects; there must be ${least} or more. Either storage did not list everything, or objects were removed by somebody else. Bring them back from a copy of the storage account; if it is known why they are gone, accept the list as it is.`,
      { origin: 'storage', code: listingShrank },
    );
  }
}

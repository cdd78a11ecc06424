import { Fault } from '../fault.ts';
import type { BlobFacts, BlobStore, Container } from '../ports/blobStore.ts';
import { ListedPacks } from './packTables.ts';
import { listedPrefixes, zeroEach } from './state.ts';
import type { ListedPrefix, PerPrefix } from './state.ts';

/** What a cycle is refused with whose listing cannot be whole. */
export const listingShrank = 'ListingShrank';

/** Everything that could be in the way, by name; of roots and slices what nothing needs or is on the list. */
export type Listing = Readonly<Record<Exclude<ListedPrefix, 'packs/'>, Map<string, BlobFacts>>> & {
  readonly 'packs/': ListedPacks;
};

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
 * What is of no single resource. What names is listed before what is named, so that nothing named is missing only because
 * it was made meanwhile. `onPage` is waited for after each page.
 */
export async function listShared(blobs: BlobStore, listing: Listing, onPage: () => Promise<void>): Promise<void> {
  for (const prefix of ['records/', 'moved/', 'packs/'] as const)
    await listInto(listing[prefix], blobs, prefix, onPage);
}

export const emptyListing = (): Listing => ({
  'slices/': new Map(),
  'points/': new Map(),
  'records/': new Map(),
  'moved/': new Map(),
  'packs/': new ListedPacks(),
});

/** What lies under `prefix`, of names that go on with `start` where that is given. */
export async function listUnder(
  blobs: Pick<BlobStore, 'list'>,
  prefix: ListedPrefix,
  onPage: () => Promise<void>,
  start = '',
): Promise<Map<string, BlobFacts>> {
  const listed = new Map<string, BlobFacts>();
  await listInto(listed, blobs, prefix, onPage, start);
  return listed;
}

async function listInto(
  listed: { set(name: string, facts: BlobFacts): unknown },
  blobs: Pick<BlobStore, 'list'>,
  prefix: ListedPrefix,
  onPage: () => Promise<void>,
  start = '',
): Promise<void> {
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await blobs.list(containerOf(prefix), `${prefix}${start}`, pageToken);
    for (const facts of page.blobs) listed.set(facts.name, facts);
    pageToken = page.nextPageToken;
    await onPage();
  }
}

export type Counts = Record<ListedPrefix, number>;

export const countsOf = (listing: Listing): Counts =>
  Object.fromEntries(listedPrefixes.map((prefix) => [prefix, listing[prefix].size])) as Counts;

/**
 * Fault `invalid` when the listing shows fewer objects than the one before, less what the sweep itself removed: then it is
 * not complete, or somebody else removes things here.
 */
export function insistOnGrowth(
  counts: Readonly<Counts>,
  before: PerPrefix | undefined,
  removed: PerPrefix = zeroEach,
): void {
  if (before === undefined) return;
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

import { isFault } from '../fault.ts';
import type { ResourceId, RunId, SliceId } from '../model/ids.ts';
import type { BlobFacts } from '../ports/blobStore.ts';
import type { Core } from './core.ts';
import type { Slice } from './repository.ts';
import { openJson } from './sealedJson.ts';
import { sliceName } from './slices.ts';

/** The slices of a resource, as storage listed them, and where chains begin. */
export interface SlicesInStorage {
  readonly listed: ReadonlyMap<SliceId, BlobFacts>;
  /** Storage clock when the listing began, in ms. */
  readonly listedAt: number;
  /** The newest slice of the head, which was read after the listing. */
  readonly head?: SliceId;
  /** The newest slice that the row of a run names. Fault `corrupt` where that does not open. */
  readonly lastOf: (run: RunId) => Promise<SliceId | undefined>;
}

/** What is known from earlier looks. Slices that were modified before `from`, in ms, are judged for good. */
export interface KeptChain {
  readonly from: number;
  /** Of what is not judged for good: named by a chain. */
  readonly named: readonly SliceId[];
  /** Of what is judged: named by none. */
  readonly orphans: readonly SliceId[];
}

const hour = 3_600_000;
const day = 24 * hour;
/** Clocks inside storage may differ by so much; nobody needs it to be exact. */
const marginMs = hour;
/** How far back the first look goes; what is older goes by its age. */
const firstLookMs = 30 * day;
/** What is younger may be committed in a moment. */
const youngMs = day;

/**
 * Tells which slices are left over from jobs that were killed before their commit: no head leads to them, and no run, by
 * whose rows its ledger is read. Each slice names the one before it, so that what earlier looks knew is not read again.
 * Where a chain is damaged, what may lie behind the damage counts as named. Reads only what is new; a slice that was an
 * orphan and was committed after all, by a job that slept, is none any more.
 */
export async function judgeSlices(
  core: Pick<Core, 'blobs' | 'ring'>,
  resource: ResourceId,
  { listed, listedAt, head, lastOf }: SlicesInStorage,
  kept?: KeptChain,
): Promise<{ readonly chain: KeptChain | undefined; readonly orphans: ReadonlySet<SliceId> }> {
  let from = kept?.from ?? listedAt - firstLookMs;
  const timeOf = (id: SliceId): number => Date.parse(listed.get(id)?.modifiedAt ?? '') || listedAt;
  const named = new Set(kept?.named);
  const before = new Set(kept?.orphans);
  const links = new Map<SliceId, Link | undefined>();

  const linkOf = async (id: SliceId): Promise<Link | undefined> => {
    if (!links.has(id)) links.set(id, await readLink(core, resource, id));
    return links.get(id);
  };
  const follow = async (start: SliceId | undefined): Promise<void> => {
    let newer = start === undefined ? listedAt : timeOf(start);
    for (let id = start; id !== undefined && !named.has(id);) {
      if (timeOf(id) < from && !before.has(id)) return;
      named.add(id);
      const link = await linkOf(id);
      if (link === undefined) {
        // All that the lost end of the chain led to is older than what leads there.
        from = Math.max(from, newer + marginMs);
        return;
      }
      newer = timeOf(id);
      id = link.predecessor;
    }
  };
  const followRun = async (run: RunId): Promise<boolean> => {
    try {
      await follow(await lastOf(run));
      return true;
    } catch (error) {
      if (!isFault(error, 'corrupt', 'missing', 'unsupported')) throw error;
      return false;
    }
  };

  await follow(head);
  const orphans = new Set<SliceId>();
  for (const id of listed.keys()) {
    if (named.has(id) || (timeOf(id) < from && !before.has(id)) || timeOf(id) > listedAt - youngMs) continue;
    const link = await linkOf(id);
    // What does not open cannot say whose it was.
    if (link !== undefined && (await followRun(link.runId)) && !named.has(id)) orphans.add(id);
  }
  for (const id of orphans) if (named.has(id) || (timeOf(id) < from && !before.has(id))) orphans.delete(id);

  const next = Math.max(from, listedAt - 2 * youngMs);
  const chain: KeptChain = {
    from: next,
    named: [...named].filter((id) => timeOf(id) >= next),
    orphans: [...orphans].filter((id) => timeOf(id) < next),
  };
  return { chain: isSame(chain, kept) ? kept : chain, orphans };
}

type Link = Pick<Slice, 'runId' | 'predecessor'>;

/** Undefined when it does not open. */
async function readLink(
  core: Pick<Core, 'blobs' | 'ring'>,
  resource: ResourceId,
  id: SliceId,
): Promise<Link | undefined> {
  const name = sliceName(resource, id);
  try {
    const { runId, predecessor } = openJson(core.ring, 'slice', name, await core.blobs.read('journal', name)) as Link;
    return { runId, ...(predecessor !== undefined && { predecessor }) };
  } catch (error) {
    if (!isFault(error, 'not-found', 'missing', 'corrupt', 'unsupported')) throw error;
    return undefined;
  }
}

/** Nothing new was learned: a look a day later may begin where this one did. */
function isSame(chain: KeptChain, kept: KeptChain | undefined): boolean {
  if (kept === undefined) return chain.named.length === 0 && chain.orphans.length === 0;
  const of = ({ named, orphans }: KeptChain): string => JSON.stringify([named.toSorted(), orphans.toSorted()]);
  return of(chain) === of(kept) && (chain.from === kept.from || chain.named.length === 0);
}

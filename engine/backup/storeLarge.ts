import { Fault } from '../fault.ts';
import type { SliceId } from '../model/ids.ts';
import type { ListedItem } from '../model/item.ts';
import type { StoredStream } from '../model/stream.ts';
import type { LargeStreamState } from '../repository/repository.ts';
import { ContentSlice } from './contentSlice.ts';
import type { Job } from './job.ts';
import { itemFault, outcomeOf, readSource, storePart, wrongLength, type Part } from './readSource.ts';
import { stateOf, type LargeItem, type LargePart } from './roundState.ts';

/** A file that changes more often than this while it is read has failed for this run. */
const mostVersions = 5;

/**
 * Stores an item larger than a slice, cut by cut, each cut a slice. Ends with the item, or when the time of the job is
 * spent: the next job goes on at the last cut, if the source still has the same version.
 */
export async function storeLarge(job: Job): Promise<void> {
  for (let versions = 0; job.state.large; versions++) {
    const large = await currentVersion(job, job.state.large);
    if (large === 'vanished') return finish(job, job.state.large, (slice, { id, item }) => slice.vanished(id, item));
    if (versions >= mostVersions) {
      const fault = new Fault('unavailable', 'It changes faster than it can be read', { origin: 'graph' });
      return finish(job, large, (slice) => slice.failed(large.id, large.item, fault));
    }
    job.state = { ...job.state, large };
    const read = await readVersion(job, large);
    if (read === 'ended' || read === 'later') return;
    job.state = { ...job.state, large: { id: large.id, item: read.changedTo, streams: [] } };
  }
}

/** What is half stored counts only while the source still has that version. */
async function currentVersion(job: Job, large: LargeItem): Promise<LargeItem | 'vanished'> {
  if (!large.part && large.streams.length === 0) return large;
  const { sourceId, versionTag } = large.item;
  const found = await job.connector.locate(job.resource, [sourceId], job.context);
  const item = found.get(sourceId);
  // Neither found nor gone: the connector says at the end whether it is still the same version.
  if (!found.has(sourceId)) return large;
  if (item === undefined) return 'vanished';
  return item.versionTag === versionTag ? large : { id: large.id, item, streams: [] };
}

/** Bytes read and not counted in a slice yet. */
interface Meter {
  bytes: number;
}

type Read = 'ended' | 'later' | { readonly changedTo: ListedItem };

async function readVersion(job: Job, large: LargeItem): Promise<Read> {
  const streams = new Map<string, StoredStream | Fault>(large.streams.map((stream) => [stream.name, stream]));
  const yielded = new Set<string>();
  const usesEarlierJob = large.part !== undefined || large.streams.length > 0;
  const meter: Meter = { bytes: 0 };

  for await (const fetched of job.connector.fetch(job.resource, [large.item], job.context)) {
    await job.beat();
    switch (fetched.kind) {
      case 'part': {
        const again = yielded.has(fetched.name);
        yielded.add(fetched.name);
        // A part that comes again is of another version and replaces what was read of it.
        if (!again && streams.has(fetched.name)) break;
        const before = !again && large.part?.name === fetched.name ? large.part : undefined;
        const stored = await storeInCuts(job, { ...large, streams: outcomeOf(streams).good }, fetched, before, meter);
        if (stored === 'later') return 'later';
        streams.set(fetched.name, stored);
        break;
      }
      case 'done': {
        const { item, flags } = fetched;
        if (usesEarlierJob && item.versionTag !== large.item.versionTag) return { changedTo: item };
        await finish(job, large, async (slice) => {
          slice.read(meter.bytes);
          const { good, fault } = outcomeOf(streams);
          if (fault) slice.failed(large.id, large.item, fault);
          else await slice.stored(large.id, item, good, flags);
        });
        return 'ended';
      }
      case 'vanished':
        await finish(job, large, (slice) => slice.vanished(large.id, large.item));
        return 'ended';
      case 'skipped':
        await finish(job, large, (slice) => slice.skipped(large.id, large.item, fetched.reason));
        return 'ended';
      case 'failed':
        await finish(job, large, (slice) => slice.failed(large.id, large.item, fetched.fault));
        return 'ended';
    }
  }
  const silent = new Fault('invalid', 'The connector gave no answer for this item');
  await finish(job, large, (slice) => slice.failed(large.id, large.item, silent));
  return 'ended';
}

async function storeInCuts(
  job: Job,
  large: LargeItem,
  part: Part,
  before: LargePart | undefined,
  meter: Meter,
): Promise<StoredStream | Fault | 'later'> {
  const { sliceBytes } = job.settings;
  const read = (bytes: number): void => {
    meter.bytes += bytes;
  };
  if (!part.resumable || (part.size ?? large.item.size) <= sliceBytes) return storePart(job, large.item, part, read);

  let stream = before && (await gather(job, before));
  let carriedBy: readonly SliceId[] = before ? [...before.before, headSlice(job)] : [];
  for (;;) {
    try {
      const source = readSource(job, part.open(stream?.bytes ?? 0), read);
      const result = await job.writer.storeLarge(part.name, source, stream, sliceBytes);
      if (result.complete) return wrongLength(part, result.stream) ?? result.stream;
      await commitCut(job, large, part.name, result.state, stream?.parts.length ?? 0, carriedBy, meter.bytes);
      stream = result.state;
    } catch (error) {
      return itemFault(job, error);
    }
    meter.bytes = 0;
    carriedBy = [...carriedBy, headSlice(job)];
    if (job.isOver() || (await job.isCancelled())) return 'later';
  }
}

async function commitCut(
  job: Job,
  large: LargeItem,
  name: Part['name'],
  { bytes, sha256State, parts }: LargeStreamState,
  carried: number,
  before: readonly SliceId[],
  bytesRead: number,
): Promise<void> {
  await job.commit({
    counts: { bytesRead },
    state: (state) => ({
      ...state,
      large: { ...large, part: { name, bytes, sha256State, added: parts.slice(carried), before } },
    }),
  });
}

/** Puts the places together that the cuts so far carry. */
async function gather(job: Job, part: LargePart): Promise<LargeStreamState> {
  const parts: LargeStreamState['parts'][number][] = [];
  for (const id of part.before) {
    const slice = await job.services.repository.openSlice(job.resource.id, id);
    parts.push(...(stateOf(slice).large?.part?.added ?? []));
  }
  return { bytes: part.bytes, sha256State: part.sha256State, parts: [...parts, ...part.added] };
}

function headSlice(job: Job): SliceId {
  const { headSlice: id } = job.head;
  if (id === undefined) throw new Error('A large item is on its way without any slice');
  return id;
}

async function finish(
  job: Job,
  large: LargeItem,
  decide: (slice: ContentSlice, large: LargeItem) => void | Promise<void>,
): Promise<void> {
  const slice = new ContentSlice(job);
  await decide(slice, large);
  await slice.commit(job.state.queues);
}

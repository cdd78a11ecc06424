import { isFault } from '../fault.ts';
import type { BlobFacts, Container } from '../ports/blobStore.ts';
import { addedEach } from './cycle.ts';
import type { Cycle } from './cycle.ts';
import { blobsUnder } from './listing.ts';
import { mostChanges } from './state.ts';

/** Removes what goes by its age: slices that only carry ledgers, what runs and requests came to, results of exports. */
export async function removeAged(cycle: Cycle): Promise<void> {
  const { settings, services } = cycle;
  const isOlder = ({ modifiedAt }: BlobFacts, ms: number): boolean => Date.parse(modifiedAt) <= cycle.now - ms;

  const slices = [...cycle.listing['slices/'].values()].filter(
    (facts) => !cycle.objects.has(facts.name) && isOlder(facts, settings.sliceMs),
  );
  await removeAll(cycle, 'journal', slices);

  const ended = await Array.fromAsync(blobsUnder(services.blobs, 'repository', 'ended/'));
  const newest = new Map(ended.map(({ name }) => [placeOf(name), name]));
  await removeAll(
    cycle,
    'repository',
    ended.filter(
      (facts) =>
        isOlder(facts, settings.endedMs) ||
        (newest.get(placeOf(facts.name)) !== facts.name && isOlder(facts, settings.supersededMs)),
    ),
  );

  const exported = await Array.fromAsync(blobsUnder(services.blobs, 'exports', ''));
  await removeAll(
    cycle,
    'exports',
    exported.filter((facts) => isOlder(facts, settings.exportMs)),
  );
}

/** `ended/{kind}/{id}`; names go on with the number of the end, so that the last one is the newest. */
const placeOf = (name: string): string => name.slice(0, name.lastIndexOf('/'));

async function removeAll(cycle: Cycle, container: Container, blobs: readonly BlobFacts[]): Promise<void> {
  for (let from = 0; from < blobs.length; from += mostChanges) {
    cycle.insistOnTime();
    const bundle = blobs.slice(from, from + mostChanges);
    if (container === 'journal')
      await cycle.advance({
        removed: addedEach(
          cycle.state.removed,
          bundle.map(({ name }) => name),
        ),
      });
    let deleted = 0;
    let bytesFreed = 0;
    let retained = 0;
    for (const { name, length } of bundle) {
      try {
        await cycle.services.blobs.remove(container, name);
        deleted += 1;
        bytesFreed += length;
      } catch (error) {
        if (!isFault(error, 'conflict', 'forbidden')) throw error;
        retained += 1;
      }
    }
    await cycle.note({ deleted, bytesFreed, retained });
  }
}

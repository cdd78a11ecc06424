/** `recover`: reads and exports a repository with the recovery key alone, on the day when all else is gone. */
import './anyNode/threads.ts';
import './anyNode/builtIns.ts';
import { systemRandom } from '../azure/systemRandom.ts';
import { Fault, isFault } from '../engine/fault.ts';
import type { BlobStore } from '../engine/ports/blobStore.ts';
import { openForRecovery } from '../engine/repository/openRepository.ts';
import { recoveryKeyWrapper } from '../engine/repository/recoveryKey.ts';
import { askKey } from './askKey.ts';
import { resourcesFor } from './choose.ts';
import { exportAll } from './exportAll.ts';
import { openSource } from './openSource.ts';
import { settingsOf, usage } from './settings.ts';
import type { Settings } from './settings.ts';
import { browse, search, showPoints, showResources } from './show.ts';
import type { Out } from './show.ts';
import { packsInStorage, survey } from './survey.ts';
import type { FoundResource } from './survey.ts';
import { TargetTrouble } from './target.ts';

const KEPT_BYTES = 32 * 1024 * 1024;

const say = (text: string): void => void process.stderr.write(`${text}\n`);

async function main(given: readonly string[]): Promise<number> {
  const settings = await settingsOf(given);
  if (settings === undefined) {
    process.stdout.write(`${usage}\n`);
    return 0;
  }
  const blobs = await openSource(settings.from);
  const key = await askKey(settings);
  const repository = await openForRecovery(blobs, { recovery: recoveryKeyWrapper(key, systemRandom) }, KEPT_BYTES);
  const all = await survey(repository, await packsInStorage(blobs), (read) => {
    if (read % 1000 === 0) say(`${read.toLocaleString('en')} restore points read`);
  });
  if (all.length === 0) throw await nothingHere(blobs);

  const out: Out = { json: settings.json, line: (text) => void process.stdout.write(`${text}\n`) };
  const { command, words, at } = settings;
  switch (command) {
    case 'list':
      if (!settings.json) say(`Repository ${repository.id} of tenant ${repository.tenant}\n`);
      showResources(all, out);
      return all.some(
        ({ damaged, points }) => damaged.length > 0 || points.some(({ lostPacks }) => lostPacks.length > 0),
      )
        ? 3
        : 0;
    case 'points':
      showPoints(words.join(' '), all, out);
      return 0;
    case 'browse': {
      // Without quotation marks a name with a space comes in pieces.
      const path = settings.path ?? (words.length > 1 ? words.slice(1).join(' ') : undefined);
      const troubles = await browse(
        words[0] ?? '',
        { ...(at !== undefined && { at }), ...(path !== undefined && { path }) },
        all,
        out,
      );
      return troubles > 0 ? 3 : 0;
    }
    case 'search':
      return (await search(words, at, chosenOf(settings, all), out)) > 0 ? 3 : 0;
    case 'export':
      return exportAll({ ...settings, to: settings.to ?? '' }, repository, all, say, interrupts());
  }
}

const chosenOf = ({ resources }: Settings, all: readonly FoundResource[]): readonly FoundResource[] =>
  resources.length === 0 ? all : [...new Set(resources.flatMap((one) => resourcesFor(one, all)))];

async function nothingHere(blobs: BlobStore): Promise<Fault> {
  const packs = (await blobs.list('repository', 'packs/')).blobs.length > 0;
  return new Fault(
    'missing',
    packs
      ? 'The key fits, and there are packs but no restore points: the copy lacks the folder "points". Copy the whole container again.'
      : 'The key fits, and there is no restore point: nothing was backed up yet, or the copy lacks the folders "points" and "packs".',
    { origin: 'storage' },
  );
}

/** Ctrl-C lets what is being written come to its end; the second one ends at once. */
function interrupts(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      say('\nStopping when what is being written is whole; the same again ends at once …');
      controller.abort();
    });
  return controller.signal;
}

function exitCodeOf(error: unknown): number {
  if (error instanceof TargetTrouble) {
    say(`${error.message} What is whole stays; make room or choose another folder, and run it again.`);
    return 5;
  }
  if (error instanceof Fault) {
    say(error.message);
    if (isFault(error, 'forbidden', 'unauthorized') && error.status !== undefined)
      say(
        'A SAS must allow Read and List for the container, and must not have ended. The firewall of the account counts too.',
      );
    return isFault(error, 'invalid', 'not-found') && error.origin === 'input' ? 2 : 4;
  }
  say(`A defect of this program: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return 1;
}

// What is piped into `head` ends early, which is no trouble.
process.stdout.on('error', (error: { readonly code?: string }) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error as Error;
});
process.exitCode = await main(process.argv.slice(2)).catch(exitCodeOf);

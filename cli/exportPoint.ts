import { isFault } from '../engine/fault.ts';
import type { Entry } from '../engine/model/item.ts';
import { sortMoment } from '../engine/model/item.ts';
import type { StoredStream } from '../engine/model/stream.ts';
import { inParallel } from '../engine/repository/inParallel.ts';
import type { RecoveredRepository } from '../engine/repository/openRepository.ts';
import { nameOf } from './choose.ts';
import { containersOf, pathsOf } from './containers.ts';
import { linesFile, mapLine, pathIn } from './exportMap.ts';
import { exportNames, folderName } from './exportNames.ts';
import type { ExportNames } from './exportNames.ts';
import type { Missing, Tally } from './tally.ts';
import { nothingAt, selectionOf } from './selection.ts';
import type { FoundPoint, FoundResource } from './survey.ts';
import { damageOf } from './survey.ts';
import { TargetTrouble } from './target.ts';
import type { Target } from './target.ts';

export interface PointOrder {
  readonly repository: RecoveredRepository;
  readonly resource: FoundResource;
  readonly point: FoundPoint;
  readonly target: Target;
  /** Only what this means; without it everything. */
  readonly path?: string;
  /** Also the opaque copies that only Exchange can import. */
  readonly exact: boolean;
  /** Also what Graph said of each item. */
  readonly properties: boolean;
  readonly tally: Tally;
  readonly signal: AbortSignal;
}

/** Items that are brought into the order of their packs at a time: bounds memory, about 2 KB each. */
const BATCH = 20_000;
/** Runs of neighbouring items in work at once: while one waits for the disk another computes. */
const AT_ONCE = 12;

interface File {
  readonly entry: Entry;
  readonly stream: StoredStream;
  readonly path: string;
  readonly folder: readonly string[];
}

/**
 * Writes one restore point, or a part of it, below a folder of its own with a map beside it. What cannot be read is
 * named in the tally, and all the rest is written. Throws when storage, the target or the person ends it.
 */
export async function exportPoint(order: PointOrder): Promise<void> {
  const { resource, point, target, tally, signal } = order;
  const base = folderName(resource, point);
  const containers = await containersOf(point);
  const selection = selectionOf(order.path, containers.all);
  const names = exportNames(base, containers.all);
  const trueFolder = pathsOf(containers.all);
  const lose = (missing: Omit<Missing, 'resource'>): Promise<void> =>
    tally.lose({ resource: nameOf(resource), ...missing });

  const written = new Set<string>();
  const map = await linesFile(target.folder, `${base}.map.jsonl`, (line) => {
    const path = pathIn(line);
    return path !== undefined && !written.has(path);
  });
  let found = selection.folders.size;
  try {
    if (containers.damage !== undefined)
      await lose({
        reason: `Names of folders are lost; their items are under "_unknown folder …". ${containers.damage.message}`,
      });
    for (const folder of containers.all) {
      const path = names.folders.get(folder.id);
      if (path === undefined || !selection.below.has(folder.id)) continue;
      await target.makeFolder(path);
      written.add(path);
      await map.add(mapLine(path, folder, trueFolder(folder.parentId)));
    }

    const writeBatch = async (files: readonly File[]): Promise<void> => {
      await inParallel(runsOf(order, files), AT_ONCE, async (run) => {
        for (const file of run) {
          if (signal.aborted) return;
          if (!(await writeOne(order, file))) continue;
          written.add(file.path);
          await map.add(mapLine(file.path, file.entry, file.folder, file.stream));
        }
      });
    };

    let batch: File[] = [];
    for (const page of point.reader.pages()) {
      if (signal.aborted) break;
      let entries: readonly Entry[];
      try {
        entries = await page.read();
      } catch (error) {
        const fault = damageOf(error, 'A page');
        await lose({ reason: `A list of up to about 1,000 items is lost with their names: ${fault.message}` });
        continue;
      }
      for (const entry of entries) {
        if (entry.container) continue;
        const files = filesOf(order, names, base, entry, trueFolder(entry.parentId));
        if (!selection.holds(entry)) continue;
        found += 1;
        if (files.length === 0)
          await lose({ ...itemOf(entry, trueFolder(entry.parentId)), reason: 'It was backed up without content.' });
        batch.push(...files);
      }
      if (batch.length < BATCH) continue;
      await writeBatch(batch);
      batch = [];
    }
    await writeBatch(batch);
  } catch (error) {
    // As much of the map as there is room for; what ended the export is told.
    await map.close().catch(() => undefined);
    throw error;
  }
  await map.close();
  if (order.path === undefined) {
    for (const { name, sourceId, itemId, outcome, reason } of point.reader.missing)
      await tally.neverHad({
        resource: nameOf(resource),
        name,
        sourceId,
        itemId,
        reason: `${outcome} when it was backed up: ${reason ?? 'no reason was kept'}`,
      });
  } else if (found === 0 && !signal.aborted) throw nothingAt(order.path);
}

const itemOf = ({ id, sourceId, name, size }: Entry, folder: readonly string[]) => ({
  itemId: id,
  sourceId,
  name,
  folder,
  size,
});

/** Every item takes its name, wanted or not, so that each run gives the same ones. */
function filesOf(
  { exact, properties }: PointOrder,
  names: ExportNames,
  base: string,
  entry: Entry,
  folder: readonly string[],
): File[] {
  const stream = (name: string): StoredStream | undefined => entry.streams.find((one) => one.name === name);
  const main = stream('original') ?? stream('meta');
  const path = names.fileFor(entry, main);
  const beside = (tree: string): string => `${base} - ${tree}${path.slice(base.length)}`;
  const files: File[] = main === undefined ? [] : [{ entry, stream: main, path, folder }];
  const [opaque, meta] = [stream('exact'), stream('meta')];
  if (exact && opaque !== undefined) files.push({ entry, stream: opaque, path: `${beside('exact')}.exact`, folder });
  if (properties && meta !== undefined && meta !== main)
    files.push({ entry, stream: meta, path: `${beside('properties')}.json`, folder });
  return files;
}

/** Files in the order of their packs, those that begin in one segment together: it is opened once. */
function* runsOf({ point }: PointOrder, files: readonly File[]): Generator<readonly File[]> {
  // The reader's order is that of an entry's first stream with parts; here a file is one stream.
  const byEntry = new Map<Entry, File>(files.map((file) => [{ ...file.entry, streams: [file.stream] }, file]));
  let run: File[] = [];
  for (const entry of point.reader.inPackOrder([...byEntry.keys()])) {
    const file = byEntry.get(entry);
    if (file === undefined) continue;
    const before = run.at(-1);
    if (before !== undefined && segmentOf(before) !== segmentOf(file)) {
      yield run;
      run = [];
    }
    run.push(file);
  }
  if (run.length > 0) yield run;
}

function segmentOf({ stream }: File): string {
  const place = stream.parts[0]?.place;
  return place === undefined ? '' : `${place.pack}/${place.segment}`;
}

/** True when the file is there, whole. */
async function writeOne({ repository, target, tally, resource }: PointOrder, file: File): Promise<boolean> {
  const { entry, stream, path, folder } = file;
  try {
    const outcome = await target.write({
      path,
      size: stream.size,
      sha256: stream.sha256,
      modifiedAt: sortMoment(entry),
      bytes: () => repository.readStream(stream),
    });
    tally.gave(outcome, stream.size);
    return true;
  } catch (error) {
    if (error instanceof TargetTrouble && error.ends) throw error;
    const reason = error instanceof TargetTrouble ? error.message : damageOf(error, path).message;
    await tally.lose({
      resource: nameOf(resource),
      ...itemOf(entry, folder),
      path,
      stream: stream.name,
      ...(isFault(error) && { kind: error.kind }),
      reason,
    });
    return false;
  }
}

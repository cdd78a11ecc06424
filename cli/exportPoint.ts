import type { Entry } from '../engine/model/item.ts';
import { sortMoment } from '../engine/model/item.ts';
import type { StoredStream } from '../engine/model/stream.ts';
import { inParallel } from '../engine/repository/inParallel.ts';
import type { RecoveredRepository } from '../engine/repository/openRepository.ts';
import { nameOf } from './choose.ts';
import { containersOf, pathsOf } from './containers.ts';
import { linesFile, mapLine, pathIn } from './exportMap.ts';
import type { MapLine } from './exportMap.ts';
import { exportNames, folderName } from './exportNames.ts';
import type { Missing, Tally } from './tally.ts';
import { selectionOf } from './selection.ts';
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

/**
 * Files that are brought into the order of their packs at a time, about 1 KB each. Folders of a mailbox are spread over
 * all of its packs: with smaller batches every segment would be opened once for each of them.
 */
const BATCH = 300_000;
/** Runs of neighbouring items in work at once: while one waits for the disk another computes. */
const AT_ONCE = 12;

/** What is needed to write one file; of its entry nothing more is kept. */
interface File {
  readonly path: string;
  readonly stream: StoredStream;
  readonly modifiedAt: string;
  /** Its line of the map. */
  readonly line: string;
}

/**
 * Writes one restore point, or a part of it, below a folder of its own with a map beside it. What cannot be read is
 * named in the tally, and all the rest is written. Answers false when nothing readable is at `path`: then there is no
 * map either. Throws when storage or the target ends it.
 */
export async function exportPoint(order: PointOrder): Promise<boolean> {
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
      try {
        await target.makeFolder(path);
      } catch (error) {
        if (!(error instanceof TargetTrouble) || error.ends) throw error;
        await lose({ ...itemOf(folder, trueFolder(folder.parentId)), path, kind: 'target', reason: error.message });
        continue;
      }
      written.add(path);
      await map.add(mapLine(path, folder, trueFolder(folder.parentId)));
    }

    const writeBatch = async (files: readonly File[]): Promise<void> => {
      await inParallel(runsOf(files), AT_ONCE, async (run) => {
        for (const file of run) {
          if (signal.aborted) return;
          if (!(await writeOne(order, file))) continue;
          written.add(file.path);
          await map.put(file.line);
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
        // Every item takes its name, wanted or not, so that each run gives the same ones.
        const main = streamOf(entry, 'original') ?? streamOf(entry, 'meta');
        const path = names.fileFor(entry, main);
        if (!selection.holds(entry)) continue;
        found += 1;
        const folder = trueFolder(entry.parentId);
        const files = main === undefined ? [] : filesOf(order, base, entry, main, path, folder);
        if (files.length === 0) await lose({ ...itemOf(entry, folder), reason: 'It was backed up without content.' });
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
  const isThere = order.path === undefined || found > 0;
  await (isThere ? map.close() : map.discard());
  if (signal.aborted || !isThere) return isThere;
  // Where these lie in the resource nobody knows: whoever asks for a part of it is told of all of them.
  for (const { name, sourceId, itemId, outcome, reason } of point.reader.missing)
    await tally.neverHad({
      resource: nameOf(resource),
      name,
      sourceId,
      itemId,
      reason: `${outcome} when it was backed up: ${reason ?? 'no reason was kept'}`,
    });
  return true;
}

const itemOf = ({ id, sourceId, name, size }: Entry, folder: readonly string[]) => ({
  itemId: id,
  sourceId,
  name,
  folder,
  size,
});

const streamOf = (entry: Entry, name: string): StoredStream | undefined =>
  entry.streams.find((stream) => stream.name === name);

function filesOf(
  { exact, properties }: PointOrder,
  base: string,
  entry: Entry,
  main: StoredStream,
  path: string,
  folder: readonly string[],
): File[] {
  const beside = (tree: string): string => `${base} - ${tree}${path.slice(base.length)}`;
  const file = (one: StoredStream, to: string): File => ({
    path: to,
    // Segments are shared by many, and so is what is kept of them; the other streams of the entry are let go.
    stream: one,
    modifiedAt: sortMoment(entry),
    line: JSON.stringify(mapLine(to, entry, folder, one)),
  });
  const files = [file(main, path)];
  const [opaque, meta] = [streamOf(entry, 'exact'), streamOf(entry, 'meta')];
  if (exact && opaque !== undefined) files.push(file(opaque, `${beside('exact')}.exact`));
  if (properties && meta !== undefined && meta !== main) files.push(file(meta, `${beside('properties')}.json`));
  return files;
}

/** Files in the order of their packs, those that begin in one segment together: it is opened once. */
function* runsOf(files: readonly File[]): Generator<readonly File[]> {
  let run: File[] = [];
  for (const file of files.toSorted(byPlace)) {
    const before = run.at(-1);
    if (before !== undefined && segmentOf(before) !== segmentOf(file)) {
      yield run;
      run = [];
    }
    run.push(file);
  }
  if (run.length > 0) yield run;
}

function byPlace(a: File, b: File): number {
  const [left, right] = [a.stream.parts[0], b.stream.parts[0]];
  if (left === undefined || right === undefined) return (left === undefined ? 0 : 1) - (right === undefined ? 0 : 1);
  if (left.place.pack !== right.place.pack) return left.place.pack < right.place.pack ? -1 : 1;
  return left.place.at - right.place.at || left.offset - right.offset;
}

function segmentOf({ stream }: File): string {
  const place = stream.parts[0]?.place;
  return place === undefined ? '' : `${place.pack}/${place.segment}`;
}

/** True when the file is there, whole. */
async function writeOne({ repository, target, tally, resource }: PointOrder, file: File): Promise<boolean> {
  const { stream, path, modifiedAt } = file;
  try {
    const bytes = () => repository.readStream(stream);
    const outcome = await target.write({ path, size: stream.size, sha256: stream.sha256, modifiedAt, bytes });
    tally.gave(outcome, stream.size);
    return true;
  } catch (error) {
    if (error instanceof TargetTrouble && error.ends) throw error;
    const { message: reason, kind } =
      error instanceof TargetTrouble ? { message: error.message, kind: 'target' } : damageOf(error, path);
    const { itemId, sourceId, name, folder, size } = JSON.parse(file.line) as MapLine;
    const which = { itemId, sourceId, name, folder, size, path, stream: stream.name };
    await tally.lose({ resource: nameOf(resource), ...which, kind, reason });
    return false;
  }
}

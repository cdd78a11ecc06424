import type { Fetched, ReadContext } from '../../engine/connector.ts';
import { Fault, isFault } from '../../engine/fault.ts';
import type { ListedItem } from '../../engine/model/item.ts';
import type { ProtectedResource } from '../../engine/model/resource.ts';
import { segment, type Download, type Graph } from '../../graph/index.ts';
import { faultOfItem } from '../reading/itemFault.ts';
import { openAhead, type Opened } from '../reading/openAhead.ts';
import { persistently } from '../reading/persistent.ts';
import { driveOptions } from './changes.ts';
import { locateInDrive } from './locate.ts';
import { QuickXorHash } from './quickXorHash.ts';
import { driveItemShape, driveMetaShape } from './shapes.ts';

export const FETCH_BATCH = 20;
const FILES_AHEAD = 8;
/** How often a file that is another each time is read. */
const MOST_READINGS = 3;

/** What reading files needs beside the call's own arguments. */
export interface DriveReader {
  readonly graph: Graph;
  /** Hashes of large files that are read over several jobs, by drive, item and version; gone with the process. */
  readonly partial: Map<string, QuickXorHash>;
}

/** One reading of one file. */
interface Reading {
  readonly item: ListedItem;
  hash: QuickXorHash;
  /** False when the first bytes were read by another process, whose hash is lost. */
  isWhole: boolean;
}

interface FileCall {
  readonly reader: DriveReader;
  readonly driveId: string;
  readonly context: ReadContext;
  readonly download: (item: ListedItem, from: number, signal: AbortSignal) => Promise<Download>;
}

/**
 * Content of files. Each is measured while it streams: size and QuickXorHash must be what the listing said. What does not
 * match is read once more; equal bytes twice are the truth, and the file is kept with a flag (SharePoint's hashes are
 * sometimes wrong); else it has failed. Where the listing gave no hash, the file is asked for it, and for its version, after the last byte.
 *
 * A part is to be read before the next event is asked for: large ones wait on their connection.
 */
export async function* fetchFiles(
  reader: DriveReader,
  resource: ProtectedResource,
  items: readonly ListedItem[],
  context: ReadContext,
): AsyncGenerator<Fetched> {
  const driveId = resource.sourceId;
  const download: FileCall['download'] = (item, from, signal) =>
    reader.graph.download(`/drives/${segment(driveId)}/items/${segment(item.sourceId)}/content`, {
      ...driveOptions(context),
      signal,
      from,
    });
  const call = { reader, driveId, context, download };
  const ahead = openAhead((index, signal) => download(itemAt(items, index), 0, signal), {
    count: items.length,
    ahead: FILES_AHEAD,
    signal: context.signal,
  });
  try {
    for (const [index, item] of items.entries()) yield* fetchFile(call, item, () => ahead.take(index));
  } finally {
    await ahead.close();
  }
}

async function* fetchFile(call: FileCall, listed: ListedItem, first: () => Promise<Opened>): AsyncGenerator<Fetched> {
  const { context, driveId, reader } = call;
  const { sourceId } = listed;
  let item = listed;
  let before: Reading | undefined;
  try {
    for (let times = 1; ; times++) {
      const reading: Reading = { item, hash: new QuickXorHash(), isWhole: true };
      const opened =
        times === 1
          ? await first()
          : await openAhead((_, signal) => call.download(reading.item, 0, signal), {
              count: 1,
              ahead: 1,
              signal: context.signal,
            }).take(0);
      yield* readFile(call, reading, opened);
      const flags = await flagsWhenGood(call, reading, before);
      if (flags !== undefined) {
        yield { kind: 'done', item: { ...item, size: reading.hash.length }, ...(flags.length === 0 ? {} : { flags }) };
        return;
      }
      if (times === MOST_READINGS)
        throw new Fault('corrupt', 'The file is each time another than Microsoft 365 says', {
          origin: 'graph',
          code: 'HashMismatch',
        });
      const now = await versionNow(call, sourceId);
      if (now === undefined) {
        yield { kind: 'vanished', sourceId };
        return;
      }
      before = now.versionTag === item.versionTag ? reading : undefined;
      item = now;
    }
  } catch (error) {
    yield outcomeOfFault(sourceId, await faultOfItem(error, () => isDriveReachable(reader.graph, driveId, context)));
  }
}

/** The file is opened before its part is announced, so that one which cannot be had is no broken part. */
async function* readFile(call: FileCall, reading: Reading, opened: Opened): AsyncGenerator<Fetched> {
  let isUnused = true;
  const open = async (from: number): Promise<AsyncIterable<Uint8Array>> => {
    const isFirst = isUnused;
    isUnused = false;
    if (isFirst && from === 0) return opened.bytes;
    if (isFirst) await opened.discard();
    return (await call.download(reading.item, from, call.context.signal)).bytes;
  };
  yield {
    kind: 'part',
    sourceId: reading.item.sourceId,
    name: 'original',
    resumable: true,
    ...(opened.length === undefined ? {} : { size: opened.length }),
    open: (from) => measured(call, reading, from, open),
  };
  if (isUnused) await opened.discard();
}

/** The bytes from `from` on, hashed on their way. What was hashed before, and is read again, is not hashed twice. */
async function* measured(
  { reader: { partial }, driveId }: FileCall,
  reading: Reading,
  from: number,
  open: (from: number) => Promise<AsyncIterable<Uint8Array>>,
): AsyncGenerator<Uint8Array> {
  const key = `${driveId}/${reading.item.sourceId}/${reading.item.versionTag}`;
  if (from === 0) reading.hash = new QuickXorHash();
  else if (reading.hash.length < from) {
    const known = partial.get(key);
    reading.isWhole = known !== undefined && known.length >= from;
    reading.hash = known !== undefined && reading.isWhole ? known : new QuickXorHash(from);
  }
  const { hash } = reading;
  partial.set(key, hash);
  let at = from;
  for await (const chunk of persistently(await open(from), from, open)) {
    const hashed = Math.min(chunk.length, hash.length - at);
    hash.update(hashed === 0 ? chunk : chunk.subarray(hashed));
    at += chunk.length;
    yield chunk;
  }
  partial.delete(key);
}

/** The file as it is listed now; undefined when it is gone. Fault `unavailable` when that cannot be told. */
async function versionNow({ reader, driveId, context }: FileCall, sourceId: string): Promise<ListedItem | undefined> {
  try {
    const located = await locateInDrive(reader.graph, driveId, [sourceId], context);
    if (located.has(sourceId)) return located.get(sourceId);
  } catch (error) {
    // That the drive is not there, said once, does not mean that the file is not.
    if (!isFault(error, 'not-found')) throw error;
    throw versionUnknown(error);
  }
  throw versionUnknown();
}

const versionUnknown = (cause?: unknown): Fault =>
  new Fault('unavailable', 'OneDrive does not say of which version the file is', {
    origin: 'graph',
    code: 'VersionUnknown',
    status: 200,
    cause,
  });

/** Is what was read the version that was listed? Undefined: no; else with which flags it is kept. */
async function flagsWhenGood(
  call: FileCall,
  { item, hash, isWhole }: Reading,
  before: Reading | undefined,
): Promise<readonly string[] | undefined> {
  const listed = proofOf(item, hash, isWhole);
  if (listed === 'hash') return [];
  if (listed !== 'no') {
    const now = await versionNow(call, item.sourceId);
    if (now?.versionTag !== item.versionTag) return undefined;
    // Asked alone, the file may tell what its listing left out.
    const asked = proofOf(now, hash, isWhole);
    if (asked === 'hash') return [];
    if (asked !== 'no' && (listed === 'size' || asked === 'size')) return isWhole ? [] : ['source-hash-unchecked'];
  }
  const isSameAgain =
    isWhole && before?.isWhole === true && before.hash.length === hash.length && before.hash.digest() === hash.digest();
  return isSameAgain ? ['source-hash-mismatch'] : undefined;
}

/** What of the file's properties shows that these are its bytes; `no`: one of them shows that they are not. */
function proofOf(item: ListedItem, hash: QuickXorHash, isWhole: boolean): 'hash' | 'size' | 'nothing' | 'no' {
  const expected = isWhole ? driveMetaShape.safeParse(item.meta).data?.quickXorHash : undefined;
  // A size that is left out is listed as none.
  if (hash.length !== item.size && item.size !== 0) return 'no';
  if (expected !== undefined) return hash.digest() === expected ? 'hash' : 'no';
  return hash.length === item.size ? 'size' : 'nothing';
}

function outcomeOfFault(sourceId: string, fault: Fault): Fetched {
  if (fault.kind === 'not-found' && fault.code !== 'LinkExpired') return { kind: 'vanished', sourceId };
  if (fault.kind === 'malware') return { kind: 'skipped', sourceId, reason: 'malware' };
  return { kind: 'failed', sourceId, fault };
}

/** Does the drive as such still answer? Asked when one of its files is refused. */
async function isDriveReachable(graph: Graph, driveId: string, context: ReadContext): Promise<boolean> {
  try {
    await graph.get(driveItemShape, `/drives/${segment(driveId)}/items/root`, {
      ...driveOptions(context),
      query: { $select: 'id' },
    });
    return true;
  } catch (error) {
    if (isFault(error, 'forbidden', 'locked')) return false;
    throw error;
  }
}

function itemAt(items: readonly ListedItem[], index: number): ListedItem {
  const item = items[index];
  if (item === undefined) throw new RangeError(`There is no file ${index}`);
  return item;
}

import { crc32 } from 'node:zlib';
import { Fault, isFault } from '../fault.ts';
import type { Entry } from '../model/item.ts';
import { instant } from '../model/ids.ts';
import type { PointId } from '../model/ids.ts';
import type { RestoreRequest, ItemResult } from '../model/restoreRequest.ts';
import type { PointReader } from '../repository/repository.ts';
import type { PlannedItem } from './planRequest.ts';
import { letGo } from './requestStore.ts';
import type { StoredRequest } from './requestStore.ts';
import type { RestoreServices } from './restoreServices.ts';
import { timeSpent } from './runRequest.ts';
import type { CarryOut, ItemJournal, Shift } from './runRequest.ts';
import { uniquePaths } from './safeNames.ts';
import { zipBytes, zipLayout } from './zipLayout.ts';
import type { ZipFile } from './zipLayout.ts';

/** Reads and checks every byte of an item once, so that what is handed out later is known to be whole. */
export function checkForDownload({ tenure, until }: Shift, services: RestoreServices): CarryOut {
  const readers = new Map<PointId, PointReader>();
  return async (item, path, journal, _number, put) => {
    const named = { itemId: item.itemId, resourceId: item.resourceId, name: item.name };
    const keep = async <T extends ItemJournal>(row: T): Promise<T> => {
      await put(row);
      return row;
    };
    const failed = (reason: string) =>
      keep({ attempts: 1, lookAlikes: 0, result: { ...named, outcome: 'failed' as const, reason } });
    if (item.decision === 'cannot') return failed(item.reason ?? 'It cannot be downloaded.');
    try {
      const reader =
        readers.get(item.pointId) ?? (await services.repository.points.open(item.resourceId, item.pointId));
      readers.set(item.pointId, reader);
      const entry = await reader.item(item.itemId);
      const stream = entry === undefined ? undefined : handedOut(entry);
      if (entry === undefined || stream === undefined) return await failed('There is no content to download.');
      let { bytes, crc32: check } = journal?.checked ?? { bytes: 0, crc32: 0 };
      const rest = { from: bytes, to: stream.size };
      for await (const piece of services.repository.readStream(stream, rest)) {
        check = crc32(piece, check);
        bytes += piece.length;
        await tenure.beat();
        if (services.clock.now() < until || bytes === stream.size) continue;
        await keep({ attempts: 0, lookAlikes: 0, checked: { bytes, crc32: check } });
        throw timeSpent();
      }
      const result: ItemResult = { ...named, outcome: 'downloaded', sha256: stream.sha256 };
      const dated = entry.receivedAt ?? entry.modifiedAt ?? entry.sentAt ?? entry.createdAt;
      return await keep({
        attempts: 1,
        lookAlikes: 0,
        result,
        file: {
          trueName: [...path.map((step) => step.name), fileName(entry, item, services)],
          size: stream.size,
          crc32: check,
          stream: stream.name,
          ...(dated === undefined ? {} : { dated }),
        },
      });
    } catch (error) {
      if (isFault(error, 'corrupt', 'missing')) return failed(error.message);
      throw error;
    }
  };
}

/** The original bytes where there are any, else what Graph said of the item. */
const handedOut = (entry: Entry) =>
  entry.streams.find((stream) => stream.name === 'original') ?? entry.streams.find((stream) => stream.name === 'meta');

function fileName(entry: Entry, item: PlannedItem, services: RestoreServices): string {
  const connector = [...services.connectors.values()].find((candidate) =>
    candidate.description.itemKinds.some((kind) => kind.kind === entry.kind),
  );
  const hasOriginal = entry.streams.some((stream) => stream.name === 'original');
  const extension = hasOriginal ? (connector?.description.original(entry).extension ?? '') : '.json';
  const dotted = extension === '' || extension.startsWith('.') ? extension : `.${extension}`;
  return dotted === '' || item.name.toLowerCase().endsWith(dotted.toLowerCase()) ? item.name : `${item.name}${dotted}`;
}

export interface OpenedDownload {
  readonly size: number;
  readonly fileName: string;
  readonly mediaType: string;
  /** Bytes [from, to). */
  bytes(from: number, to: number): AsyncIterable<Uint8Array>;
}

interface Prepared extends ZipFile {
  readonly number: number;
  readonly stream: string;
  readonly trueName: readonly string[];
  readonly result: ItemResult;
}

/** The file behind a finished download: one item as it is, or an archive of all with a manifest of their true names and hashes. */
export async function openDownload(stored: StoredRequest, services: RestoreServices): Promise<OpenedDownload> {
  const { request } = stored;
  const files = await preparedFiles(request, services);
  const readers = new Map<string, PointReader>();
  const openFile = async function* (file: Prepared, from: number, to: number): AsyncIterable<Uint8Array> {
    const pin = stored.pinned.filter((candidate) => candidate.resourceId === file.result.resourceId);
    for (const candidate of pin) {
      const reader =
        readers.get(candidate.pointId) ??
        (await services.repository.points.open(candidate.resourceId, candidate.pointId));
      readers.set(candidate.pointId, reader);
      const entry = await reader.item(file.result.itemId);
      const stream = entry?.streams.find((one) => one.name === file.stream && one.sha256 === file.result.sha256);
      if (stream === undefined) continue;
      yield* services.repository.readStream(stream, { from, to });
      return;
    }
    throw new Fault('missing', `Item ${file.result.itemId} is not in its restore point any more.`, {
      origin: 'storage',
    });
  };

  const [only] = files;
  const format = request.destination.kind === 'download' ? request.destination.format : undefined;
  if (only !== undefined && files.length === 1 && format !== 'zip') {
    return {
      size: only.size,
      fileName: only.path.split('/').at(-1) ?? 'download',
      mediaType: 'application/octet-stream',
      bytes: (from, to) => openFile(only, from, to),
    };
  }
  const manifest = Buffer.from(JSON.stringify(manifestOf(request, files), undefined, 1));
  const layout = zipLayout([
    ...files,
    { path: 'holdfast-manifest.json', size: manifest.length, crc32: crc32(manifest), modifiedAt: request.createdAt },
  ]);
  return {
    size: layout.size,
    fileName: `Holdfast ${request.createdAt.slice(0, 10)}.zip`,
    mediaType: 'application/zip',
    bytes: (from, to) =>
      zipBytes(layout, from, to, async function* (index, first, last) {
        const file = files[index];
        if (file === undefined) yield manifest.subarray(first, last);
        else yield* openFile(file, first, last);
      }),
  };
}

async function preparedFiles(request: RestoreRequest, services: RestoreServices): Promise<readonly Prepared[]> {
  const unique = uniquePaths();
  const files: Prepared[] = [];
  // The manifest's own name is taken first, so no item can stand in its place.
  unique(['holdfast-manifest.json']);
  let token: string | undefined;
  do {
    const page = await services.records.requests.journal.list(request.id, token);
    for (const { key, value } of page.value) {
      const row = value as ItemJournal;
      if (!key.startsWith('item/') || row.file === undefined || row.result === undefined) continue;
      const { trueName } = row.file;
      files.push({
        number: Number(key.slice(5)),
        path: unique(trueName),
        trueName,
        size: row.file.size,
        crc32: row.file.crc32,
        stream: row.file.stream,
        ...(row.file.dated === undefined ? {} : { modifiedAt: row.file.dated }),
        result: row.result,
      });
    }
    token = page.nextPageToken;
  } while (token !== undefined);
  return files;
}

const manifestOf = (request: RestoreRequest, files: readonly Prepared[]) => ({
  product: 'Holdfast',
  request: request.id,
  askedBy: request.asker.id,
  createdAt: request.createdAt,
  points: request.points,
  files: files.map((file) => ({
    path: file.path,
    trueName: file.trueName,
    itemId: file.result.itemId,
    resourceId: file.result.resourceId,
    size: file.size,
    sha256: file.result.sha256,
    stream: file.stream,
  })),
});

/** A finished download: open for an hour, for its asker alone. */
export async function finishDownload(stored: StoredRequest, services: RestoreServices): Promise<StoredRequest> {
  const now = services.clock.now();
  const counts = stored.request.counts;
  if (counts !== undefined && counts.total > 0 && counts.failed === counts.total) {
    return letGo({
      ...stored,
      request: {
        ...stored.request,
        state: 'failed',
        finishedAt: instant(now),
        trouble: 'No item could be read; each says why.',
      },
    });
  }
  const file = await openDownload(stored, services);
  return letGo({
    ...stored,
    request: {
      ...stored.request,
      state: 'done',
      finishedAt: instant(now),
      download: {
        expiresAt: instant(now + services.limits.downloadMs),
        size: file.size,
        fileName: file.fileName,
        mediaType: file.mediaType,
        taken: false,
      },
    },
  });
}

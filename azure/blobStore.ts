import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { BlobServiceClient, BlockBlobClient, ContainerListBlobFlatSegmentResponse } from '@azure/storage-blob';
import type { BlobFacts, BlobStore, Container } from '../engine/ports/blobStore.ts';
import { checkBlobName, checkPut, checkRange } from '../engine/ports/blobRules.ts';
import { Fault, isFault } from '../engine/fault.ts';
import { instant } from '../engine/model/ids.ts';
import { brokeOff, readWhole } from './readWhole.ts';
import { toFault } from './toFault.ts';
import { azureWriteProtection } from './writeProtection.ts';

const SLICE_BYTES = 256 * 1024;
/** The one trouble that was the same at every try: there is nothing to write into. */
const NO_CONTAINER = 404;

const containers: readonly Container[] = ['repository', 'journal', 'derived', 'exports'];

/** Makes the containers that are missing. */
export async function prepareContainers(service: BlobServiceClient): Promise<void> {
  for (const container of containers) {
    await asFault(`container ${container}`, () => service.getContainerClient(container).createIfNotExists());
  }
}

/**
 * Blobs in Azure Storage. `repeating` tries again after passing trouble; `once` does not, and carries the writes whose
 * condition a repeat of ours would itself break.
 */
export function azureBlobStore(repeating: BlobServiceClient, once: BlobServiceClient): BlobStore {
  const blobOf = (container: Container, name: string, service = repeating): BlockBlobClient =>
    service.getContainerClient(container).getBlockBlobClient(name);

  return {
    async create(container, name, bytes) {
      checkPut(name, bytes);
      try {
        return await put(blobOf(container, name), name, bytes, { ifNoneMatch: '*' });
      } catch (error) {
        if (!isFault(error, 'conflict')) throw unknownAfterTries(error);
        // A create that succeeded and whose answer was lost is refused when it is repeated: equal bytes are ours.
        const existing = await equalBlob(blobOf(container, name), name, bytes).catch((unread: unknown) => {
          throw unknownAfterTries(unread);
        });
        if (existing) return existing;
        throw error;
      }
    },

    async replace(container, name, bytes, ifMatch) {
      checkPut(name, bytes);
      if (ifMatch !== undefined) return put(blobOf(container, name, once), name, bytes, { ifMatch });
      return put(blobOf(container, name), name, bytes, {}).catch((error: unknown) => {
        throw unknownAfterTries(error);
      });
    },

    async read(container, name, range, memory) {
      checkBlobName(name);
      if (range) checkRange(range);
      return readWhole(() => download(blobOf(container, name), name, range, memory));
    },

    async head(container, name) {
      checkBlobName(name);
      return factsOf(blobOf(container, name), name);
    },

    async list(container, prefix, pageToken) {
      const pages = repeating
        .getContainerClient(container)
        .listBlobsFlat({ prefix })
        .byPage({ maxPageSize: 5000, ...(pageToken && { continuationToken: pageToken }) });
      const first = await asFault(`the list of blobs ${prefix}`, () => pages.next());
      if (first.done) return { blobs: [] };
      const page: ContainerListBlobFlatSegmentResponse = first.value;
      const blobs = page.segment.blobItems.map(({ name, properties: { contentLength, etag, lastModified } }) =>
        facts(name, contentLength ?? 0, etag, lastModified),
      );
      return page.continuationToken ? { blobs, nextPageToken: page.continuationToken } : { blobs };
    },

    async remove(container, name) {
      checkBlobName(name);
      await asFault(`blob ${name}`, () => blobOf(container, name).deleteIfExists()).catch((error: unknown) => {
        throw unknownAfterTries(error);
      });
    },

    protection: azureWriteProtection(repeating),
  };
}

async function put(
  blob: BlockBlobClient,
  name: string,
  bytes: Uint8Array,
  conditions: { readonly ifNoneMatch?: string; readonly ifMatch?: string },
): Promise<BlobFacts> {
  const answer = await asFault(`blob ${name}`, () =>
    blob.upload(bodyOf(bytes), bytes.length, {
      conditions,
      transactionalContentMD5: md5(bytes),
      blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
    }),
  );
  return facts(name, bytes.length, answer.etag, answer.lastModified);
}

/** Large ones go in slices at the pace of the line: given whole, TLS first encrypts all of it into memory of its own. */
function bodyOf(bytes: Uint8Array): Buffer | (() => Readable) {
  if (bytes.length <= SLICE_BYTES) return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return () => Readable.from(slicesOf(bytes), { objectMode: false, highWaterMark: SLICE_BYTES });
}

function* slicesOf(bytes: Uint8Array): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES)
    yield Buffer.from(bytes.buffer, bytes.byteOffset + at, Math.min(SLICE_BYTES, bytes.length - at));
}

async function equalBlob(blob: BlockBlobClient, name: string, bytes: Uint8Array): Promise<BlobFacts | undefined> {
  const there = await properties(blob, name);
  if (there?.contentLength !== bytes.length) return undefined;
  const stored = there.contentMD5 ?? md5(await readWhole(() => download(blob, name)));
  return md5(bytes).equals(stored) ? facts(name, bytes.length, there.etag, there.lastModified) : undefined;
}

async function factsOf(blob: BlockBlobClient, name: string): Promise<BlobFacts | undefined> {
  const there = await properties(blob, name);
  return there && facts(name, there.contentLength ?? 0, there.etag, there.lastModified);
}

async function properties(
  blob: BlockBlobClient,
  name: string,
): Promise<Awaited<ReturnType<BlockBlobClient['getProperties']>> | undefined> {
  try {
    return await asFault(`blob ${name}`, () => blob.getProperties());
  } catch (error) {
    if (isFault(error, 'not-found')) return undefined;
    throw error;
  }
}

async function download(
  blob: BlockBlobClient,
  name: string,
  range?: { readonly from: number; readonly length: number },
  memory?: Uint8Array,
): Promise<Uint8Array> {
  // No range of no bytes exists in HTTP; what is not there must be said all the same.
  if (range?.length === 0) {
    await asFault(`blob ${name}`, () => blob.getProperties());
    return new Uint8Array(0);
  }
  try {
    const answer = await asFault(`blob ${name}`, () => blob.download(range?.from ?? 0, range?.length));
    const length = answer.contentLength ?? 0;
    const bytes = memory !== undefined && memory.length >= length ? memory.subarray(0, length) : new Uint8Array(length);
    return answer.readableStreamBody ? await fill(bytes, answer.readableStreamBody as Readable, name) : bytes;
  } catch (error) {
    if (isFault(error) || (error as { statusCode?: number }).statusCode !== 416) throw error;
    return new Uint8Array(0);
  }
}

async function fill(bytes: Uint8Array, body: Readable, name: string): Promise<Uint8Array> {
  let filled = 0;
  try {
    for await (const piece of body as AsyncIterable<Uint8Array>) {
      bytes.set(piece, filled);
      filled += piece.length;
    }
  } catch (cause) {
    throw brokeOff(`blob ${name}`, cause);
  }
  if (filled === bytes.length) return bytes;
  throw brokeOff(`blob ${name}`);
}

/**
 * What came of a write that was tried more than once. The last answer may say that nothing happened, but it speaks for the
 * last try alone: the answer to one before may have been lost.
 */
function unknownAfterTries(error: unknown): unknown {
  const isSettled = !isFault(error, 'unavailable') || error.outcomeUnknown || error.status === NO_CONTAINER;
  if (isSettled) return error;
  const { origin, code, status, retryAfterMs } = error;
  return new Fault('unavailable', error.message, {
    origin,
    ...(code !== undefined && { code }),
    ...(status !== undefined && { status }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    outcomeUnknown: true,
    cause: error,
  });
}

async function asFault<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toFault(error, what);
  }
}

const md5 = (bytes: Uint8Array): Buffer => createHash('md5').update(bytes).digest();

function facts(name: string, length: number, etag: string | undefined, modifiedAt: Date | undefined): BlobFacts {
  if (!etag || !modifiedAt)
    throw new Fault('unavailable', `Storage did not say which version of blob ${name} it holds`, { origin: 'storage' });
  // Headers carry the ETag in quotes, lists do not.
  return { name, length, etag: etag.startsWith('"') ? etag : `"${etag}"`, modifiedAt: instant(modifiedAt.getTime()) };
}

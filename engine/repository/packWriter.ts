import { createHash } from 'node:crypto';
import { createSHA256 } from 'hash-wasm';
import { Fault } from '../fault.ts';
import type { ChunkId } from '../model/ids.ts';
import type { SegmentPlace, StreamPart } from '../model/stream.ts';
import { chunker, gearTable } from './chunker.ts';
import { compress } from './compress.ts';
import { chunkIdOf, sha256Of } from './core.ts';
import type { Core } from './core.ts';
import { largestPack } from './pack.ts';
import type { PackedChunk, Writable } from './pack.ts';
import { packSink, placeToCome } from './packSink.ts';
import type { PackBudget, PackWriter } from './repository.ts';

type ContentKind = Parameters<PackWriter['store']>[1];

/** Streams up to this are one piece; longer ones are cut by their content. */
const WHOLE_BYTES = 4 * 1024 * 1024;
/** Pieces below this share segments by class. */
const SHARED_BELOW = 256 * 1024;
/** A shared segment is closed at this size: one item costs at most one read of it, and neighbours still compress together. */
const SEGMENT_BYTES = 512 * 1024;
/** Smaller pieces are not looked up: an id would weigh as much as what it saves. */
const DEDUP_FROM = 4 * 1024;

/** A segment that is still taking small pieces of one class. */
interface SharedSegment {
  readonly place: Writable<SegmentPlace>;
  readonly pieces: Uint8Array[];
  readonly chunks: PackedChunk[];
  bytes: number;
}

export function packWriter(core: Core, budget: PackBudget = {}): PackWriter {
  const sink = packSink(core, 'content', Math.min(budget.packBytes ?? largestPack, largestPack));
  let gear: Uint32Array | undefined;
  /** Only long streams are cut. */
  const newCutter = () => chunker((gear ??= gearTable(core.ring.idKey)));
  const shared = new Map<ContentKind, SharedSegment>();
  /** Stored by this writer and not flushed: may be named by this job only. */
  const fresh = new Map<ChunkId, StreamPart>();
  const inOrder = oneAtATime();

  async function closeShared(kind: ContentKind): Promise<void> {
    const segment = shared.get(kind);
    if (segment === undefined) return;
    await sink.add(compress(Buffer.concat(segment.pieces), kind), segment.bytes, segment.place, segment.chunks);
    shared.delete(kind);
  }

  function share(kind: ContentKind, bytes: Uint8Array, chunk: ChunkId | undefined): StreamPart {
    const segment = shared.get(kind) ?? { place: placeToCome(), pieces: [], chunks: [], bytes: 0 };
    shared.set(kind, segment);
    const part: StreamPart = {
      place: segment.place,
      offset: segment.bytes,
      length: bytes.byteLength,
      ...(chunk && { chunk }),
    };
    segment.pieces.push(bytes);
    if (chunk !== undefined) segment.chunks.push({ offset: part.offset, length: part.length, chunk });
    segment.bytes += bytes.byteLength;
    return part;
  }

  async function alone(kind: ContentKind, bytes: Uint8Array, chunk: ChunkId): Promise<StreamPart> {
    const place = placeToCome();
    const length = bytes.byteLength;
    await sink.add(compress(bytes, kind), length, place, [{ offset: 0, length, chunk }]);
    return { place, offset: 0, length, chunk };
  }

  /** Stores one piece, or finds it. `bytes` may be reused by the caller afterwards when it is large. */
  const storePiece = (kind: ContentKind, bytes: Uint8Array, isChunk: boolean): Promise<StreamPart> =>
    inOrder(async () => {
      const chunk = bytes.byteLength < DEDUP_FROM && !isChunk ? undefined : chunkIdOf(core.ring, sha256Of(bytes));
      const known = chunk && (fresh.get(chunk) ?? core.chunks.find(chunk));
      if (known !== undefined) return known;
      const part =
        chunk !== undefined && (isChunk || bytes.byteLength >= SHARED_BELOW)
          ? await alone(kind, bytes, chunk)
          : share(kind, bytes, chunk);
      if (chunk !== undefined) fresh.set(chunk, part);
      if ((shared.get(kind)?.bytes ?? 0) >= SEGMENT_BYTES) await closeShared(kind);
      return part;
    });

  return {
    async store(name, kind, source) {
      const whole: Uint8Array[] = [];
      const hash = createHash('sha256');
      const parts: StreamPart[] = [];
      let cutter: ReturnType<typeof chunker> | undefined;
      let size = 0;
      for await (const bytes of source) {
        hash.update(bytes);
        size += bytes.byteLength;
        if (cutter === undefined) whole.push(bytes);
        if (size <= WHOLE_BYTES) continue;
        cutter ??= newCutter();
        for (const piece of whole.length > 0 ? whole : [bytes]) {
          for (const chunk of cutter.push(piece)) parts.push(await storePiece(kind, chunk, true));
        }
        whole.length = 0;
      }
      const rest = cutter === undefined ? Buffer.concat(whole) : cutter.end();
      if (rest !== undefined && rest.byteLength > 0) parts.push(await storePiece(kind, rest, cutter !== undefined));
      return { name, size, sha256: hash.digest('hex'), parts };
    },

    async storeLarge(name, source, state, cutAfter) {
      const hash = await createSHA256();
      hash.init();
      if (state !== undefined) loadHash(hash, state.sha256State);
      const parts = [...(state?.parts ?? [])];
      const cutter = newCutter();
      const from = state?.bytes ?? 0;
      let bytes = from;
      const add = async (chunk: Uint8Array): Promise<void> => {
        parts.push(await storePiece('binary', chunk, true));
        hash.update(chunk);
        bytes += chunk.byteLength;
      };
      for await (const piece of source) {
        for (const chunk of cutter.push(piece)) {
          await add(chunk);
          if (bytes - from < cutAfter) continue;
          return { complete: false, state: { bytes, sha256State: Buffer.from(hash.save()).toString('base64'), parts } };
        }
      }
      const rest = cutter.end();
      if (rest !== undefined) await add(rest);
      return { complete: true, stream: { name, size: bytes, sha256: hash.digest('hex'), parts } };
    },

    flush: () =>
      inOrder(async () => {
        for (const kind of shared.keys()) await closeShared(kind);
        await sink.close();
        for (const [chunk, part] of fresh) core.chunks.add(chunk, part);
        fresh.clear();
        return sink.takeRefs();
      }),

    get bytesStored() {
      return sink.bytesStored;
    },
    get buffered() {
      return [...shared.values()].reduce((sum, segment) => sum + segment.bytes, sink.buffered);
    },
    abandon() {
      shared.clear();
      fresh.clear();
      sink.abandon();
    },
  };
}

function loadHash(hash: Awaited<ReturnType<typeof createSHA256>>, state: string): void {
  try {
    hash.load(Buffer.from(state, 'base64'));
  } catch (cause) {
    throw new Fault('invalid', 'The saved state of a large item is not of this version. Start the item anew.', {
      cause,
    });
  }
}

/** Lets calls overlap while what they do happens one after the other. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const next = last.then(work, work);
    last = next;
    return next;
  };
}

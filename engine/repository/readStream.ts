import { createHash } from 'node:crypto';
import { Fault } from '../fault.ts';
import type { SegmentPlace, StoredStream, StreamPart } from '../model/stream.ts';
import { chunkIdOf, packName, sha256Of } from './core.ts';
import type { Core } from './core.ts';
import { notWhatWasWritten } from './objectSeal.ts';
import type { SegmentReader } from './segmentReader.ts';

/** Bytes [from, to) of a stream. Tag, chunk id and, read whole, the SHA-256 are checked before the last byte is handed out. */
export async function* readStream(
  core: Pick<Core, 'ring'>,
  segments: SegmentReader,
  stream: StoredStream,
  range: { readonly from: number; readonly to: number } = { from: 0, to: stream.size },
): AsyncGenerator<Uint8Array> {
  if (range.from < 0 || range.to > stream.size || range.from > range.to) {
    throw new Fault('invalid', `Bytes ${range.from} to ${range.to} are not inside a stream of ${stream.size} bytes.`, {
      origin: 'input',
    });
  }
  const wanted = partsWithin(stream.parts, range);
  const places = runsOf(wanted.map(({ part }) => part.place));
  const hash = range.from === 0 && range.to === stream.size ? createHash('sha256') : undefined;
  const opened = segments.read('content', places)[Symbol.asyncIterator]();
  let segment: Uint8Array | undefined;
  let place: SegmentPlace | undefined;
  let held: Uint8Array | undefined;

  try {
    for (const { part, from, to } of wanted) {
      if (segment === undefined || place === undefined || !isSame(place, part.place)) {
        const next = await opened.next();
        if (next.done === true) break;
        segment = next.value;
        place = part.place;
      }
      const bytes = bytesOf(core, segment, part);
      hash?.update(bytes);
      // One piece stays back until the next is checked: a reader never sees the end of a stream that is not whole.
      if (held !== undefined) yield held;
      held = bytes.subarray(from, to);
    }
  } finally {
    await opened.return?.();
  }
  if (hash !== undefined && hash.digest('hex') !== stream.sha256) {
    const name = stream.parts[0] === undefined ? 'The stream' : packName(stream.parts[0].place.pack);
    throw notWhatWasWritten(name, `the stream "${stream.name}" put together from it has another SHA-256`);
  }
  if (held !== undefined) yield held;
}

function bytesOf(core: Pick<Core, 'ring'>, segment: Uint8Array, part: StreamPart): Uint8Array {
  const bytes = segment.subarray(part.offset, part.offset + part.length);
  const isRight =
    bytes.byteLength === part.length &&
    (part.chunk === undefined || chunkIdOf(core.ring, sha256Of(bytes)) === part.chunk);
  if (!isRight) throw notWhatWasWritten(packName(part.place.pack), `segment ${part.place.segment} holds another chunk`);
  return bytes;
}

/** Parts that touch the range, each with the bytes of it that are wanted. */
function partsWithin(
  parts: readonly StreamPart[],
  range: { readonly from: number; readonly to: number },
): { readonly part: StreamPart; readonly from: number; readonly to: number }[] {
  let at = 0;
  return parts.flatMap((part) => {
    const start = at;
    at += part.length;
    if (part.length === 0 || at <= range.from || start >= range.to) return [];
    return [{ part, from: Math.max(0, range.from - start), to: Math.min(part.length, range.to - start) }];
  });
}

/** Places in order, one for each run of equal ones. */
const runsOf = (places: readonly SegmentPlace[]): SegmentPlace[] =>
  places.filter((place, index) => index === 0 || !isSame(places[index - 1] as SegmentPlace, place));

const isSame = (a: SegmentPlace, b: SegmentPlace): boolean => a === b || (a.pack === b.pack && a.segment === b.segment);

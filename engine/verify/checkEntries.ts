import { hash } from '../repository/youngNode.ts';
import type { PackId } from '../model/ids.ts';
import type { Entry } from '../model/item.ts';
import type { StoredStream } from '../model/stream.ts';
import { packName } from '../repository/core.ts';
import { lru } from '../repository/lru.ts';
import { readStream } from '../repository/readStream.ts';
import { damageOf } from './damageOf.ts';
import type { Reading } from './reading.ts';

/** Why an item cannot be had from storage as it was. */
export interface EntryDamage {
  readonly entry: Entry;
  readonly kind: 'missing' | 'corrupt';
  readonly detail: string;
  readonly packs: readonly PackId[];
}

/** Reads items to their last byte: tags, chunk ids, and the SHA-256 of every stream. */
export interface EntryChecker {
  /** Undefined when all of it is as it was written. Faults other than damage are thrown. */
  check(entry: Entry): Promise<EntryDamage | undefined>;
  readonly streams: number;
  readonly bytes: number;
}

/** Attachments that many items share are read once. */
const KEPT_STREAMS = 20_000;
const WORTH_KEEPING = 64 * 1024;

export function entryChecker(reading: Reading): EntryChecker {
  const whole = lru<true>(KEPT_STREAMS);
  let streams = 0;
  let bytes = 0;

  async function read(stream: StoredStream): Promise<void> {
    const key = stream.size >= WORTH_KEEPING ? keyOf(stream) : undefined;
    if (key !== undefined && whole.get(key)) return;
    for await (const piece of readStream(reading, reading.content, stream)) bytes += piece.byteLength;
    streams += 1;
    if (key !== undefined) whole.set(key, true);
  }

  /** One damaged segment does not say that the others are whole: each is opened by itself. */
  async function badPacks(stream: StoredStream): Promise<PackId[]> {
    const bad = new Set<PackId>();
    for (const place of new Map(
      stream.parts.map((part) => [`${part.place.pack}/${part.place.segment}`, part.place]),
    ).values()) {
      try {
        await Array.fromAsync(reading.content.read('content', [place]));
      } catch (error) {
        damageOf(error);
        bad.add(place.pack);
      }
    }
    return bad.size > 0 ? [...bad] : [...new Set(stream.parts.map((part) => part.place.pack))];
  }

  return {
    async check(entry) {
      const packs = new Set<PackId>();
      let first: { readonly kind: 'missing' | 'corrupt'; readonly detail: string } | undefined;
      for (const stream of entry.streams) {
        try {
          await read(stream);
          if (stream.name === 'original' && entry.sha256 !== undefined && entry.sha256 !== stream.sha256)
            first ??= { kind: 'corrupt', detail: 'The page says another SHA-256 than its content has.' };
        } catch (error) {
          const { kind, fault } = damageOf(error);
          if (first === undefined || kind === 'missing') first = { kind, detail: fault.message };
          for (const pack of await badPacks(stream)) packs.add(pack);
        }
      }
      return first && { entry, ...first, packs: [...packs] };
    },
    get streams() {
      return streams;
    },
    get bytes() {
      return bytes;
    },
  };
}

/** Says which bytes these are and where they lie. */
const keyOf = (stream: StoredStream): string =>
  `${stream.sha256}/${hash('sha256', stream.parts.map(placeText).join(' '))}`;

const placeText = ({ place, offset, length }: StoredStream['parts'][number]): string =>
  `${place.pack}/${place.segment}/${offset}/${length}`;

/** Differs when the item says something else, or its bytes lie somewhere else. */
export const stateOf = (entry: Entry): string => hash('sha256', JSON.stringify(entry), 'base64');

export const objectOf = ({ packs }: EntryDamage): string => (packs[0] === undefined ? 'content' : packName(packs[0]));

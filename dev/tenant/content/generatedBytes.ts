import { createCipheriv, createHash } from 'node:crypto';

/** Bytes made at once. Text depends on it, random bytes do not. */
const BLOCKS = { random: 512 * 1024, text: 64 * 1024 } as const;
const WORDS = (
  'account agenda annual approval balance board budget client contract customer deadline delivery department draft estimate ' +
  'Gebäude invoice Lieferung margin meeting minutes notes offer order plan project quarter Rechnung report review Übersicht ' +
  'schedule summary supplier target team travel update version 会議 予定 見積 資料'
).split(' ');

/** Kinds of made-up content: `random` does not compress, `text` does, as documents do. */
export type GeneratedKind = 'random' | 'text';

/**
 * Bytes [start, end) of endless content that is a pure function of the seed, so a file of any size needs no
 * storage and any range of it can be asked for.
 */
export function* generatedBytes(kind: GeneratedKind, seed: string, start: number, end: number): Generator<Buffer> {
  const key = createHash('sha256').update(`${kind}:${seed}`).digest();
  const size = BLOCKS[kind];
  for (let block = Math.floor(start / size); block * size < end; block += 1) {
    const [from, to] = [Math.max(0, start - block * size), Math.min(size, end - block * size)];
    const bytes = kind === 'random' ? randomBlock(key, block, to) : textBlock(key, block, to);
    yield bytes.subarray(from, to);
  }
}

const ZEROS = Buffer.alloc(BLOCKS.random);

function randomBlock(key: Buffer, block: number, length: number): Buffer {
  const counter = Buffer.alloc(16);
  counter.writeBigUInt64BE(BigInt(block) * BigInt(BLOCKS.random / 16), 8);
  return createCipheriv('aes-256-ctr', key, counter).update(ZEROS.subarray(0, length));
}

function textBlock(key: Buffer, block: number, enough: number): Buffer {
  let state = (key.readUInt32LE(0) ^ Math.imul(block + 1, 0x9e3779b1)) >>> 0;
  const words: string[] = [];
  for (let length = 0; length < enough;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const word = `${WORDS[(state >>> 16) % WORDS.length] ?? ''}${state % 13 === 0 ? `.\r\n${state % 9973} ` : ' '}`;
    words.push(word);
    length += word.length;
  }
  return Buffer.from(words.join('')).subarray(0, enough);
}

import { createHash, randomUUID } from 'node:crypto';
import {
  constants,
  createReadStream,
  createWriteStream,
  mkdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { open, rename, rm, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { generatedBytes, type GeneratedKind } from './generatedBytes.ts';
import { generatedMail } from './generatedMail.ts';
import { largeMail, type LargeMail } from './largeMail.ts';
import { QuickXorHash } from './quickXorHash.ts';

export interface Digests {
  readonly quickXorHash: string;
  readonly sha256: string;
}

/**
 * Content by reference: `corpus:<path>` a file of the corpus, `blob:<id>` bytes a client brought,
 * `gen:<kind>:<size>:<seed>` a pure function, `mail:<seed>:<number>` a made-up message,
 * `large:<bytes>x<count>:<seed>` a made-up message with attachments of that size. Nothing is kept in memory.
 */
export class ContentStore {
  readonly #blobs: string;
  readonly #corpus: string;

  constructor(dataDir: string, corpusDir: string | undefined) {
    this.#blobs = join(dataDir, 'blobs');
    this.#corpus = corpusDir ?? '';
    mkdirSync(this.#blobs, { recursive: true });
  }

  size(ref: string): number {
    const [kind, rest] = split(ref);
    if (kind === 'gen') return Number(rest.split(':')[1]);
    if (kind === 'mail') return mailOf(rest).length;
    if (kind === 'large') return largeOf(rest).size;
    return statSync(this.#path(kind, rest)).size;
  }

  /** Bytes [start, end) in pieces. */
  async *read(ref: string, start = 0, end = this.size(ref)): AsyncGenerator<Uint8Array> {
    const [kind, rest] = split(ref);
    if (end <= start) return;
    if (kind === 'gen') yield* generatedBytes(...generator(rest), start, end);
    else if (kind === 'mail') yield mailOf(rest).subarray(start, end);
    else if (kind === 'large') yield* largeOf(rest).read(start, end);
    else
      yield* createReadStream(this.#path(kind, rest), {
        start,
        end: end - 1,
        highWaterMark: 256 * 1024,
      }) as AsyncIterable<Buffer>;
  }

  /** The whole content; for mail and small files. */
  bytes(ref: string): Buffer {
    const [kind, rest] = split(ref);
    if (kind === 'gen') return Buffer.concat([...generatedBytes(...generator(rest), 0, this.size(ref))]);
    if (kind === 'large') return Buffer.concat([...largeOf(rest).read(0, largeOf(rest).size)]);
    return kind === 'mail' ? mailOf(rest) : readFileSync(this.#path(kind, rest));
  }

  /** The attachments of a `large` message, known without reading it. */
  largeAttachments(ref: string): LargeMail['attachments'] | undefined {
    const [kind, rest] = split(ref);
    return kind === 'large' ? largeOf(rest).attachments : undefined;
  }

  async digests(ref: string): Promise<Digests> {
    const sha256 = createHash('sha256');
    const quick = new QuickXorHash();
    for await (const piece of this.read(ref)) {
      sha256.update(piece);
      quick.update(piece);
    }
    return { sha256: sha256.digest('hex'), quickXorHash: quick.digest() };
  }

  keep(bytes: Uint8Array): string {
    const id = randomUUID();
    writeFileSync(join(this.#blobs, id), bytes);
    return `blob:${id}`;
  }

  /** Streams to disk; the reference exists only when all of it arrived. */
  async keepStream(source: AsyncIterable<Uint8Array>): Promise<string> {
    const id = randomUUID();
    const partial = join(this.#blobs, `${id}.partial`);
    await pipeline(source, createWriteStream(partial));
    await rename(partial, join(this.#blobs, id));
    return `blob:${id}`;
  }

  /** Upload sessions collect their ranges in a file of their own until the last one arrives. */
  async writeAt(session: string, offset: number, bytes: Uint8Array): Promise<void> {
    const file = await open(join(this.#blobs, `${session}.partial`), constants.O_CREAT | constants.O_WRONLY);
    try {
      await file.write(bytes, 0, bytes.length, offset);
    } finally {
      await file.close();
    }
  }

  async finish(session: string, size: number): Promise<string> {
    const partial = join(this.#blobs, `${session}.partial`);
    await truncate(partial, size);
    await rename(partial, join(this.#blobs, session));
    return `blob:${session}`;
  }

  async discard(session: string): Promise<void> {
    await rm(join(this.#blobs, `${session}.partial`), { force: true });
  }

  #path(kind: string, rest: string): string {
    return kind === 'corpus' ? join(this.#corpus, rest) : join(this.#blobs, rest);
  }
}

function split(ref: string): [string, string] {
  const colon = ref.indexOf(':');
  return [ref.slice(0, colon), ref.slice(colon + 1)];
}

function generator(rest: string): [GeneratedKind, string] {
  const [kind, , ...seed] = rest.split(':');
  return [kind as GeneratedKind, seed.join(':')];
}

function largeOf(rest: string): LargeMail {
  const colon = rest.indexOf(':');
  const [bytes, count] = rest.slice(0, colon).split('x');
  return largeMail(rest.slice(colon + 1), Number(bytes), Number(count ?? 1));
}

function mailOf(rest: string): Buffer {
  const colon = rest.lastIndexOf(':');
  return generatedMail(rest.slice(0, colon), Number(rest.slice(colon + 1))).mime;
}

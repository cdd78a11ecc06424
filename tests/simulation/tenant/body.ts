import { Readable } from 'node:stream';

/** How a body ends. */
export interface BodyEnd {
  /** The connection breaks after the last chunk. */
  readonly error: Error | undefined;
  /** Called once: read to its end, broken or given up. */
  readonly done: () => void;
}

/** The body of an answer: as a stream, and without a stream's detours for who just iterates over it. */
export class Body extends Readable {
  #chunks: readonly Buffer[];
  #at = 0;
  #done: (() => void) | undefined;
  readonly #error: Error | undefined;

  constructor(chunks: readonly Buffer[], { error, done }: BodyEnd) {
    super();
    this.#chunks = chunks;
    this.#error = error;
    this.#done = done;
  }

  override _read(): void {
    const chunk = this.#chunks[this.#at];
    this.#at += 1;
    if (chunk !== undefined) this.push(chunk);
    else if (this.#error !== undefined) this.destroy(this.#error);
    else {
      this.#end();
      this.push(null);
    }
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#end();
    callback(error);
  }

  override async *[Symbol.asyncIterator](): AsyncGenerator<Buffer> {
    try {
      for (; this.#at < this.#chunks.length; this.#at++) {
        const chunk = this.#chunks[this.#at];
        if (chunk !== undefined) yield chunk;
      }
      if (this.#error !== undefined) throw this.#error;
    } finally {
      this.#end();
      this.destroy();
    }
  }

  #end(): void {
    this.#done?.();
    this.#done = undefined;
    this.#chunks = [];
  }
}

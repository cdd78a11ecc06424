import { createHash, type Hash } from 'node:crypto';

/** What happened, line by line. Two runs of one plan have one hash. */
export class Trace {
  readonly #hash: Hash = createHash('sha256');
  #unhashed = '';
  readonly #lines: string[] | undefined;

  /** `keep`: the lines can be read afterwards. */
  constructor(keep: boolean) {
    this.#lines = keep ? [] : undefined;
  }

  add(line: string): void {
    this.#unhashed += `${line}\n`;
    this.#lines?.push(line);
  }

  get lines(): readonly string[] {
    return this.#lines ?? [];
  }

  digest(): string {
    this.#hash.update(this.#unhashed);
    this.#unhashed = '';
    return this.#hash.copy().digest('hex');
  }
}

/** Where the start speaks: lines that stay, and one line at the bottom that changes where a person watches. */
export class Terminal {
  readonly #out: NodeJS.WriteStream;
  #live = '';
  #lastPlain = { text: '', atMs: 0 };

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  say(line: string): void {
    this.#clear();
    this.#out.write(`${line}\n`);
    this.#draw();
  }

  /** Resolves when every byte has left this process: on a screen, in a file, or at the reader of a pipe. */
  async sayFully(text: string): Promise<void> {
    this.#clear();
    await new Promise<void>((resolve, reject) => {
      this.#out.write(`${text}\n`, (error) => (error === null || error === undefined ? resolve() : reject(error)));
    });
    this.#draw();
  }

  /** Replaces the changing line. Without a screen it becomes an ordinary line, at most every `plainEveryMs`. */
  live(text: string, nowMs: number, plainEveryMs = 5_000): void {
    if (this.#out.isTTY) {
      this.#clear();
      this.#live = text;
      this.#draw();
      return;
    }
    if (text === this.#lastPlain.text || nowMs - this.#lastPlain.atMs < plainEveryMs) return;
    this.#lastPlain = { text, atMs: nowMs };
    this.#out.write(`${text}\n`);
  }

  /** Ends the changing line. */
  endLive(): void {
    this.#clear();
    this.#live = '';
  }

  #clear(): void {
    if (this.#live !== '') this.#out.write('\r\u001b[K');
  }

  #draw(): void {
    // Cut to the width: a line that wraps cannot be taken back.
    if (this.#live !== '') this.#out.write(this.#live.slice(0, Math.max(20, this.#out.columns - 1)));
  }
}

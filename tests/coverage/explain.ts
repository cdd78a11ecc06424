/** Branches that no unit test takes, and why that is as it should be. */
export interface Exception {
  readonly why: string;
  /**
   * By file, the text of each line, or of some that follow each other, without indents. Numbers would mean another line
   * after every change above. Each must be there exactly once.
   */
  readonly lines: Readonly<Record<string, readonly string[]>>;
}

export interface Explained {
  isExplained(file: string, line: number): boolean;
  /** Texts that their file does not hold any more, or holds several times. */
  readonly stale: readonly string[];
}

/** `sourceOf` reads a module. */
export function explain(exceptions: readonly Exception[], sourceOf: (file: string) => string): Explained {
  const known = new Set<string>();
  const stale: string[] = [];
  for (const { lines } of exceptions) {
    for (const [file, texts] of Object.entries(lines)) {
      const source = sourceOf(file)
        .split('\n')
        .map((line) => line.trim());
      for (const text of texts) {
        const wanted = text.split('\n');
        const starts = source.flatMap((_, at) =>
          wanted.every((line, next) => source[at + next] === line) ? [at] : [],
        );
        const [start] = starts;
        if (start === undefined || starts.length > 1) stale.push(`${file}: ${text}`);
        else for (const next of wanted.keys()) known.add(`${file}:${start + next + 1}`);
      }
    }
  }
  return { isExplained: (file, line) => known.has(`${file}:${line}`), stale };
}

/** Branches that no unit test takes, and why that is as it should be. */
export interface Exception {
  readonly why: string;
  /** By file, the text of each line, without its indent. Numbers would mean another line after every change above. */
  readonly lines: Readonly<Record<string, readonly string[]>>;
}

export interface Explained {
  isExplained(file: string, line: number): boolean;
  /** Lines that their file does not hold any more. */
  readonly stale: readonly string[];
}

/** `sourceOf` reads a module. */
export function explain(exceptions: readonly Exception[], sourceOf: (file: string) => string): Explained {
  const known = new Set<string>();
  const stale: string[] = [];
  for (const { lines } of exceptions) {
    for (const [file, texts] of Object.entries(lines)) {
      const source = sourceOf(file).split('\n');
      for (const text of texts) {
        const numbers = source.flatMap((line, index) => (line.trim() === text ? [index + 1] : []));
        for (const number of numbers) known.add(`${file}:${number}`);
        if (numbers.length === 0) stale.push(`${file}: ${text}`);
      }
    }
  }
  return { isExplained: (file, line) => known.has(`${file}:${line}`), stale };
}

/** What the tests did not take, of one file. */
export interface FileCoverage {
  readonly file: string;
  readonly lines: Share;
  readonly branches: Share;
  /** Lines at which a branch begins that no test took, each once. */
  readonly untaken: readonly number[];
}

export interface Share {
  readonly taken: number;
  readonly of: number;
}

/** Reads a tracefile as `node --test --test-reporter=lcov` writes it. */
export const readLcov = (text: string): ReadonlyMap<string, FileCoverage> =>
  new Map(
    text
      .split('end_of_record')
      .map((record) => fileOf(record.trim().split('\n')))
      .filter((file) => file.file !== '')
      .map((file) => [file.file, file]),
  );

function fileOf(rows: readonly string[]): FileCoverage {
  const valuesOf = (key: string): string[] =>
    rows.filter((row) => row.startsWith(`${key}:`)).map((row) => row.slice(key.length + 1));
  const lines = valuesOf('DA').map((value) => value.split(','));
  const branches = valuesOf('BRDA').map((value) => value.split(','));
  const isTaken = (count: string | undefined): boolean => count !== '0' && count !== '-';
  return {
    file: valuesOf('SF')[0] ?? '',
    lines: { taken: lines.filter(([, count]) => isTaken(count)).length, of: lines.length },
    branches: { taken: branches.filter(([, , , count]) => isTaken(count)).length, of: branches.length },
    untaken: branches.filter(([, , , count]) => !isTaken(count)).map(([line]) => Number(line)),
  };
}

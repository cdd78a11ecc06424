/** Where two states differ, as `path: one ≠ other`, at most `most` of them. */
export function differences(one: unknown, other: unknown, most = 8): readonly string[] {
  const found: string[] = [];
  walk('', one, other, found);
  return found.slice(0, most);
}

function walk(path: string, one: unknown, other: unknown, found: string[]): void {
  if (isTree(one) && isTree(other)) {
    for (const key of new Set([...Object.keys(one), ...Object.keys(other)]))
      walk(`${path}/${key}`, one[key], other[key], found);
  } else if (one !== other) {
    found.push(`${path}: ${short(one)} ≠ ${short(other)}`);
  }
}

const isTree = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

const short = (value: unknown): string => (JSON.stringify(value) ?? 'nothing').slice(0, 160);

import type { Container } from '../../engine/ports/blobStore.ts';
import type { Column, Row, StoredRow, Table } from '../../engine/ports/tableStore.ts';
import type { SeededRandom } from '../../engine/testing/seededRandom.ts';
import type { Deployment } from './deployment.ts';
import type { Stores } from './observe.ts';

/** One blob or row that somebody with write access to storage can reach. */
export type Target =
  | { readonly kind: string; readonly container: Container; readonly name: string }
  | { readonly kind: string; readonly table: Table; readonly partition: string; readonly key: string };

export const tamperKinds = ['flip', 'cut', 'swap', 'delete', 'older'] as const;
export type TamperKind = (typeof tamperKinds)[number];

export interface Tamper {
  readonly kind: TamperKind;
  readonly target: Target;
  /** What it was swapped with. */
  readonly other?: Target;
  /** What was done, so that it can be done again. */
  readonly what: string;
  /** False where it would change nothing. */
  apply(stores: Stores): boolean;
}

/** Everything that is stored, by the kind of object it is. */
export function targetsOf({ blobs, tables }: Deployment): ReadonlyMap<string, readonly Target[]> {
  const byKind = new Map<string, Target[]>();
  const add = (target: Target): void => void byKind.set(target.kind, [...(byKind.get(target.kind) ?? []), target]);
  for (const { container, name, bytes } of blobs.dump())
    add({ kind: blobKind(container, name, bytes), container, name });
  for (const { table, partition, key } of tables.dump()) {
    // Leases are short-lived locks: whoever changes them may make work wait, and no more.
    if (table !== 'leases') add({ kind: rowKind(table, partition, key), table, partition, key });
  }
  return byKind;
}

function blobKind(container: Container, name: string, bytes: Uint8Array): string {
  const [first = '', , third] = name.split('/');
  if (first === 'packs') return bytes[5] === 1 ? 'content pack' : 'meta pack';
  if (first === 'keys') return third === undefined ? 'key record' : 'key wrap';
  const names: Record<string, string> = { points: 'root', slices: 'slice', moved: 'moved record', ended: 'ended blob' };
  return names[first] ?? (first === 'records' ? `${container === 'journal' ? 'spilled' : 'record'} blob` : first);
}

function rowKind(table: Table, partition: string, key: string): string {
  const [first = ''] = key.split(/[/:]/);
  if (partition === 'damage') return 'damage count row';
  if (first === 'lost') return `damaged ${key.split('/')[1]} row`;
  if (table === 'resources') return `${first === 'point' || first === 'letGo' ? first : key} row`;
  if (table === 'catalog') return first === 'v' ? 'version row' : 'deletion row';
  if (partition === 'primary') return `${first === 'head' ? 'records head' : first} row`;
  if (partition.startsWith('journal-')) return 'restore journal row';
  if (partition.startsWith('inspection:')) return 'evidence row';
  if (partition === 'runs' || partition === 'requests' || partition === 'inspections')
    return `${partition} ${first} row`;
  return `${partition} row`;
}

export const nameOf = (target: Target): string =>
  'name' in target ? target.name : `${target.table}/${target.partition}/${target.key}`;

/** Any of `kind` on `target`; undefined where there is none (nothing to swap with, never was older). */
export function drawTamper(
  kind: TamperKind,
  target: Target,
  deployment: Deployment,
  random: SeededRandom,
): Tamper | undefined {
  return 'name' in target ? blobTamper(kind, target, deployment, random) : rowTamper(kind, target, deployment, random);
}

function blobTamper(
  kind: TamperKind,
  target: Extract<Target, { name: string }>,
  { blobs }: Deployment,
  random: SeededRandom,
): Tamper | undefined {
  const { container, name } = target;
  const whole = blobs.peek(container, name)?.bytes ?? new Uint8Array();
  const put = (what: string, change: (bytes: Uint8Array) => Uint8Array | undefined): Tamper => ({
    kind,
    target,
    what,
    apply: (stores) => {
      stores.blobs.tamper(container, name, (bytes) => change(Uint8Array.from(bytes)));
      return true;
    },
  });
  switch (kind) {
    case 'flip': {
      const bit = random.below(whole.byteLength * 8);
      return put(`bit ${bit}`, (bytes) => {
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        return bytes;
      });
    }
    case 'cut': {
      const length = random.below(whole.byteLength);
      return put(`cut to ${length}`, (bytes) => bytes.subarray(0, length));
    }
    case 'delete':
      return put('taken away', () => undefined);
    case 'older':
    case 'swap': {
      const isLike = (other: string): boolean => kind === 'swap' || other.split('/')[0] === name.split('/')[0];
      const others = blobs
        .dump()
        .filter((other) => other.container === container && other.name !== name && isLike(other.name));
      const other = others.length === 0 ? undefined : random.pick(others);
      if (other === undefined) return undefined;
      return {
        kind,
        target,
        ...(kind === 'swap' && { other: { kind: target.kind, container, name: other.name } }),
        what: `${kind === 'swap' ? 'swapped with' : 'bytes of'} ${other.name}`,
        apply: (stores) => {
          stores.blobs.tamper(container, name, () => other.bytes);
          if (kind === 'swap') stores.blobs.tamper(container, other.name, () => whole);
          return true;
        },
      };
    }
  }
}

function rowTamper(
  kind: TamperKind,
  target: Extract<Target, { key: string }>,
  { tables, earlier }: Deployment,
  random: SeededRandom,
): Tamper | undefined {
  const { table, partition, key } = target;
  const row = tables.peek(table, partition, key);
  if (row === undefined) return undefined;
  const put = (what: string, change: (row: StoredRow) => Row | undefined): Tamper => ({
    kind,
    target,
    what,
    apply: (stores) => {
      stores.tables.tamper(table, partition, key, change);
      return true;
    },
  });
  switch (kind) {
    case 'flip':
    case 'cut': {
      const columns = Object.keys(row.columns);
      // All that some rows say is that they are there.
      if (columns.length === 0) return undefined;
      const column = random.pick(columns);
      const changed = (kind === 'flip' ? flipped : cut)(row.columns[column] as Column, random);
      if (changed === undefined) return undefined;
      return put(`${column} = ${typeof changed === 'object' ? 'other bytes' : String(changed)}`, (there) => ({
        ...there,
        columns: { ...there.columns, [column]: changed },
      }));
    }
    case 'delete':
      return put('taken away', () => undefined);
    case 'older': {
      const olds = earlier
        .map((before) => before.peek(table, partition, key))
        .filter((old) => old !== undefined && JSON.stringify(old.columns) !== JSON.stringify(row.columns));
      const old = olds.length === 0 ? undefined : random.pick(olds);
      return old && put('as it was earlier', (there) => ({ ...there, columns: old.columns }));
    }
    case 'swap': {
      const others = tables
        .dump()
        .filter((other) => other.table === table && (other.partition !== partition || other.key !== key));
      const other = others.length === 0 ? undefined : random.pick(others);
      if (other === undefined) return undefined;
      return {
        kind,
        target,
        other: { kind: target.kind, table, partition: other.partition, key: other.key },
        what: `swapped with ${other.partition}/${other.key}`,
        apply: (stores) => {
          stores.tables.tamper(table, partition, key, (there) => ({ ...there, columns: other.columns }));
          stores.tables.tamper(table, other.partition, other.key, (there) => ({ ...there, columns: row.columns }));
          return true;
        },
      };
    }
  }
}

function flipped(value: Column, random: SeededRandom): Column {
  if (value instanceof Uint8Array) {
    const bytes = Uint8Array.from(value);
    const bit = random.below(bytes.byteLength * 8);
    bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    return bytes;
  }
  if (typeof value === 'boolean') return !value;
  if (typeof value === 'string') {
    const at = random.below(Math.max(1, value.length));
    const other = String.fromCharCode((value.charCodeAt(at) || 0x30) ^ 1);
    return `${value.slice(0, at)}${other}${value.slice(at + 1)}`;
  }
  return value === undefined ? value : ((Number(value) + 1) as Column);
}

function cut(value: Column, random: SeededRandom): Column | undefined {
  if (value instanceof Uint8Array || typeof value === 'string') return value.slice(0, random.below(value.length));
  return undefined;
}

/*
 * What the engine's readers use of the language and Node 20 lacks. The bundled file loads this first; where it is there
 * already nothing changes.
 */

interface Missing {
  readonly on: object;
  readonly name: string;
  readonly value: (...given: never[]) => unknown;
}

function groupBy<K, T>(items: Iterable<T>, keyOf: (item: T, index: number) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  let index = 0;
  for (const item of items) {
    const key = keyOf(item, index++);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

function some<T>(this: Iterable<T>, holds: (item: T) => boolean): boolean {
  for (const item of this) if (holds(item)) return true;
  return false;
}

/** Memory that is moved to nowhere: what it was is empty afterwards. */
function transfer(this: ArrayBuffer, length = this.byteLength): ArrayBuffer {
  const moved = structuredClone(this, { transfer: [this] });
  return length === moved.byteLength ? moved : moved.slice(0, length);
}

const iterator = Object.getPrototypeOf(Object.getPrototypeOf([].values())) as object;

const missing: readonly Missing[] = [
  { on: Map, name: 'groupBy', value: groupBy },
  { on: iterator, name: 'some', value: some },
  { on: ArrayBuffer.prototype, name: 'transfer', value: transfer },
];

for (const { on, name, value } of missing) {
  if (!(name in on)) Object.defineProperty(on, name, { value, writable: true, configurable: true, enumerable: false });
}

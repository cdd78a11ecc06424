/**
 * @peculiar/x509 registers its parsers through tsyringe, which wants the Reflect metadata functions to exist
 * when it loads. It keeps a handful of entries per class; this keeps them in a map.
 */
type Key = string | symbol;

const kept = new WeakMap<object, Map<Key, unknown>>();

function define(key: Key, value: unknown, target: object): void {
  const entries = kept.get(target) ?? new Map<Key, unknown>();
  kept.set(target, entries.set(key, value));
}
const getOwn = (key: Key, target: object): unknown => kept.get(target)?.get(key);
const get = (key: Key, target: object): unknown => {
  for (let holder: object | null = target; holder !== null; holder = Object.getPrototypeOf(holder) as object | null) {
    const value = getOwn(key, holder);
    if (value !== undefined) return value;
  }
  return undefined;
};

if (!('getMetadata' in Reflect)) {
  Object.assign(Reflect, { defineMetadata: define, getMetadata: get, getOwnMetadata: getOwn });
}

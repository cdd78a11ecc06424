/** Names of people by their ids: what tokens said. */
export type Names = ReadonlyMap<string, string>;

/** `{[key]: name}` of whom an id means, where it is known and not stored beside it; nothing for `schedule` or `system`. */
export function named<Key extends string>(key: Key, id: string | undefined, names: Names): { [K in Key]?: string } {
  const name = id === undefined ? undefined : names.get(id);
  return (name === undefined ? {} : { [key]: name }) as { [K in Key]?: string };
}

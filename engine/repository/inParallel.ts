/** Works on all of `source`, at most `limit` at once; after the first trouble nothing new begins, and it is thrown. */
export async function inParallel<T>(
  source: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  const troubles: unknown[] = [];
  for await (const value of source) {
    const one: Promise<void> = work(value)
      .catch((error: unknown) => void troubles.push(error))
      .finally(() => running.delete(one));
    running.add(one);
    if (running.size >= limit) await Promise.race(running);
    if (troubles.length > 0) break;
  }
  await Promise.all(running);
  if (troubles.length > 0) throw troubles[0];
}

/** Graph has been seen to give the same nextLink for ever; three times the same is no progress. */
const MOST_EQUAL_LINKS = 3;

/** Says when a listing goes in circles, whatever their length. */
export function createLoopGuard(): (link: string) => boolean {
  const seen = new Map<string, number>();
  return (link) => {
    const times = (seen.get(link) ?? 0) + 1;
    seen.set(link, times);
    return times >= MOST_EQUAL_LINKS;
  };
}

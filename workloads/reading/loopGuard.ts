import type { Fault } from '../../engine/fault.ts';

/** Code of the fault for a listing that goes in circles. */
export const PAGE_LOOP = 'PageLoop';

/** Links die one by one: a large listing may meet several. */
const MOST_RESTARTS = 5;

/** How often a listing may start over in one round for such a fault. Who went in circles twice does so for ever. */
export const mostRestarts = ({ code }: Fault): number => (code === PAGE_LOOP ? 1 : MOST_RESTARTS);

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

import type { DrillReason } from '../../model/drill.ts';
import { sortMoment, type Entry } from '../../model/item.ts';
import type { ItemId } from '../../model/ids.ts';
import { hash } from '../../repository/youngNode.ts';

export interface Chosen {
  readonly entry: Entry;
  readonly because: readonly DrillReason[];
}

type Rank = readonly [reason: DrillReason, score: (entry: Entry, depth: number) => number];

const hasExact = (entry: Entry): boolean => entry.streams.some(({ name }) => name === 'exact');

/** What has gone wrong elsewhere goes wrong first with the largest, the oldest, the deepest and the strangest. */
const worstCases: readonly Rank[] = [
  ['largest', (entry) => entry.streams.reduce((sum, { size }) => sum + size, 0)],
  ['oldest', (entry) => -(Date.parse(sortMoment(entry)) || 0)],
  ['deepest', (_entry, depth) => depth],
  ['strangest', (entry) => strangeness(entry.name)],
  ['mostParts', (entry) => entry.streams.reduce((sum, { parts }) => sum + parts.length, 0)],
  ['withExactCopy', (entry) => (hasExact(entry) ? 1 : -Infinity)],
  ['withoutExactCopy', (entry) => (hasExact(entry) ? -Infinity : 1)],
];

/** Characters that break file systems, terminals and parsers count most; length counts too. */
const strangeness = (name: string): number => 10 * name.replaceAll(/[A-Za-z0-9 ._-]/g, '').length + name.length;

/**
 * The worst cases of a point and `sampleSize` random items of it, each once. Holds no more entries than it answers.
 * Equal seeds choose the same.
 */
export async function chooseItems(
  entries: AsyncIterable<Entry>,
  sampleSize: number,
  seed: string,
): Promise<readonly Chosen[]> {
  const depths = new Map<ItemId, number>();
  const best = new Map<DrillReason, { readonly entry: Entry; readonly score: number }>();
  let random: { readonly entry: Entry; readonly draw: string }[] = [];
  for await (const entry of entries) {
    // Containers come first, though not always after what holds them: a depth is then one too small, and still deep.
    const depth = 1 + (entry.parentId === undefined ? 0 : (depths.get(entry.parentId) ?? 0));
    if (entry.container) {
      depths.set(entry.id, depth);
      continue;
    }
    for (const [reason, score] of worstCases) {
      const value = score(entry, depth);
      if (value > (best.get(reason)?.score ?? -Infinity)) best.set(reason, { entry, score: value });
    }
    random.push({ entry, draw: hash('sha256', `${seed}/${entry.id}`, 'hex') });
    if (random.length > 4 * (sampleSize + 1)) random = firstOf(random, sampleSize);
  }
  const chosen = new Map<ItemId, { entry: Entry; because: DrillReason[] }>();
  const choose = (entry: Entry, reason: DrillReason): void => {
    const already = chosen.get(entry.id);
    if (already === undefined) chosen.set(entry.id, { entry, because: [reason] });
    else already.because.push(reason);
  };
  for (const [reason, { entry }] of best) choose(entry, reason);
  for (const { entry } of firstOf(random, sampleSize)) choose(entry, 'random');
  return [...chosen.values()];
}

const firstOf = <T extends { readonly draw: string }>(drawn: readonly T[], count: number): T[] =>
  drawn.toSorted((a, b) => (a.draw < b.draw ? -1 : 1)).slice(0, count);

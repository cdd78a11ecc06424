import type { Entry } from '../model/item.ts';
import type { ItemId } from '../model/ids.ts';
import { compareEntries, compareKeys, sortKeyOf } from './entryOrder.ts';
import { mergeSorted } from './mergeSorted.ts';
import { mayHoldAny, prefixOf } from './pages.ts';
import type { PageDirectory } from './pages.ts';
import type { PageRef } from './root.ts';

/** A page of the new point: kept as it is, or made anew. */
export type MergedPage =
  | { readonly kind: 'kept'; readonly ref: PageRef; readonly directory: PageDirectory }
  | { readonly kind: 'made'; readonly entries: readonly Entry[] };

/** Weights of pages; an entry weighs 1, and more when it has very many parts. */
const PAGE_WEIGHT = 1_000;
const MOST_WEIGHT = 1_500;
/** A touched page that fell below this takes its neighbour in. */
const LEAST_WEIGHT = 250;
const PARTS_PER_WEIGHT = 8;

const weightOf = (entry: Entry): number =>
  1 + Math.floor(entry.streams.reduce((sum, stream) => sum + stream.parts.length, 0) / PARTS_PER_WEIGHT);

/**
 * The page list of a new point from the old one and what changed. Only pages that lose an entry or gain one are read
 * and made anew; memory holds two pages.
 */
export async function* mergePages(
  old: readonly { readonly ref: PageRef; readonly directory: PageDirectory }[],
  changed: ReadonlySet<ItemId>,
  fresh: Iterable<Entry>,
  read: (ref: PageRef) => Promise<readonly Entry[]>,
): AsyncGenerator<MergedPage> {
  const prefixes = new Set([...changed].map(prefixOf));
  const incoming = lookAhead(fresh);
  const filling = pageBeingFilled();

  for (const [index, page] of old.entries()) {
    const next = old[index + 1];
    const isGaining = (): boolean =>
      incoming.next !== undefined && (next === undefined || compareKeys(sortKeyOf(incoming.next), next.ref.first) < 0);
    let survivors: readonly Entry[] | undefined;
    if (filling.weight > 0 || isGaining() || mayHoldAny(page.directory, prefixes)) {
      const entries = await read(page.ref);
      survivors = entries.filter((entry) => !changed.has(entry.id));
      if (filling.weight === 0 && !isGaining() && survivors.length === entries.length) survivors = undefined;
    }
    if (survivors === undefined) {
      yield { kind: 'kept', ...page };
      continue;
    }
    for (const entry of mergeSorted([survivors, incoming.takeWhile(isGaining)], compareEntries)) {
      filling.add(entry);
      if (filling.weight > MOST_WEIGHT) yield { kind: 'made', entries: filling.take(PAGE_WEIGHT) };
    }
    if (filling.weight >= LEAST_WEIGHT) yield { kind: 'made', entries: filling.take() };
  }
  for (const entry of incoming.takeWhile(() => true)) {
    filling.add(entry);
    if (filling.weight > MOST_WEIGHT) yield { kind: 'made', entries: filling.take(PAGE_WEIGHT) };
  }
  if (filling.weight > 0) yield { kind: 'made', entries: filling.take() };
}

function pageBeingFilled() {
  let entries: Entry[] = [];
  let weight = 0;
  return {
    get weight() {
      return weight;
    },
    add(entry: Entry): void {
      entries.push(entry);
      weight += weightOf(entry);
    },
    /** The first entries up to `upTo`, at least one; all when it is not given. */
    take(upTo = Number.POSITIVE_INFINITY): Entry[] {
      let count = 0;
      for (let taken = 0; count < entries.length && taken < upTo; count++) {
        const heavier = weightOf(entries[count] as Entry);
        if (count > 0 && taken + heavier > upTo) break;
        taken += heavier;
        weight -= heavier;
      }
      const page = entries.slice(0, count);
      entries = entries.slice(count);
      return page;
    },
  };
}

/** An iterator whose next value can be seen without taking it. */
function lookAhead<T>(source: Iterable<T>) {
  const steps = source[Symbol.iterator]();
  const advance = (): T | undefined => {
    const step = steps.next();
    return step.done === true ? undefined : step.value;
  };
  let next = advance();
  return {
    get next() {
      return next;
    },
    *takeWhile(isWanted: () => boolean): Generator<T> {
      while (next !== undefined && isWanted()) {
        const value = next;
        next = advance();
        yield value;
      }
    },
  };
}

import type { Fault } from '../fault.ts';
import type { ItemId, ResourceId } from '../model/ids.ts';
import { sortMoment } from '../model/item.ts';
import type { Entry, ItemFacts } from '../model/item.ts';
import { inParallel } from '../repository/inParallel.ts';
import { unlessDamaged } from './unlessDamaged.ts';
import type { EntryPage, PointReader } from '../repository/repository.ts';

/** Where an entry stands among those of many restore points: newest first, then by resource, then by id. */
export type Mark = readonly [moment: string, resource: ResourceId | '', item: ItemId | ''];

export interface Opened {
  readonly id: ResourceId;
  readonly reader: PointReader;
}

/** One step of a merge: what was looked at, and at most one entry. */
export interface MergeStep<Point extends Opened> {
  /** Everything up to it was given out: where another merge goes on. */
  readonly mark?: Mark;
  readonly looked: number;
  /** Points that have nothing left. */
  readonly done: number;
  readonly found?: { readonly point: Point; readonly entry: Entry };
}

/** Pages that are opened at once while nothing is known of them. */
const AT_ONCE = 8;
/** Matches that are kept in memory over all pages; a page that has more than its share is read again for them. */
const KEPT = 20_000;
const LEAST_KEPT = 16;

/**
 * The entries of many restore points that match, newest first over all of them, from behind `after`. A page is read when
 * its newest entry may be the next one, so that the first match comes after a few pages of each point; before the first
 * entry those pages are read of which nothing is known, a few in each step. Memory: about `kept` entries, at least 16
 * for each page that was reached. A page that is damaged or gone is told to `unreadable` and holds nothing then; without
 * that it is thrown.
 */
export async function* newestFirst<Point extends Opened>(
  points: readonly Point[],
  matches: (facts: ItemFacts) => boolean,
  after?: Mark,
  kept = KEPT,
  unreadable?: (point: Point, fault: Fault) => void,
): AsyncGenerator<MergeStep<Point>> {
  const left = new Map<Point, number>();
  const waiting: Source<Point>[] = [];
  let reached = after;
  let looked = 0;
  const sources = points.flatMap((point) =>
    point.reader
      .pages()
      .filter(({ oldest }) => after === undefined || oldest === undefined || oldest <= after[0])
      .map((page) => sourceOf(point, page)),
  );
  const share = Math.max(LEAST_KEPT, Math.floor(kept / sources.length));
  const open = async (source: Source<Point>): Promise<void> => {
    const entries =
      (await unlessDamaged(() => source.page.read(), unreadable && ((fault) => unreadable(source.point, fault)))) ?? [];
    if (source.isNew) looked += entries.length;
    source.isNew = false;
    const behind = source.given ?? after;
    const found = entries
      .filter((entry) => matches(entry) && (behind === undefined || compareMarks(markOf(source, entry), behind) > 0))
      .toSorted((a, b) => compareMarks(markOf(source, a), markOf(source, b)));
    source.kept = found.slice(0, share);
    source.hasMore = found.length > share;
  };
  const put = (source: Source<Point>): void => {
    const [head] = source.kept;
    if (head === undefined && !source.isNew && !source.hasMore) {
      left.set(source.point, (left.get(source.point) ?? 1) - 1);
      return;
    }
    source.at =
      head === undefined ? (source.given ?? [source.page.newest ?? '', source.point.id, '']) : markOf(source, head);
    let low = 0;
    let high = waiting.length;
    // Sorted from last to first, so that the next one is taken from the end.
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareMarks((waiting[middle] as Source<Point>).at, source.at) > 0) low = middle + 1;
      else high = middle;
    }
    waiting.splice(low, 0, source);
  };

  for (const { point } of sources) left.set(point, (left.get(point) ?? 0) + 1);
  const unknown = sources.filter(({ page }) => page.newest === undefined);
  for (let number = 0; number < unknown.length; number += AT_ONCE) {
    await inParallel(unknown.slice(number, number + AT_ONCE), AT_ONCE, open);
    yield { ...(after === undefined ? {} : { mark: after }), looked, done: 0 };
    looked = 0;
  }
  for (const source of sources) put(source);
  const done = (): number => points.filter((point) => (left.get(point) ?? 0) === 0).length;

  for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
    const entry = source.kept.shift();
    if (entry === undefined) await open(source);
    else reached = source.given = source.at;
    put(source);
    const next = waiting.at(-1)?.at[0];
    // Nothing stands before the moment of the next one.
    if (next !== undefined && (reached === undefined || next < reached[0])) reached = [next, '', ''];
    const found = entry === undefined ? {} : { found: { point: source.point, entry } };
    yield { ...(reached === undefined ? {} : { mark: reached }), looked, done: done(), ...found };
    looked = 0;
  }
}

/** One page, opened or not. */
interface Source<Point> {
  readonly point: Point;
  readonly page: EntryPage;
  /** Its head, or where the head can be at the earliest. */
  at: Mark;
  kept: Entry[];
  isNew: boolean;
  hasMore: boolean;
  /** The last one that was given out. */
  given?: Mark;
}

const sourceOf = <Point extends Opened>(point: Point, page: EntryPage): Source<Point> => ({
  point,
  page,
  at: [page.newest ?? '', point.id, ''],
  kept: [],
  isNew: true,
  hasMore: false,
});

const markOf = ({ point }: { readonly point: Opened }, entry: Entry): Mark => [sortMoment(entry), point.id, entry.id];

/** Negative when `a` comes first; moments run backwards. */
export function compareMarks(a: Mark, b: Mark): number {
  if (a[0] !== b[0]) return a[0] > b[0] ? -1 : 1;
  if (a[1] !== b[1]) return a[1] < b[1] ? -1 : 1;
  if (a[2] !== b[2]) return a[2] < b[2] ? -1 : 1;
  return 0;
}

import { GraphError } from '../graphError.ts';
import { pageOf } from './lists.ts';
import { GRAPH, selectOf, type Reply, type Request } from './request.ts';

/** A place in a change feed, as its links carry it. */
export interface Place {
  /** 0 in a first round, which lists what is there; else the number of the last change that was shown. */
  readonly since: number;
  /** Newest change of this round; 0 before it began. */
  readonly until: number;
  /** What was shown last in this round; empty at its start. */
  readonly at: readonly number[];
  readonly select: string;
  /** What the last round left out. */
  readonly owed: readonly number[];
  /** Tells apart links to one place. */
  readonly again: number;
}

/** What a feed is of. */
export interface Source<Entry> {
  /** Binds links to their feed. */
  readonly kind: string;
  readonly context: string;
  readonly size: number;
  readonly parameters: { readonly next: string; readonly end: string };
  readonly malformed: string;
  /** What the round shows, all of it, in its order. */
  entries(since: number, until: number): readonly Entry[];
  /** An entry by its number, as it is now. */
  entry(n: number): Entry | undefined;
  numberOf(entry: Entry): number;
  idOf(entry: Entry): string;
  /** Where the entry stands in the order of its round. */
  positionOf(entry: Entry, since: number): readonly number[];
  textOf(entry: Entry, select: string): string;
  /** The version before; undefined where there was none. */
  formerOf(entry: Entry): Entry | undefined;
}

/** One page of a change feed: what is there at first, then what changed. */
export function feedPage<Entry>(request: Request, source: Source<Entry>): Reply {
  const { world, query, path } = request;
  const { next, end } = source.parameters;
  const token = query.get(next) ?? query.get(end);
  if (token !== null) dieOfTrouble(request);
  const place = token === null ? startOf(request) : read(request, source, token);
  const until = place.until === 0 ? world.history.seq : place.until;
  const linkTo = (name: string, to: Place): string =>
    `${GRAPH}/v1.0${path}?${name}=${encodeURIComponent(write(request, source.kind, to))}`;

  if (request.befalls('emptyPage') !== undefined)
    return pageOf(source.context, [], linkTo(next, { ...place, again: place.again + 1 }));

  const rest = source
    .entries(place.since, until)
    .filter((entry) => isAfter(source.positionOf(entry, place.since), place.at));
  const listed = rest.slice(0, source.size);
  const last = listed.at(-1);
  const isMore = rest.length > source.size && last !== undefined;
  const due = place.at.length > 0 ? [] : place.owed.flatMap((n) => source.entry(n) ?? []);
  const dueNumbers = new Set(due.map((entry) => source.numberOf(entry)));
  const page = [...due, ...listed.filter((entry) => !dueNumbers.has(source.numberOf(entry)))];
  const { shown, owed } = withheld(request, source, page, place.at.length > 0 ? place.owed : []);
  const texts = shownTwice(request, source, shown).map((entry) => source.textOf(entry, place.select));

  if (request.befalls('repeatPage') !== undefined)
    return pageOf(source.context, texts, linkTo(next, { ...place, again: place.again + 1 }));
  if (request.befalls('sameNextLink') !== undefined) return pageOf(source.context, texts, linkTo(next, place));
  if (isMore)
    return pageOf(
      source.context,
      texts,
      linkTo(next, { ...place, until, at: source.positionOf(last, place.since), owed, again: 0 }),
    );
  const replayed = request.befalls('replay')?.changes ?? 0;
  const since = Math.max(1, until - replayed);
  return pageOf(
    source.context,
    texts,
    undefined,
    linkTo(end, { since, until: 0, at: [], select: place.select, owed, again: 0 }),
  );
}

const startOf = (request: Request): Place => ({
  since: 0,
  until: 0,
  at: [],
  select: selectOf(request),
  owed: [],
  again: 0,
});

function dieOfTrouble(request: Request): void {
  const dead = request.befalls('resync');
  if (dead !== undefined) throw resync(request, dead.code, dead.location ?? dead.code.startsWith('resync'));
}

const resync = ({ path }: Request, code: string, location: boolean): GraphError =>
  new GraphError(
    410,
    code,
    'The sync state generation is not found; resynchronization is required.',
    location ? { location: `${GRAPH}/v1.0${path}` } : {},
  );

const write = ({ world }: Request, kind: string, { since, until, at, select, owed, again }: Place): string =>
  [kind, world.epoch, since, until, at.join('-'), world.selectNumber(select), owed.join('-'), again].join('.');

function read<Entry>(request: Request, source: Source<Entry>, token: string): Place {
  const { world } = request;
  const [kind, epoch, since, until, at, select, owed, again] = token.split('.');
  if (kind !== source.kind || again === undefined)
    throw new GraphError(400, source.malformed, 'The provided token is malformed or belongs to another feed.');
  const numbers = (text = ''): readonly number[] => (text === '' ? [] : text.split('-').map(Number));
  if (Number(epoch) !== world.epoch)
    throw source.malformed === 'SyncStateInvalid'
      ? resync(request, 'SyncStateNotFound', false)
      : resync(request, world.resyncCode, true);
  return {
    since: Number(since),
    until: Number(until),
    at: numbers(at),
    select: world.selects[Number(select)] ?? '',
    owed: numbers(owed),
    again: Number(again),
  };
}

function isAfter(position: readonly number[], at: readonly number[]): boolean {
  for (const [index, value] of position.entries()) {
    const other = at[index];
    if (other === undefined) return true;
    if (value !== other) return value > other;
  }
  return false;
}

/** What of the page is shown, and what the next round owes. */
function withheld<Entry>(
  request: Request,
  source: Source<Entry>,
  page: readonly Entry[],
  owed: readonly number[],
): { readonly shown: readonly Entry[]; readonly owed: readonly number[] } {
  if (page.length === 0) return { shown: page, owed };
  const trouble = request.befalls('withhold');
  if (trouble === undefined) return { shown: page, owed };
  const isLeftOut = (entry: Entry): boolean => trouble.items?.includes(source.idOf(entry)) ?? true;
  const left = page.filter(isLeftOut);
  request.hides(left.map((entry) => source.idOf(entry)));
  const due = trouble.forGood === true ? [] : left.map((entry) => source.numberOf(entry));
  return { shown: page.filter((entry) => !isLeftOut(entry)), owed: [...new Set([...owed, ...due])] };
}

/** Former versions first: the last word on an item counts. */
function shownTwice<Entry>(request: Request, source: Source<Entry>, page: readonly Entry[]): readonly Entry[] {
  if (page.length === 0) return page;
  const trouble = request.befalls('twice');
  if (trouble === undefined) return page;
  const wanted = page.filter((entry) => trouble.items?.includes(source.idOf(entry)) ?? true);
  return [...wanted.map((entry) => source.formerOf(entry) ?? entry), ...page];
}

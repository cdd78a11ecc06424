import { Fault } from '../fault.ts';
import type { Cursor, Instant, ItemId, PackId, PointId, RunId, SliceId } from '../model/ids.ts';
import type { ListedItem } from '../model/item.ts';
import type { Basis } from '../repository/basis.ts';
import { noCounts, type Counts, type MissedByFeed, type SkipReason } from '../model/ledger.ts';
import type { StoredStream } from '../model/stream.ts';
import type { Head, LargeStreamState, PointReader, Slice } from '../repository/repository.ts';

/** What the source said, one line each; `seq` keeps the order in which it said so. Lines lie in the slices' `pending`. */
export type Line =
  /** To be stored, found known, or skipped. */
  | {
      readonly kind: 'item';
      readonly seq: number;
      readonly id: ItemId;
      readonly item: ListedItem;
      readonly skip?: SkipReason;
      /** The same state of it was told earlier in the round: by the feed, where everything is listed behind it. */
      readonly told?: true;
    }
  | {
      readonly kind: 'outOfScope';
      readonly seq: number;
      readonly id: ItemId;
      readonly sourceId: string;
      readonly name: string;
      readonly reason: string;
    }
  /** Left `container` (undefined: left the resource). What that means shows at the end of the round. */
  | {
      readonly kind: 'removed';
      readonly seq: number;
      readonly id: ItemId;
      readonly sourceId: string;
      readonly container?: ItemId;
    }
  /** Asked by id: the source does not have it any more. */
  | { readonly kind: 'gone'; readonly seq: number; readonly id: ItemId; readonly sourceId: string }
  /** The listing of `container` (undefined: of everything) began anew here. */
  | { readonly kind: 'restarted'; readonly seq: number; readonly container?: ItemId };

/** A line before it gets its place in the order. */
export type NewLine = Line extends infer L ? (L extends Line ? Omit<L, 'seq'> : never) : never;

/** Lines [from, to) of a slice. */
export interface LineRange {
  readonly slice: SliceId;
  readonly from: number;
  readonly to: number;
}

/** In this order content is fetched: folders before what they hold, then what failed before, then by age. */
export const lineQueues = ['containers', 'retry', 'recent', 'history'] as const;
export type LineQueue = (typeof lineQueues)[number];

/** An item too large for one slice, on its way. */
export interface LargeItem {
  readonly id: ItemId;
  readonly item: ListedItem;
  /** Parts that are stored already. */
  readonly streams: readonly StoredStream[];
  readonly part?: LargePart;
}

/** A part that is half stored. Each slice carries only the places it added: a file of 250 GB has too many for one state. */
export interface LargePart {
  readonly name: 'original' | 'exact';
  readonly bytes: number;
  readonly sha256State: string;
  /** Places that this slice added, and the earlier slices that carry the ones before, oldest first. */
  readonly added: LargeStreamState['parts'];
  readonly before: readonly SliceId[];
}

/** Removals at the end of a round, as far as they got. */
export interface Settling {
  /** Containers found gone, whose contents go with them. */
  readonly goneContainers: readonly ItemId[];
}

/**
 * Where a round of one resource stands: the state that its newest slice carries. Small; everything that grows with
 * the number of items lies in the slices themselves.
 */
export interface RoundState {
  readonly version: 1;
  readonly run: RunId;
  readonly startedAt: Instant;
  /** No round of this resource ever came to its end. */
  readonly first: boolean;
  /** Everything is listed and compared, whatever the feed says: finds what the feed missed. */
  readonly full: boolean;
  /** Was anything stored before this round, so that a listed item may be known? */
  readonly knowsItems: boolean;
  /** Newest point when the slice was made, and the slices that it does not hold yet, oldest first. */
  readonly base?: PointId;
  /** That point cannot be read as a whole: this stands for it until the next one is visible. */
  readonly basis?: Basis;
  readonly since: readonly SliceId[];
  readonly entriesSince: number;
  /** It goes on from what an interrupted round stored: what that one changed is found known in this one. */
  readonly goesOn?: true;
  /** A point of this run is visible already. */
  readonly published: boolean;
  /** When a point last became visible, or the round began. */
  readonly pointAt: Instant;
  readonly firstSlice?: SliceId;
  readonly counts: Counts;

  /** Failures of earlier rounds that were asked for by id, and whether that is all. */
  readonly asked: number;
  readonly askedAll: boolean;
  /** Items whose stored bytes are damaged are asked for by id too: up to this one, and whether that is all. */
  readonly askedDamaged?: ItemId;
  readonly askedAllDamaged?: boolean;
  /** Where the round started to read; the next one starts there too while this one has not ended. */
  readonly startCursor?: Cursor;
  readonly cursor?: Cursor;
  readonly listed: boolean;
  /**
   * Of a full compare: what the feed had to say is read, and lines after this one come from the listing of everything.
   * What these tell anew the feed had missed.
   */
  readonly compareSeq?: number;
  readonly missedByFeed?: MissedByFeed;
  /** How often the source refused the cursor in this round. */
  readonly resyncs: number;
  readonly seq: number;
  /** Slices that hold lines of this round, oldest first. */
  readonly lineSlices: readonly SliceId[];
  /** Lines that a later line about the same item replaced. */
  readonly replaced: number;
  readonly queues: Readonly<Record<LineQueue, readonly LineRange[]>>;
  readonly large?: LargeItem;
  /** Lines that only the end of the round can answer: removed, gone, restarted. */
  readonly questions: number;
  readonly settling?: Settling;
  readonly settled: boolean;
}

const noQueues: RoundState['queues'] = { containers: [], retry: [], recent: [], history: [] };

/** The state that a slice carries. Fault `corrupt` when a newer app wrote it. */
export function stateOf(slice: Slice): RoundState {
  const state = slice.state as RoundState;
  if (state.version === 1) return state;
  throw new Fault('corrupt', `Slice ${slice.id} carries a state that this version does not know; use a newer one`, {
    origin: 'storage',
  });
}

/**
 * A new round after `before`, the state of the head slice, from the newest point `base` on. Where that is damaged `basis` is
 * what stands for it and `base` what can be read of it.
 */
export function newRound(
  run: RunId,
  now: Instant,
  base: PointReader | undefined,
  before: RoundState | undefined,
  full: boolean,
  damaged = false,
  instead?: { readonly of: PointId; readonly basis: Basis },
): RoundState {
  const newest = instead?.of ?? base?.point.id;
  // What an earlier run stored and could not publish is taken along, unless it had begun to take removals apart.
  const isCarried = before?.base === newest && instead === undefined && before?.basis === undefined;
  const carried = before && isCarried && !isFinal(before) && !before.settling ? before : undefined;
  const failing = base?.missing.some((entry) => entry.outcome === 'failed') ?? false;
  return {
    version: 1,
    run,
    startedAt: now,
    first: base?.cursor === undefined,
    full: full || base?.cursor === undefined,
    knowsItems: base !== undefined || (carried?.since.length ?? 0) > 0,
    ...(newest !== undefined && { base: newest }),
    ...(instead && { basis: instead.basis }),
    since: carried?.since ?? [],
    entriesSince: carried?.entriesSince ?? 0,
    ...((base?.point.status === 'partial' || carried?.entriesSince) && { goesOn: true }),
    published: false,
    pointAt: now,
    counts: noCounts,
    asked: 0,
    askedAll: !failing,
    ...(damaged && { askedAllDamaged: false }),
    ...(base?.cursor !== undefined && { startCursor: base.cursor }),
    ...(base?.cursor !== undefined && { cursor: base.cursor }),
    listed: false,
    resyncs: 0,
    seq: 0,
    lineSlices: [],
    replaced: 0,
    queues: noQueues,
    questions: 0,
    settled: false,
  };
}

/** After `point` became visible everything before it is in it. */
export const afterPoint = ({ basis: _replaced, ...state }: RoundState, point: PointId, at: Instant): RoundState => ({
  ...state,
  base: point,
  since: [],
  entriesSince: 0,
  published: true,
  pointAt: at,
});

export const hasLines = (state: RoundState): boolean =>
  state.large !== undefined || lineQueues.some((queue) => state.queues[queue].length > 0);

/** Everything of the round is decided: what follows is its restore point. */
export const isFinal = (state: RoundState): boolean =>
  state.askedAll &&
  state.askedAllDamaged !== false &&
  state.listed &&
  !hasLines(state) &&
  (state.settled || state.questions === 0);

/** True once the point that ends the round of `state`, the state of the head slice, is visible. */
export const isPublished = (state: RoundState, head: Head): boolean =>
  isFinal(state) && head.newestPoint !== undefined && head.newestPoint !== state.base;

export type Step = 'ask' | 'askDamaged' | 'list' | 'content' | 'settle' | 'publish';

/** What a round does next. Listing never waits for content; removals wait for everything else. */
export function nextStep(state: RoundState): Step {
  if (!state.askedAll) return 'ask';
  if (state.askedAllDamaged === false) return 'askDamaged';
  if (!state.listed) return 'list';
  if (hasLines(state)) return 'content';
  if (state.questions > 0 && !state.settled) return 'settle';
  return 'publish';
}

/** First backups hand their history to a queue of its own, so that everybody's last 30 days come first. */
export const onlyHistoryLeft = (state: RoundState): boolean =>
  state.first &&
  nextStep(state) === 'content' &&
  state.large === undefined &&
  lineQueues.every((queue) => queue === 'history' || state.queues[queue].length === 0);

/** What the next job on a resource may need of what lies in storage, beside its newest point. */
export interface StateNeeds {
  /** Slices that stay, its own among them. */
  readonly slices: readonly SliceId[];
  /** Of these, whose entries are in no point yet: every pack that they name stays. */
  readonly entriesOf: readonly SliceId[];
  /** Of these, whose states carry places of a large item that is half stored; see `partPacks`. */
  readonly partsOf: readonly SliceId[];
}

/**
 * The needs of the state that `slice`, the newest one of its resource, carries. Once a point is visible that was made
 * after it, what the slices hold is in that point, or was replaced. Fault `corrupt` when a newer app wrote it.
 */
export function needsOf(slice: Slice, head: Pick<Head, 'newestPoint'>): StateNeeds {
  const { base, since, lineSlices, large } = stateOf(slice);
  const entriesOf = base === head.newestPoint ? since : [];
  const partsOf = large === undefined ? [] : [...(large.part?.before ?? []), slice.id];
  return { slices: [...new Set([slice.id, ...entriesOf, ...lineSlices, ...partsOf])], entriesOf, partsOf };
}

/** Packs that the state of a slice names: those of a large item that is half stored. */
export function partPacks(slice: Slice): PackId[] {
  const { large } = stateOf(slice);
  const parts = [...(large?.streams ?? []).flatMap((stream) => stream.parts), ...(large?.part?.added ?? [])];
  return [...new Set(parts.map(({ place }) => place.pack))];
}

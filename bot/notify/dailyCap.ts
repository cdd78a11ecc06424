import { instant, type Instant, type PolicyId, type ResourceId } from '../../engine/model/ids.ts';
import type { RunStatus } from '../../engine/model/ledger.ts';
import { changeKept, listKeptUnder, readKept, type KeptRecords } from '../keptRows.ts';
import type { LastCopyEnds } from '../../engine/retention/expire.ts';
import type { SweepRefused } from '../../engine/sweep/report.ts';
import { causeOfAlarm } from './alarms.ts';
import type { About } from './notices.ts';
import { keyOf, type Place } from './references.ts';
import { isCritical } from './severity.ts';

/** Cards a day that one person gets of what is neither critical nor theirs to wait for or to decide. */
const mostADay = 3;
const mostFolded = 20;

/** A notice that was one too many for its day, as the next summary tells it. */
export interface Folded {
  readonly key: string;
  readonly at: Instant;
  readonly about:
    | {
        readonly kind: 'runReport';
        readonly policyId: PolicyId;
        readonly status: RunStatus;
        /** When a later run of the policy went well. */
        readonly fixedAt?: Instant;
      }
    | { readonly kind: 'failingItems'; readonly resource: ResourceId; readonly count: number }
    | LastCopyEnds
    | SweepRefused
    /** So many older ones that are not kept one by one. */
    | { readonly kind: 'more'; readonly count: number };
}

interface Said {
  readonly day: string;
  readonly count: number;
}

const saidKey = (to: string): string => `said:${to}`;
const foldedKey = (to: string): string => `folded:${to}`;
const dayAt = ({ timeZone }: Place, now: number): string =>
  new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' }).format(now);

/** Does it count? A channel is no person. */
const counts = (place: Place, about: About): boolean =>
  place.person !== undefined &&
  !isCritical(about) &&
  ((about.kind === 'runReport' && about.because !== 'asked') ||
    about.kind === 'failingItems' ||
    about.kind === 'lastCopyEnds' ||
    about.kind === 'sweepRefused');

/** Has this person had enough of it for today? */
export async function isTooMuch(records: KeptRecords, place: Place, about: About, now: number): Promise<boolean> {
  if (!counts(place, about)) return false;
  const said = await readKept<Said>(records, saidKey(keyOf(place)));
  return said?.day === dayAt(place, now) && said.count >= mostADay;
}

/** Puts it aside for the next summary of this person; `fixedAt`: it is over, which is all that there is to tell then. */
export async function fold(
  records: KeptRecords,
  to: string,
  about: About,
  now: number,
  fixedAt?: Instant,
): Promise<void> {
  const short = shortForm(about, now, fixedAt);
  if (short === undefined) return;
  await changeKept<readonly Folded[]>(records, foldedKey(to), (known = []) =>
    shortened([...known.filter(({ key }) => key !== short.key), short]),
  );
}

/** Takes back what was put aside under this key, to be told by itself. */
export async function unfold(records: KeptRecords, to: string, key: string): Promise<void> {
  await changeKept<readonly Folded[]>(records, foldedKey(to), (known = []) => known.filter((each) => each.key !== key));
}

/** The newest one by one; of those before them their number. */
function shortened(folded: readonly Folded[]): readonly Folded[] {
  if (folded.length <= mostFolded) return folded;
  const left = folded.slice(0, folded.length - mostFolded + 1);
  const count = left.reduce((sum, { about }) => sum + (about.kind === 'more' ? about.count : 1), 0);
  const at = left[0]?.at ?? instant(0);
  return [{ key: 'more', at, about: { kind: 'more', count } }, ...folded.slice(left.length)];
}

export async function noteSaid(records: KeptRecords, place: Place, about: About, now: number): Promise<void> {
  if (!counts(place, about)) return;
  const day = dayAt(place, now);
  await changeKept<Said>(records, saidKey(keyOf(place)), (said) => ({
    day,
    count: (said?.day === day ? said.count : 0) + 1,
  }));
}

/** What the next summary tells beside its numbers, the oldest first. */
export const readFolded = async (records: KeptRecords, place: Place): Promise<readonly Folded[]> =>
  (await readKept<readonly Folded[]>(records, foldedKey(keyOf(place)))) ?? [];

/** Places for which something is put aside. */
export async function* placesWithFolded(records: KeptRecords): AsyncIterable<string> {
  const prefix = foldedKey('');
  for await (const { key, value } of listKeptUnder<readonly Folded[]>(records, prefix))
    if (value.length > 0) yield key.slice(prefix.length);
}

/** A summary was told: what had been put aside until then is told with it. */
export async function foldedTold(records: KeptRecords, place: Place, told: readonly Folded[]): Promise<void> {
  if (told.length === 0) return;
  const byKey = new Map(told.map((each) => [each.key, each]));
  await changeKept<readonly Folded[]>(records, foldedKey(keyOf(place)), (known = []) =>
    known.flatMap((each) => {
      const { about: before } = byKey.get(each.key) ?? {};
      if (before === undefined) return [each];
      if (before.kind === 'more' && each.about.kind === 'more' && each.about.count > before.count)
        return [{ ...each, about: { kind: 'more', count: each.about.count - before.count } }];
      // Fixed while the summary was on its way: the next one says it.
      return isFixed(each.about) && !isFixed(before) ? [each] : [];
    }),
  );
}

const isFixed = (about: Folded['about']): boolean => about.kind === 'runReport' && about.fixedAt !== undefined;

function shortForm(about: About, now: number, fixedAt?: Instant): Folded | undefined {
  if (about.kind === 'runReport') {
    const { kind, run, policyId, status, finishedAt } = about;
    const fixed = fixedAt === undefined ? {} : { fixedAt };
    return { key: run, at: finishedAt, about: { kind, policyId, status, ...fixed } };
  }
  if (about.kind === 'lastCopyEnds' || about.kind === 'sweepRefused')
    return { key: causeOfAlarm(about), at: instant(now), about };
  if (about.kind !== 'failingItems') return undefined;
  const { kind, run, resource, items } = about;
  return { key: `${run} ${resource}`, at: instant(now), about: { kind, resource, count: items.length } };
}

import { instant, type Instant, type PolicyId, type ResourceId } from '../../engine/model/ids.ts';
import type { RunStatus } from '../../engine/model/ledger.ts';
import { changeKept, readKept, type KeptRecords } from '../keptRows.ts';
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
    | { readonly kind: 'runReport'; readonly policyId: PolicyId; readonly status: RunStatus }
    | { readonly kind: 'failingItems'; readonly resource: ResourceId; readonly count: number };
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
  ((about.kind === 'runReport' && about.because !== 'asked') || about.kind === 'failingItems');

/** True when this person has had enough for today: then it is put aside for their summary. */
export async function foldedAway(records: KeptRecords, place: Place, about: About, now: number): Promise<boolean> {
  if (!counts(place, about)) return false;
  const said = await readKept<Said>(records, saidKey(keyOf(place)));
  if (said?.day !== dayAt(place, now) || said.count < mostADay) return false;
  const folded = shortForm(about, now);
  if (folded !== undefined)
    await changeKept<readonly Folded[]>(records, foldedKey(keyOf(place)), (known = []) =>
      known.some(({ key }) => key === folded.key) ? known : [...known, folded].slice(-mostFolded),
    );
  return true;
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

/** A summary was told: what had been put aside until then is told with it. */
export async function foldedTold(records: KeptRecords, place: Place, told: readonly Folded[]): Promise<void> {
  if (told.length === 0) return;
  const keys = new Set(told.map(({ key }) => key));
  await changeKept<readonly Folded[]>(records, foldedKey(keyOf(place)), (known = []) =>
    known.filter(({ key }) => !keys.has(key)),
  );
}

function shortForm(about: About, now: number): Folded | undefined {
  if (about.kind === 'runReport') {
    const { kind, run, policyId, status, finishedAt } = about;
    return { key: run, at: finishedAt, about: { kind, policyId, status } };
  }
  if (about.kind !== 'failingItems') return undefined;
  const { kind, run, resource, items } = about;
  return { key: `${run} ${resource}`, at: instant(now), about: { kind, resource, count: items.length } };
}

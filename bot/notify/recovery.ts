import { leftAllToOthers } from '../../engine/backup/report.ts';
import { instant, type Instant, type PolicyId, type RunId } from '../../engine/model/ids.ts';
import type { Run } from '../../engine/model/run.ts';
import type { Clock } from '../../engine/ports/clock.ts';
import type { Records } from '../../engine/records/records.ts';
import { changeKept, readKept } from '../keptRows.ts';

/** Which policies went well again, as it was found at the last look. */
export interface Recoveries {
  /** When a full run ended well after `since`: the first of those that go on being well. Of one policy, or of any. */
  wellSince(since: Instant, policyId?: PolicyId): Instant | undefined;
}

/** What is remembered of the ended full runs of one policy. */
interface Ends {
  /** The newest end that was looked at, whatever came of it. */
  readonly newest: Instant;
  readonly well?: Instant;
  /** Since when every run went well. */
  readonly wellFrom?: Instant;
}

interface Book {
  /** Runs that started before this were looked at. */
  readonly seen: Instant;
  /** Of those: the ones that had not ended. */
  readonly open: readonly RunId[];
  readonly policies: Readonly<Record<PolicyId, Ends>>;
}

const key = 'recoveries';
/** A run lasts a month at most: older ones have nothing to tell. */
const longestRunMs = 31 * 24 * 3_600_000;
/** Clocks of hosts differ, and the row of a run is there a moment after it began. */
const overlapMs = 10 * 60_000;

/**
 * Looks at what is new since the last look, by whichever process: runs that started since, and those that were open
 * then. What was found is kept.
 */
export async function lookForRecoveries({
  records,
  clock,
}: {
  readonly records: Pick<Records, 'runs' | 'requests'>;
  readonly clock: Clock;
}): Promise<Recoveries> {
  const before = await readKept<Book>(records, key);
  const now = clock.now();
  const started = await startedSince(records, Math.max(Date.parse(before?.seen ?? instant(0)), now - longestRunMs));
  const known = new Set(started.map(({ id }) => id));
  const earlier = (before?.open ?? []).filter((id) => !known.has(id));
  const runs = [...started, ...(await Promise.all(earlier.map((id) => records.runs.get(id)))).flatMap(valueOf)];
  const open = runs.filter((run) => run.finishedAt === undefined).map(({ id }) => id);
  const book = await changeKept<Book>(records, key, (current = { seen: instant(0), open: [], policies: {} }) => {
    const policies = notedIn(current.policies, runs);
    const isLater = current.seen > instant(now - overlapMs);
    // Where nothing new was found nothing is written, for as long as the next look stays as cheap.
    if (policies === current.policies && (isLater || (sameIds(open, current.open) && started.length < mostReread)))
      return current;
    return isLater ? { ...current, policies } : { seen: instant(now - overlapMs), open, policies };
  });
  return {
    wellSince(since, policyId) {
      const found = Object.entries(book.policies)
        .filter(([policy]) => policyId === undefined || policy === policyId)
        .flatMap(([, { well, wellFrom }]) => (wellFrom !== undefined && wellFrom > since ? wellFrom : (well ?? [])));
      return found.filter((end) => end > since).toSorted()[0];
    },
  };
}

/** So many runs are read again rather than writing down that they were. */
const mostReread = 20;

const valueOf = (stored: { readonly value: Run } | undefined): readonly Run[] =>
  stored === undefined ? [] : [stored.value];
const sameIds = (some: readonly RunId[], others: readonly RunId[]): boolean =>
  some.length === others.length && some.every((id) => others.includes(id));

async function startedSince({ runs }: Pick<Records, 'runs'>, since: number): Promise<readonly Run[]> {
  const found: Run[] = [];
  let token: string | undefined;
  do {
    const page = await runs.list(token);
    found.push(...page.value.filter(({ startedAt }) => Date.parse(startedAt) >= since));
    const last = page.value.at(-1);
    token = last === undefined || Date.parse(last.startedAt) < since ? undefined : page.nextPageToken;
  } while (token !== undefined);
  return found;
}

/**
 * Ends in the order in which they came; each counts once however often it is looked at. What a run left to another one is
 * for that one to say.
 */
function notedIn(before: Book['policies'], runs: readonly Run[]): Book['policies'] {
  let policies = before;
  const ended = runs
    .filter((run) => run.state === 'completed' && run.only === undefined && !leftAllToOthers(run))
    .flatMap(({ policyId, ownStatus, status, finishedAt: at }) =>
      at === undefined ? [] : [{ policyId, status: ownStatus ?? status, at }],
    )
    .toSorted((a, b) => a.at.localeCompare(b.at));
  for (const { policyId, status, at } of ended) {
    const known = policies[policyId];
    if (known !== undefined && at <= known.newest) continue;
    const wentWell = status === 'complete' || status === 'completeWithSkips';
    const { wellFrom = at, ...others } = known ?? {};
    policies = {
      ...policies,
      [policyId]: wentWell ? { ...others, newest: at, well: at, wellFrom } : { ...others, newest: at },
    };
  }
  return policies;
}

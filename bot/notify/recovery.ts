import { instant, type Instant, type PolicyId } from '../../engine/model/ids.ts';
import type { Run } from '../../engine/model/run.ts';
import type { Records } from '../../engine/records/records.ts';

/** A run lasts a month at most: older ones cannot have ended after a moment. */
const longestRunMs = 31 * 24 * 3_600_000;

/** The first full run that ended well after `since`: of one policy, or of any. */
export async function goneWellSince(
  { runs }: Pick<Records, 'runs'>,
  since: Instant,
  policyId?: PolicyId,
): Promise<(Run & { readonly finishedAt: Instant }) | undefined> {
  const oldest = instant(Date.parse(since) - longestRunMs);
  let found: (Run & { readonly finishedAt: Instant }) | undefined;
  let token: string | undefined;
  do {
    const page = await runs.list(token);
    for (const run of page.value) {
      const { finishedAt } = run;
      if (finishedAt === undefined || finishedAt <= since || !wentWell(run)) continue;
      if (policyId !== undefined && run.policyId !== policyId) continue;
      if (found === undefined || finishedAt < found.finishedAt) found = { ...run, finishedAt };
    }
    const last = page.value.at(-1);
    token = last === undefined || last.startedAt < oldest ? undefined : page.nextPageToken;
  } while (token !== undefined);
  return found;
}

const wentWell = ({ state, status, only }: Run): boolean =>
  state === 'completed' && only === undefined && (status === 'complete' || status === 'completeWithSkips');

import { spillColumn } from '../records/sealedRows.ts';
import { isFresh } from './portions.ts';
import type { OfCycle } from './portions.ts';
import type { SweepServices } from './sweepServices.ts';

interface KeptSpills extends OfCycle {
  readonly names: readonly string[];
}

const keptName = 'sweep/spills';

/**
 * Values of records too large for a row, by name: the rows of all records say which are theirs. They are read once a cycle: a value
 * that becomes named later is new, and nothing new is condemned.
 */
export async function namedSpills(
  { tables, housekeeping }: Pick<SweepServices, 'tables' | 'housekeeping'>,
  { cycle, now }: { readonly cycle: number; readonly now: number },
): Promise<readonly string[]> {
  const kept = (await housekeeping.recall(keptName)) as KeptSpills | undefined;
  if (isFresh(kept, { state: { cycle }, now })) return kept.names;
  const names: string[] = [];
  for (let pageToken: string | undefined, more = true; more; more = pageToken !== undefined) {
    const page = await tables.texts('records', spillColumn, pageToken);
    names.push(...page.texts);
    pageToken = page.nextPageToken;
  }
  const spills: KeptSpills = { cycle, at: now, names };
  await housekeeping.keep(keptName, spills);
  return names;
}

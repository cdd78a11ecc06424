import type { LedgerEntry, Run } from '../../../../../contract/runs.ts';
import type { Texts } from '../../../app/texts.tsx';
import type { Api } from '../../../client/apiContext.ts';
import { toCsv } from '../../../client/csv.ts';
import { readAll } from '../../../client/readAll.ts';
import { saveBlob } from '../../../client/saveFile.ts';
import { reasonText } from '../../../parts/reasons.ts';

/** What is not in the copy matters most, so that a cut never loses it. */
const order = ['failed', 'skipped', 'vanished', 'outOfScope', 'stored', 'reused'] as const;
const most = 20_000;

/** Saves what became of every item as CSV: times in UTC, no content. Past 20,000 items the last line says so. */
export async function saveRunReport(api: Api, run: Run, text: Texts): Promise<void> {
  const entries: LedgerEntry[] = [];
  let complete = true;
  for (const outcome of order) {
    if (entries.length >= most) {
      complete = complete && run.counts[outcome] === 0;
      continue;
    }
    const read = await readAll(
      api,
      'listRunLedger',
      { params: { id: run.id }, query: { outcome } },
      most - entries.length,
    );
    entries.push(...read.value);
    complete &&= read.complete;
  }
  const rows = entries.map((entry) => [
    entry.outcome,
    entry.reason === undefined ? undefined : reasonText(text, entry.reason),
    entry.name,
    entry.attempts,
    entry.firstSeenAt,
    entry.lastSeenAt,
    entry.resourceId,
    entry.itemId,
  ]);
  const cut = complete ? [] : [[text('activity.reportCut', { count: entries.length })]];
  saveBlob(
    toCsv(
      ['outcome', 'reason', 'name', 'attempts', 'firstSeenAt', 'lastSeenAt', 'resourceId', 'itemId'],
      [...rows, ...cut],
    ),
    `holdfast-backup-${run.startedAt.slice(0, 16).replaceAll(':', '')}Z.csv`,
  );
}

import { Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { ArrowDownloadRegular } from '@fluentui/react-icons';
import { useMemo, useState } from 'react';
import type { LedgerEntry, Run } from '../../../../contract/runs.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { toCsv } from '../../client/csv.ts';
import { readAll } from '../../client/readAll.ts';
import { saveBlob } from '../../client/saveFile.ts';
import { useAction } from '../../client/useAction.ts';
import { usePages } from '../../client/usePages.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { Chips } from '../../parts/Chips.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Grid } from '../../parts/grid/Grid.tsx';
import type { Column } from '../../parts/grid/Grid.tsx';
import { MoreRows } from '../../parts/grid/MoreRows.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { reasonText } from '../../parts/reasons.ts';
import { Section } from '../../parts/Section.tsx';
import { StateWord } from '../../parts/StateWord.tsx';
import { Trouble } from '../../parts/Trouble.tsx';

type Outcome = LedgerEntry['outcome'];

const outcomes: readonly Outcome[] = ['failed', 'skipped', 'vanished', 'outOfScope', 'stored', 'reused'];
const mostRows = 20_000;

const useStyles = makeStyles({
  chips: { paddingInline: tokens.spacingHorizontalL },
  reason: { display: 'block', color: tokens.colorNeutralForeground3 },
});

const keyOf = (entry: LedgerEntry): string => `${entry.resourceId} ${entry.itemId} ${entry.outcome}`;
const nameOf = (entry: LedgerEntry): string => entry.name;

/** What became of every item that the run saw, by outcome; trouble first. */
export function Ledger({ run }: { run: Run }) {
  const styles = useStyles();
  const text = useTexts();
  const api = useApi();
  const present = outcomes.filter((outcome) => run.counts[outcome] > 0);
  const [wanted, setWanted] = useState<Outcome>();
  const outcome = wanted ?? present[0];
  const pages = usePages(
    'listRunLedger',
    useMemo(
      () => (outcome === undefined ? undefined : { params: { id: run.id }, query: { pageSize: 50, outcome } }),
      [run.id, outcome],
    ),
  );
  const csv = useAction(async () => {
    const query = outcome === undefined ? {} : { outcome };
    const { value } = await readAll(api, 'listRunLedger', { params: { id: run.id }, query }, mostRows);
    const rows = value.map((each) => [
      each.name,
      each.outcome,
      each.reason,
      each.attempts,
      each.firstSeenAt,
      each.itemId,
      each.resourceId,
    ]);
    saveBlob(
      toCsv(['Name', 'Outcome', 'Reason', 'Attempts', 'First seen (UTC)', 'Item', 'Resource'], rows),
      `holdfast-run-${run.id.slice(0, 8)}.csv`,
    );
  });
  const columns = useMemo(
    (): readonly Column<LedgerEntry>[] => [
      {
        id: 'name',
        name: text('item.name'),
        width: 'minmax(180px, 2fr)',
        rank: 1,
        cell: (entry) => (
          <>
            <bdi>{entry.name === '' ? text('item.unnamed') : entry.name}</bdi>
            {entry.reason !== undefined && (
              <Caption1 className={styles.reason}>{reasonText(text, entry.reason)}</Caption1>
            )}
          </>
        ),
      },
      {
        id: 'outcome',
        name: text('results.outcome'),
        width: 'minmax(130px, 1fr)',
        rank: 2,
        cell: (entry) => <StateWord state={entry.outcome} />,
      },
      {
        id: 'attempts',
        name: text('ledger.attempts'),
        width: 'minmax(70px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (entry) => text.number(entry.attempts),
      },
      {
        id: 'seen',
        name: text('ledger.firstSeen'),
        width: 'minmax(100px, 0.8fr)',
        rank: 3,
        cell: (entry) => <Moment iso={entry.firstSeenAt} />,
      },
    ],
    [styles.reason, text],
  );
  return (
    <Section
      title={text('ledger.title')}
      flush
      actions={
        <ActionButton size="small" icon={<ArrowDownloadRegular />} busy={csv.busy} onClick={() => void csv.run()}>
          {text('results.csv')}
        </ActionButton>
      }
    >
      {csv.problem !== undefined && <Trouble problem={csv.problem} />}
      {outcome === undefined ? (
        <EmptyState title={text('ledger.none')} />
      ) : (
        <>
          <div className={styles.chips}>
            <Chips
              name={text('ledger.byOutcome')}
              value={outcome}
              onChange={setWanted}
              chips={present.map((each) => ({
                value: each,
                name: text('filter.counted', { word: text(`state.${each}`), count: run.counts[each] }),
              }))}
            />
          </div>
          <Moods of={pages.first}>
            {() => (
              <>
                <Grid name={text('ledger.title')} columns={columns} rows={pages.rows} keyOf={keyOf} nameOf={nameOf} />
                <MoreRows pages={pages} />
              </>
            )}
          </Moods>
        </>
      )}
    </Section>
  );
}

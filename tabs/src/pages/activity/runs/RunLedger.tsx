import { Body1Strong, Button, Caption1, Tab, TabList, makeStyles, tokens } from '@fluentui/react-components';
import { useCallback, useMemo, useState } from 'react';
import { Outcome } from '../../../../../contract/runs.ts';
import type { LedgerEntry, Run } from '../../../../../contract/runs.ts';
import { navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { reasonText } from '../../../parts/reasons.ts';
import { Section } from '../../../parts/Section.tsx';
import { runAddress } from '../places.ts';
import { usePageStyles } from '../shared/pageStyles.ts';
import { ResourceName } from '../../../parts/resourceNames.tsx';
import { isOpen } from './runFacts.ts';

type Kind = LedgerEntry['outcome'];
/** What needs somebody comes first. */
const kinds = ['failed', 'skipped', 'vanished', 'outOfScope', 'stored', 'reused'] as const satisfies readonly Kind[];
const ledgerPace = 15_000;

const useStyles = makeStyles({
  tabs: { flexWrap: 'wrap', paddingInline: tokens.spacingHorizontalXS },
  only: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: tokens.spacingHorizontalS,
    paddingInline: tokens.spacingHorizontalL,
  },
});

/** What became of the items, by outcome, the same reasons together. */
export function RunLedger({ run, resourceId }: { run: Run; resourceId: string | undefined }) {
  const styles = useStyles();
  const text = useTexts();
  const [chosen, setChosen] = useState<Kind>();
  const outcome = chosen ?? kinds.find((kind) => run.counts[kind] > 0) ?? 'failed';
  const input = useMemo(
    () => ({
      params: { id: run.id },
      query: { pageSize: 50, outcome, ...(resourceId === undefined ? {} : { resourceId }) },
    }),
    [run.id, outcome, resourceId],
  );
  const isRunning = isOpen(run);
  const pages = usePages('listRunLedger', input, { every: () => (isRunning ? ledgerPace : undefined) });
  const rows = useMemo(() => byReason(pages.rows), [pages.rows]);
  return (
    <Section title={text('activity.ledger.title')} flush>
      <TabList
        size="small"
        className={styles.tabs}
        aria-label={text('activity.ledger.byOutcome')}
        selectedValue={outcome}
        onTabSelect={(_, { value }) => setChosen(Outcome.parse(value))}
      >
        {kinds.map((kind) => (
          <Tab key={kind} value={kind}>
            {text('filter.counted', { word: text(`state.${kind}` as TextKey), count: run.counts[kind] })}
          </Tab>
        ))}
      </TabList>
      {resourceId !== undefined && (
        <div className={styles.only}>
          <Caption1>
            {text('activity.ledger.only')} <ResourceName id={resourceId} />
          </Caption1>
          <Button size="small" onClick={() => navigate(runAddress(run.id), 'replace')}>
            {text('activity.ledger.all')}
          </Button>
        </div>
      )}
      <Moods of={pages.first}>
        {() =>
          rows.length === 0 ? (
            <EmptyState
              title={text('activity.ledger.none', { outcome: text(`state.${outcome}` as TextKey) })}
              {...(outcome === 'failed' ? { words: text('activity.ledger.noneFailed') } : {})}
            />
          ) : (
            <>
              <EntryRows rows={rows} outcome={outcome} />
              <MoreRows pages={pages} />
            </>
          )
        }
      </Moods>
    </Section>
  );
}

/** The same reasons stand together, the most frequent ones first. */
function byReason(entries: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const groups = Map.groupBy(entries, ({ reason }) => reason ?? '');
  return [...groups.values()].toSorted((a, b) => b.length - a.length).flat();
}

const keyOf = (entry: LedgerEntry): string => `${entry.resourceId} ${entry.itemId} ${entry.outcome}`;
const nameOf = (entry: LedgerEntry): string => entry.name;

function EntryRows({ rows, outcome }: { rows: readonly LedgerEntry[]; outcome: Kind }) {
  const styles = usePageStyles();
  const text = useTexts();
  const columns = useMemo(
    (): readonly Column<LedgerEntry>[] => [
      {
        id: 'name',
        name: text('activity.item'),
        width: 'minmax(160px, 2fr)',
        rank: 1,
        cell: (entry) => <bdi>{entry.name}</bdi>,
      },
      {
        id: 'resource',
        name: text('activity.where'),
        width: 'minmax(140px, 1.4fr)',
        rank: 2,
        cell: (entry) => <ResourceName id={entry.resourceId} />,
      },
      {
        id: 'attempts',
        name: text('activity.attempts'),
        width: 'minmax(70px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (entry) => <span className={styles.numbers}>{text.number(entry.attempts)}</span>,
      },
      {
        id: 'seen',
        name: text('activity.firstSeen'),
        width: 'minmax(100px, 0.8fr)',
        rank: 3,
        align: 'end',
        cell: (entry) => <Moment iso={entry.firstSeenAt} />,
      },
    ],
    [styles.numbers, text],
  );
  const counts = useMemo(() => Map.groupBy(rows, ({ reason }) => reason ?? ''), [rows]);
  const groupOf = useCallback(
    (entry: LedgerEntry) => {
      const key = entry.reason ?? '';
      return {
        key,
        heading: (
          <Body1Strong>
            {text('activity.ledger.cause', {
              reason: reasonText(text, entry.reason),
              count: counts.get(key)?.length ?? 0,
            })}
          </Body1Strong>
        ),
      };
    },
    [counts, text],
  );
  const isExplained = outcome !== 'stored' && outcome !== 'reused';
  return (
    <Grid
      name={text('activity.ledger.title')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={nameOf}
      {...(isExplained ? { groupOf } : {})}
    />
  );
}

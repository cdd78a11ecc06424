import { Button, Card, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Run } from '../../../../contract/runs.ts';
import { addressOf, navigate, usePlace } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import type { TextKey } from '../../app/texts.tsx';
import { usePages } from '../../client/usePages.ts';
import { closely, useRoute, valueOf } from '../../client/useRoute.ts';
import { Chips } from '../../parts/Chips.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { MoreRows } from '../../parts/grid/MoreRows.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { PageHeader } from '../../parts/PageHeader.tsx';
import { ActivityTabs } from './ActivityTabs.tsx';
import { RunGrid } from './RunGrid.tsx';

const states: readonly Run['state'][] = ['queued', 'running', 'waiting', 'completed', 'cancelled', 'stalled'];

const useStyles = makeStyles({
  filters: { marginBottom: tokens.spacingVerticalL },
  list: { padding: 0, gap: 0, overflow: 'visible' },
});

/** Every execution of every policy, newest first. */
export function RunsPage() {
  const styles = useStyles();
  const text = useTexts();
  const { query } = usePlace();
  const state = states.find((each) => each === query.get('state'));
  const pages = usePages(
    'listRuns',
    useMemo(() => ({ query: { pageSize: 50, ...(state === undefined ? {} : { state }) } }), [state]),
    {
      every: (age, page) =>
        page?.value.some(({ finishedAt }) => finishedAt === undefined) === true ? closely(age) : 60_000,
    },
  );
  const policies = useRoute('listPolicies', { query: { pageSize: 200 } });
  return (
    <>
      <PageHeader title={text('page.activity')} fresh={pages.first} />
      <ActivityTabs at="runs" />
      <div className={styles.filters}>
        <Chips
          name={text('protection.byState')}
          value={state}
          onChange={(chosen) => navigate(addressOf('activity', [], { state: chosen }), 'replace')}
          chips={[
            { value: undefined, name: text('filter.allStates') },
            ...states.map((each) => ({ value: each, name: text(`state.${each}` as TextKey) })),
          ]}
        />
      </div>
      <Moods of={pages.first} rows={8}>
        {() =>
          pages.rows.length === 0 ? (
            <EmptyState
              title={text(state === undefined ? 'runs.none' : 'filter.nothing')}
              words={text(state === undefined ? 'runs.noneWords' : 'runs.nothingWords')}
            >
              {state !== undefined && (
                <Button onClick={() => navigate(addressOf('activity'), 'replace')}>{text('filter.clear')}</Button>
              )}
            </EmptyState>
          ) : (
            <Card className={styles.list}>
              <RunGrid runs={pages.rows} policies={valueOf(policies)?.value ?? []} />
              <MoreRows pages={pages} />
            </Card>
          )
        }
      </Moods>
    </>
  );
}

import { Button, Caption1, Card } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Run } from '../../../../../contract/runs.ts';
import { addressOf, navigate, usePlace } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { closely, useRoute, valueOf } from '../../../client/useRoute.ts';
import { Chips } from '../../../parts/Chips.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { PageHeader } from '../../../parts/PageHeader.tsx';
import { ActivityTabs } from '../ActivityTabs.tsx';
import { usePageStyles } from '../shared/pageStyles.ts';
import { isOpen } from './runFacts.ts';
import { RunGrid } from './RunGrid.tsx';

const states = [
  'queued',
  'discovering',
  'running',
  'waiting',
  'verifying',
  'completed',
  'stalled',
  'cancelled',
] as const;
const quietPace = 30_000;

/** Backups, newest first; filters stand in the address, so that they can be sent to somebody. */
export function RunsPage() {
  const styles = usePageStyles();
  const text = useTexts();
  const { query } = usePlace();
  const state = states.find((each) => each === query.get('state'));
  const policyId = query.get('policy') ?? undefined;
  const filter = useMemo(
    () => ({
      query: {
        pageSize: 50,
        ...(state === undefined ? {} : { state }),
        ...(policyId === undefined ? {} : { policyId }),
      },
    }),
    [state, policyId],
  );
  const pages = usePages('listRuns', filter, {
    every: (age, answer) => (answer?.value.some((run: Run) => isOpen(run)) === true ? closely(age) : quietPace),
  });
  const policies = valueOf(useRoute('listPolicies', { query: {} }))?.value ?? [];
  const go = (change: Readonly<Record<string, string | undefined>>): void =>
    navigate(addressOf('activity', [], { state, policy: policyId, ...change }), 'replace');
  const filtered = state !== undefined || policyId !== undefined;

  return (
    <>
      <PageHeader title={text('page.activity')} fresh={pages.first} />
      <ActivityTabs at="runs" />
      <div className={styles.filters}>
        <Chips
          name={text('protection.byState')}
          value={state}
          onChange={(chosen) => go({ state: chosen })}
          chips={[
            { value: undefined, name: text('filter.allStates') },
            ...states.map((each) => ({ value: each, name: text(`state.${each}` as TextKey) })),
          ]}
        />
        {policies.length > 1 && (
          <Chips
            name={text('activity.byPolicy')}
            value={policyId}
            onChange={(chosen) => go({ policy: chosen })}
            chips={[
              { value: undefined, name: text('activity.allPolicies') },
              ...policies.map(({ id, name }) => ({ value: id, name })),
            ]}
          />
        )}
      </div>
      <Moods of={pages.first} rows={8}>
        {() =>
          pages.rows.length === 0 ? (
            <EmptyState
              title={text(filtered ? 'filter.nothing' : 'activity.run.none')}
              words={text(filtered ? 'activity.run.nothingWords' : 'activity.run.noneWords')}
            >
              {filtered ? (
                <Button onClick={() => navigate(addressOf('activity'), 'replace')}>{text('filter.clear')}</Button>
              ) : (
                <Button onClick={() => navigate(addressOf('protection', ['policies']))}>
                  {text('activity.run.toPolicies')}
                </Button>
              )}
            </EmptyState>
          ) : (
            <Card className={styles.list}>
              <RunGrid rows={pages.rows} policies={policies} />
              <MoreRows pages={pages} />
              <Caption1 className={styles.foot}>
                {text('trouble.field', {
                  field: text('activity.run.newData'),
                  message: text('activity.run.newDataHint'),
                })}
              </Caption1>
            </Card>
          )
        }
      </Moods>
    </>
  );
}

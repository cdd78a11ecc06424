import { Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { Run, RunResource } from '../../../../contract/runs.ts';
import { addressOf, follow, navigate } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import type { TextKey } from '../../app/texts.tsx';
import { usePages } from '../../client/usePages.ts';
import { closely } from '../../client/useRoute.ts';
import { Chips } from '../../parts/Chips.tsx';
import { EmptyState } from '../../parts/EmptyState.tsx';
import { Grid } from '../../parts/grid/Grid.tsx';
import type { Column } from '../../parts/grid/Grid.tsx';
import { MoreRows } from '../../parts/grid/MoreRows.tsx';
import { Moods } from '../../parts/Moods.tsx';
import { Section } from '../../parts/Section.tsx';
import { StateWord } from '../../parts/StateWord.tsx';
import { WorkloadWord, useWorkloads } from '../../parts/workloads.tsx';

const states: readonly RunResource['state'][] = ['open', 'waiting', 'done', 'failed', 'cancelled'];

const useStyles = makeStyles({
  chips: { paddingInline: tokens.spacingHorizontalL },
  reason: { display: 'block', color: tokens.colorNeutralForeground3 },
});

const address = (row: RunResource): string => addressOf('protection', ['resource', row.resourceId]);
const open = (row: RunResource): void => navigate(address(row));
const keyOf = (row: RunResource): string => row.resourceId;
const nameOf = (row: RunResource): string => row.name;

/** The mailboxes and drives of a run, each with its own counts, state and reason. */
export function RunResources({ run }: { run: Run }) {
  const styles = useStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const [state, setState] = useState<RunResource['state']>();
  const pages = usePages(
    'listRunResources',
    useMemo(
      () => ({ params: { id: run.id }, query: { pageSize: 50, ...(state === undefined ? {} : { state }) } }),
      [run.id, state],
    ),
    { every: (age) => (run.finishedAt === undefined ? closely(age) : undefined) },
  );
  const columns = useMemo(
    (): readonly Column<RunResource>[] => [
      {
        id: 'name',
        name: text('item.name'),
        width: 'minmax(160px, 1.5fr)',
        rank: 1,
        cell: (row) => (
          <Link
            appearance="subtle"
            href={address(row)}
            aria-label={text('resource.full', { name: row.name, workload: workloads.label(row.workload) })}
            onClick={(event) => follow(event, address(row))}
          >
            <bdi>{row.name}</bdi>
          </Link>
        ),
      },
      {
        id: 'workload',
        name: text('resource.workload'),
        width: 'minmax(120px, 1fr)',
        rank: 2,
        cell: (row) => <WorkloadWord workload={row.workload} />,
      },
      {
        id: 'state',
        name: text('resource.state'),
        width: 'minmax(150px, 1.5fr)',
        rank: 2,
        cell: (row) => (
          <>
            <StateWord state={row.status ?? row.state} />
            {row.state === 'waiting' && row.resumesAt !== undefined && (
              <Caption1 className={styles.reason}>{text('run.resumes', { time: text.time(row.resumesAt) })}</Caption1>
            )}
            {row.reason !== undefined && <Caption1 className={styles.reason}>{row.reason}</Caption1>}
          </>
        ),
      },
      {
        id: 'stored',
        name: text('counts.stored'),
        width: 'minmax(70px, 0.5fr)',
        rank: 2,
        align: 'end',
        labelled: true,
        cell: (row) => text.number(row.counts.stored),
      },
      {
        id: 'pending',
        name: text('counts.pending'),
        width: 'minmax(70px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (row) => text.number(row.counts.pending),
      },
      {
        id: 'trouble',
        name: text('run.notKept'),
        width: 'minmax(80px, 0.5fr)',
        rank: 3,
        align: 'end',
        cell: (row) => text.number(row.counts.failed + row.counts.skipped),
      },
    ],
    [styles.reason, text, workloads],
  );
  return (
    <Section title={text('run.resources')} flush>
      <div className={styles.chips}>
        <Chips
          name={text('protection.byState')}
          value={state}
          onChange={setState}
          chips={[
            { value: undefined, name: text('filter.allStates') },
            ...states.map((each) => ({ value: each, name: text(`state.${each}` as TextKey) })),
          ]}
        />
      </div>
      <Moods of={pages.first}>
        {() =>
          pages.rows.length === 0 ? (
            <EmptyState title={text('filter.nothing')} />
          ) : (
            <>
              <Grid
                name={text('run.resources')}
                columns={columns}
                rows={pages.rows}
                keyOf={keyOf}
                nameOf={nameOf}
                onOpen={open}
              />
              <MoreRows pages={pages} />
            </>
          )
        }
      </Moods>
    </Section>
  );
}

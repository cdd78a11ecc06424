import { Caption1, Link } from '@fluentui/react-components';
import { useMemo, useState } from 'react';
import type { Run, RunResource } from '../../../../../contract/runs.ts';
import { waitsFor } from '../../../../../contract/waits.ts';
import { navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { usePages } from '../../../client/usePages.ts';
import { closely } from '../../../client/useRoute.ts';
import { Chips } from '../../../parts/Chips.tsx';
import { EmptyState } from '../../../parts/EmptyState.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { MoreRows } from '../../../parts/grid/MoreRows.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';
import { WorkloadWord, useWorkloads } from '../../../parts/workloads.tsx';
import { runAddress } from '../places.ts';
import { usePageStyles } from '../shared/pageStyles.ts';
import { isOpen, keptOf, listedOf } from './runFacts.ts';
import { itemsText } from './RunGrid.tsx';

type State = RunResource['state'];
const states: readonly State[] = ['open', 'waiting', 'done', 'failed', 'cancelled'];
const keyOf = ({ resourceId }: RunResource): string => resourceId;

/** What several wait for; `both` where it is not the same for all. */
const whatOf = (rows: readonly RunResource[]): string => {
  const [first = 'microsoft365', ...others] = new Set(rows.map(({ reason }) => waitsFor(reason)));
  return others.length === 0 ? first : 'both';
};

/** What each mailbox and drive of a run has come to. */
export function RunResources({ run }: { run: Run }) {
  const styles = usePageStyles();
  const text = useTexts();
  const [state, setState] = useState<State>();
  const input = useMemo(
    () => ({ params: { id: run.id }, query: { pageSize: 10, ...(state === undefined ? {} : { state }) } }),
    [run.id, state],
  );
  const isRunning = isOpen(run);
  const pages = usePages('listRunResources', input, { every: (age) => (isRunning ? closely(age) : undefined) });
  const waiting = pages.rows.filter((row) => row.state === 'waiting');
  const resumesAt = waiting.flatMap((row) => row.resumesAt ?? []).toSorted()[0];
  return (
    <Section title={text('protection.resources')} flush>
      <div className={styles.head}>
        <Chips
          name={text('protection.byState')}
          value={state}
          onChange={setState}
          chips={[
            { value: undefined, name: text('filter.allStates') },
            ...states.map((each) => ({ value: each, name: text(`state.${each}` as TextKey) })),
          ]}
        />
        {waiting.length > 0 && (
          <Caption1 className={styles.note}>
            {text(resumesAt === undefined ? 'activity.run.waitCount' : 'activity.run.waitCountUntil', {
              what: whatOf(waiting),
              count: waiting.length,
              time: resumesAt === undefined ? '' : text.time(resumesAt),
            })}
          </Caption1>
        )}
      </div>
      <Moods of={pages.first}>
        {() =>
          pages.rows.length === 0 ? (
            <EmptyState title={text(state === undefined ? 'activity.run.noResources' : 'filter.nothing')} />
          ) : (
            <>
              <ResourceRows run={run} rows={pages.rows} />
              <MoreRows pages={pages} />
            </>
          )
        }
      </Moods>
    </Section>
  );
}

function ResourceRows({ run, rows }: { run: Run; rows: readonly RunResource[] }) {
  const styles = usePageStyles();
  const text = useTexts();
  const workloads = useWorkloads();
  const columns = useMemo((): readonly Column<RunResource>[] => {
    const nameOf = (row: RunResource): string =>
      text('resource.full', { name: row.name, workload: workloads.label(row.workload) });
    const show = (row: RunResource): void => navigate(runAddress(run.id, { resource: row.resourceId }), 'replace');
    return [
      {
        id: 'name',
        name: text('policy.scope'),
        width: 'minmax(140px, 1.4fr)',
        rank: 1,
        cell: (row) => (
          <Link as="button" aria-label={text('activity.run.itemsOf', { name: nameOf(row) })} onClick={() => show(row)}>
            <bdi>{row.name}</bdi>
          </Link>
        ),
      },
      {
        id: 'workload',
        name: text('resource.workload'),
        width: 'minmax(110px, 0.9fr)',
        rank: 2,
        cell: (row) => <WorkloadWord workload={row.workload} />,
      },
      {
        id: 'state',
        name: text('resource.state'),
        width: 'minmax(150px, 1.8fr)',
        rank: 2,
        cell: (row) => (
          <>
            <StateWord state={row.state === 'done' ? (row.status ?? row.state) : row.state} />
            {row.state === 'waiting' && row.resumesAt !== undefined && (
              <Caption1 className={styles.note}>
                {text('activity.run.waitsUntil', { what: waitsFor(row.reason), time: text.time(row.resumesAt) })}
              </Caption1>
            )}
            {row.reason !== undefined && <Caption1 className={styles.note}>{row.reason}</Caption1>}
          </>
        ),
      },
      {
        id: 'items',
        name: text('activity.run.kept'),
        width: 'minmax(110px, 0.9fr)',
        rank: 2,
        labelled: true,
        cell: (row) => (
          <span className={styles.numbers}>
            {row.counts.pending > 0
              ? text('activity.run.keptOf', { kept: keptOf(row.counts), listed: listedOf(row.counts) })
              : text.number(keptOf(row.counts))}
            {row.counts.skipped + row.counts.failed > 0 && (
              <Caption1 className={styles.note}>{itemsText(text, row)}</Caption1>
            )}
          </span>
        ),
      },
      {
        id: 'bytes',
        name: text('activity.run.newData'),
        width: 'minmax(76px, 0.6fr)',
        rank: 3,
        align: 'end',
        cell: (row) => <span className={styles.numbers}>{text.bytes(row.counts.bytesStored)}</span>,
      },
      {
        id: 'heartbeat',
        name: text('activity.heartbeat'),
        width: 'minmax(90px, 0.7fr)',
        rank: 3,
        align: 'end',
        cell: (row) => <Moment iso={row.heartbeatAt} />,
      },
    ];
  }, [run.id, styles.note, styles.numbers, text, workloads]);
  return (
    <Grid name={text('protection.resources')} columns={columns} rows={rows} keyOf={keyOf} nameOf={(row) => row.name} />
  );
}

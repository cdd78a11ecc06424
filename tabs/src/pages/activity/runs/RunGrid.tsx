import { Caption1, Link } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Policy } from '../../../../../contract/policies.ts';
import type { Run } from '../../../../../contract/runs.ts';
import { follow, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { Texts } from '../../../app/texts.tsx';
import { Grid } from '../../../parts/grid/Grid.tsx';
import type { Column } from '../../../parts/grid/Grid.tsx';
import { Moment } from '../../../parts/Moment.tsx';
import { PersonName } from '../../../parts/personNames.tsx';
import { runAddress } from '../places.ts';
import { Duration } from '../shared/Duration.tsx';
import { usePageStyles } from '../shared/pageStyles.ts';
import { ProgressLine } from '../shared/ProgressLine.tsx';
import { isOpen, keptOf, shareOf } from './runFacts.ts';
import { RunState } from './RunState.tsx';
import { runTotal } from './runTotal.ts';

const keyOf = (run: Run): string => run.id;
const open = (run: Run): void => navigate(runAddress(run.id));

/** One line of how many items are in the copy, and how many are not. */
export const itemsText = (text: Texts, { counts }: Pick<Run, 'counts'>): string =>
  text('activity.run.itemsNote', { skipped: counts.skipped, failed: counts.failed });

export function RunGrid({ rows, policies }: { rows: readonly Run[]; policies: readonly Policy[] }) {
  const styles = usePageStyles();
  const text = useTexts();
  const columns = useMemo((): readonly Column<Run>[] => {
    const policyNames = new Map(policies.map(({ id, name }) => [id, name]));
    const what = (run: Run): string => {
      const policy = policyNames.get(run.policyId);
      return policy === undefined ? text('recent.run') : text('activity.run.of', { policy });
    };
    return [
      {
        id: 'what',
        name: text('activity.what'),
        width: 'minmax(140px, 1.4fr)',
        rank: 1,
        cell: (run) => (
          <>
            <Link
              href={runAddress(run.id)}
              aria-label={text('recent.open', { title: what(run), at: text.moment(run.startedAt) })}
              onClick={(event) => follow(event, runAddress(run.id))}
            >
              {what(run)}
            </Link>
            <Caption1 className={styles.note}>
              <Moment iso={run.startedAt} /> · <PersonName id={run.startedBy} told={run.startedByName} />
            </Caption1>
          </>
        ),
      },
      {
        id: 'state',
        name: text('resource.state'),
        width: 'minmax(150px, 1.6fr)',
        rank: 2,
        cell: (run) => <RunState run={run} />,
      },
      {
        id: 'progress',
        name: text('activity.progress'),
        width: 'minmax(120px, 1.1fr)',
        rank: 2,
        cell: (run) =>
          isOpen(run) ? (
            <ProgressLine
              name={text('activity.progress')}
              share={shareOf(run)}
              words={
                shareOf(run) === undefined
                  ? text('activity.run.found', { count: run.counts.listed })
                  : text('activity.run.left', { count: run.counts.pending })
              }
            />
          ) : (
            <span className={styles.numbers}>{runTotal(text, run) ?? text('value.none')}</span>
          ),
      },
      {
        id: 'items',
        name: text('activity.run.kept'),
        width: 'minmax(110px, 1fr)',
        rank: 2,
        labelled: true,
        cell: (run) => (
          <span className={styles.numbers}>
            {text.number(keptOf(run.counts))}
            {run.counts.skipped + run.counts.failed > 0 && (
              <Caption1 className={styles.note}>{itemsText(text, run)}</Caption1>
            )}
          </span>
        ),
      },
      {
        id: 'bytes',
        name: text('activity.run.newData'),
        width: 'minmax(76px, 0.6fr)',
        rank: 2,
        align: 'end',
        labelled: true,
        cell: (run) => <span className={styles.numbers}>{text.bytes(run.counts.bytesStored)}</span>,
      },
      {
        id: 'duration',
        name: text('activity.duration'),
        width: 'minmax(70px, 0.6fr)',
        rank: 3,
        align: 'end',
        cell: (run) => <Duration from={run.startedAt} to={run.finishedAt} />,
      },
      {
        id: 'heartbeat',
        name: text('activity.heartbeat'),
        width: 'minmax(90px, 0.7fr)',
        rank: 3,
        align: 'end',
        cell: (run) => (isOpen(run) ? <Moment iso={run.heartbeatAt} /> : text('value.none')),
      },
    ];
  }, [policies, styles.note, styles.numbers, text]);
  return (
    <Grid
      name={text('activity.runs')}
      columns={columns}
      rows={rows}
      keyOf={keyOf}
      nameOf={(run) => text('recent.open', { title: text('recent.run'), at: text.moment(run.startedAt) })}
      onOpen={open}
    />
  );
}

import { Caption1, Link, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import type { Run } from '../../../../contract/runs.ts';
import { addressOf, follow, navigate } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { Grid } from '../../parts/grid/Grid.tsx';
import type { Column } from '../../parts/grid/Grid.tsx';
import { Moment } from '../../parts/Moment.tsx';
import { PersonName } from '../../parts/personNames.tsx';
import { StateWord } from '../../parts/StateWord.tsx';
import { RunTime } from './RunTime.tsx';

const useStyles = makeStyles({
  words: { display: 'flex', flexDirection: 'column', minWidth: 0 },
  note: { color: tokens.colorNeutralForeground3 },
});

const address = (run: Run): string => addressOf('activity', ['run', run.id]);
const open = (run: Run): void => navigate(address(run));
const keyOf = (run: Run): string => run.id;

export function RunGrid({ runs, policies }: { runs: readonly Run[]; policies: readonly Policy[] }) {
  const styles = useStyles();
  const text = useTexts();
  const names = useMemo(() => new Map(policies.map(({ id, name }) => [id, name])), [policies]);
  const columns = useMemo(
    (): readonly Column<Run>[] => [
      {
        id: 'what',
        name: text('run.what'),
        width: 'minmax(160px, 1.6fr)',
        rank: 1,
        cell: (run) => (
          <div className={styles.words}>
            <Link
              appearance="subtle"
              href={address(run)}
              onClick={(event) => follow(event, address(run))}
              aria-label={text('recent.open', {
                title: names.get(run.policyId) ?? text('recent.run'),
                at: text.moment(run.startedAt),
              })}
            >
              {names.get(run.policyId) ?? text('recent.run')}
            </Link>
            <Caption1 className={styles.note}>
              <PersonName id={run.startedBy} />
            </Caption1>
          </div>
        ),
      },
      {
        id: 'state',
        name: text('resource.state'),
        width: 'minmax(150px, 1.3fr)',
        rank: 2,
        cell: (run) => (
          <>
            <StateWord state={run.status ?? run.state} />
            {run.state === 'cancelled' && run.status !== undefined && <Caption1>{text('run.wasCancelled')}</Caption1>}
          </>
        ),
      },
      {
        id: 'started',
        name: text('run.started'),
        width: 'minmax(100px, 0.9fr)',
        rank: 2,
        cell: (run) => <Moment iso={run.startedAt} />,
      },
      {
        id: 'took',
        name: text('run.took'),
        width: 'minmax(80px, 0.7fr)',
        rank: 3,
        cell: (run) => <RunTime run={run} />,
      },
      {
        id: 'stored',
        name: text('run.stored'),
        width: 'minmax(70px, 0.6fr)',
        rank: 2,
        align: 'end',
        labelled: true,
        cell: (run) => text.number(run.counts.stored),
      },
      {
        id: 'skipped',
        name: text('run.skipped'),
        width: 'minmax(70px, 0.6fr)',
        rank: 3,
        align: 'end',
        cell: (run) => text.number(run.counts.skipped),
      },
      {
        id: 'failed',
        name: text('run.failed'),
        width: 'minmax(60px, 0.6fr)',
        rank: 2,
        align: 'end',
        labelled: true,
        cell: (run) => text.number(run.counts.failed),
      },
      {
        id: 'bytes',
        name: text('run.bytesNew'),
        width: 'minmax(80px, 0.6fr)',
        rank: 3,
        align: 'end',
        cell: (run) => text.bytes(run.counts.bytesStored),
      },
    ],
    [names, styles, text],
  );
  return (
    <Grid
      name={text('activity.runs')}
      columns={columns}
      rows={runs}
      keyOf={keyOf}
      nameOf={(run) => text.moment(run.startedAt)}
      onOpen={open}
    />
  );
}

import { Caption1, makeStyles, tokens } from '@fluentui/react-components';
import type { Run } from '../../../../../contract/runs.ts';
import { useTexts } from '../../../app/texts.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';

const useStyles = makeStyles({ note: { display: 'block', color: tokens.colorNeutralForeground3 } });

/** How it ended, or what it does now; a wait for Microsoft 365 says until when, and is no failure. */
export function RunState({ run }: { run: Pick<Run, 'state' | 'status' | 'resumesAt' | 'reason'> }) {
  const styles = useStyles();
  const text = useTexts();
  const note =
    run.state === 'waiting'
      ? text(run.resumesAt === undefined ? 'activity.run.waits' : 'activity.run.waitsUntil', {
          time: run.resumesAt === undefined ? '' : text.time(run.resumesAt),
        })
      : run.reason;
  return (
    <>
      <StateWord state={run.state === 'completed' ? (run.status ?? run.state) : run.state} />
      {note !== undefined && <Caption1 className={styles.note}>{note}</Caption1>}
    </>
  );
}

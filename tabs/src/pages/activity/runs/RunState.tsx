import { Caption1, makeStyles, tokens } from '@fluentui/react-components';
import type { Run } from '../../../../../contract/runs.ts';
import { waitsFor } from '../../../../../contract/waits.ts';
import { useTexts, type Texts } from '../../../app/texts.tsx';
import { StateWord } from '../../../parts/StateWord.tsx';

const useStyles = makeStyles({ note: { display: 'block', color: tokens.colorNeutralForeground3 } });

function wait(
  { resumesAt, waitsSince, reason }: Pick<Run, 'resumesAt' | 'waitsSince' | 'reason'>,
  text: Texts,
): string {
  const what = waitsFor(reason);
  if (resumesAt === undefined) return text('activity.run.waits', { what });
  const time = text.time(resumesAt);
  if (waitsSince === undefined || reason === undefined) return text('activity.run.waitsUntil', { what, time });
  return text('activity.run.waitsSince', { what, reason, since: text.time(waitsSince), time });
}

/** How it ended, or what it does now; a wait says for what and until when, and is no failure. */
export function RunState({ run }: { run: Pick<Run, 'state' | 'status' | 'resumesAt' | 'waitsSince' | 'reason'> }) {
  const styles = useStyles();
  const text = useTexts();
  const note = run.state === 'waiting' ? wait(run, text) : run.reason;
  return (
    <>
      <StateWord state={run.state === 'completed' ? (run.status ?? run.state) : run.state} />
      {note !== undefined && <Caption1 className={styles.note}>{note}</Caption1>}
    </>
  );
}

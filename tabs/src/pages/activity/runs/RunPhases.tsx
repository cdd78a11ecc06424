import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import { CheckmarkCircleFilled, CircleRegular, RecordRegular } from '@fluentui/react-icons';
import type { Run } from '../../../../../contract/runs.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { isOpen } from './runFacts.ts';

const phases = ['discovering', 'running', 'verifying'] as const;

/** A wait and a cancellation happen while it copies. */
const phaseOf: Readonly<Record<string, number>> = {
  queued: -1,
  discovering: 0,
  running: 1,
  waiting: 1,
  stalled: 1,
  cancelling: 1,
  verifying: 2,
};

const useStyles = makeStyles({
  list: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: `${tokens.spacingVerticalXS} ${tokens.spacingHorizontalL}`,
    listStyle: 'none',
    margin: 0,
    padding: 0,
  },
  phase: { display: 'inline-flex', alignItems: 'center', gap: tokens.spacingHorizontalXS },
  icon: { display: 'inline-flex', fontSize: '16px' },
  past: { color: tokens.colorStatusSuccessForeground1 },
  now: { color: tokens.colorBrandForeground1 },
  nowWord: { fontWeight: tokens.fontWeightSemibold },
  future: { color: tokens.colorNeutralForeground3 },
});

/** Finding, copying, checking: where an open run is. Ended ones are past all three, or say why not. */
export function RunPhases({ run }: { run: Run }) {
  const styles = useStyles();
  const text = useTexts();
  if (!isOpen(run)) return null;
  const at = phaseOf[run.state] ?? -1;
  return (
    <ol className={styles.list} aria-label={text('activity.run.phases')}>
      {phases.map((phase, each) => (
        <li
          key={phase}
          className={mergeClasses(styles.phase, each > at && styles.future)}
          aria-current={each === at ? 'step' : undefined}
        >
          <span className={mergeClasses(styles.icon, each < at && styles.past, each === at && styles.now)} aria-hidden>
            {each < at ? <CheckmarkCircleFilled /> : each === at ? <RecordRegular /> : <CircleRegular />}
          </span>
          <span className={mergeClasses(each === at && styles.nowWord)}>
            {text(`activity.phase.${phase}` as TextKey)}
          </span>
        </li>
      ))}
    </ol>
  );
}

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  ArrowSyncCircleRegular,
  ArrowUndoRegular,
  CheckmarkCircleFilled,
  CheckmarkCircleRegular,
  CircleOffRegular,
  DeleteRegular,
  ClockRegular,
  DismissCircleFilled,
  PauseCircleRegular,
  PersonDeleteRegular,
  ProhibitedRegular,
  ShieldDismissRegular,
  WarningFilled,
} from '@fluentui/react-icons';
import type { ReactElement } from 'react';
import { useTexts } from '../app/texts.tsx';
import type { TextKey } from '../app/texts.tsx';

type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

const useStyles = makeStyles({
  word: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: tokens.spacingHorizontalXS,
    whiteSpace: 'nowrap',
    verticalAlign: 'top',
  },
  icon: { display: 'inline-flex', fontSize: '16px' },
  good: { color: tokens.colorStatusSuccessForeground1 },
  busy: { color: tokens.colorBrandForeground1 },
  warn: { color: tokens.colorStatusWarningForeground3 },
  bad: { color: tokens.colorStatusDangerForeground1 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

const looks: Readonly<Record<string, readonly [Tone, ReactElement]>> = {
  protected: ['good', <CheckmarkCircleFilled />],
  firstBackup: ['busy', <ArrowSyncCircleRegular />],
  waiting: ['busy', <ClockRegular />],
  partial: ['warn', <WarningFilled />],
  failing: ['bad', <DismissCircleFilled />],
  paused: ['quiet', <PauseCircleRegular />],
  excluded: ['quiet', <ProhibitedRegular />],
  notProtected: ['warn', <ShieldDismissRegular />],
  nothingToCopy: ['quiet', <CircleOffRegular />],
  gone: ['quiet', <PersonDeleteRegular />],
  queued: ['quiet', <ClockRegular />],
  discovering: ['busy', <ArrowSyncCircleRegular />],
  running: ['busy', <ArrowSyncCircleRegular />],
  open: ['busy', <ArrowSyncCircleRegular />],
  verifying: ['busy', <ArrowSyncCircleRegular />],
  planning: ['busy', <ArrowSyncCircleRegular />],
  cancelling: ['busy', <ArrowSyncCircleRegular />],
  ready: ['busy', <CheckmarkCircleFilled />],
  approved: ['busy', <CheckmarkCircleFilled />],
  complete: ['good', <CheckmarkCircleFilled />],
  completed: ['good', <CheckmarkCircleFilled />],
  done: ['good', <CheckmarkCircleFilled />],
  completeWithSkips: ['good', <CheckmarkCircleFilled />],
  stalled: ['warn', <WarningFilled />],
  cancelled: ['quiet', <ProhibitedRegular />],
  withdrawn: ['quiet', <ProhibitedRegular />],
  declined: ['bad', <DismissCircleFilled />],
  expired: ['quiet', <ClockRegular />],
  failed: ['bad', <DismissCircleFilled />],
  stored: ['good', <CheckmarkCircleFilled />],
  reused: ['good', <CheckmarkCircleFilled />],
  skipped: ['warn', <WarningFilled />],
  vanished: ['quiet', <CircleOffRegular />],
  outOfScope: ['quiet', <ProhibitedRegular />],
  restored: ['good', <CheckmarkCircleFilled />],
  packed: ['good', <CheckmarkCircleFilled />],
  changedByService: ['warn', <WarningFilled />],
  keptBoth: ['good', <CheckmarkCircleFilled />],
  same: ['good', <CheckmarkCircleRegular />],
  newer: ['busy', <ClockRegular />],
  deleted: ['warn', <DeleteRegular />],
  replaced: ['good', <CheckmarkCircleFilled />],
  undoing: ['busy', <ArrowSyncCircleRegular />],
  undone: ['quiet', <ArrowUndoRegular />],
  keptChanged: ['warn', <WarningFilled />],
  keptInPlace: ['good', <CheckmarkCircleFilled />],
  goneBefore: ['quiet', <CircleOffRegular />],
  unreadable: ['bad', <DismissCircleFilled />],
};

/** A state as icon and word; colour says nothing alone. Requests have words of their own for the same states. */
export function StateWord({ state, of = 'state' }: { state: string; of?: 'state' | 'request' }) {
  const styles = useStyles();
  const text = useTexts();
  const [tone, icon] = looks[state] ?? ['quiet', <CircleOffRegular />];
  return (
    <span className={styles.word}>
      <span className={mergeClasses(styles.icon, styles[tone])} aria-hidden>
        {icon}
      </span>
      {text((of === 'request' ? `request.state.${state}` : `state.${state}`) as TextKey)}
    </span>
  );
}

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import {
  ArrowSyncCircleRegular,
  CheckmarkCircleFilled,
  CircleOffRegular,
  DismissCircleFilled,
  WarningFilled,
} from '@fluentui/react-icons';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  word: { display: 'inline-flex', alignItems: 'flex-start', gap: tokens.spacingHorizontalXS },
  icon: { display: 'inline-flex', fontSize: '16px', flexShrink: 0, paddingTop: '2px' },
  good: { color: tokens.colorStatusSuccessForeground1 },
  busy: { color: tokens.colorBrandForeground1 },
  warn: { color: tokens.colorStatusWarningForeground3 },
  bad: { color: tokens.colorStatusDangerForeground1 },
  quiet: { color: tokens.colorNeutralForeground3 },
});

const icons = {
  good: <CheckmarkCircleFilled />,
  busy: <ArrowSyncCircleRegular />,
  warn: <WarningFilled />,
  bad: <DismissCircleFilled />,
  quiet: <CircleOffRegular />,
} as const;

/** Words with a sign before them that says how good they are; colour says nothing alone. */
export function Sign({ look, children }: { look: keyof typeof icons; children: ReactNode }) {
  const styles = useStyles();
  return (
    <span className={styles.word}>
      <span className={mergeClasses(styles.icon, styles[look])} aria-hidden>
        {icons[look]}
      </span>
      <span>{children}</span>
    </span>
  );
}

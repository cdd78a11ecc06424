import { Body1, Subtitle2, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: tokens.spacingVerticalS,
    paddingBlock: tokens.spacingVerticalXXXL,
    paddingInline: tokens.spacingHorizontalL,
    textAlign: 'center',
  },
  words: { maxWidth: '56ch', color: tokens.colorNeutralForeground2, textAlign: 'center' },
});

/** Nothing is here: why, and the one way on. */
export function EmptyState({ title, words, children }: { title: string; words?: string; children?: ReactNode }) {
  const styles = useStyles();
  return (
    <div className={styles.box}>
      <Subtitle2 as="p" block>
        {title}
      </Subtitle2>
      {words !== undefined && <Body1 className={styles.words}>{words}</Body1>}
      {children}
    </div>
  );
}

import { Body1, Subtitle1, makeStyles, tokens } from '@fluentui/react-components';
import { LockClosedRegular } from '@fluentui/react-icons';
import type { Problem } from '../../../contract/problem.ts';
import { useTexts } from '../app/texts.tsx';

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    gap: tokens.spacingVerticalM,
    paddingBlock: '10vh',
    textAlign: 'center',
  },
  icon: { fontSize: '48px', color: tokens.colorNeutralForeground3 },
  words: { maxWidth: '52ch' },
});

/** For people whose role does not reach: what this is for and who can change that. */
export function NoAccess({ problem }: { problem: Problem }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <div className={styles.box}>
      <LockClosedRegular className={styles.icon} aria-hidden />
      <Subtitle1 as="h2">{text('noAccess.title')}</Subtitle1>
      <Body1 className={styles.words}>{problem.detail}</Body1>
      <Body1 className={styles.words}>{text('noAccess.way')}</Body1>
    </div>
  );
}

import { Body1, Button, Spinner, Title1, makeStyles, tokens } from '@fluentui/react-components';
import { ShieldCheckmarkFilled } from '@fluentui/react-icons';
import type { Problem } from '../../../contract/problem.ts';
import { useTexts } from '../app/texts.tsx';
import { Trouble } from '../parts/Trouble.tsx';

const useStyles = makeStyles({
  page: {
    minHeight: '100vh',
    boxSizing: 'border-box',
    padding: tokens.spacingHorizontalXXL,
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'center',
    justifyContent: 'center',
    gap: tokens.spacingVerticalL,
    textAlign: 'center',
    backgroundColor: tokens.colorNeutralBackground2,
  },
  mark: { fontSize: '64px', color: tokens.colorBrandForeground1, lineHeight: 1 },
  words: { maxWidth: '46ch', color: tokens.colorNeutralForeground2, textAlign: 'center' },
});

/** Before anybody is signed in: what this is, and the one way on. */
export function Welcome({
  starting,
  problem,
  onRetry,
  onSignIn,
}: {
  starting: boolean;
  problem?: Problem;
  onRetry?: () => void;
  onSignIn?: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <main className={styles.page}>
      <ShieldCheckmarkFilled className={styles.mark} aria-hidden />
      <Title1 as="h1" tabIndex={-1}>
        {text('app.name')}
      </Title1>
      <Body1 className={styles.words}>{text('app.purpose')}</Body1>
      {starting && <Spinner label={text('welcome.starting')} />}
      {problem !== undefined && <Trouble problem={problem} {...(onRetry === undefined ? {} : { onRetry })} />}
      {onSignIn !== undefined && (
        <Button appearance="primary" size="large" onClick={onSignIn}>
          {text('welcome.signIn')}
        </Button>
      )}
    </main>
  );
}

import {
  Button,
  Caption1,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  makeStyles,
  tokens,
} from '@fluentui/react-components';
import type { Problem } from '../../../contract/problem.ts';
import { useTexts } from '../app/texts.tsx';

const useStyles = makeStyles({
  reference: { display: 'block', color: tokens.colorNeutralForeground2, overflowWrap: 'anywhere' },
});

/** What went wrong in the server's words, its reference, and the way on. */
export function Trouble({ problem, onRetry }: { problem: Problem; onRetry?: () => void }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <MessageBar intent="error" layout="multiline" role="alert">
      <MessageBarBody>
        <MessageBarTitle>{problem.title}</MessageBarTitle>
        {problem.detail}
        {problem.errors !== undefined && (
          <ul>
            {problem.errors.map(({ field, message }) => (
              <li key={`${field} ${message}`}>{text('trouble.field', { field, message })}</li>
            ))}
          </ul>
        )}
        {problem.reference !== '' && (
          <Caption1 className={styles.reference}>
            {text('trouble.reference', { reference: problem.reference })}
          </Caption1>
        )}
      </MessageBarBody>
      {onRetry !== undefined && (
        <MessageBarActions>
          <Button size="small" onClick={onRetry}>
            {text('trouble.retry')}
          </Button>
        </MessageBarActions>
      )}
    </MessageBar>
  );
}

import { Caption1, ProgressBar, makeStyles, tokens } from '@fluentui/react-components';
import { useTexts } from '../../../app/texts.tsx';

const useStyles = makeStyles({
  line: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalXS, minWidth: 0 },
  words: { color: tokens.colorNeutralForeground2, fontVariantNumeric: 'tabular-nums' },
});

/** A bar with the same in words below it; without a share nobody knows the total yet. */
export function ProgressLine({ name, share, words }: { name: string; share: number | undefined; words: string }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <div className={styles.line}>
      <ProgressBar
        aria-label={name}
        aria-valuetext={words}
        thickness="large"
        {...(share === undefined ? {} : { value: share })}
      />
      <Caption1 className={styles.words}>
        {share === undefined ? words : text('activity.percentOf', { percent: text.percent(share), words })}
      </Caption1>
    </div>
  );
}

import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useTexts } from '../../../app/texts.tsx';

const useStyles = makeStyles({
  list: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(130px, 1fr))',
    gap: tokens.spacingHorizontalM,
    margin: 0,
  },
  one: { display: 'flex', flexDirection: 'column-reverse', justifyContent: 'flex-end', gap: tokens.spacingVerticalXXS },
  count: {
    margin: 0,
    fontSize: tokens.fontSizeBase500,
    lineHeight: tokens.lineHeightBase500,
    fontWeight: tokens.fontWeightSemibold,
    fontVariantNumeric: 'tabular-nums',
  },
  none: { color: tokens.colorNeutralForeground3, fontWeight: tokens.fontWeightRegular },
  word: { color: tokens.colorNeutralForeground2 },
});

/** Numbers side by side, each over its name; a nought steps back. */
export function NumberList({
  numbers,
}: {
  numbers: readonly { readonly key?: string; readonly name: ReactNode; readonly count: number }[];
}) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <dl className={styles.list}>
      {numbers.map(({ key, name, count }) => (
        <div key={key ?? String(name)} className={styles.one}>
          <dt className={styles.word}>{name}</dt>
          <dd className={mergeClasses(styles.count, count === 0 && styles.none)}>{text.number(count)}</dd>
        </div>
      ))}
    </dl>
  );
}

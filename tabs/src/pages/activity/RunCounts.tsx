import { Title3, makeStyles, tokens } from '@fluentui/react-components';
import type { Counts } from '../../../../contract/runs.ts';
import { useTexts } from '../../app/texts.tsx';

const always = ['listed', 'stored', 'reused'] as const;
const sometimes = ['pending', 'skipped', 'failed', 'vanished', 'outOfScope', 'removed'] as const;

const useStyles = makeStyles({
  numbers: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(104px, 1fr))',
    gap: tokens.spacingHorizontalM,
    margin: 0,
  },
  number: { display: 'flex', flexDirection: 'column-reverse' },
  value: { margin: 0, fontVariantNumeric: 'tabular-nums' },
  name: { color: tokens.colorNeutralForeground3 },
});

/** The ledger in numbers; what is zero and of no concern is left out. */
export function RunCounts({ counts }: { counts: Counts }) {
  const styles = useStyles();
  const text = useTexts();
  const figures = [
    ...always.map((name) => [text(`counts.${name}`), text.number(counts[name])] as const),
    ...sometimes
      .filter((name) => counts[name] > 0)
      .map((name) => [text(`counts.${name}`), text.number(counts[name])] as const),
    [text('counts.bytesRead'), text.bytes(counts.bytesRead)] as const,
    [text('counts.bytesStored'), text.bytes(counts.bytesStored)] as const,
  ];
  return (
    <dl className={styles.numbers}>
      {figures.map(([name, value]) => (
        <div key={name} className={styles.number}>
          <dt className={styles.name}>{name}</dt>
          <dd className={styles.value}>
            <Title3>{value}</Title3>
          </dd>
        </div>
      ))}
    </dl>
  );
}

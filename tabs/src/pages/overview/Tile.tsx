import { Caption1, Link, Title2, Tooltip, makeStyles, tokens } from '@fluentui/react-components';
import type { ReactNode } from 'react';
import { useLink } from '../../app/routing.ts';

const useStyles = makeStyles({
  tile: {
    position: 'relative',
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXXS,
    padding: tokens.spacingHorizontalL,
    minWidth: 0,
    borderRadius: tokens.borderRadiusXLarge,
    backgroundColor: tokens.colorNeutralBackground1,
    boxShadow: tokens.shadow2,
    border: `1px solid ${tokens.colorTransparentStroke}`,
    ':hover': { boxShadow: tokens.shadow8 },
    ':focus-within': { outline: `2px solid ${tokens.colorStrokeFocus2}` },
  },
  name: {
    color: tokens.colorNeutralForeground2,
    // The whole tile follows its one link.
    '::after': { content: '""', position: 'absolute', inset: 0 },
    ':focus-visible': { outline: 'none' },
  },
  value: { overflowWrap: 'anywhere', fontVariantNumeric: 'tabular-nums' },
  note: { color: tokens.colorNeutralForeground3 },
});

/** One number that matters and the list behind it. A number that is not known is a dash with its reason. */
export function Tile({
  name,
  value,
  note,
  address,
  hint,
}: {
  name: string;
  value: string;
  note: ReactNode;
  address: string;
  /** More about the number, on hover and focus. */
  hint?: string;
}) {
  const styles = useStyles();
  const link = useLink(address);
  const label = (
    <Link appearance="subtle" className={styles.name} {...link}>
      {name}
    </Link>
  );
  return (
    <div className={styles.tile}>
      {hint === undefined ? (
        label
      ) : (
        <Tooltip content={hint} relationship="description">
          {label}
        </Tooltip>
      )}
      <Title2 as="p" block className={styles.value}>
        {value}
      </Title2>
      <Caption1 className={styles.note}>{note}</Caption1>
    </div>
  );
}

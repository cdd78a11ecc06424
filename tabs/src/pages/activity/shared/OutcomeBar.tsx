import { makeStyles, mergeClasses, tokens } from '@fluentui/react-components';

export type Shade = 'good' | 'same' | 'warn' | 'bad' | 'away' | 'rest';

const useStyles = makeStyles({
  bar: {
    display: 'flex',
    gap: '2px',
    height: '12px',
    borderRadius: tokens.borderRadiusCircular,
    overflow: 'hidden',
    backgroundColor: tokens.colorNeutralBackground6,
    forcedColorAdjust: 'none',
    '@media (forced-colors: active)': { backgroundColor: 'Canvas', border: '1px solid CanvasText' },
  },
  // A handful among thousands is still seen.
  part: { minWidth: '4px' },
  good: {
    backgroundColor: tokens.colorStatusSuccessBackground3,
    '@media (forced-colors: active)': { backgroundColor: 'CanvasText' },
  },
  same: {
    backgroundColor: tokens.colorBrandBackground,
    '@media (forced-colors: active)': { backgroundColor: 'Highlight' },
  },
  // Stripes tell them from their neighbours without colour.
  warn: {
    backgroundColor: tokens.colorStatusWarningForeground3,
    backgroundImage: `repeating-linear-gradient(45deg, transparent 0 4px, ${tokens.colorNeutralBackground1} 4px 6px)`,
  },
  bad: {
    backgroundColor: tokens.colorStatusDangerBackground3,
    backgroundImage: `repeating-linear-gradient(-45deg, transparent 0 4px, ${tokens.colorNeutralBackground1} 4px 6px)`,
  },
  away: { backgroundColor: tokens.colorNeutralStroke1 },
  rest: {
    backgroundColor: tokens.colorNeutralBackground6,
    '@media (forced-colors: active)': { backgroundColor: 'Canvas' },
  },
});

/** Parts of a whole as a bar for the eye; the words beside it say the same. */
export function OutcomeBar({
  parts,
}: {
  parts: readonly { readonly name: string; readonly shade: Shade; readonly count: number }[];
}) {
  const styles = useStyles();
  return (
    <div className={styles.bar} aria-hidden>
      {parts.map(({ name, shade, count }) =>
        count === 0 ? null : (
          <div key={name} className={mergeClasses(styles.part, styles[shade])} style={{ flexGrow: count }} />
        ),
      )}
    </div>
  );
}

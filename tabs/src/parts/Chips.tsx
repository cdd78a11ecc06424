import { ToggleButton, makeStyles, tokens } from '@fluentui/react-components';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalS },
  chip: { minWidth: 0, whiteSpace: 'nowrap', fontWeight: tokens.fontWeightRegular },
});

export interface Chip<Value extends string> {
  readonly value: Value | undefined;
  readonly name: string;
}

/** One choice out of a few, as chips; the first one is usually "all". */
export function Chips<Value extends string>({
  name,
  chips,
  value,
  onChange,
}: {
  name: string;
  chips: readonly Chip<Value>[];
  value: Value | undefined;
  onChange: (value: Value | undefined) => void;
}) {
  const styles = useStyles();
  return (
    <div role="group" aria-label={name} className={styles.row}>
      {chips.map((chip) => (
        <ToggleButton
          key={chip.value ?? ''}
          className={styles.chip}
          size="small"
          shape="circular"
          checked={chip.value === value}
          onClick={() => onChange(chip.value)}
        >
          {chip.name}
        </ToggleButton>
      ))}
    </div>
  );
}

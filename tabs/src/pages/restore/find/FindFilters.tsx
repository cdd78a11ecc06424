import { Button, Field, Input, Switch, makeStyles, tokens } from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { Chips } from '../../../parts/Chips.tsx';
import { PersonPicker } from '../../../parts/PersonPicker.tsx';
import { usePersonName } from '../../../parts/personNames.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';

export interface Filters {
  readonly workload: string | undefined;
  readonly owner: string | undefined;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly deleted: boolean;
}

const useStyles = makeStyles({
  box: {
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalM,
    marginBottom: tokens.spacingVerticalL,
  },
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'flex-end', gap: tokens.spacingHorizontalM },
});

/** Where and when to look. */
export function FindFilters({ filters, onChange }: { filters: Filters; onChange: (change: Partial<Filters>) => void }) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const workloads = useWorkloads();
  const written = (value: string): string | undefined => (value === '' ? undefined : value);
  return (
    <div className={styles.box}>
      {workloads.all.length > 1 && (
        <Chips
          name={text('protection.byWorkload')}
          value={filters.workload}
          onChange={(workload) => onChange({ workload })}
          chips={[
            { value: undefined, name: text('filter.allWorkloads') },
            ...workloads.all.map((each) => ({ value: each.workload, name: each.label })),
          ]}
        />
      )}
      <div className={styles.row}>
        {me.can.browseEverybody &&
          (filters.owner === undefined ? (
            <PersonPicker label={text('find.owner')} onPick={({ id }) => onChange({ owner: id })} />
          ) : (
            <OwnerChip id={filters.owner} onClear={() => onChange({ owner: undefined })} />
          ))}
        <Field label={text('find.from')}>
          <Input
            type="date"
            value={filters.from ?? ''}
            onChange={(_, { value }) => onChange({ from: written(value) })}
          />
        </Field>
        <Field label={text('find.to')}>
          <Input type="date" value={filters.to ?? ''} onChange={(_, { value }) => onChange({ to: written(value) })} />
        </Field>
        <Switch
          label={text('find.deleted')}
          checked={filters.deleted}
          onChange={(_, { checked }) => onChange({ deleted: checked })}
        />
      </div>
    </div>
  );
}

function OwnerChip({ id, onClear }: { id: string; onClear: () => void }) {
  const text = useTexts();
  const name = usePersonName(id);
  return (
    <Field label={text('find.owner')}>
      <Button
        icon={<DismissRegular />}
        iconPosition="after"
        aria-label={text('find.clearOwner', { name })}
        onClick={onClear}
      >
        {name}
      </Button>
    </Field>
  );
}

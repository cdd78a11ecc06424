import { Field, Input, Radio, RadioGroup, makeStyles, tokens } from '@fluentui/react-components';
import type { Destination } from '../../../../contract/restore.ts';
import { useMe } from '../../app/person.ts';
import { useTexts } from '../../app/texts.tsx';
import { ResourcePicker } from '../../parts/ResourcePicker.tsx';
import { Section } from '../../parts/Section.tsx';

const useStyles = makeStyles({
  more: { maxWidth: '420px', marginInlineStart: tokens.spacingHorizontalXXL },
});

const fresh: Readonly<Record<Destination['kind'], Destination>> = {
  newFolder: { kind: 'newFolder' },
  original: { kind: 'original' },
  resource: { kind: 'resource', resourceId: '' },
  download: { kind: 'download', format: 'zip' },
};

/** Where it comes back to. A new folder is the default: nothing that is there is touched. */
export function DestinationChoice({
  destination,
  onChange,
  workloads,
  missing,
}: {
  destination: Destination;
  onChange: (destination: Destination) => void;
  workloads: readonly string[];
  missing: boolean;
}) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const [workload] = workloads;
  const kinds: Destination['kind'][] = [
    'newFolder',
    'original',
    // Another mailbox or drive takes one kind of data.
    ...(me.can.restoreForEverybody && workloads.length === 1 ? (['resource'] as const) : []),
    'download',
  ];
  return (
    <Section title={text('options.where')}>
      <RadioGroup
        aria-label={text('options.where')}
        value={destination.kind}
        onChange={(_, { value }) => onChange(fresh[value as Destination['kind']])}
      >
        {kinds.map((kind) => (
          <Radio key={kind} value={kind} label={text(`destination.${kind}`)} />
        ))}
      </RadioGroup>
      {destination.kind === 'newFolder' && (
        <Field className={styles.more} label={text('destination.name')} hint={text('destination.nameHint')}>
          <Input
            maxLength={255}
            value={destination.name ?? ''}
            onChange={(_, { value }) => onChange(value === '' ? fresh.newFolder : { kind: 'newFolder', name: value })}
          />
        </Field>
      )}
      {destination.kind === 'resource' && workload !== undefined && (
        <div className={styles.more}>
          <ResourcePicker
            label={text('destination.target')}
            workload={workload}
            fault={missing ? text('destination.targetMissing') : undefined}
            onPick={(resource) => onChange({ kind: 'resource', resourceId: resource?.id ?? '' })}
          />
        </div>
      )}
    </Section>
  );
}

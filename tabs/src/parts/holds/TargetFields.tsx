import { Caption1, Field, Radio, RadioGroup, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { HoldDraft } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import { PersonPicker } from '../PersonPicker.tsx';
import { ResourcePicker } from '../ResourcePicker.tsx';

const useStyles = makeStyles({
  note: { color: tokens.colorNeutralForeground2 },
});

/** What is to be held: everything of a person, or one mailbox or drive, out of those that are known. */
export function TargetFields({
  onChange,
  fault,
}: {
  onChange: (on: HoldDraft['on'] | undefined) => void;
  fault: string | undefined;
}) {
  const styles = useStyles();
  const text = useTexts();
  const [kind, setKind] = useState<'user' | 'resource'>('user');
  return (
    <>
      <Field label={text('hold.what')}>
        <RadioGroup
          value={kind}
          onChange={(_, { value }) => {
            setKind(value === 'resource' ? 'resource' : 'user');
            onChange(undefined);
          }}
        >
          <Radio value="user" label={text('hold.kind.user')} />
          <Radio value="resource" label={text('hold.kind.resource')} />
        </RadioGroup>
      </Field>
      {kind === 'user' ? (
        <PersonPicker
          label={text('hold.whom')}
          keep
          onPick={({ id }) => onChange({ kind: 'user', sourceId: id })}
          {...(fault === undefined ? {} : { fault })}
        />
      ) : (
        <ResourcePicker
          label={text('hold.which')}
          fault={fault}
          onPick={(resource) => onChange(resource && { kind: 'resource', sourceId: resource.id })}
        />
      )}
      <Caption1 className={styles.note}>{text('hold.noSites')}</Caption1>
    </>
  );
}

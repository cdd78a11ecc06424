import { Combobox, Field, Option } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Resource } from '../../../../contract/resources.ts';
import { useTexts } from '../../app/texts.tsx';
import { useRoute, valueOf } from '../../client/useRoute.ts';

const pause = 250;

/** Chooses one mailbox or drive of a kind by the name or address of its owner. */
export function ResourcePicker({
  workload,
  missing,
  onPick,
}: {
  workload: string;
  missing: boolean;
  /** Undefined as soon as somebody types on: half a name is nobody. */
  onPick: (resource: Resource | undefined) => void;
}) {
  const text = useTexts();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), pause);
    return () => clearTimeout(timer);
  }, [typed]);
  const query = { workload, pageSize: 50, ...(asked === '' ? {} : { q: asked }) };
  const found = valueOf(useRoute('listResources', { query }))?.value ?? [];
  return (
    <Field
      label={text('destination.target')}
      required
      {...(missing ? { validationMessage: text('destination.targetMissing') } : {})}
    >
      <Combobox
        freeform
        value={typed}
        placeholder={text('person.search')}
        onChange={(event) => {
          setTyped(event.target.value);
          onPick(undefined);
        }}
        onOptionSelect={(_, { optionValue }) => {
          const resource = found.find(({ id }) => id === optionValue);
          if (resource === undefined) return;
          setTyped(resource.name);
          onPick(resource);
        }}
      >
        {found.map((resource) => (
          <Option key={resource.id} value={resource.id} text={resource.name}>
            {text('person.full', { name: resource.name, address: resource.address ?? '' })}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}

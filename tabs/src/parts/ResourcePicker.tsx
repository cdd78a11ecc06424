import { Combobox, Field, Option } from '@fluentui/react-components';
import { useEffect, useState } from 'react';
import type { Resource } from '../../../contract/resources.ts';
import { useTexts } from '../app/texts.tsx';
import { useRoute, valueOf } from '../client/useRoute.ts';
import { useWorkloads } from './workloads.tsx';

const pause = 250;

/** Chooses one mailbox or drive by the name or address of its owner; of all kinds where no workload is given. */
export function ResourcePicker({
  label,
  workload,
  fault,
  onPick,
}: {
  label: string;
  workload?: string;
  /** What is wrong with the choice, in words. */
  fault?: string | undefined;
  /** Undefined as soon as somebody types on: half a name is nobody. */
  onPick: (resource: Resource | undefined) => void;
}) {
  const text = useTexts();
  const workloads = useWorkloads();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), pause);
    return () => clearTimeout(timer);
  }, [typed]);
  const query = {
    pageSize: 50,
    ...(workload === undefined ? {} : { workload }),
    ...(asked === '' ? {} : { q: asked }),
  };
  const found = valueOf(useRoute('listResources', { query }))?.value ?? [];
  const nameOf = ({ name, workload: own }: Resource): string =>
    workload === undefined ? text('resource.full', { name, workload: workloads.label(own) }) : name;
  return (
    <Field label={label} required {...(fault === undefined ? {} : { validationMessage: fault })}>
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
          setTyped(nameOf(resource));
          onPick(resource);
        }}
      >
        {found.map((resource) => (
          <Option key={resource.id} value={resource.id} text={nameOf(resource)}>
            {text('person.full', { name: nameOf(resource), address: resource.address ?? '' })}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}

import { Combobox, Field, Option } from '@fluentui/react-components';
import { useEffect, useMemo, useState } from 'react';
import type { Resource } from '../../../contract/resources.ts';
import { useTexts } from '../app/texts.tsx';
import { useRoute, valueOf } from '../client/useRoute.ts';

export interface Owner {
  readonly id: string;
  readonly name: string;
  readonly address: string | undefined;
}

const pause = 250;

/** People whose mailbox or drive is known, each once. */
export const ownersOf = (resources: readonly Resource[]): Owner[] => [
  ...new Map(
    resources.flatMap(({ ownerId, name, address }) =>
      ownerId === undefined ? [] : [[ownerId, { id: ownerId, name, address }] as const],
    ),
  ).values(),
];

/** Finds a person by name or address; tells who was chosen and empties itself, or keeps the name when asked to. */
export function PersonPicker({
  label,
  onPick,
  keep = false,
  fault,
}: {
  label: string;
  onPick: (owner: Owner) => void;
  keep?: boolean;
  /** What is wrong with the choice, in words. */
  fault?: string;
}) {
  const text = useTexts();
  const [typed, setTyped] = useState('');
  const [asked, setAsked] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setAsked(typed.trim()), pause);
    return () => clearTimeout(timer);
  }, [typed]);
  const found = valueOf(useRoute('listResources', { query: { pageSize: 50, ...(asked === '' ? {} : { q: asked }) } }));
  const owners = useMemo(() => ownersOf(found?.value ?? []), [found]);
  return (
    <Field label={label} {...(fault === undefined ? {} : { validationMessage: fault })}>
      <Combobox
        freeform
        value={typed}
        selectedOptions={[]}
        placeholder={text('person.search')}
        onChange={(event) => setTyped(event.target.value)}
        onOptionSelect={(_, { optionValue }) => {
          const owner = owners.find(({ id }) => id === optionValue);
          if (owner === undefined) return;
          setTyped(keep ? owner.name : '');
          onPick(owner);
        }}
      >
        {owners.map((owner) => (
          <Option key={owner.id} value={owner.id} text={owner.name}>
            {owner.address === undefined
              ? owner.name
              : text('person.full', { name: owner.name, address: owner.address })}
          </Option>
        ))}
      </Combobox>
    </Field>
  );
}

import { Radio, RadioGroup } from '@fluentui/react-components';
import type { ItemVersion } from '../../../../../contract/resources.ts';
import { useTexts } from '../../../app/texts.tsx';

const keyOf = ({ pointId, validFrom }: ItemVersion): string => `${pointId} ${validFrom}`;

/** The states of an item that the copies hold; the chosen one is what is shown, saved and restored. */
export function Versions({
  versions,
  chosen,
  onChoose,
}: {
  versions: readonly ItemVersion[];
  chosen: ItemVersion | undefined;
  onChoose: (version: ItemVersion) => void;
}) {
  const text = useTexts();
  return (
    <RadioGroup
      aria-label={text('item.versions')}
      value={chosen === undefined ? '' : keyOf(chosen)}
      onChange={(_, { value }) => {
        const found = versions.find((version) => keyOf(version) === value);
        if (found !== undefined) onChoose(found);
      }}
    >
      {versions.map((version) => (
        <Radio
          key={keyOf(version)}
          value={keyOf(version)}
          label={text(version.validTo === undefined ? 'item.versionNow' : 'item.version', {
            from: text.moment(version.modifiedAt ?? version.validFrom),
            to: version.validTo === undefined ? '' : text.moment(version.validTo),
            size: text.bytes(version.size),
          })}
        />
      ))}
    </RadioGroup>
  );
}

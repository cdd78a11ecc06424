import { MessageBar, MessageBarBody, Radio, RadioGroup } from '@fluentui/react-components';
import type { Conflict } from '../../../../contract/restore.ts';
import { useTexts } from '../../app/texts.tsx';
import { Section } from '../../parts/Section.tsx';

const ways: readonly Conflict[] = ['keepBoth', 'skipIfSame', 'replaceOlder', 'replace'];

/** What happens where something of the same name is already there. */
export function ConflictChoice({ conflict, onChange }: { conflict: Conflict; onChange: (conflict: Conflict) => void }) {
  const text = useTexts();
  return (
    <Section title={text('options.conflict')}>
      <RadioGroup
        aria-label={text('options.conflict')}
        value={conflict}
        onChange={(_, { value }) => onChange(ways.find((way) => way === value) ?? 'keepBoth')}
      >
        {ways.map((way) => (
          <Radio key={way} value={way} label={text(`conflict.${way}`)} />
        ))}
      </RadioGroup>
      {(conflict === 'replace' || conflict === 'replaceOlder') && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{text('conflict.warning')}</MessageBarBody>
        </MessageBar>
      )}
    </Section>
  );
}

import { Field, Input, MessageBar, MessageBarBody, Switch, makeStyles, tokens } from '@fluentui/react-components';
import type { Policy } from '../../../../contract/policies.ts';
import { useTexts } from '../../app/texts.tsx';
import { Section } from '../../parts/Section.tsx';
import type { FieldsProps } from './PolicyEditor.tsx';
import { isShorter, slots } from './policyDraft.ts';

const useStyles = makeStyles({
  slots: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(min(100%, 140px), 1fr))',
    gap: tokens.spacingHorizontalM,
    '& .fui-Input': { minWidth: 0 },
    '& .fui-Input__input': { minWidth: 0, width: '100%' },
  },
});

/** How long copies are kept, and the honest word on what these rules do today. */
export function RetentionFields({ draft, change, wrong, policy }: FieldsProps & { policy?: Policy }) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <Section title={text('policy.retention')}>
      <MessageBar layout="multiline">
        <MessageBarBody>{text('retention.idle')}</MessageBarBody>
      </MessageBar>
      {policy !== undefined && isShorter(policy, draft) && (
        <MessageBar intent="warning" layout="multiline">
          <MessageBarBody>{text('retention.shorter')}</MessageBarBody>
        </MessageBar>
      )}
      <Switch
        label={text('retention.foreverLabel')}
        checked={draft.forever}
        onChange={(_, { checked }) => change({ forever: checked })}
      />
      <div className={styles.slots}>
        {!draft.forever &&
          slots.map((slot) => (
            <Field key={slot} label={text(`retention.${slot}Label`)} {...wrong(slot)}>
              <Input
                type="number"
                min={0}
                value={draft.slots[slot]}
                onChange={(_, { value }) => change({ slots: { ...draft.slots, [slot]: value } })}
              />
            </Field>
          ))}
        <Field label={text('retention.minimumCopies')} {...wrong('minimumCopies')}>
          <Input
            type="number"
            min={1}
            value={draft.minimumCopies}
            onChange={(_, { value }) => change({ minimumCopies: value })}
          />
        </Field>
        <Field label={text('retention.keepGoneDays')} {...wrong('keepGoneDays')}>
          <Input
            type="number"
            min={1}
            value={draft.keepGoneDays}
            onChange={(_, { value }) => change({ keepGoneDays: value })}
          />
        </Field>
      </div>
    </Section>
  );
}

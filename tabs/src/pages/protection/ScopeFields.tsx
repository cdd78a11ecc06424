import { Body1, Button, Field, Radio, RadioGroup, Switch, makeStyles, tokens } from '@fluentui/react-components';
import { DeleteRegular } from '@fluentui/react-icons';
import { useTexts } from '../../app/texts.tsx';
import { PersonName, usePersonName } from '../../parts/personNames.tsx';
import { PersonPicker } from '../../parts/PersonPicker.tsx';
import { Section } from '../../parts/Section.tsx';
import { WorkloadChecks } from '../../parts/WorkloadChecks.tsx';
import type { FieldsProps } from './PolicyEditor.tsx';

const useStyles = makeStyles({
  fields: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  list: {
    listStyle: 'none',
    margin: 0,
    padding: 0,
    display: 'flex',
    flexDirection: 'column',
    gap: tokens.spacingVerticalXS,
  },
  line: { display: 'flex', alignItems: 'center', gap: tokens.spacingHorizontalS },
  words: { flexGrow: 1, overflowWrap: 'anywhere' },
});

/** Whom and what a policy means, and whom it leaves out with which reason. */
export function ScopeFields({ draft, change, wrong }: FieldsProps) {
  const styles = useStyles();
  const text = useTexts();
  return (
    <Section title={text('policy.scope')}>
      <div className={styles.fields}>
        <Field label={text('scope.who')} {...wrong('nobody')}>
          <RadioGroup
            value={draft.everybody ? 'all' : 'some'}
            onChange={(_, { value }) => change({ everybody: value === 'all' })}
          >
            <Radio value="all" label={text('scope.everybody')} />
            <Radio value="some" label={text('scope.chosen')} />
          </RadioGroup>
        </Field>
        {draft.everybody ? (
          <Switch
            label={text('scope.autoInclude')}
            checked={draft.autoInclude}
            onChange={(_, { checked }) => change({ autoInclude: checked })}
          />
        ) : (
          <>
            <PersonPicker
              label={text('scope.addPerson')}
              onPick={({ id }) => change({ people: [...new Set([...draft.people, id])] })}
            />
            <ul className={styles.list}>
              {draft.people.map((id) => (
                <li key={id} className={styles.line}>
                  <Body1 className={styles.words}>
                    <PersonName id={id} />
                  </Body1>
                  <RemoveButton
                    id={id}
                    onRemove={() => change({ people: draft.people.filter((each) => each !== id) })}
                  />
                </li>
              ))}
            </ul>
          </>
        )}
        <WorkloadChecks
          label={text('policy.workloads')}
          chosen={draft.workloads}
          onChange={(workloads) => change({ workloads })}
          fault={wrong('noWorkload').validationMessage}
        />
        {draft.exclude.length > 0 && (
          <Field label={text('scope.excluded')}>
            <ul className={styles.list}>
              {draft.exclude.map((exclusion) => (
                <li key={exclusion.sourceId} className={styles.line}>
                  <Body1 className={styles.words}>
                    <PersonName id={exclusion.sourceId} />: {exclusion.reason}
                  </Body1>
                  <RemoveButton
                    id={exclusion.sourceId}
                    onRemove={() => change({ exclude: draft.exclude.filter((each) => each !== exclusion) })}
                  />
                </li>
              ))}
            </ul>
          </Field>
        )}
      </div>
    </Section>
  );
}

function RemoveButton({ id, onRemove }: { id: string; onRemove: () => void }) {
  const text = useTexts();
  const name = usePersonName(id);
  return (
    <Button
      appearance="subtle"
      size="small"
      icon={<DeleteRegular />}
      aria-label={text('scope.remove', { name })}
      onClick={onRemove}
    />
  );
}

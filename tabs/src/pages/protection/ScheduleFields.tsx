import { Field, Input, Radio, RadioGroup, Select, makeStyles, tokens } from '@fluentui/react-components';
import { useMemo } from 'react';
import { useTexts } from '../../app/texts.tsx';
import { Section } from '../../parts/Section.tsx';
import type { FieldsProps } from './PolicyEditor.tsx';

const useStyles = makeStyles({
  fields: { display: 'flex', flexDirection: 'column', gap: tokens.spacingVerticalM },
  short: { maxWidth: '360px' },
});

/** When a policy runs: every so many hours, or at times of the day. */
export function ScheduleFields({ draft, change, wrong }: FieldsProps) {
  const styles = useStyles();
  const text = useTexts();
  const zones = useMemo(
    () => [...new Set([draft.timeZone, 'UTC', ...Intl.supportedValuesOf('timeZone')])],
    [draft.timeZone],
  );
  return (
    <Section title={text('policy.schedule')}>
      <div className={styles.fields}>
        <Field label={text('schedule.rhythm')}>
          <RadioGroup
            value={draft.rhythm}
            onChange={(_, { value }) => change({ rhythm: value === 'times' ? 'times' : 'hours' })}
          >
            <Radio value="hours" label={text('schedule.byHours')} />
            <Radio value="times" label={text('schedule.byTimes')} />
          </RadioGroup>
        </Field>
        {draft.rhythm === 'hours' ? (
          <Field
            className={styles.short}
            label={text('schedule.hours')}
            hint={text('schedule.hoursHint')}
            {...wrong('hours')}
          >
            <Input
              type="number"
              min={1}
              max={168}
              value={draft.everyHours}
              onChange={(_, { value }) => change({ everyHours: value })}
            />
          </Field>
        ) : (
          <>
            <Field
              className={styles.short}
              label={text('schedule.at')}
              hint={text('schedule.atHint')}
              {...wrong('times')}
            >
              <Input value={draft.times} onChange={(_, { value }) => change({ times: value })} />
            </Field>
            <Field className={styles.short} label={text('schedule.zone')}>
              <Select value={draft.timeZone} onChange={(_, { value }) => change({ timeZone: value })}>
                {zones.map((zone) => (
                  <option key={zone} value={zone}>
                    {zone}
                  </option>
                ))}
              </Select>
            </Field>
          </>
        )}
      </div>
    </Section>
  );
}

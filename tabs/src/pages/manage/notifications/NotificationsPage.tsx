import { Body1, Field, Input, Radio, RadioGroup, Select } from '@fluentui/react-components';
import { useState } from 'react';
import { useTexts } from '../../../app/texts.tsx';
import { useSettings } from '../../../client/useSettings.ts';
import type { ReadSettings } from '../../../client/useSettings.ts';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { SettingsForm } from '../shared/SettingsForm.tsx';

const reports = ['worse', 'always', 'never'] as const;
const digests = ['weekly', 'daily', 'off'] as const;
const days = [1, 2, 3, 4, 5, 6, 0] as const;
/** A Sunday, from which days of the week are counted. */
const aSunday = Date.UTC(2026, 10, 22);

/** What Holdfast tells in Teams by itself, and when. */
export function NotificationsPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const settings = useSettings('notifications');
  return (
    <>
      <ManageHeader title={text('manage.notifications')} fresh={settings} />
      <div className={styles.stack}>
        <Body1 className={styles.intro}>{text('notify.intro')}</Body1>
        <Section title={text('notify.title')}>
          <Moods of={settings} rows={4}>
            {(read) => (
              <NotifyForm
                key={read.etag ?? ''}
                read={read}
                onSaved={() => settings.state === 'ready' && settings.refresh()}
              />
            )}
          </Moods>
        </Section>
      </div>
    </>
  );
}

function NotifyForm({ read, onSaved }: { read: ReadSettings<'notifications'>; onSaved: () => void }) {
  const text = useTexts();
  const { timeZone: given = '', ...plain } = read.value;
  const [draft, setDraft] = useState(plain);
  const [zone, setZone] = useState(given);
  const [tried, setTried] = useState(false);
  const isWrongTime = !/^(?:[01]\d|2[0-3]):[0-5]\d$/.test(draft.digestAt);
  const isWrongZone = zone.trim() !== '' && !isZone(zone.trim());
  const put = (change: Partial<typeof draft>): void => setDraft((before) => ({ ...before, ...change }));
  const weekday = new Intl.DateTimeFormat(text.locale, { weekday: 'long', timeZone: 'UTC' });
  const change = () => {
    setTried(true);
    if (isWrongTime || isWrongZone) return undefined;
    return zone.trim() === '' ? draft : { ...draft, timeZone: zone.trim() };
  };
  return (
    <SettingsForm
      name="notifications"
      read={{ value: plain, etag: read.etag }}
      change={change}
      saved={text('notify.saved')}
      onSaved={onSaved}
    >
      <Field label={text('notify.report')}>
        <RadioGroup
          value={draft.report}
          onChange={(_, { value }) => put({ report: reports.find((each) => each === value) ?? draft.report })}
        >
          {reports.map((each) => (
            <Radio key={each} value={each} label={text(`notify.report.${each}`)} />
          ))}
        </RadioGroup>
      </Field>
      <Field label={text('notify.digest')}>
        <RadioGroup
          value={draft.digest}
          onChange={(_, { value }) => put({ digest: digests.find((each) => each === value) ?? draft.digest })}
        >
          {digests.map((each) => (
            <Radio key={each} value={each} label={text(`notify.digest.${each}`)} />
          ))}
        </RadioGroup>
      </Field>
      {draft.digest === 'weekly' && (
        <Field label={text('notify.day')}>
          <Select value={String(draft.digestDay)} onChange={(_, { value }) => put({ digestDay: Number(value) })}>
            {days.map((day) => (
              <option key={day} value={day}>
                {weekday.format(aSunday + day * 86_400_000)}
              </option>
            ))}
          </Select>
        </Field>
      )}
      {draft.digest !== 'off' && (
        <>
          <Field
            label={text('notify.at')}
            {...(tried && isWrongTime ? { validationMessage: text('notify.atWrong') } : {})}
          >
            <Input type="time" value={draft.digestAt} onChange={(_, { value }) => put({ digestAt: value })} />
          </Field>
          <Field
            label={text('notify.zone')}
            hint={text('notify.zoneHint')}
            {...(tried && isWrongZone ? { validationMessage: text('notify.zoneWrong') } : {})}
          >
            <Input value={zone} onChange={(_, { value }) => setZone(value)} />
          </Field>
        </>
      )}
    </SettingsForm>
  );
}

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

import { Body1, Field, Radio, RadioGroup, Switch } from '@fluentui/react-components';
import { useState } from 'react';
import { useTexts } from '../../../app/texts.tsx';
import { useSettings } from '../../../client/useSettings.ts';
import type { ReadSettings } from '../../../client/useSettings.ts';
import { Facts } from '../../../parts/Facts.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { WorkloadChecks } from '../../../parts/WorkloadChecks.tsx';
import { useWorkloads } from '../../../parts/workloads.tsx';
import { ManageHeader } from '../shared/ManageHeader.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';
import { SettingsForm } from '../shared/SettingsForm.tsx';

const contents = ['admins', 'secondPerson', 'nobody'] as const;

/** What the roles may do, who may look into content, and what people may do for themselves. */
export function AccessPage() {
  const styles = useManageStyles();
  const text = useTexts();
  const access = useSettings('access');
  const selfService = useSettings('selfService');
  return (
    <>
      <ManageHeader title={text('manage.access')} fresh={access} />
      <div className={styles.stack}>
        <Section title={text('access.roles')}>
          <Body1 className={styles.intro}>{text('access.rolesWords')}</Body1>
          <Facts
            facts={(['Admin', 'RestoreOperator', 'Auditor', 'Approver'] as const).map((role) => [
              `Backup.${role}`,
              text(`access.role.${role}`),
            ])}
          />
        </Section>
        <div className={styles.columns}>
          <Section title={text('access.content')}>
            <Moods of={access} rows={3}>
              {(read) => (
                <AccessForm
                  key={read.etag ?? ''}
                  read={read}
                  onSaved={() => access.state === 'ready' && access.refresh()}
                />
              )}
            </Moods>
          </Section>
          <Section title={text('access.own')}>
            <Moods of={selfService} rows={3}>
              {(read) => (
                <OwnForm
                  key={read.etag ?? ''}
                  read={read}
                  onSaved={() => selfService.state === 'ready' && selfService.refresh()}
                />
              )}
            </Moods>
          </Section>
        </div>
      </div>
    </>
  );
}

function AccessForm({ read, onSaved }: { read: ReadSettings<'access'>; onSaved: () => void }) {
  const text = useTexts();
  const [draft, setDraft] = useState(read.value);
  const put = (change: Partial<typeof draft>): void => setDraft((before) => ({ ...before, ...change }));
  return (
    <SettingsForm name="access" read={read} change={() => draft} saved={text('access.saved')} onSaved={onSaved}>
      <Field label={text('access.whoReads')}>
        <RadioGroup
          value={draft.contentAccess}
          onChange={(_, { value }) =>
            put({ contentAccess: contents.find((each) => each === value) ?? draft.contentAccess })
          }
        >
          {contents.map((each) => (
            <Radio key={each} value={each} label={text(`access.content.${each}`)} />
          ))}
        </RadioGroup>
      </Field>
      <Switch
        label={text('access.operators')}
        checked={draft.operatorsReadContent}
        onChange={(_, { checked }) => put({ operatorsReadContent: checked })}
      />
      <Switch
        label={text('access.auditors')}
        checked={draft.auditorsSeeNames}
        onChange={(_, { checked }) => put({ auditorsSeeNames: checked })}
      />
      <Field hint={text('access.aloneHint')}>
        <Switch
          label={text('access.alone')}
          checked={draft.soleAdministrator}
          onChange={(_, { checked }) => put({ soleAdministrator: checked })}
        />
      </Field>
    </SettingsForm>
  );
}

function OwnForm({ read, onSaved }: { read: ReadSettings<'selfService'>; onSaved: () => void }) {
  const text = useTexts();
  const all = useWorkloads().all.map(({ workload }) => workload);
  const { workloads: given, ...plain } = read.value;
  const [draft, setDraft] = useState(plain);
  const [picked, setPicked] = useState<readonly string[] | undefined>(given);
  const chosen = picked ?? all;
  const [tried, setTried] = useState(false);
  const isNone = draft.enabled && chosen.length === 0;
  const change = () => {
    setTried(true);
    if (isNone) return undefined;
    // All of them means those that come later too.
    return all.every((each) => chosen.includes(each)) ? draft : { ...draft, workloads: [...chosen] };
  };
  return (
    <SettingsForm
      name="selfService"
      read={{ value: plain, etag: read.etag }}
      change={change}
      saved={text('access.ownSaved')}
      onSaved={onSaved}
    >
      <Switch
        label={text('access.ownEnabled')}
        checked={draft.enabled}
        onChange={(_, { checked }) => setDraft((before) => ({ ...before, enabled: checked }))}
      />
      {draft.enabled && (
        <>
          <Switch
            label={text('access.ownDownload')}
            checked={draft.download}
            onChange={(_, { checked }) => setDraft((before) => ({ ...before, download: checked }))}
          />
          <WorkloadChecks
            label={text('access.ownWorkloads')}
            chosen={chosen}
            onChange={setPicked}
            fault={tried && isNone ? text('policy.fault.noWorkload') : undefined}
          />
        </>
      )}
    </SettingsForm>
  );
}

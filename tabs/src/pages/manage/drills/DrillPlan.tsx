import { Body1, Field, Input, Radio, RadioGroup } from '@fluentui/react-components';
import { useState } from 'react';
import type { Settings } from '../../../../../contract/settings.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { saveSettings, useSettings } from '../../../client/useSettings.ts';
import type { ReadSettings } from '../../../client/useSettings.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { Moods } from '../../../parts/Moods.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';

type Plan = Settings['verification'];
const rhythms = ['monthly', 'weekly', 'off'] as const satisfies readonly Plan['drills'][];
const most = 200;

/** How often restores are rehearsed, and with how many items. */
export function DrillPlan() {
  const text = useTexts();
  const read = useSettings('verification');
  return (
    <Section title={text('drill.plan')}>
      <Moods of={read} rows={2}>
        {(plan) => (
          <PlanForm key={JSON.stringify(plan)} read={plan} onSaved={() => read.state === 'ready' && read.refresh()} />
        )}
      </Moods>
    </Section>
  );
}

function PlanForm({ read, onSaved }: { read: ReadSettings<'verification'>; onSaved: () => void }) {
  const styles = useManageStyles();
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const announce = useAnnounce();
  const { value: plan } = read;
  const [drills, setDrills] = useState(plan.drills);
  const [items, setItems] = useState(String(plan.drillItems));
  const [tried, setTried] = useState(false);
  const isWrong = !/^\d{1,3}$/.test(items) || Number(items) > most;
  const save = useAction(() => saveSettings(api, 'verification', read, { drills, drillItems: Number(items) }));
  const act = async (): Promise<void> => {
    setTried(true);
    if (isWrong || (await save.run()) === undefined) return;
    announce(text('drill.saved'));
    onSaved();
  };
  if (!me.can.changeSettings)
    return (
      <Body1>{text('drill.planWords', { rhythm: text(`drill.rhythm.${plan.drills}`), items: plan.drillItems })}</Body1>
    );
  return (
    <form
      className={styles.fields}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void act();
      }}
    >
      <Field label={text('drill.howOften')}>
        <RadioGroup
          value={drills}
          onChange={(_, { value }) => setDrills(rhythms.find((each) => each === value) ?? drills)}
        >
          {rhythms.map((each) => (
            <Radio key={each} value={each} label={text(`drill.rhythm.${each}`)} />
          ))}
        </RadioGroup>
      </Field>
      <Field
        label={text('drill.sample')}
        hint={text('drill.sampleHint')}
        {...(tried && isWrong ? { validationMessage: text('drill.sampleWrong') } : {})}
      >
        <Input type="number" min={0} max={most} value={items} onChange={(_, { value }) => setItems(value)} />
      </Field>
      {save.problem !== undefined && <Trouble problem={save.problem} />}
      <ActionButton busy={save.busy} onClick={() => void act()}>
        {text('policy.save')}
      </ActionButton>
    </form>
  );
}

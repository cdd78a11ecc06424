import { Body1, Field, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import type { KeyStatus } from '../../../../../contract/service.ts';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { ChangeActions } from '../../../parts/changes/ChangeActions.tsx';
import { ChangeStand } from '../../../parts/changes/ChangeStand.tsx';
import { ChangeThen } from '../../../parts/changes/ChangeThen.tsx';
import { useAskedWords } from '../../../parts/changes/useAskedWords.ts';
import type { Changes } from '../../../parts/changes/useChanges.ts';
import { Confirm } from '../../../parts/Confirm.tsx';
import { usePersonName } from '../../../parts/personNames.tsx';
import { Section } from '../../../parts/Section.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';

/** Asks for a new key, or shows how far that wish has come. */
export function RotateKeys({ keys, changes, onChanged }: { keys: KeyStatus; changes: Changes; onChanged: () => void }) {
  const styles = useManageStyles();
  const text = useTexts();
  const me = useMe();
  const [isAsking, setIsAsking] = useState(false);
  const waiting = changes.open.find(({ wish }) => wish.kind === 'rotateKeys');
  const asker = usePersonName(waiting?.askedBy ?? '');
  const changed = (): void => {
    changes.refresh();
    onChanged();
  };
  return (
    <Section title={text('keys.rotate')}>
      <div className={styles.fields}>
        <Body1>{text('keys.rotateWords')}</Body1>
        {waiting !== undefined && (
          <>
            <Body1>
              {text('keys.asked', { name: waiting.askedByName ?? asker })} <ChangeStand change={waiting} />
            </Body1>
            <ChangeActions change={waiting} onChanged={changed} />
          </>
        )}
        {waiting === undefined && !keys.rotatesAlone && <Body1>{text('keys.rotateCommand')}</Body1>}
        {waiting === undefined && keys.rotatesAlone && me.can.changeSettings && (
          <ActionButton onClick={() => setIsAsking(true)}>{text('keys.rotateAsk')}</ActionButton>
        )}
      </div>
      {isAsking && <RotateDialog onClose={() => setIsAsking(false)} onDone={changed} />}
    </Section>
  );
}

function RotateDialog({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const askedWords = useAskedWords();
  const [reason, setReason] = useState('');
  const words = reason.trim();
  const rotate = useAction(() => api.call('rotateKeys', { body: words === '' ? {} : { reason: words } }));
  const act = async (): Promise<void> => {
    const asked = await rotate.run();
    if (asked === undefined) return;
    announce(askedWords(asked, 'keys.rotateDone'));
    onDone();
    onClose();
  };
  return (
    <Confirm
      title={text('keys.rotateTitle')}
      action={text('retention.acceptAct')}
      busy={rotate.busy}
      problem={rotate.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <ChangeThen words={text('keys.rotateThen')} />
      <Field label={text('keys.rotateReason')}>
        <Textarea value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </Confirm>
  );
}

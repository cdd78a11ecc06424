import { Body1, Field, Input, MessageBar, MessageBarBody } from '@fluentui/react-components';
import { useState } from 'react';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { Section } from '../../../parts/Section.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { useManageStyles } from '../shared/manageStyles.ts';

/** Tries a typed recovery key. It is in this field and in one request, nowhere else; once it is proven the field is empty. */
export function ProveKey({ onProven }: { onProven: () => void }) {
  const styles = useManageStyles();
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const [typed, setTyped] = useState('');
  const [isMissing, setIsMissing] = useState(false);
  const [answer, setAnswer] = useState<{ readonly isProven: boolean; readonly detail: string }>();
  const prove = useAction((recoveryKey: string) => api.call('verifyKey', { body: { recoveryKey } }));
  const act = async (): Promise<void> => {
    const key = typed.trim();
    setIsMissing(key === '');
    setAnswer(undefined);
    if (key === '') return;
    const found = await prove.run(key);
    if (found === undefined) return;
    const isProven = found.result === 'ok';
    setAnswer({ isProven, detail: found.detail });
    announce(isProven ? text('keys.right') : found.detail);
    if (!isProven) return;
    setTyped('');
    onProven();
  };
  return (
    <Section title={text('keys.prove')}>
      <form
        className={styles.fields}
        noValidate
        autoComplete="off"
        onSubmit={(event) => {
          event.preventDefault();
          void act();
        }}
      >
        <Body1>{text('keys.proveWords')}</Body1>
        <Field
          className={styles.wide}
          label={text('keys.typed')}
          hint={text('keys.typedHint')}
          {...(isMissing ? { validationMessage: text('keys.typedMissing') } : {})}
        >
          <Input
            value={typed}
            maxLength={200}
            autoComplete="off"
            spellCheck={false}
            className={styles.mono}
            onChange={(_, { value }) => setTyped(value)}
          />
        </Field>
        {prove.problem !== undefined && <Trouble problem={prove.problem} />}
        {answer !== undefined && (
          <MessageBar intent={answer.isProven ? 'success' : 'error'} layout="multiline" className={styles.wide}>
            <MessageBarBody>{answer.isProven ? text('keys.right') : answer.detail}</MessageBarBody>
          </MessageBar>
        )}
        <ActionButton appearance="primary" busy={prove.busy} onClick={() => void act()}>
          {text('keys.proveAct')}
        </ActionButton>
      </form>
    </Section>
  );
}

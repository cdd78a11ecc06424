import {
  Body1,
  Field,
  Link,
  MessageBar,
  MessageBarActions,
  MessageBarBody,
  MessageBarTitle,
  Textarea,
} from '@fluentui/react-components';
import { useState } from 'react';
import type { Resource } from '../../../../contract/resources.ts';
import { useMe } from '../../app/person.ts';
import { addressOf, useLink } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { useAnnounce } from '../../parts/announcer.tsx';
import { Confirm } from '../../parts/Confirm.tsx';

type Paused = NonNullable<Resource['expiryPaused']>;

/** A run changed or removed so much that nothing expires until somebody says that this was meant. */
export function ExpiryPaused({
  resource,
  paused,
  onLifted,
}: {
  resource: Resource;
  paused: Paused;
  onLifted: () => void;
}) {
  const text = useTexts();
  const me = useMe();
  const run = useLink(addressOf('activity', ['run', paused.runId]));
  const [isAsking, setIsAsking] = useState(false);
  const share = paused.of === 0 ? 1 : Math.min(1, (paused.changed + paused.removed) / paused.of);
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{text('brake.title')}</MessageBarTitle>
        {text('brake.words', {
          share: text.percent(share),
          changed: paused.changed,
          removed: paused.removed,
          of: paused.of,
          since: text.moment(paused.since),
        })}{' '}
        <Link {...run} inline>
          {text('brake.run')}
        </Link>
      </MessageBarBody>
      {me.can.changePolicies && (
        <MessageBarActions>
          <ActionButton size="small" onClick={() => setIsAsking(true)}>
            {text('brake.lift')}
          </ActionButton>
        </MessageBarActions>
      )}
      {isAsking && <LiftDialog resource={resource} onClose={() => setIsAsking(false)} onLifted={onLifted} />}
    </MessageBar>
  );
}

function LiftDialog({
  resource: { id, name },
  onClose,
  onLifted,
}: {
  resource: Resource;
  onClose: () => void;
  onLifted: () => void;
}) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const words = reason.trim();
  const lift = useAction(() => api.call('resumeExpiry', { params: { id }, body: { reason: words } }));
  const act = async (): Promise<void> => {
    setTried(true);
    if (words === '' || (await lift.run()) === undefined) return;
    announce(text('brake.done', { name }));
    onLifted();
    onClose();
  };
  return (
    <Confirm
      title={text('brake.liftTitle', { name })}
      action={text('brake.liftAct')}
      busy={lift.busy}
      problem={lift.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('brake.liftWords')}</Body1>
      <Field
        label={text('brake.reason')}
        required
        {...(tried && words === '' ? { validationMessage: text('hold.reasonMissing') } : {})}
      >
        <Textarea value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </Confirm>
  );
}

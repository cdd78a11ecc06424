import { Body1, MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { useState } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import { useMe } from '../../app/person.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { useAnnounce } from '../../parts/announcer.tsx';
import { Confirm } from '../../parts/Confirm.tsx';
import { retentionWords } from './policyWords.ts';

type Held = NonNullable<Policy['heldRetention']>;

/** The longer rules that still count after somebody chose shorter ones, and the way to let go of them. */
export function HeldRetention({ policy, held, onChanged }: { policy: Policy; held: Held; onChanged: () => void }) {
  const text = useTexts();
  const me = useMe();
  const api = useApi();
  const announce = useAnnounce();
  const [isAsking, setIsAsking] = useState(false);
  const accept = useAction(() => api.call('acceptRetention', { params: { id: policy.id } }, { ifMatch: policy.etag }));
  const act = async (): Promise<void> => {
    if ((await accept.run()) === undefined) return;
    announce(text('retention.accepted', { name: policy.name }));
    setIsAsking(false);
    onChanged();
  };
  const longer = text('retention.whole', { rules: retentionWords(text, held), days: held.keepGoneDays });
  const shorter = text('retention.whole', {
    rules: retentionWords(text, policy.retention),
    days: policy.keepGoneDays,
  });
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{text('retention.held')}</MessageBarTitle>
        <Body1 as="p" block>
          {longer}
        </Body1>
        {me.can.changePolicies && (
          <ActionButton size="small" onClick={() => setIsAsking(true)}>
            {text('retention.accept')}
          </ActionButton>
        )}
      </MessageBarBody>
      {isAsking && (
        <Confirm
          title={text('retention.acceptTitle', { name: policy.name })}
          action={text('retention.accept')}
          busy={accept.busy}
          problem={accept.problem}
          onAct={() => void act()}
          onClose={() => setIsAsking(false)}
        >
          <Body1>{text('retention.acceptWords', { longer, shorter })}</Body1>
        </Confirm>
      )}
    </MessageBar>
  );
}

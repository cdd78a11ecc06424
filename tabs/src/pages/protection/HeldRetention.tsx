import { Body1, MessageBar, MessageBarBody, MessageBarTitle, makeStyles, tokens } from '@fluentui/react-components';
import { useState } from 'react';
import type { Policy } from '../../../../contract/policies.ts';
import type { WaitingChange } from '../../../../contract/retention.ts';
import { useMe } from '../../app/person.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { ActionButton } from '../../parts/ActionButton.tsx';
import { useAnnounce } from '../../parts/announcer.tsx';
import { ChangeActions } from '../../parts/changes/ChangeActions.tsx';
import { ChangeStand } from '../../parts/changes/ChangeStand.tsx';
import { ChangeThen } from '../../parts/changes/ChangeThen.tsx';
import { Confirm } from '../../parts/Confirm.tsx';
import { usePersonName } from '../../parts/personNames.tsx';
import { RetentionLoss } from '../../parts/retention/RetentionLoss.tsx';
import { retentionWords } from './policyWords.ts';

type Held = NonNullable<Policy['heldRetention']>;

const useStyles = makeStyles({
  words: {
    display: 'flex',
    flexDirection: 'column',
    alignItems: 'flex-start',
    gap: tokens.spacingVerticalXS,
    paddingBlock: tokens.spacingVerticalXS,
  },
});

/** The longer rules that still count after somebody chose shorter ones, and how far the shorter ones have come. */
export function HeldRetention({
  policy,
  held,
  change,
  onChanged,
}: {
  policy: Policy;
  held: Held;
  /** The wish for the shorter rules, for readers who may see it. */
  change: WaitingChange | undefined;
  onChanged: () => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const [isAsking, setIsAsking] = useState(false);
  const asker = usePersonName(change?.askedBy ?? '');
  return (
    <MessageBar intent="warning" layout="multiline">
      <MessageBarBody>
        <div className={styles.words}>
          <MessageBarTitle>{text('retention.held')}</MessageBarTitle>
          <Body1>{text('retention.whole', { rules: retentionWords(text, held), days: held.keepGoneDays })}</Body1>
          {change !== undefined && (
            <>
              <Body1>
                {text('retention.asked', { name: change.askedByName ?? asker })} <ChangeStand change={change} />
              </Body1>
              <ChangeActions change={change} size="small" onChanged={onChanged} />
            </>
          )}
          {change === undefined && policy.waitingChange !== undefined && <Body1>{text('retention.waits')}</Body1>}
          {policy.waitingChange === undefined && me.can.changePolicies && (
            <ActionButton size="small" onClick={() => setIsAsking(true)}>
              {text('retention.accept')}
            </ActionButton>
          )}
        </div>
      </MessageBarBody>
      {isAsking && (
        <AcceptDialog policy={policy} held={held} onClose={() => setIsAsking(false)} onChanged={onChanged} />
      )}
    </MessageBar>
  );
}

/** Shows what goes, then asks for it; it takes another administrator and a day. */
function AcceptDialog({
  policy,
  held,
  onClose,
  onChanged,
}: {
  policy: Policy;
  held: Held;
  onClose: () => void;
  onChanged: () => void;
}) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const accept = useAction(() => api.call('acceptRetention', { params: { id: policy.id } }, { ifMatch: policy.etag }));
  const act = async (): Promise<void> => {
    if ((await accept.run()) === undefined) return;
    announce(text('retention.accepted', { name: policy.name }));
    onClose();
    onChanged();
  };
  const whole = (rules: Policy['retention'], days: number): string =>
    text('retention.whole', { rules: retentionWords(text, rules), days });
  return (
    <Confirm
      title={text('retention.acceptTitle', { name: policy.name })}
      action={text('retention.acceptAct')}
      busy={accept.busy}
      problem={accept.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>
        {text('retention.acceptWords', {
          longer: whole(held, held.keepGoneDays),
          shorter: whole(policy.retention, policy.keepGoneDays),
        })}
      </Body1>
      <RetentionLoss policyId={policy.id} />
      <ChangeThen words={text('retention.acceptThen')} />
    </Confirm>
  );
}

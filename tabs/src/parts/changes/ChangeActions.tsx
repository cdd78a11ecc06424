import { Caption1, makeStyles, tokens } from '@fluentui/react-components';
import { CheckmarkRegular, DismissRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { WaitingChange } from '../../../../contract/retention.ts';
import { useMe } from '../../app/person.ts';
import { useTexts } from '../../app/texts.tsx';
import { ActionButton } from '../ActionButton.tsx';
import { ChangeDialog } from './ChangeDialog.tsx';
import { isOpenChange } from './openChange.ts';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: tokens.spacingHorizontalS },
});

/** Confirm for a second administrator, Withdraw for any; nobody confirms an own wish, and the server decides anyway. */
export function ChangeActions({
  change,
  size = 'medium',
  onChanged,
}: {
  change: WaitingChange;
  size?: 'small' | 'medium';
  onChanged: (change: WaitingChange) => void;
}) {
  const styles = useStyles();
  const text = useTexts();
  const me = useMe();
  const [asking, setAsking] = useState<'approve' | 'withdraw'>();
  if (!me.can.changePolicies || !isOpenChange(change)) return null;
  const isOwn = change.askedBy === me.id;
  return (
    <div className={styles.row}>
      {change.state === 'asked' && !isOwn && (
        <ActionButton size={size} appearance="primary" icon={<CheckmarkRegular />} onClick={() => setAsking('approve')}>
          {text('change.approveAsk')}
        </ActionButton>
      )}
      <ActionButton size={size} icon={<DismissRegular />} onClick={() => setAsking('withdraw')}>
        {text('change.withdrawAsk')}
      </ActionButton>
      {change.state === 'asked' && isOwn && <Caption1>{text('change.own')}</Caption1>}
      {asking !== undefined && (
        <ChangeDialog change={change} act={asking} onClose={() => setAsking(undefined)} onDone={onChanged} />
      )}
    </div>
  );
}

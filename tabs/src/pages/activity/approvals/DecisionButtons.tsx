import { CheckmarkRegular, DismissRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { DecisionDialog } from '../../restore/request/DecisionDialog.tsx';
import type { Decided } from '../../restore/request/decide.ts';
import { useDecidedWords } from './useDecidedWords.ts';

/** Approve or decline somebody else's request. */
export function DecisionButtons({
  request,
  onDecided,
}: {
  request: RestoreRequest;
  onDecided: (decided: Decided) => void;
}) {
  const text = useTexts();
  const announce = useAnnounce();
  const wordsOf = useDecidedWords();
  const [asking, setAsking] = useState<'approve' | 'decline'>();
  return (
    <>
      <ActionButton appearance="primary" icon={<CheckmarkRegular />} onClick={() => setAsking('approve')}>
        {text('request.approve')}
      </ActionButton>
      <ActionButton icon={<DismissRegular />} onClick={() => setAsking('decline')}>
        {text('activity.approval.decline')}
      </ActionButton>
      {asking !== undefined && (
        <DecisionDialog
          request={request}
          decision={asking}
          onClose={() => setAsking(undefined)}
          onDone={(decided) => {
            announce(wordsOf(decided));
            onDecided(decided);
          }}
        />
      )}
    </>
  );
}

import { DismissRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { StopDialog } from '../../restore/request/StopDialog.tsx';

/** Takes an own request back while nobody has decided it. */
export function WithdrawButton({ request, onWithdrawn }: { request: RestoreRequest; onWithdrawn: () => void }) {
  const text = useTexts();
  const announce = useAnnounce();
  const [asking, setAsking] = useState(false);
  return (
    <>
      <ActionButton icon={<DismissRegular />} onClick={() => setAsking(true)}>
        {text('request.withdraw')}
      </ActionButton>
      {asking && (
        <StopDialog
          request={request}
          stop="withdrawRestore"
          onClose={() => setAsking(false)}
          onDone={() => {
            announce(text('activity.withdraw.done'));
            onWithdrawn();
          }}
        />
      )}
    </>
  );
}

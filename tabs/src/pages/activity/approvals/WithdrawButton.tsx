import { Body1 } from '@fluentui/react-components';
import { DismissRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { Confirm } from '../../../parts/Confirm.tsx';

/** Takes an own request back while nobody has decided it. */
export function WithdrawButton({ request, onWithdrawn }: { request: RestoreRequest; onWithdrawn: () => void }) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const [asking, setAsking] = useState(false);
  const withdraw = useAction(() =>
    api.call('withdrawRestore', { params: { id: request.id } }, { idempotencyKey: crypto.randomUUID() }),
  );
  const close = (): void => {
    setAsking(false);
    withdraw.clear();
  };
  const act = async (): Promise<void> => {
    if ((await withdraw.run()) === undefined) return;
    announce(text('activity.withdraw.done'));
    close();
    onWithdrawn();
  };
  return (
    <>
      <ActionButton icon={<DismissRegular />} onClick={() => setAsking(true)}>
        {text('request.withdraw')}
      </ActionButton>
      {asking && (
        <Confirm
          title={text('activity.withdraw.title')}
          action={text('request.withdraw')}
          busy={withdraw.busy}
          problem={withdraw.problem}
          onAct={() => void act()}
          onClose={close}
        >
          <Body1>{text('activity.withdraw.words')}</Body1>
        </Confirm>
      )}
    </>
  );
}

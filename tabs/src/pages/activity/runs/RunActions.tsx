import { Body1 } from '@fluentui/react-components';
import { ArrowDownloadRegular, ArrowSyncRegular, DismissRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { Run } from '../../../../../contract/runs.ts';
import { useMe } from '../../../app/person.ts';
import { navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { Confirm } from '../../../parts/Confirm.tsx';
import { ShareButton } from '../../../parts/ShareButton.tsx';
import { runAddress } from '../places.ts';
import { isOpen } from './runFacts.ts';
import { saveRunReport } from './runReport.ts';

/** What can be done with a run; the server decides when it is done. */
export function RunActions({ run, onChanged }: { run: Run; onChanged: () => void }) {
  const text = useTexts();
  const api = useApi();
  const me = useMe();
  const announce = useAnnounce();
  const [asking, setAsking] = useState(false);
  const cancel = useAction(() => api.call('cancelRun', { params: { id: run.id } }));
  const again = useAction(() =>
    api.call('startPolicyRun', { params: { id: run.policyId } }, { idempotencyKey: crypto.randomUUID() }),
  );
  const report = useAction(() => saveRunReport(api, run, text));
  const close = (): void => {
    setAsking(false);
    cancel.clear();
  };
  const stop = async (): Promise<void> => {
    if ((await cancel.run()) === undefined) return;
    announce(text('activity.run.cancelling'));
    onChanged();
    close();
  };
  const repeat = async (): Promise<void> => {
    const started = await again.run();
    if (started !== undefined) navigate(runAddress(started.id));
  };
  return (
    <>
      {me.can.startRuns && (run.status === 'failed' || run.status === 'partial') && (
        <ActionButton
          appearance="primary"
          icon={<ArrowSyncRegular />}
          busy={again.busy}
          hindrance={again.problem?.detail}
          onClick={() => void repeat()}
        >
          {text('activity.run.again')}
        </ActionButton>
      )}
      {me.can.startRuns && isOpen(run) && run.state !== 'cancelling' && (
        <ActionButton icon={<DismissRegular />} onClick={() => setAsking(true)}>
          {text('activity.run.cancel')}
        </ActionButton>
      )}
      <ActionButton
        icon={<ArrowDownloadRegular />}
        busy={report.busy}
        hindrance={report.problem?.detail}
        onClick={() => void report.run()}
      >
        {text('activity.report')}
      </ActionButton>
      <ShareButton page="activity" rest={['run', run.id]} />
      {asking && (
        <Confirm
          title={text('activity.run.cancelTitle')}
          action={text('activity.run.cancel')}
          busy={cancel.busy}
          problem={cancel.problem}
          onAct={() => void stop()}
          onClose={close}
        >
          <Body1>{text('activity.run.cancelWords')}</Body1>
        </Confirm>
      )}
    </>
  );
}

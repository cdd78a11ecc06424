import { makeStyles, tokens } from '@fluentui/react-components';
import { ArrowDownloadRegular, DismissRegular } from '@fluentui/react-icons';
import { useState } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { saveAnswer } from '../../../client/saveFile.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';
import { DecisionDialog } from './DecisionDialog.tsx';
import { StopDialog } from './StopDialog.tsx';
import type { Stop } from './StopDialog.tsx';
import { UndoDialog } from './UndoDialog.tsx';

const useStyles = makeStyles({
  row: { display: 'flex', flexWrap: 'wrap', gap: tokens.spacingHorizontalM },
});

type Plain = 'planRestore' | 'runRestore';

/** What the reader may do with the request now, as the server says it. */
export function RequestActions({ request, onChanged }: { request: RestoreRequest; onChanged: () => void }) {
  const styles = useStyles();
  const text = useTexts();
  const api = useApi();
  const [dialog, setDialog] = useState<'none' | 'approve' | 'decline' | 'undo' | Stop>('none');
  const params = { id: request.id };
  const act = useAction(async (route: Plain) => {
    await api.call(route, { params }, { idempotencyKey: crypto.randomUUID() });
    onChanged();
  });
  const save = useAction(async () => {
    await saveAnswer(await api.open('downloadRestore', { params }), request.download?.fileName ?? 'Holdfast.zip');
    onChanged();
  });
  const can = (verb: RestoreRequest['can'][number]): boolean => request.can.includes(verb);
  const close = (): void => setDialog('none');
  const items = request.plan === undefined ? 0 : request.plan.add + request.plan.keepBoth + request.plan.replace;
  const problem = act.problem ?? save.problem;
  const isDownload = request.destination.kind === 'download';
  const runName =
    request.goesOn !== undefined
      ? text('request.goOn')
      : request.plan?.needsApproval === true && request.plan.noSecondPerson !== true
        ? text('request.askApproval')
        : text(isDownload ? 'request.runDownload' : 'request.run', { count: items });
  if (request.can.length === 0 && problem === undefined) return null;
  return (
    <>
      {problem !== undefined && <Trouble problem={problem} />}
      <div className={styles.row}>
        {can('run') && (
          <ActionButton
            appearance="primary"
            busy={act.busy}
            hindrance={items === 0 && request.plan !== undefined ? text('request.nothingToDo') : undefined}
            onClick={() => void act.run('runRestore')}
          >
            {runName}
          </ActionButton>
        )}
        {can('download') && (
          <ActionButton
            appearance="primary"
            icon={<ArrowDownloadRegular />}
            busy={save.busy}
            onClick={() => void save.run()}
          >
            {text('request.save', { size: text.bytes(request.download?.size ?? 0) })}
          </ActionButton>
        )}
        {can('approve') && (
          <ActionButton appearance="primary" onClick={() => setDialog('approve')}>
            {text('request.approve')}
          </ActionButton>
        )}
        {can('decline') && <ActionButton onClick={() => setDialog('decline')}>{text('request.decline')}</ActionButton>}
        {can('undo') && <ActionButton onClick={() => setDialog('undo')}>{text('request.undo')}</ActionButton>}
        {can('plan') && (
          <ActionButton busy={act.busy} onClick={() => void act.run('planRestore')}>
            {text(request.goesOn === 'plan' ? 'request.goOn' : 'request.checkAgain')}
          </ActionButton>
        )}
        {can('cancel') && (
          <ActionButton icon={<DismissRegular />} onClick={() => setDialog('cancelRestore')}>
            {text(isDownload ? 'request.stopDownload' : 'request.stop')}
          </ActionButton>
        )}
        {can('withdraw') && (
          <ActionButton appearance="subtle" onClick={() => setDialog('withdrawRestore')}>
            {text('request.withdraw')}
          </ActionButton>
        )}
      </div>
      {(dialog === 'approve' || dialog === 'decline') && (
        <DecisionDialog request={request} decision={dialog} onClose={close} onDone={onChanged} />
      )}
      {(dialog === 'cancelRestore' || dialog === 'withdrawRestore') && (
        <StopDialog request={request} stop={dialog} onClose={close} onDone={onChanged} />
      )}
      {dialog === 'undo' && <UndoDialog request={request} onClose={close} onDone={onChanged} />}
    </>
  );
}

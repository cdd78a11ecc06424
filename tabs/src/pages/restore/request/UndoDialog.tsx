import { Body1 } from '@fluentui/react-components';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { Confirm } from '../../../parts/Confirm.tsx';

/** Takes back what the restore made; what somebody changed since stays. */
export function UndoDialog({
  request,
  onClose,
  onDone,
}: {
  request: RestoreRequest;
  onClose: () => void;
  onDone: () => void;
}) {
  const text = useTexts();
  const api = useApi();
  const undo = useAction(() =>
    api.call('undoRestore', { params: { id: request.id } }, { idempotencyKey: crypto.randomUUID() }),
  );
  const act = async (): Promise<void> => {
    if ((await undo.run()) === undefined) return;
    onDone();
    onClose();
  };
  return (
    <Confirm
      title={text('undo.title')}
      action={text('request.undo')}
      busy={undo.busy}
      problem={undo.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('undo.words')}</Body1>
    </Confirm>
  );
}

import { Body1 } from '@fluentui/react-components';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { Confirm } from '../../../parts/Confirm.tsx';

export type Stop = 'cancelRestore' | 'withdrawRestore';

/** Asks before a request is stopped or taken back, and says what becomes of what has come back already. */
export function StopDialog({
  request,
  stop,
  onClose,
  onDone,
}: {
  request: RestoreRequest;
  stop: Stop;
  onClose: () => void;
  onDone: () => void;
}) {
  const text = useTexts();
  const api = useApi();
  const send = useAction(() => api.call(stop, { params: { id: request.id } }, { idempotencyKey: crypto.randomUUID() }));
  const act = async (): Promise<void> => {
    if ((await send.run()) === undefined) return;
    onClose();
    onDone();
  };
  const isDownload = request.destination.kind === 'download';
  const { counts } = request;
  const back = counts?.restored ?? 0;
  const [title, action, words] =
    stop === 'withdrawRestore'
      ? [text('activity.withdraw.title'), text('request.withdraw'), text('activity.withdraw.words')]
      : isDownload
        ? [text('stop.downloadTitle'), text('request.stopDownload'), text('stop.downloadWords')]
        : [text('stop.title'), text('request.stop'), text('stop.words', { back })];
  return (
    <Confirm
      title={title}
      action={action}
      busy={send.busy}
      problem={send.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{words}</Body1>
    </Confirm>
  );
}

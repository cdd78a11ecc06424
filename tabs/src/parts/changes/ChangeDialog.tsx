import { Body1 } from '@fluentui/react-components';
import type { WaitingChange } from '../../../../contract/retention.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { useAnnounce } from '../announcer.tsx';
import { Confirm } from '../Confirm.tsx';
import { RetentionLoss } from '../retention/RetentionLoss.tsx';
import { useChangeTitle } from './ChangeTitle.tsx';

/** Says what follows, then agrees with a change or takes it back. */
export function ChangeDialog({
  change,
  act,
  onClose,
  onDone,
}: {
  change: WaitingChange;
  act: 'approve' | 'withdraw';
  onClose: () => void;
  onDone: (change: WaitingChange) => void;
}) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const title = useChangeTitle(change);
  const { wish } = change;
  const send = useAction(() =>
    api.call(act === 'approve' ? 'approveChange' : 'withdrawChange', { params: { id: change.id } }),
  );
  const run = async (): Promise<void> => {
    const done = await send.run();
    if (done === undefined) return;
    announce(
      done.state === 'void'
        ? text('change.voidDone', { title, why: done.why ?? '' })
        : text(`change.${act}Done`, { title }),
    );
    onClose();
    onDone(done);
  };
  return (
    <Confirm
      title={text(`change.${act}Title`, { title })}
      action={text(`change.${act}`)}
      busy={send.busy}
      problem={send.problem}
      onAct={() => void run()}
      onClose={onClose}
    >
      {act === 'withdraw' ? (
        <Body1>{text('change.withdrawWords')}</Body1>
      ) : (
        <>
          <Body1>{text(`change.follows.${wish.kind}`)}</Body1>
          {wish.kind === 'shorterRetention' && <RetentionLoss policyId={wish.policyId} />}
        </>
      )}
    </Confirm>
  );
}

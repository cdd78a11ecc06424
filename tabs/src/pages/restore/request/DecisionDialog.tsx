import { Body1, Field, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { Confirm } from '../../../parts/Confirm.tsx';
import { decide } from './decide.ts';
import type { Decided } from './decide.ts';

/** Approve, with a word if somebody likes; decline, never without one. */
export function DecisionDialog({
  request,
  decision,
  onClose,
  onDone,
}: {
  request: RestoreRequest;
  decision: 'approve' | 'decline';
  onClose: () => void;
  onDone: (decided: Decided) => void;
}) {
  const text = useTexts();
  const api = useApi();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const words = reason.trim();
  const missing = decision === 'decline' && words === '';
  const send = useAction(() => decide(api, request.id, decision, words));
  const act = async (): Promise<void> => {
    setTried(true);
    if (missing) return;
    const decided = await send.run();
    if (decided === undefined) return;
    onClose();
    onDone(decided);
  };
  return (
    <Confirm
      title={text(`decision.${decision}`, { name: request.asker.name })}
      action={text(`request.${decision}`)}
      busy={send.busy}
      problem={send.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text(`decision.${decision}Words`)}</Body1>
      <Field
        label={text('decision.reason')}
        required={decision === 'decline'}
        {...(tried && missing ? { validationMessage: text('decision.reasonMissing') } : {})}
      >
        <Textarea value={reason} maxLength={1000} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </Confirm>
  );
}

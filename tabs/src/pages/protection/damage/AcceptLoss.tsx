import { Body1, Field, Textarea } from '@fluentui/react-components';
import { useState } from 'react';
import type { Resource } from '../../../../../contract/resources.ts';
import type { DamagedItem } from '../../../../../contract/verification.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { useAnnounce } from '../../../parts/announcer.tsx';
import { Confirm } from '../../../parts/Confirm.tsx';

/** Accepts that copies do not give an item back any more; without `item` everything of the resource that nothing heals. */
export function AcceptLoss({
  resource: { id, name },
  item,
  onClose,
  onDone,
}: {
  resource: Resource;
  item: DamagedItem | undefined;
  onClose: () => void;
  onDone: () => void;
}) {
  const text = useTexts();
  const api = useApi();
  const announce = useAnnounce();
  const [reason, setReason] = useState('');
  const [tried, setTried] = useState(false);
  const words = reason.trim();
  const accept = useAction(() =>
    api.call('acceptLoss', {
      params: { id },
      body: { reason: words, ...(item === undefined ? {} : { items: [item.id] }) },
    }),
  );
  const act = async (): Promise<void> => {
    setTried(true);
    if (words === '') return;
    const done = await accept.run();
    if (done === undefined) return;
    announce(text('damage.done', { accepted: done.accepted, left: done.left }));
    onDone();
    onClose();
  };
  return (
    <Confirm
      title={item === undefined ? text('damage.allTitle', { name }) : text('damage.oneTitle', { name: item.name })}
      action={text('damage.acceptAct')}
      busy={accept.busy}
      problem={accept.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('damage.follows')}</Body1>
      <Field
        label={text('hold.reason')}
        hint={text('damage.reasonHint')}
        required
        {...(tried && words === '' ? { validationMessage: text('hold.reasonMissing') } : {})}
      >
        <Textarea value={reason} maxLength={500} onChange={(_, { value }) => setReason(value)} />
      </Field>
    </Confirm>
  );
}

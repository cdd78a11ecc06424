import { Body1, Field, Radio, RadioGroup } from '@fluentui/react-components';
import { useState } from 'react';
import type { VerificationOrder } from '../../../../../contract/verification.ts';
import { navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { Confirm } from '../../../parts/Confirm.tsx';
import { manageAddress } from '../places.ts';

type Level = NonNullable<(typeof VerificationOrder)['_output']['level']>;

/** A sample or every byte; then shows it. */
export function StartVerification({ onClose }: { onClose: () => void }) {
  const text = useTexts();
  const api = useApi();
  const [level, setLevel] = useState<Level>('sampling');
  const start = useAction(() => api.call('startVerification', { body: { level } }));
  const act = async (): Promise<void> => {
    const started = await start.run();
    if (started === undefined) return;
    onClose();
    navigate(manageAddress('verification', started.id));
  };
  return (
    <Confirm
      title={text('verify.startTitle')}
      action={text('verify.start')}
      busy={start.busy}
      problem={start.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('verify.startWords')}</Body1>
      <Field label={text('verify.howMuch')}>
        <RadioGroup value={level} onChange={(_, { value }) => setLevel(value === 'full' ? 'full' : 'sampling')}>
          <Radio value="sampling" label={text('verify.sampling')} />
          <Radio value="full" label={text('verify.full')} />
        </RadioGroup>
      </Field>
    </Confirm>
  );
}

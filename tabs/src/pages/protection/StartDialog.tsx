import { Body1 } from '@fluentui/react-components';
import type { Resource } from '../../../../contract/resources.ts';
import { addressOf, navigate } from '../../app/routing.ts';
import { useTexts } from '../../app/texts.tsx';
import { useApi } from '../../client/apiContext.ts';
import { useAction } from '../../client/useAction.ts';
import { Confirm } from '../../parts/Confirm.tsx';

/** Back up one resource now; then shows the run. */
export function StartDialog({ resource, name, onClose }: { resource: Resource; name: string; onClose: () => void }) {
  const text = useTexts();
  const api = useApi();
  const start = useAction(() =>
    api.call('startResourceRun', { params: { id: resource.id } }, { idempotencyKey: crypto.randomUUID() }),
  );
  const act = async (): Promise<void> => {
    const started = await start.run();
    if (started === undefined) return;
    onClose();
    navigate(addressOf('activity', ['run', started.id]));
  };
  return (
    <Confirm
      title={text('start.title', { name })}
      action={text('resource.backUp')}
      busy={start.busy}
      problem={start.problem}
      onAct={() => void act()}
      onClose={onClose}
    >
      <Body1>{text('start.words')}</Body1>
    </Confirm>
  );
}

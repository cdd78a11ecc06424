import { Body1, MessageBar, MessageBarActions, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import { ArrowSyncRegular } from '@fluentui/react-icons';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { addressOf, navigate } from '../../../app/routing.ts';
import { useTexts } from '../../../app/texts.tsx';
import { useApi } from '../../../client/apiContext.ts';
import { useAction } from '../../../client/useAction.ts';
import { ActionButton } from '../../../parts/ActionButton.tsx';
import { Trouble } from '../../../parts/Trouble.tsx';

/** How long a packed download can be had, and what to do once its link has been used or has run out. */
export function DownloadNotice({ request }: { request: RestoreRequest }) {
  const text = useTexts();
  const api = useApi();
  const { download, downloadUrl, selection, destination, conflict, reason } = request;
  const again = useAction(() =>
    api.call(
      'createRestore',
      { body: { selection, destination, conflict, reason: reason ?? '' } },
      { idempotencyKey: crypto.randomUUID() },
    ),
  );
  if (download === undefined) return null;
  const until = text.moment(download.expiresAt);
  if (downloadUrl !== undefined) return <Body1>{text('download.ready', { until })}</Body1>;
  const ask = async (): Promise<void> => {
    const made = await again.run();
    if (made !== undefined) navigate(addressOf('restore', ['request', made.id]));
  };
  return (
    <>
      <MessageBar layout="multiline">
        <MessageBarBody>
          <MessageBarTitle>{text(download.taken === true ? 'download.taken' : 'download.expired')}</MessageBarTitle>
          {download.taken === true ? text('download.takenWords') : text('download.expiredWords', { until })}
        </MessageBarBody>
        <MessageBarActions>
          <ActionButton icon={<ArrowSyncRegular />} busy={again.busy} onClick={() => void ask()}>
            {text('download.again')}
          </ActionButton>
        </MessageBarActions>
      </MessageBar>
      {again.problem !== undefined && <Trouble problem={again.problem} />}
    </>
  );
}

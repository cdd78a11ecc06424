import { MessageBar, MessageBarBody, MessageBarTitle } from '@fluentui/react-components';
import type { RestoreRequest } from '../../../../../contract/restore.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import { standingOfRequest } from '../../activity/restores/requestFacts.ts';
import type { RequestStanding } from '../../activity/restores/requestFacts.ts';

const intents: Readonly<Record<RequestStanding, 'info' | 'success' | 'warning' | 'error'>> = {
  planning: 'info',
  ready: 'info',
  waiting: 'info',
  approved: 'info',
  running: 'info',
  done: 'success',
  failed: 'error',
  cancelled: 'warning',
  declined: 'error',
  withdrawn: 'info',
  expired: 'warning',
  undoing: 'info',
  undone: 'info',
};

/** Where the request stands, in one sentence, and why. */
export function Outcome({ request }: { request: RestoreRequest }) {
  const text = useTexts();
  const { state, counts, decision, trouble, delayed, goesOn, undo, undone } = request;
  const failed = counts?.failed ?? 0;
  const standing = standingOfRequest(request);
  const halfWay = undo?.state === 'failed' && undone === undefined;
  const intent = standing === 'done' && (failed > 0 || halfWay) ? 'warning' : intents[standing];
  const back = counts?.restored ?? 0;
  const sentence =
    undone !== undefined
      ? text('request.undone', { removed: undone.removed, kept: undone.kept, at: text.moment(undone.at) })
      : counts !== undefined && (state === 'done' || (state === 'failed' && back > 0))
        ? text(request.destination.kind === 'download' ? 'request.packed' : 'request.restored', {
            count: back,
            failed,
            skipped: counts.skipped,
          })
        : text(`request.words.${state}` as TextKey);
  return (
    <MessageBar intent={intent} layout="multiline">
      <MessageBarBody>
        <MessageBarTitle>{text(`request.state.${standing}` as TextKey)}</MessageBarTitle>
        {sentence}
        {trouble !== undefined && <div>{trouble}</div>}
        {goesOn !== undefined && <div>{text('request.mayGoOn')}</div>}
        {delayed !== undefined && (
          <div>
            {delayed.reason}{' '}
            {text('request.delayed', { retry: text.time(delayed.retryAt), end: text.moment(delayed.givesUpAt) })}
          </div>
        )}
        {undo?.state === 'running' && <div>{text('request.undoing', { removed: undo.removed })}</div>}
        {halfWay && (
          <div>
            {text('request.undoStopped', { removed: undo.removed })} {undo.trouble}
          </div>
        )}
        {decision !== undefined && (
          <div>
            {text(decision.approved ? 'request.approvedBy' : 'request.declinedBy', {
              name: decision.name,
              at: text.moment(decision.at),
            })}{' '}
            {decision.reason}
          </div>
        )}
      </MessageBarBody>
    </MessageBar>
  );
}

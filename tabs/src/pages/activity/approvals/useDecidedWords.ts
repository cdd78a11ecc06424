import { useCallback } from 'react';
import { useMe } from '../../../app/person.ts';
import { useTexts } from '../../../app/texts.tsx';
import type { TextKey } from '../../../app/texts.tsx';
import type { Decided } from '../../restore/request/decide.ts';

/** What became of a request under somebody's hands, in one sentence. */
export function useDecidedWords(): (decided: Decided) => string {
  const text = useTexts();
  const me = useMe();
  return useCallback(
    ({ request, tooLate }) => {
      const { decision, state } = request;
      if (decision === undefined)
        return text('activity.approval.meanwhile', { state: text(`request.state.${state}` as TextKey) });
      if (tooLate && decision.by !== me.id)
        return text(decision.approved ? 'activity.approval.alreadyYes' : 'activity.approval.alreadyNo', {
          name: decision.name,
          time: text.time(decision.at),
        });
      return text(decision.approved ? 'activity.approval.didApprove' : 'activity.approval.didDecline', {
        name: request.asker.name,
      });
    },
    [me.id, text],
  );
}
